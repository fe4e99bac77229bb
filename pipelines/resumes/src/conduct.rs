//! What all commands that fetch share: a run opened in the ledger, its companies side by side, its
//! heart, its limits, its end.
#![expect(
    clippy::future_not_send,
    reason = "what is generic over its work is driven by the task that made it"
)]

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use model::{CompanyNo, Window};
use pipeline::plan::{DueWindow, Group};
use pipeline::report::{OpenWork, open_work};
use pipeline::run::{Program, Run};
use pipeline::tally::Tally;
use pipeline::verdict::{Stop, Verdict, verdict};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::company::Company;
use crate::failure::{Failure, fail};
use crate::settings::Settings;
use crate::signals::Signals;
use crate::world::{self, Manner};
use crate::{files, learnt, marts, reading, reprocess, window};

/// How a run ended; its counts are in the tally.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run in the ledger; `None` if the database could not be opened.
    pub run_id: Option<Uuid>,
    /// The name by which whoever started it knows it.
    pub run_label: Option<String>,
    /// State and exit code.
    pub verdict: Verdict,
    /// Calls to 104, token calls and retries included.
    pub calls: u64,
    /// Calls that 104 throttled.
    pub throttled: u64,
    /// From the first step to the last.
    pub elapsed: Duration,
    /// What is open now; `None` if the database does not say so.
    pub open: Option<OpenWork>,
}

impl Report {
    /// Of a command that works without 104.
    pub(crate) fn without_calls(
        run_id: Option<Uuid>,
        settings: &Settings,
        verdict: Verdict,
        elapsed: Duration,
    ) -> Self {
        let run_label = settings.run.label.clone();
        Self { run_id, run_label, verdict, calls: 0, throttled: 0, elapsed, open: None }
    }
}

/// How a command is carried out.
#[derive(Clone, Copy)]
pub(crate) struct Conduct<'a> {
    pub(crate) settings: &'a Settings,
    /// The companies; empty for all.
    pub(crate) companies: &'a [CompanyNo],
    /// Time at most.
    pub(crate) max_duration: Option<Duration>,
    pub(crate) manner: Manner,
    pub(crate) tally: &'a Arc<Tally>,
    pub(crate) signals: &'a Signals,
}

/// The database, and a run opened in it.
pub(crate) async fn open(settings: &Settings, command: &str) -> Result<(PgPool, Run), Failure> {
    let pool = world::open_database(settings).await?;
    let run = open_run(&pool, settings, command).await?;
    Ok((pool, run))
}

pub(crate) async fn open_run(
    pool: &PgPool,
    settings: &Settings,
    command: &str,
) -> Result<Run, Failure> {
    let program = Program {
        version: env!("CARGO_PKG_VERSION"),
        transform_version: transform::TRANSFORM_VERSION,
    };
    let run = Run::open(pool, command, settings.run.label.as_deref(), program).await?;
    // A migration that did not see this run yet has changed the tables by now.
    database::require_current(pool).await?;
    Ok(run)
}

impl Conduct<'_> {
    /// Works to the end, and writes down how it ended.
    pub(crate) async fn to_the_end(
        self,
        opened: Result<(PgPool, Run), Failure>,
        work: impl AsyncFn(&Company),
    ) -> Report {
        let Self { tally, signals, .. } = self;
        let began = Instant::now();
        let (opened, calls) = match opened {
            Ok((pool, run)) => {
                let calls = self.work(&pool, &run, work).await;
                let ended = verdict(tally, signals.reason());
                close(&run, tally, ended, calls, signals).await;
                (Some((pool, run)), calls)
            }
            Err(failure) => {
                fail(tally, "opening the run", &failure);
                (None, (0, 0))
            }
        };
        let elapsed = began.elapsed();
        let open = match &opened {
            Some((pool, _)) => still_open(pool, self.companies).await,
            None => None,
        };
        Report {
            run_id: opened.map(|(_, run)| run.id),
            run_label: self.settings.run.label.clone(),
            verdict: verdict(tally, signals.reason()),
            calls: calls.0,
            throttled: calls.1,
            elapsed,
            open,
        }
    }

    /// All companies at once; returns calls and throttles.
    async fn work(self, pool: &PgPool, run: &Run, work: impl AsyncFn(&Company)) -> (u64, u64) {
        let Self { settings, companies, max_duration, manner, tally, signals } = self;
        let (ended, _guard) = world::until_dropped();
        let opened =
            world::open_companies(settings, companies, pool, run.id, manner, tally, signals);
        let companies = match opened.await {
            Ok(companies) => companies,
            Err(failure) => {
                fail(tally, "opening the run", &failure);
                return (0, 0);
            }
        };
        let everyone = async {
            futures::future::join_all(companies.iter().map(|company| work(company))).await;
            if !companies.iter().any(Company::has_lost_database) {
                let every = settings.run.refresh_marts_every;
                Box::pin(marts::refresh(pool, every, tally, signals)).await;
                // They hold people, and nobody looks: not only the next reprocess drops them.
                if let Err(failure) = Box::pin(reprocess::tidy_up(pool)).await {
                    let what = failure.what();
                    tracing::warn!(what, "tables that a rebuild left stay for the next run");
                }
            }
            ended.cancel();
        };
        let clock = async {
            if let Some(limit) = max_duration
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
        for company in companies.iter().filter(|company| company.client.calls().throttled > 0) {
            if company.has_lost_database() {
                break;
            }
            // What can't be noted is learnt another time.
            drop(learnt::note(company, [THROTTLED]).await);
        }
        world::leave(&companies).await;
        world::calls(&companies)
    }
}

