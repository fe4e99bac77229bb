//! The pace that all processes share.

use std::time::{Duration, Instant};

use sqlx::PgPool;

use crate::{Error, statement};

/// SHA-256 of token URL and client id: the pace belongs to the credential, and companies with
/// the same pair share it.
pub type CredentialHash = [u8; 32];

/// So many intervals a throttle lasts at least.
const OWN_WAIT: f64 = 6.0;

/// After a start of a schedule a backfill waits so long for the next one: an answer, and what is
/// made of it, may take that long. A schedule that is dead holds up nobody for longer.
const GRACE: Duration = Duration::from_secs(3);
/// A backfill takes no start that is farther ahead, so that a schedule finds none of its before it.
const AHEAD: Duration = Duration::from_millis(50);
/// Who is told to ask again waits so long at least.
const SHORTEST_WAIT: Duration = Duration::from_millis(5);

/// One credential's row in `etl.pace`. The row hands out start times by the database's clock;
/// whoever can't reach it must not call.
///
/// A schedule gets the next start, whenever it asks. A backfill gets it only when it comes at once
/// and no schedule has called for as long as the grace: so a schedule at work has all starts, save
/// one after a pause of its own that was longer, and one that begins waits for one interval.
#[derive(Clone, Debug)]
pub struct SharedPace {
    pool: PgPool,
    credential: CredentialHash,
    /// That of a process that knows nothing of the way to 104: a longer one is a throttle's.
    base_interval: Duration,
    interval: Duration,
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

/// What the row answers to who asks for a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The call may start at this moment, by this process's clock; of one that starts later, tell
    /// ([`SharedPace::starts_late`]).
    At {
        /// The moment.
        moment: Instant,
        /// Number of the start.
        slot: i64,
    },
    /// Nothing was taken: a backfill asks again so much later.
    NotYet {
        /// How much later.
        wait: Duration,
        /// A schedule is at work; otherwise the next start is too far ahead to be taken already.
        for_schedule: bool,
    },
}

impl SharedPace {
    /// The pace of a credential, with the interval between two starts when nothing is throttled and nothing is known of
    /// the way to 104.
    pub fn new(pool: PgPool, credential: CredentialHash, base_interval: Duration) -> Self {
        Self { pool, credential, base_interval, interval: base_interval, rank: Rank::default() }
    }

    /// The same pace at another interval: what is known of the way to 104 changes as a process goes. The
    /// interval is that from the start which is taken to the next one, whoever takes that.
    #[must_use]
    pub fn at_interval(&self, interval: Duration) -> Self {
        Self { interval, ..self.clone() }
    }

    /// The same pace for a process of another rank.
    #[must_use]
    pub fn of_rank(self, rank: Rank) -> Self {
        Self { rank, ..self }
    }

    /// Takes the next start time, unless this is a backfill that has to ask again. A slot that is
    /// taken and not used is lost, which is harmless.
    ///
    /// An interval widened by throttling eases back by 2 % a slot. One that is no longer than the base is not a throttle's
    /// but that of whoever took the last slot, and nobody else's.
    pub async fn next_start(&self) -> Result<Start, Error> {
        self.start(self.rank == Rank::Backfill).await
    }

    /// Takes the next start time for a call that can't wait for a schedule: the schedule waits for
    /// it, as for a token, or it is under way already.
    pub async fn urgent_start(&self) -> Result<Start, Error> {
        self.start(false).await
    }

