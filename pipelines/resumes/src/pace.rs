//! The pace of a run: the shared row in the database, and the run's budget of calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use database::{CredentialHash, Rank, SharedPace};
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
}

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

impl PacedByDatabase {
    pub(crate) fn new(
        pool: PgPool,
        config: &extract::Config,
        rank: Rank,
        budget: Arc<CallBudget>,
        tally: Arc<Tally>,
        stopped: CancellationToken,
    ) -> Self {
        let shared = SharedPace::new(pool, credential_hash(config), config.spacing()).of_rank(rank);
        Self { shared, budget, tally, stopped }
    }
}

impl Pace for PacedByDatabase {
    fn slot(&self) -> BoxFuture<'_, Result<(), PaceError>> {
        Box::pin(async {
            if self.stopped.is_cancelled() {
                return Err(PaceError::BudgetSpent);
            }
            self.budget.take()?;
            let start = self.shared.next_start().await.map_err(unavailable)?;
            let wait = start.saturating_duration_since(std::time::Instant::now());
            if wait > LONGEST_WAIT {
                return Err(PaceError::Throttled(wait));
            }
            let waited = tokio::time::sleep_until(start.into());
            if self.stopped.run_until_cancelled(waited).await.is_none() {
                return Err(PaceError::BudgetSpent);
            }
            self.tally.calls.add(1);
            Ok(())
        })
    }

    fn throttled(&self, hint: Option<Duration>) -> BoxFuture<'_, Result<Duration, PaceError>> {
        Box::pin(async move { self.shared.throttled(hint).await.map_err(unavailable) })
    }
}

fn unavailable(error: database::Error) -> PaceError {
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
