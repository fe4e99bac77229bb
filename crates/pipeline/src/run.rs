//! A run: one row in `etl.run`, with a heart that beats while it works.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Error;
use crate::tally::Tally;
use crate::verdict::Verdict;

/// How long a lease lives unless its run's heart beats.
pub const LEASE: Duration = Duration::from_mins(1);
/// How often the heart beats: three misses before a lease ends.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A run that was opened in the ledger.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    pool: PgPool,
}

/// Which program runs.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Version of etl104.
    pub version: &'static str,
    /// Version of the rules that read resumes.
    pub transform_version: i32,
}

impl Run {
    /// Opens a run, and marks runs whose heart stopped long ago as lost.
    pub async fn open(pool: &PgPool, command: &str, program: Program) -> Result<Self, Error> {
        sqlx::query(
            "update etl.run set state = 'lost', ended_at = heartbeat_at
             where state = 'running' and heartbeat_at < now() - interval '10 minutes'",
        )
        .execute(pool)
        .await
        .map_err(Error::statement("marking lost runs"))?;
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into etl.run (run_id, command, program_version, transform_version)
             values ($1, $2, $3, $4)",
        )
        .bind(id)
        .bind(command)
        .bind(program.version)
        .bind(program.transform_version)
        .execute(pool)
        .await
        .map_err(Error::statement("opening the run"))?;
        Ok(Self { id, pool: pool.clone() })
    }

    /// Beats until `stop`: renews the run and the leases that it still holds. A missed beat is
    /// no failure; the next one may come through.
    pub async fn beat(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(HEARTBEAT)).await.is_some() {
            if let Err(error) = self.beat_once().await {
                tracing::warn!(error = %error, "a heartbeat was missed");
            }
        }
    }

    async fn beat_once(&self) -> Result<(), Error> {
        sqlx::query(
            "with beat as (
                 update etl.run set heartbeat_at = now() where run_id = $1
             ), windows as (
                 update etl.fetch_window set lease_expires_at = now() + make_interval(secs => $2)
                 where lease_run_id = $1
             )
             update etl.file_task set lease_expires_at = now() + make_interval(secs => $2)
             where lease_run_id = $1",
        )
        .bind(self.id)
        .bind(LEASE.as_secs_f64())
        .execute(&self.pool)
        .await
        .map_err(Error::statement("the heartbeat"))?;
        Ok(())
    }

    /// Closes the run with what it did. `calls` and `throttled` are those of all credentials.
    pub async fn close(
        &self,
        tally: &Tally,
        verdict: Verdict,
        calls: u64,
        throttled: u64,
    ) -> Result<(), Error> {
        let failures = tally.failures();
        let worst = failures.iter().min_by_key(|failure| failure.kind);
        sqlx::query(
            "update etl.run set
                 state = $2, exit_code = $3, ended_at = now(), heartbeat_at = now(),
                 windows_closed = $4, windows_failed = $5, listed = $6, stored = $7, absent = $8,
                 rejected = $9, files_stored = $10, files_unavailable = $11, files_failed = $12,
                 calls = $13, throttled = $14, failure = $15, remedy = $16
             where run_id = $1",
        )
        .bind(self.id)
        .bind(verdict.state.as_str())
        .bind(i16::from(verdict.exit_code))
        .bind(signed(tally.windows_closed.get()))
        .bind(signed(tally.windows_failed.get()))
        .bind(signed(tally.listed.get()))
        .bind(signed(tally.stored.get()))
        .bind(signed(tally.absent.get()))
        .bind(signed(tally.rejected.get()))
        .bind(signed(tally.files_stored.get()))
        .bind(signed(tally.files_unavailable.get()))
        .bind(signed(tally.files_failed.get()))
        .bind(signed(calls))
        .bind(signed(throttled))
        .bind(worst.map(|failure| format!("{}: {}", failure.at, failure.what)))
        .bind(worst.map(|failure| failure.remedy.as_str()))
        .execute(&self.pool)
        .await
        .map_err(Error::statement("closing the run"))?;
        Ok(())
    }
}

/// Postgres counts in `bigint`.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
