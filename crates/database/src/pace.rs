//! The pace that all processes share.

use std::time::{Duration, Instant};

use sqlx::PgPool;

use crate::{Error, statement};

/// SHA-256 of token URL and client id: the pace belongs to the credential, and companies with
/// the same pair share it.
pub type CredentialHash = [u8; 32];

/// So many intervals a throttle lasts at least.
const OWN_WAIT: f64 = 6.0;
/// An answer that took longer brings a slot that has passed.
const LATE: Duration = Duration::from_millis(300);
/// So often in a row no answer is late by chance: the way is long, and as long for each.
const OFTEN_LATE: u32 = 5;

/// One credential's row in `etl.pace`. The row hands out start times by the database's clock;
/// whoever can't reach it must not call.
#[derive(Clone, Debug)]
pub struct SharedPace {
    pool: PgPool,
    credential: CredentialHash,
    base_interval: Duration,
    rank: Rank,
}

/// Who goes first where several processes share a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rank {
    /// The schedule: hours that are due now, and what failed of them.
    #[default]
    Schedule,
    /// Work on the past, which waits while a schedule calls.
    Backfill,
}

impl SharedPace {
    /// The pace of a credential, with the interval between two starts when nothing is throttled.
    pub fn new(pool: PgPool, credential: CredentialHash, base_interval: Duration) -> Self {
        Self { pool, credential, base_interval, rank: Rank::default() }
    }

    /// The same pace for a process of another rank.
    #[must_use]
    pub fn of_rank(self, rank: Rank) -> Self {
        Self { rank, ..self }
    }

    /// Takes the next start time and returns the moment, by this process's clock, at which it
    /// comes. A slot that is taken and not used is lost, which is harmless; so is one whose answer
    /// was held up on its way, since others' slots have come by then.
    ///
    /// An interval widened by throttling eases back by 2 % a slot, never below the base.
    pub async fn next_start(&self) -> Result<Instant, Error> {
        let operation = "taking a start time from the shared pace";
        let ask = || {
            sqlx::query_as(
                "insert into etl.pace as pace (credential_hash, next_start_at, interval_ms, slots)
             values ($1, clock_timestamp() + make_interval(secs => $2 / 1000), $2, 1)
             on conflict (credential_hash) do update set
                 next_start_at = greatest(pace.next_start_at, clock_timestamp())
                     + make_interval(secs => greatest($2, pace.interval_ms * 0.98) / 1000),
                 interval_ms = greatest($2, pace.interval_ms * 0.98),
                 slots = pace.slots + 1
             returning (extract(epoch from next_start_at - clock_timestamp()) * 1000
                 - interval_ms)::double precision",
            )
            .bind(self.credential.as_slice())
            .bind(self.base_interval.as_secs_f64() * 1000.0)
            .fetch_one(&self.pool)
        };
        let mut late = 0;
        loop {
            let asked = Instant::now();
            let (wait_ms,): (f64,) = statement(&self.pool, operation, ask).await?;
            if asked.elapsed() < LATE || late == OFTEN_LATE {
                let wait = Duration::try_from_secs_f64(wait_ms / 1000.0).unwrap_or_default();
                return Ok(Instant::now() + wait);
            }
            late += 1;
        }
    }

    /// 104 throttled: every process waits as long as it was told, and no shorter than six intervals
    /// (2.1 s at the usual pace). Returns how long the wait will be.
    ///
    /// The interval widens by half with each throttle, to 3 s at most, and with it the own wait
    /// grows, to 18 s. Calls that were under way together are throttled together: what comes while
    /// all wait already widens nothing.
    pub async fn throttled(&self, told: Option<Duration>) -> Result<Duration, Error> {
        let operation = "moving the shared pace after a throttle";
        let ask = || {
            sqlx::query_as(
                "with wait as (
                 select credential_hash, is_known, greatest(next_start_at, clock_timestamp()
                     + make_interval(secs => greatest($2, own_ms) / 1000)) as until
                 from (
                     select *, case when is_known then 0
                         else $4 * greatest(interval_ms, $3) end as own_ms
                     from (
                         select *, coalesce(throttled_until > clock_timestamp(), false) as is_known
                         from etl.pace where credential_hash = $1 for update
                     ) as locked
                 ) as weighed
             )
             update etl.pace as pace set
                 next_start_at = wait.until,
                 throttled_until = wait.until,
                 interval_ms = case when wait.is_known then interval_ms
                     else least(greatest(interval_ms * 1.5, $3), greatest(3000, $3)) end,
                 throttles = throttles + 1
             from wait where pace.credential_hash = wait.credential_hash
             returning
                 (extract(epoch from next_start_at - clock_timestamp()) * 1000)::double precision",
            )
            .bind(self.credential.as_slice())
            .bind(told.unwrap_or_default().as_secs_f64() * 1000.0)
            .bind(self.base_interval.as_secs_f64() * 1000.0)
            .bind(OWN_WAIT)
            .fetch_one(&self.pool)
        };
        let (wait_ms,): (f64,) = statement(&self.pool, operation, ask).await?;
        Ok(Duration::try_from_secs_f64(wait_ms / 1000.0).unwrap_or_default())
    }
}