/// What a throttle shows.
const THROTTLED: learnt::Seen = learnt::held("A-03", "104 throttled with HTTP 429");

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

/// What is open after the run.
async fn still_open(pool: &PgPool, companies: &[CompanyNo]) -> Option<OpenWork> {
    tokio::time::timeout(COUNTING, open_work(pool, companies)).await.ok()?.ok()
}

/// The counts of what is open are waited for so long.
const COUNTING: Duration = Duration::from_secs(10);
/// After a signal, what is under way may take so long; a supervisor's own patience ends soon.
const GRACE: Duration = Duration::from_secs(8);
/// And then writing down how the run ended so long.
const LAST_WORDS: Duration = Duration::from_secs(2);

pub(crate) async fn out_of_patience(signals: &Signals) {
    signals.token().cancelled().await;
    match signals.reason() {
        Some(Stop::Interrupted | Stop::Terminated) => tokio::time::sleep(GRACE).await,
        // A spent budget is no hurry.
        Some(Stop::BudgetSpent) | None => std::future::pending().await,
    }
}

/// One company: its windows and its files side by side. Files go on until no resume will come.
/// `again` makes the plan once more, after `prepared` made it first.
pub(crate) async fn work_company(
    company: &Company,
    prepared: impl Future<Output = Result<Vec<Group>, Failure>>,
    again: impl AsyncFn() -> Result<Vec<Group>, Failure>,
) {
    let no_more_resumes = CancellationToken::new();
    let resumes = async {
        reading::take_effect(company).await;
        let ended = async {
            work_planned(company, prepared.await?, again).await?;
            confirm_empty(company).await;
            Ok::<_, Failure>(())
        };
        if let Err(failure) = ended.await {
            company.failed(company.settings.no.as_str(), &failure);
        }
        // Before the files end, so that those which follow from it are fetched too.
        reading::take_effect(company).await;
        no_more_resumes.cancel();
    };
    tokio::join!(Box::pin(resumes), Box::pin(files::work(company, &no_more_resumes)));
    // A resume that was asked again for a file's sake may have taught it.
    if reading::take_effect(company).await {
        files::work(company, &no_more_resumes).await;
    }
}

/// Emptiness that what older windows listed proves real; the rest is counted as unconfirmed.
pub(crate) async fn confirm_empty(company: &Company) {
    if company.has_lost_database() {
        return;
    }
    let (pool, no) = (company.ledger.pool(), &company.settings.no);
    match pipeline::upkeep::confirm_empty(pool, no, company.started_at).await {
        Ok(unconfirmed) => company.tally.windows_unconfirmed.add(unconfirmed),
        Err(error) => company.failed(no.as_str(), &error.into()),
    }
}

/// Works on what is planned. Where other processes took windows from under the plan, it is made
/// again: hours that nobody took are then cut otherwise. Ends when nothing is left but windows that
/// others hold; these are left to them, and counted.
async fn work_planned(
    company: &Company,
    planned: Vec<Group>,
    again: impl AsyncFn() -> Result<Vec<Group>, Failure>,
) -> Result<(), Failure> {
    let mut groups = planned;
    let (mut tried, mut done) = (HashSet::new(), HashSet::new());
    loop {
        let before = (tried.len(), done.len());
        tried.extend(windows(&groups).cloned());
        company.tally.windows_due.add((tried.len() - before.0) as u64);
        let left_over =
            work_groups(company, &groups, async |due| window::work(company, due).await).await;
        if left_over.is_empty() || company.is_halted() {
            return Ok(());
        }
        done.extend(windows(&groups).filter(|window| !left_over.contains(window)).cloned());
        groups = again().await?;
        for group in &mut groups {
            group.windows.retain(|due| !done.contains(&due.window));
        }
        groups.retain(|group| !group.windows.is_empty());
        if done.len() == before.1 && windows(&groups).all(|window| tried.contains(window)) {
            company.tally.windows_held.add(windows(&groups).count() as u64);
            return Ok(());
        }
    }
}

/// Works on what is planned, once; what other processes hold of it is left to them, and counted.
pub(crate) async fn work_windows(
    company: &Company,
    groups: Vec<Group>,
    work: impl AsyncFn(&DueWindow) -> bool,
) {
    company.tally.windows_due.add(windows(&groups).count() as u64);
    let left_over = work_groups(company, &groups, work).await;
    company.tally.windows_held.add(left_over.len() as u64);
}

/// Groups side by side; within a group one source after another, so that they can share. A group
/// of which another process has a window is left to it. Returns the windows that were left so.
async fn work_groups(
    company: &Company,
    groups: &[Group],
    work: impl AsyncFn(&DueWindow) -> bool,
) -> HashSet<Window> {
    let (work, left_over) = (&work, &Mutex::new(HashSet::new()));
    stream::iter(groups)
        .for_each_concurrent(company.run.windows_at_once, |group| async move {
            for (place, due) in group.windows.iter().enumerate() {
                if company.is_halted() {
                    break;
                }
                if !work(due).await {
                    let rest = group.windows.iter().skip(place).map(|due| due.window.clone());
                    left_over.lock().unwrap_or_else(PoisonError::into_inner).extend(rest);
                    break;
                }
            }
        })
        .await;
    std::mem::take(&mut left_over.lock().unwrap_or_else(PoisonError::into_inner))
}

fn windows(groups: &[Group]) -> impl Iterator<Item = &Window> {
    groups.iter().flat_map(|group| &group.windows).map(|due| &due.window)
}