    async fn start(&self, yields: bool) -> Result<Start, Error> {
        let operation = "taking a start time from the shared pace";
        let ask = || {
            sqlx::query_as(
                "with taken as (
                 insert into etl.pace as pace
                     (credential_hash, next_start_at, interval_ms, slots, schedule_until)
                 values ($1, clock_timestamp() + make_interval(secs => $2 / 1000), $2, 1,
                     case when $3 then clock_timestamp() + make_interval(secs => $4) end)
                 on conflict (credential_hash) do update set
                     next_start_at = greatest(pace.next_start_at, clock_timestamp())
                         + make_interval(secs => greatest($2, case
                             when pace.interval_ms > $7 then pace.interval_ms * 0.98 end) / 1000),
                     interval_ms = greatest($2, case
                         when pace.interval_ms > $7 then pace.interval_ms * 0.98 end),
                     slots = pace.slots + 1,
                     schedule_until = case when $3
                         then greatest(pace.next_start_at, clock_timestamp())
                             + make_interval(secs => $4)
                         else pace.schedule_until end
                 where not $5
                     or pace.next_start_at <= clock_timestamp() + make_interval(secs => $6)
                     and coalesce(pace.schedule_until <= clock_timestamp(), true)
                 returning slots, (extract(epoch from next_start_at - clock_timestamp()) * 1000
                     - interval_ms)::double precision as wait_ms
             )
             select slots, wait_ms, false from taken
             union all
             select null, (extract(epoch from
                     greatest(next_start_at - make_interval(secs => $6), schedule_until)
                     - clock_timestamp()) * 1000)::double precision,
                 coalesce(schedule_until > clock_timestamp(), false)
             from etl.pace where credential_hash = $1 and not exists (select from taken)",
            )
            .bind(self.credential.as_slice())
            .bind(self.interval.as_secs_f64() * 1000.0)
            .bind(self.rank == Rank::Schedule)
            .bind(GRACE.as_secs_f64())
            .bind(yields)
            .bind(AHEAD.as_secs_f64())
            .bind(self.base_interval.as_secs_f64() * 1000.0)
            .fetch_optional(&self.pool)
        };
        let row: Option<(Option<i64>, f64, bool)> = statement(&self.pool, operation, ask).await?;
        // The row was made by another process while this one asked.
        let (slot, wait_ms, for_schedule) = row.unwrap_or((None, 0.0, false));
        let wait = Duration::try_from_secs_f64(wait_ms / 1000.0).unwrap_or_default();
        Ok(match slot {
            Some(slot) => Start::At { moment: Instant::now() + wait, slot },
            None => Start::NotYet { wait: wait.max(SHORTEST_WAIT), for_schedule },
        })
    }

    /// The call of a slot starts only now, later than the slot said: whoever takes the next ones starts as much later.
    /// False if all that fall into its second were taken already: then it may not start, and needs another slot.
    pub async fn starts_late(&self, slot: i64) -> Result<bool, Error> {
        let ask = || {
            sqlx::query(
                "update etl.pace set next_start_at = greatest(next_start_at, clock_timestamp()
                     + make_interval(secs => (slots - $2 + 1) * interval_ms / 1000))
                 where credential_hash = $1 and slots - $2 < ceil(1000 / interval_ms)",
            )
            .bind(self.credential.as_slice())
            .bind(slot)
            .execute(&self.pool)
        };
        let told = statement(&self.pool, "telling the shared pace of a late start", ask).await?;
        Ok(told.rows_affected() == 1)
    }

    /// A schedule has no more calls to make: unless another start was taken since its last one,
    /// a backfill need not wait any longer.
    pub async fn leave(&self, last_slot: i64) -> Result<(), Error> {
        let ask = || {
            sqlx::query(
                "update etl.pace set schedule_until = null
                 where credential_hash = $1 and slots = $2",
            )
            .bind(self.credential.as_slice())
            .bind(last_slot)
            .execute(&self.pool)
        };
        statement(&self.pool, "leaving the shared pace", ask).await.map(drop)
    }

    /// 104 throttled: every process waits as long as it was told, and no shorter than six intervals
    /// (2.2 s at the usual pace). Returns how long the wait will be.
    ///
    /// The interval widens by half with each throttle, to 3 s at most, and with it the own wait
    /// grows, to 18 s. Calls that were under way together are throttled together: what comes while
    /// all wait already widens nothing. A schedule that was throttled still goes first afterwards.
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
                 throttles = throttles + 1,
                 schedule_until = case when $5 then greatest(pace.schedule_until,
                     wait.until + make_interval(secs => $6)) else pace.schedule_until end
             from wait where pace.credential_hash = wait.credential_hash
             returning
                 (extract(epoch from next_start_at - clock_timestamp()) * 1000)::double precision",
            )
            .bind(self.credential.as_slice())
            .bind(told.unwrap_or_default().as_secs_f64() * 1000.0)
            .bind(self.base_interval.as_secs_f64() * 1000.0)
            .bind(OWN_WAIT)
            .bind(self.rank == Rank::Schedule)
            .bind(GRACE.as_secs_f64())
            .fetch_one(&self.pool)
        };
        let (wait_ms,): (f64,) = statement(&self.pool, operation, ask).await?;
        Ok(Duration::try_from_secs_f64(wait_ms / 1000.0).unwrap_or_default())
    }
}
