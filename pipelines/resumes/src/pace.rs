//! The pace of a run: the shared row in the database, and the run's budget of calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use database::{CredentialHash, Error, Rank, SharedPace, Start};
use extract::{LONGEST_WAIT, Pace, PaceError};
use futures::future::BoxFuture;
use pipeline::tally::Tally;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// Start times for one credential, out of the row that all processes share.
pub(crate) struct PacedByDatabase {
    shared: SharedPace,
    budget: Arc<CallBudget>,
    tally: Arc<Tally>,
    /// Cancelled when the run is told to stop: then no call starts any more.
    stopped: CancellationToken,
    /// Cancelled also when a failure ends the run: nobody waits for a schedule any more.
    halted: CancellationToken,
    /// Number of the last start that was taken; 0 before.
    last_slot: AtomicI64,
    /// The way to the row and back, in microseconds: the quickest answer so far.
    way: AtomicU64,
}

/// After so long it is worth a word that a backfill waits for a schedule.
const LONG: Duration = Duration::from_secs(10);
/// Who waits for a schedule looks again so often, since the schedule may have left.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A call that starts no later than this after its slot's moment starts in time.
const LATE: Duration = Duration::from_millis(20);
/// A call that is late again and again, and says so each time, starts at last: it is no moment's trouble.
const OFTEN_LATE: u32 = 5;
/// Who leaves the pace waits no longer for the database.
const LEAVING: Duration = Duration::from_secs(2);

/// The calls that a run may make, over all its credentials.
#[derive(Debug)]
pub(crate) struct CallBudget(AtomicU64);

impl CallBudget {
    /// `None`: no limit.
    pub(crate) fn new(max_calls: Option<u64>) -> Self {
        Self(AtomicU64::new(max_calls.unwrap_or(u64::MAX)))
    }

    fn take(&self) -> Result<(), PaceError> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .map(drop)
            .map_err(|_empty| PaceError::BudgetSpent)
    }
}

/// A start that was taken.
struct Taken {
    slot: i64,
    moment: Instant,
    /// The moment by the row's clock, at the earliest: how long the answer was on its way back can't be seen.
    earliest: Instant,
}

impl PacedByDatabase {
    pub(crate) fn new(
        pool: PgPool,
        config: &extract::Config,
        rank: Rank,
        budget: Arc<CallBudget>,
        tally: Arc<Tally>,
        (stopped, halted): (CancellationToken, CancellationToken),
    ) -> Self {
        let shared = SharedPace::new(pool, credential_hash(config), config.spacing()).of_rank(rank);
        Self {
            shared,
            budget,
            tally,
            stopped,
            halted,
            last_slot: AtomicI64::new(0),
            way: AtomicU64::new(u64::MAX),
        }
    }

    /// No more calls will come: a backfill need not wait until that shows by itself.
    pub(crate) async fn leave(&self) {
        let left = self.shared.leave(self.last_slot.load(Ordering::Relaxed));
        if !matches!(tokio::time::timeout(LEAVING, left).await, Ok(Ok(()))) {
            tracing::debug!("a backfill finds out by itself that no more calls come");
        }
    }

    /// Takes a call of the budget and its start time, and waits for it.
    async fn start<F>(&self, next_start: impl Fn() -> F + Send + Sync) -> Result<(), PaceError>
    where
        F: Future<Output = Result<Start, Error>> + Send,
    {
        if self.stopped.is_cancelled() {
            return Err(PaceError::BudgetSpent);
        }
        self.budget.take()?;
        let mut late = 0;
        loop {
            let taken = self.take(&next_start).await;
            self.tally.waits_for_schedule.set(false);
            let taken = taken?;
            let wait = taken.moment.saturating_duration_since(Instant::now());
            if wait > LONGEST_WAIT {
                return Err(PaceError::Throttled(wait));
            }
            let waited = tokio::time::sleep_until(taken.moment.into());
            if self.stopped.run_until_cancelled(waited).await.is_none() {
                return Err(PaceError::BudgetSpent);
            }
            if self.is_kept(&taken, &mut late).await? {
                break;
            }
        }
        self.tally.calls.add(1);
        Ok(())
    }

    /// Whether the call may start by its slot. The slots of others follow from when it should have started: one that was
    /// held up comes too close to them, unless they hear of it.
    async fn is_kept(&self, taken: &Taken, late: &mut u32) -> Result<bool, PaceError> {
        let mut due = taken.earliest;
        while due.elapsed() > LATE && *late < OFTEN_LATE {
            *late += 1;
            let asked = Instant::now();
            if !self.shared.starts_late(taken.slot).await.map_err(unavailable)? {
                return Ok(false);
            }
            due = asked + self.way(asked);
        }
        Ok(true)
    }

    /// How long the way to the row and back takes, as an answer of now and those before show: the quickest of them was not
    /// held up.
    fn way(&self, asked: Instant) -> Duration {
        let took = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.way.fetch_min(took, Ordering::Relaxed).min(took))
    }

    /// Asks until there is a start: a backfill waits as long as a schedule calls.
    async fn take<F>(&self, next_start: impl Fn() -> F + Send + Sync) -> Result<Taken, PaceError>
    where
        F: Future<Output = Result<Start, Error>> + Send,
    {
        let (began, mut is_said) = (Instant::now(), false);
        loop {
            let asked = Instant::now();
            let (wait, for_schedule) = match next_start().await.map_err(unavailable)? {
                Start::At { moment, slot } => {
                    self.last_slot.store(slot, Ordering::Relaxed);
                    let held_up = asked.elapsed().saturating_sub(self.way(asked));
                    let earliest = moment.checked_sub(held_up).unwrap_or(moment);
                    return Ok(Taken { slot, moment, earliest });
                }
                Start::NotYet { wait, .. } if wait > LONGEST_WAIT => {
                    return Err(PaceError::Throttled(wait));
                }
                Start::NotYet { wait, for_schedule } => (wait, for_schedule),
            };
            self.tally.waits_for_schedule.set(for_schedule);
            if for_schedule && !is_said && began.elapsed() > LONG {
                is_said = true;
                tracing::info!("waits for a scheduled run, which goes first");
            }
            let nap = if for_schedule { wait.min(LOOK_AGAIN) } else { wait };
            if self.halted.run_until_cancelled(tokio::time::sleep(nap)).await.is_none() {
                return Err(PaceError::BudgetSpent);
            }
        }
    }
}

impl Pace for PacedByDatabase {
    fn slot(&self, spacing: Duration) -> BoxFuture<'_, Result<(), PaceError>> {
        let shared = self.shared.at_interval(spacing);
        Box::pin(async move { self.start(|| shared.next_start()).await })
    }

    fn urgent_slot(&self, spacing: Duration) -> BoxFuture<'_, Result<(), PaceError>> {
        let shared = self.shared.at_interval(spacing);
        Box::pin(async move { self.start(|| shared.urgent_start()).await })
    }

    fn throttled(&self, hint: Option<Duration>) -> BoxFuture<'_, Result<Duration, PaceError>> {
        Box::pin(async move { self.shared.throttled(hint).await.map_err(unavailable) })
    }
}

fn unavailable(error: Error) -> PaceError {
    PaceError::Unavailable(Box::new(error))
}

/// Pace and token belong to the token URL and the client id.
pub(crate) fn credential_hash(config: &extract::Config) -> CredentialHash {
    let mut hash = Sha256::new();
    hash.update(config.token_url.as_str());
    hash.update([0]);
    hash.update(&config.client_id);
    hash.finalize().into()
}
