//! Runs, as `etl.run` has them.

use serde::Serialize;
use sqlx::PgPool;

use super::{Filter, Moment};
use crate::Error;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct RunRow {
    /// Its id.
    pub run_id: String,
    /// The command.
    pub command: String,
    /// The name by which whoever started it knows it.
    pub run_label: Option<String>,
    /// How it ended, or `running`.
    pub state: String,
    /// When it began.
    pub started_at: Moment,
    /// Last sign of life.
    pub heartbeat_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// Exit code of the process.
    pub exit_code: Option<i16>,
    /// Version of etl104.
    pub program_version: String,
    /// Version of the rules that read resumes.
    pub transform_version: i32,
    /// Windows closed.
    pub windows_closed: i64,
    /// Windows that failed.
    pub windows_failed: i64,
    /// Ids newly listed.
    pub listed: i64,
    /// Items stored.
    pub stored: i64,
    /// Items that 104 no longer had.
    pub absent: i64,
    /// Items rejected.
    pub rejected: i64,
    /// Files stored.
    pub files_stored: i64,
    /// Files that 104 no longer gives.
    pub files_unavailable: i64,
    /// File tasks that failed.
    pub files_failed: i64,
    /// Calls to 104.
    pub calls: i64,
    /// Calls that 104 throttled.
    pub throttled: i64,
    /// The first failure.
    pub failure: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// The newest runs; `since` looks at when they began. Runs belong to no company.
pub async fn runs(pool: &PgPool, filter: &Filter) -> Result<Vec<RunRow>, Error> {
    sqlx::query_as(
        "select run_id::text, command, run_label, state, started_at, heartbeat_at, ended_at,
                exit_code, program_version, transform_version, windows_closed, windows_failed, listed, stored,
                absent, rejected, files_stored, files_unavailable, files_failed, calls, throttled,
                failure, remedy
         from etl.run
         where ($1::text[] is null or state = any($1))
           and ($2::timestamptz is null or started_at >= $2)
         order by started_at desc limit $3",
    )
    .bind(filter.states())
    .bind(filter.since())
    .bind(filter.limit())
    .fetch_all(pool)
    .await
    .map_err(Error::statement("listing the runs"))
}

/// The runs whose id begins with the given text, two at most (so that the caller sees that it
/// is not enough); an empty text gives the newest runs.
pub async fn run(pool: &PgPool, id_start: &str) -> Result<Vec<RunRow>, Error> {
    sqlx::query_as(
        "select run_id::text, command, run_label, state, started_at, heartbeat_at, ended_at,
                exit_code, program_version, transform_version, windows_closed, windows_failed, listed, stored,
                absent, rejected, files_stored, files_unavailable, files_failed, calls, throttled,
                failure, remedy
         from etl.run where starts_with(run_id::text, lower($1))
         order by started_at desc limit 2",
    )
    .bind(id_start)
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading a run"))
}
