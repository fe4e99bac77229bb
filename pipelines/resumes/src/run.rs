//! The story of a run: open, plan, work on windows and files side by side, close.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use model::CompanyNo;
use pipeline::plan::{Group, Horizon, Reason, settled_until};
use pipeline::run::{Program, Run};
use pipeline::tally::Tally;
use pipeline::verdict::{Stop, Verdict, verdict};
use pipeline::window::Ledger;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::company::Company;
use crate::failure::{Failure, fail};
use crate::settings::{self, Settings};
use crate::signals::Signals;
use crate::world::Manner;
use crate::{files, reading, window, world};

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
}

/// How a run ended; its counts are in the tally.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run in the ledger; `None` if the database could not be opened.
    pub run_id: Option<Uuid>,
    /// State and exit code.
    pub verdict: Verdict,
    /// Calls to 104, token calls and retries included.
    pub calls: u64,
    /// Calls that 104 throttled.
    pub throttled: u64,
    /// From the first step to the last.
    pub elapsed: Duration,
}

/// Runs a command to its end. Failures are counted in the tally; the report's verdict says what
/// they come to.
pub async fn run(
    settings: &Settings,
    request: &Request,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> Report {
    let began = Instant::now();
    let opened = match world::open_database(settings).await {
        Ok(pool) => open_run(&pool, request.command.as_str()).await.map(|run| (pool, run)),
        Err(failure) => Err(failure),
    };
    let (run, calls) = match opened {
        Ok((pool, run)) => {
            let calls = work(settings, request, &pool, &run, tally, signals).await;
            let ended = verdict(tally, signals.reason());
            close(&run, tally, ended, calls, signals).await;
            (Some(run), calls)
        }
        Err(failure) => {
            fail(tally, "opening the run", &failure);
            (None, (0, 0))
        }
    };
    Report {
        run_id: run.map(|run| run.id),
        verdict: verdict(tally, signals.reason()),
        calls: calls.0,
        throttled: calls.1,
        elapsed: began.elapsed(),
    }
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

pub(crate) async fn open_run(pool: &PgPool, command: &str) -> Result<Run, Failure> {
    let program = Program {
        version: env!("CARGO_PKG_VERSION"),
        transform_version: transform::TRANSFORM_VERSION,
    };
    let run = Run::open(pool, command, program).await?;
    // A migration that did not see this run yet has changed the tables by now.
    database::require_current(pool).await?;
    Ok(run)
}

/// Writes down how the run ended. Without the database that can't be: the next run finds its heart
/// stopped, and calls it lost.
async fn close(
    run: &Run,
    tally: &Tally,
    ended: Verdict,
    (calls, throttled): (u64, u64),
    signals: &Signals,
) {
    let closing = run.close(tally, ended, calls, throttled);
    let limit = match signals.reason() {
        Some(Stop::Interrupted | Stop::Terminated) => LAST_WORDS,
        Some(Stop::BudgetSpent) | None => Duration::MAX,
    };
    match tokio::time::timeout(limit, closing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => fail(tally, "closing the run", &error.into()),
        Err(_elapsed) => tracing::warn!("the run's end could not be written down in time"),
    }
}

/// All companies at once, each with its windows and its files; returns calls and throttles.
async fn work(
    settings: &Settings,
    request: &Request,
    pool: &PgPool,
    run: &Run,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> (u64, u64) {
    let (ended, _guard) = world::until_dropped();
    let companies = world::open_companies(
        settings,
        &request.companies,
        pool,
        run.id,
        Manner { max_calls: request.max_calls, ..Manner::default() },
        tally,
        signals,
    );
    let companies = match companies.await {
        Ok(companies) => companies,
        Err(failure) => {
            fail(tally, "opening the run", &failure);
            return (0, 0);
        }
    };
    let everyone = async {
        let each = companies.iter().map(|company| work_company(settings, request, company));
        futures::future::join_all(each).await;
        ended.cancel();
    };
    let clock = async {
        if let Some(limit) = request.max_duration
            && ended.run_until_cancelled(tokio::time::sleep(limit)).await.is_some()
        {
            signals.stop(Stop::BudgetSpent);
        }
    };
    let heart = async {
        match run.beat(ended.clone()).await {
            Ok(()) => std::future::pending().await,
            Err(stopped) => stopped,
        }
    };
    let work = async { tokio::join!(everyone, clock) };
    tokio::select! {
        _ = work => {}
        stopped = heart => fail(tally, "the heartbeat", &stopped.into()),
        // What is cut here stays open in the ledger; its leases end with this process.
        () = out_of_patience(signals) => tracing::warn!("calls under way were given up"),
    }
    world::calls(&companies)
}

/// After a signal, what is under way may take so long; a supervisor's own patience ends soon.
const GRACE: Duration = Duration::from_secs(8);
/// And then writing down how the run ended so long.
const LAST_WORDS: Duration = Duration::from_secs(2);

async fn out_of_patience(signals: &Signals) {
    signals.token().cancelled().await;
    match signals.reason() {
        Some(Stop::Interrupted | Stop::Terminated) => tokio::time::sleep(GRACE).await,
        // A spent budget is no hurry.
        Some(Stop::BudgetSpent) | None => std::future::pending().await,
    }
}

/// One company: its windows and its files side by side. Files go on until no resume will come.
async fn work_company(settings: &Settings, request: &Request, company: &Company) {
    let no_more_resumes = CancellationToken::new();
    let resumes = async {
        reading::take_effect(company).await;
        match prepare(settings, request, company).await {
            Ok(groups) => {
                work_windows(company, groups).await;
                confirm_empty(company).await;
            }
            Err(failure) => company.failed(company.settings.no.as_str(), &failure),
        }
        // Before the files end, so that those which follow from it are fetched too.
        reading::take_effect(company).await;
        no_more_resumes.cancel();
    };
    tokio::join!(resumes, files::work(company, &no_more_resumes));
    // A resume that was asked again for a file's sake may have taught it.
    if reading::take_effect(company).await {
        files::work(company, &no_more_resumes).await;
    }
}

/// Emptiness that what older windows listed proves real; the rest is counted as unconfirmed.
async fn confirm_empty(company: &Company) {
    let (pool, no) = (company.ledger.pool(), &company.settings.no);
    match pipeline::upkeep::confirm_empty(pool, no, company.started_at).await {
        Ok(unconfirmed) => company.tally.windows_unconfirmed.add(unconfirmed),
        Err(error) => company.failed(no.as_str(), &error.into()),
    }
}

/// What the command asks for: the windows that are due, after its reopening.
async fn prepare(
    settings: &Settings,
    request: &Request,
    company: &Company,
) -> Result<Vec<Group>, Failure> {
    let (pool, no) = (company.ledger.pool(), &company.settings.no);
    match request.command {
        Command::Run => {
            pipeline::upkeep::supersede_covered(pool, no).await?;
            due(&company.ledger, settings, &company.settings, request, company.clock.now()).await
        }
        Command::RetryWindows => {
            pipeline::upkeep::retry_failed(pool, no).await?;
            begun(company, settings, request).await
        }
        Command::RetryRejections => {
            pipeline::rejection::retry(pool, no).await?;
            begun(company, settings, request).await
        }
        Command::RetryFiles => {
            pipeline::file_task::retry_failed(pool, no).await?;
            Ok(Vec::new())
        }
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
    let known = ledger.known(&company.no, company.start_on).await?;
    Ok(pipeline::plan::plan(&horizon, &known, now))
}

/// Of the windows that are due, those that were begun before: nothing new, no recheck.
async fn begun(
    company: &Company,
    settings: &Settings,
    request: &Request,
) -> Result<Vec<Group>, Failure> {
    let (ledger, of_company) = (&company.ledger, &company.settings);
    let known = ledger.known(&of_company.no, of_company.start_on).await?;
    let is_known = |due: &pipeline::plan::DueWindow| {
        due.reason == Reason::Due && known.iter().any(|known| known.window == due.window)
    };
    let mut groups = due(ledger, settings, of_company, request, company.clock.now()).await?;
    for group in &mut groups {
        group.windows.retain(is_known);
    }
    groups.retain(|group| !group.windows.is_empty());
    Ok(groups)
}

/// Groups side by side; within a group one source after another, so that they can share. A group
/// of which another process holds a window is left to it.
async fn work_windows(company: &Company, groups: Vec<Group>) {
    let count: usize = groups.iter().map(|group| group.windows.len()).sum();
    company.tally.windows_due.add(count as u64);
    stream::iter(groups)
        .for_each_concurrent(company.run.windows_at_once, |group| async move {
            for due in &group.windows {
                if company.is_halted() || !window::work(company, due).await {
                    break;
                }
            }
        })
        .await;
}
