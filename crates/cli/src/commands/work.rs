//! What `run` and `retry` share: limits, signals, progress, the summary.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use model::CompanyNo;
use pipeline::report::{OpenWork, open_work};
use pipeline::tally::Tally;
use pipeline::verdict::verdict;
use resumes::settings::Settings;
use resumes::{Command, Report, Request, Signals};

use crate::context::Context;
use crate::exit::Failure;
use crate::progress::Progress;
use crate::settings::Secrets;
use crate::signals;
use crate::summary::Summary;

/// How long the summary waits for the counts of open work.
const OPEN_WORK_TIMEOUT: Duration = Duration::from_secs(10);

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
            max_duration: self.max_minutes.map(|minutes| Duration::from_mins(u64::from(minutes))),
        }
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
    let read =
        context.given().and_then(|given| Ok(given.all(context.companies(), Secrets::Required)?));
    let settings = match read {
        Ok(settings) => settings,
        Err(failure) if context.output.is_json() => {
            return Ok(refused(context, request, failure, go_on));
        }
        Err(failure) => return Err(failure),
    };
    let tally = Arc::new(Tally::default());
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let progress = Progress::show(&tally, &context.output);
    let report = resumes::run(&settings, request, &tally, &signals).await;
    drop(progress);
    let open = if report.run_id.is_some() { open(&settings, request).await } else { None };
    drop(listener);
    let summary = Summary::new(request.command.as_str(), &report, &tally, open, go_on);
    summary.print(&context.output);
    Ok(report.verdict.exit_code)
}

/// A program that reads the last line finds an object there too when nothing was run.
fn refused(context: &Context, request: &Request, failure: Failure, go_on: String) -> u8 {
    let tally = Tally::default();
    for failure in failure.into_counted() {
        tally.fail(failure);
    }
    let verdict = verdict(&tally, None);
    let report = Report { run_id: None, verdict, calls: 0, throttled: 0, elapsed: Duration::ZERO };
    Summary::new(request.command.as_str(), &report, &tally, None, go_on).print(&context.output);
    verdict.exit_code
}

/// What is open after the run; `None` if the database does not answer.
async fn open(settings: &Settings, request: &Request) -> Option<OpenWork> {
    let counted = async {
        let pool = database::connect(&settings.database).await.ok()?;
        open_work(&pool, &request.companies).await.ok()
    };
    tokio::time::timeout(OPEN_WORK_TIMEOUT, counted).await.ok().flatten()
}
