//! A run: one row in `etl.run`, with a heart that beats while it works.
//!
//! While it lives it holds a session advisory lock on a connection of its own. Postgres frees it
//! the moment the process is gone, so that a killed run's leases are free at once
//! (`etl.is_run_alive`); those of a process that merely sleeps end by their time.

use std::time::Duration;

use database::statement;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Error;
use crate::tally::Tally;
use crate::verdict::Verdict;

/// How long a lease lives unless its run's heart beats.
pub const LEASE: Duration = Duration::from_mins(1);
/// How often the heart beats: three misses before a lease ends.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A sign of life that does not answer for so long is given anew.
const PING: Duration = Duration::from_secs(5);

/// A run that was opened in the ledger.
#[derive(Debug)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    pool: PgPool,
    /// The connection that holds the run's advisory lock.
    sign_of_life: Mutex<PgConnection>,
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
    /// Opens a run, and marks runs whose heart stopped long ago as lost. `label` is the name by which
    /// whoever started it knows it.
    pub async fn open(
        pool: &PgPool,
        command: &str,
        label: Option<&str>,
        program: Program,
    ) -> Result<Self, Error> {
        let ask = || {
            sqlx::query(
                "update etl.run set state = 'lost', ended_at = heartbeat_at
                 where state = 'running' and heartbeat_at < now() - interval '1 minute'
                   and not etl.is_run_alive(run_id)",
            )
            .execute(pool)
        };
        statement(pool, "marking lost runs", ask).await?;
        let id = Uuid::now_v7();
        let sign_of_life = Mutex::new(sign_of_life(pool, id).await?);
        let ask = || {
            sqlx::query(
                "insert into etl.run
                     (run_id, command, run_label, program_version, transform_version)
                 values ($1, $2, $3, $4, $5) on conflict do nothing",
            )
            .bind(id)
            .bind(command)
            .bind(label)
            .bind(program.version)
            .bind(program.transform_version)
            .execute(pool)
        };
        statement(pool, "opening the run", ask).await?;
        Ok(Self { id, pool: pool.clone(), sign_of_life })
    }

    /// Beats until `stop`: renews the run and the leases that it still holds. A missed beat is
    /// no failure; the next one may come through.
    ///
    /// # Errors
    /// When none came through for as long as a lease lives: others may have the work by now, so
    /// whatever this run still waits for, it must end.
    pub async fn beat(&self, stop: CancellationToken) -> Result<(), Error> {
        let mut last = Instant::now();
        while stop.run_until_cancelled(tokio::time::sleep(HEARTBEAT)).await.is_some() {
            let missed = match timeout(HEARTBEAT, self.beat_once()).await {
                Ok(Ok(())) => {
                    last = Instant::now();
                    continue;
                }
                Ok(Err(error)) => error,
                Err(_elapsed) => {
                    let silent = std::io::ErrorKind::TimedOut.into();
                    database::Error::Unavailable(sqlx::Error::Io(silent)).into()
                }
            };
            tracing::warn!(error = %missed, "a heartbeat was missed");
            if last.elapsed() >= LEASE {
                return Err(missed);
            }
        }
        Ok(())
    }

    /// Rows that are being written are passed over, so that a beat waits for nobody; two more
    /// beats come before a lease ends.
    async fn beat_once(&self) -> Result<(), Error> {
        let mut connection = self.sign_of_life.lock().await;
        if !matches!(timeout(PING, connection.ping()).await, Ok(Ok(()))) {
            *connection = sign_of_life(&self.pool, self.id).await?;
        }
        drop(connection);
        sqlx::query(
            "with beat as (
                 update etl.run set heartbeat_at = now() where run_id = $1
             ), windows as (
                 update etl.fetch_window set lease_expires_at = now() + make_interval(secs => $2)
                 where window_id in (select window_id from etl.fetch_window
                     where lease_run_id = $1 for update skip locked)
             )
             update etl.file_task set lease_expires_at = now() + make_interval(secs => $2)
             where task_id in (select task_id from etl.file_task
                 where lease_run_id = $1 for update skip locked)",
        )
        .bind(self.id)
        .bind(LEASE.as_secs_f64())
        .execute(&self.pool)
        .await
        .map_err(Error::statement("the heartbeat"))?;
        Ok(())
    }

    /// Closes the run with what it did, and frees what it still holds. `calls` and `throttled` are
    /// those of all credentials.
    pub async fn close(
        &self,
        tally: &Tally,
        verdict: Verdict,
        calls: u64,
        throttled: u64,
    ) -> Result<(), Error> {
        let failures = tally.failures();
        let worst = failures.iter().min_by_key(|failure| failure.kind);
        let ask = || {
            sqlx::query(
                "with windows as (
                     update etl.fetch_window set lease_run_id = null, lease_expires_at = null
                     where lease_run_id = $1
                 ), files as (
                     update etl.file_task set lease_run_id = null, lease_expires_at = null
                     where lease_run_id = $1
                 )
                 update etl.run set
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
        };
        statement(&self.pool, "closing the run", ask).await?;
        Ok(())
    }
}

/// A connection that holds the run's advisory lock for as long as it lives. The lock is shared: a
/// connection that fell silent may hold it still.
async fn sign_of_life(pool: &PgPool, run_id: Uuid) -> Result<PgConnection, Error> {
    let take = || async {
        let mut connection = pool.acquire().await?.detach();
        sqlx::query("select pg_advisory_lock_shared(104, hashtext($1::uuid::text))")
            .bind(run_id)
            .execute(&mut connection)
            .await?;
        Ok(connection)
    };
    Ok(statement(pool, "taking the run's advisory lock", take).await?)
}

/// Postgres counts in `bigint`.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
