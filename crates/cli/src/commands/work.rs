//! What `run`, `backfill` and `retry` share: limits, signals, progress, the summary.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use model::CompanyNo;
use pipeline::tally::Tally;
use resumes::settings::Settings;
use resumes::{Command, Report, Request, Signals};

use crate::context::Context;
use crate::exit::Failure;
use crate::progress::{Progress, Shown};
use crate::settings::Secrets;
use crate::signals;
use crate::summary::Summary;

/// Limits of a run.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Limits {
    /// Stop cleanly after so many calls to 104, token calls and retries included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_calls: Option<u64>,
    /// Stop cleanly after so many minutes
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_minutes: Option<u32>,
}

impl Limits {
    /// A request with these limits.
    pub(crate) fn request(&self, command: Command, companies: &[CompanyNo]) -> Request {
        Request {
            command,
            companies: companies.to_vec(),
            until: None,
            max_calls: self.max_calls,
            max_duration: self.max_duration(),
        }
    }

    /// The time at most.
    pub(crate) fn max_duration(&self) -> Option<Duration> {
        self.max_minutes.map(|minutes| Duration::from_mins(u64::from(minutes)))
    }

    /// The flags that mean the same.
    pub(crate) fn flags(&self) -> String {
        let flag = |name: &str, value: Option<u64>| {
            value.map_or_else(String::new, |value| format!(" --{name} {value}"))
        };
        flag("max-calls", self.max_calls) + &flag("max-minutes", self.max_minutes.map(u64::from))
    }
}

/// Runs to the end, shows progress, heeds signals, and prints the summary. `go_on` is the
/// command that goes on where this one stops.
pub(crate) async fn work(
    context: &Context,
    request: &Request,
    go_on: String,
) -> Result<u8, Failure> {
    conduct(context, request.command.as_str(), Shown::Counts, async |it| {
        let report = resumes::run(it.settings, request, it.tally, it.signals).await;
        Ok((report, GoOn::IfStopped(go_on)))
    })
    .await
}

/// What a command that fetches is given.
pub(crate) struct Given<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) tally: &'a Arc<Tally>,
    pub(crate) signals: &'a Signals,
}

/// How to go on where a command ended.
pub(crate) enum GoOn {
    /// By this command, if its state says that it was stopped.
    IfStopped(String),
    /// By this command.
    By(String),
    /// There is nothing to go on with.
    Nothing,
}

/// The same for any command that fetches. `does` tells how it ended and how to go on; an error is
/// what it refused to begin.
pub(crate) async fn conduct(
    context: &Context,
    command: &'static str,
    shown: Shown,
    does: impl AsyncFnOnce(Given<'_>) -> Result<(Report, GoOn), Failure>,
) -> Result<u8, Failure> {
    let settings = settings(context)?;
    let (ended, tally) = attended(context, shown, &settings, does).await?;
    let (report, go_on) = ended?;
    let summary = Summary::new(command, &report, &tally, go_on);
    summary.print(&context.output);
    Ok(report.verdict.exit_code)
}

/// The settings of a command that fetches.
pub(crate) fn settings(context: &Context) -> Result<Settings, Failure> {
    Ok(context.given()?.all(context.companies(), Secrets::Required)?)
}

/// Does it with progress shown and signals heeded.
pub(crate) async fn attended<T>(
    context: &Context,
    shown: Shown,
    settings: &Settings,
    does: impl AsyncFnOnce(Given<'_>) -> T,
) -> Result<(T, Arc<Tally>), Failure> {
    let tally = Arc::new(Tally::default());
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let progress = Progress::show(&tally, &context.output, shown);
    let ended = does(Given { settings, tally: &tally, signals: &signals }).await;
    drop((progress, listener));
    Ok((ended, tally))
}
