//! The story of a run: what its command asks for; `conduct` has what all commands share.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::CompanyNo;
use pipeline::plan::{Group, Horizon, Reason, settled_until};
use pipeline::tally::Tally;
use pipeline::window::{Ledger, Older};
use uuid::Uuid;

use crate::company::Company;
use crate::conduct::{self, Conduct, Report, work_company};
use crate::failure::Failure;
use crate::settings::{self, Settings};
use crate::signals::Signals;
use crate::world::{self, Manner};

/// What to run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The command.
    pub command: Command,
    /// The companies; empty for all.
    pub companies: Vec<CompanyNo>,
    /// Cover hours up to this moment (exclusive) instead of the last settled one.
    pub until: Option<Timestamp>,
    /// Calls at most, token calls and retries included.
    pub max_calls: Option<u64>,
    /// Time at most.
    pub max_duration: Option<Duration>,
}

/// The commands that fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The windows now due, rechecks, open file tasks.
    Run,
    /// Failed windows, at once.
    RetryWindows,
    /// Failed file tasks, at once.
    RetryFiles,
    /// Rejected items are asked for again.
    RetryRejections,
}

impl Command {
    /// The command as it is typed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::RetryWindows => "retry windows",
            Self::RetryFiles => "retry files",
            Self::RetryRejections => "retry rejections",
        }
    }

    /// What is retried may be a backfill's; what is due is not.
    const fn older(self) -> Older {
        match self {
            Self::Run => Older::NotOfBackfills,
            Self::RetryWindows | Self::RetryFiles | Self::RetryRejections => Older::Unfinished,
        }
    }
}

/// Runs a command to its end. Failures are counted in the tally; the report's verdict says what
/// they come to.
pub async fn run(
    settings: &Settings,
    request: &Request,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> Report {
    let conduct = Conduct {
        settings,
        companies: &request.companies,
        max_duration: request.max_duration,
        manner: Manner { max_calls: request.max_calls, ..Manner::default() },
        tally,
        signals,
    };
    let opened = conduct::open(settings, request.command.as_str()).await;
    conduct
        .to_the_end(opened, async |company| {
            let again = async || planned(settings, request, company).await;
            Box::pin(work_company(company, prepare(settings, request, company), again)).await;
        })
        .await
}

/// What `run` would do now, without any call: for each company, groups of windows.
///
/// # Errors
/// If the database can't be opened or read.
pub async fn plan(
    settings: &Settings,
    request: &Request,
) -> Result<Vec<(CompanyNo, Vec<Group>)>, Failure> {
    let pool = world::open_database(settings).await?;
    let now = world::clock(&pool).await?.now();
    let ledger = Ledger::new(pool, Uuid::nil());
    let mut plans = Vec::new();
    for company in world::asked(settings, &request.companies) {
        let groups = due(&ledger, settings, company, request, now).await?;
        plans.push((company.no.clone(), groups));
    }
    Ok(plans)
}

/// What the command asks for: the windows that are due, after its reopening.
async fn prepare(
    settings: &Settings,
    request: &Request,
    company: &Company,
) -> Result<Vec<Group>, Failure> {
    let (pool, no) = (company.ledger.pool(), &company.settings.no);
    match request.command {
        Command::Run => pipeline::upkeep::supersede_covered(pool, no).await?,
        Command::RetryWindows => drop(pipeline::upkeep::retry_failed(pool, no).await?),
        Command::RetryRejections => drop(pipeline::rejection::retry(pool, no).await?),
        Command::RetryFiles => drop(pipeline::file_task::retry_failed(pool, no).await?),
    }
    planned(settings, request, company).await
}

/// The windows that the command works on, by what the ledger knows now.
async fn planned(
    settings: &Settings,
    request: &Request,
    company: &Company,
) -> Result<Vec<Group>, Failure> {
    match request.command {
        Command::Run => {
            due(&company.ledger, settings, &company.settings, request, company.clock.now()).await
        }
        Command::RetryWindows | Command::RetryRejections => begun(company, settings, request).await,
        Command::RetryFiles => Ok(Vec::new()),
    }
}

/// The windows that are due at a moment of the database's clock, by what the ledger knows.
async fn due(
    ledger: &Ledger,
    settings: &Settings,
    company: &settings::Company,
    request: &Request,
    now: Timestamp,
) -> Result<Vec<Group>, Failure> {
    let settled = settled_until(now, settings.run.settle);
    let horizon = Horizon {
        company: company.no.clone(),
        sources: company.sources.clone(),
        start_on: company.start_on,
        until: request.until.map_or(settled, |until| until.min(settled)),
        recheck_after: settings.run.recheck_after.clone(),
    };
    let known = ledger.known(&company.no, company.start_on, request.command.older()).await?;
    Ok(pipeline::plan::plan(&horizon, &known, now))
}

/// Of the windows that are due, those that were begun before: nothing new, no recheck.
async fn begun(
    company: &Company,
    settings: &Settings,
    request: &Request,
) -> Result<Vec<Group>, Failure> {
    let (ledger, of_company) = (&company.ledger, &company.settings);
    let older = request.command.older();
    let known = ledger.known(&of_company.no, of_company.start_on, older).await?;
    let is_known = |due: &pipeline::plan::DueWindow| {
        due.reason == Reason::Due && known.iter().any(|known| known.window == due.window)
    };
    // The run's own clock is behind the database's by the way of an answer: what was reopened just
    // now would not be due by it.
    let now = world::clock(ledger.pool()).await?.now();
    let mut groups = due(ledger, settings, of_company, request, now).await?;
    for group in &mut groups {
        group.windows.retain(is_known);
    }
    groups.retain(|group| !group.windows.is_empty());
    Ok(groups)
}
