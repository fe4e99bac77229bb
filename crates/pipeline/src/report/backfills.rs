//! Backfills that are not finished, with how far they came.

use model::CompanyNo;
use serde::Serialize;
use sqlx::PgPool;

use super::Moment;
use super::filter::named;
use crate::Error;

/// A backfill that is not finished.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct BackfillRow {
    /// Its number.
    pub backfill_id: i64,
    /// The company.
    pub company_no: String,
    /// The first hour.
    pub from: Moment,
    /// The end of the last hour, exclusive.
    pub until: Moment,
    /// `missing` or `all`.
    pub refetch: String,
    /// `listed` by a dry run and not begun, or `open`.
    pub state: String,
    /// Whether a process works on it now.
    pub is_running: bool,
    /// When it began.
    pub started_at: Moment,
    /// When a run took it up last.
    pub worked_at: Moment,
    /// Windows that are done.
    pub windows_done: i32,
    /// Windows that it comes to; none if it was stopped before that was known.
    pub windows_planned: Option<i32>,
    /// The command that goes on with it.
    pub resume_command: String,
}

/// The unfinished backfills, the one that was worked on last first.
pub async fn backfills(pool: &PgPool, companies: &[CompanyNo]) -> Result<Vec<BackfillRow>, Error> {
    sqlx::query_as(
        "select backfill_id, company_no, starts_at as from, ends_at as until, refetch, state,
             etl.is_run_alive(run_id) as is_running, started_at, worked_at,
             etl.windows_done(backfill) as windows_done, windows_planned,
             command as resume_command
         from etl.backfill
         where ($1::text[] is null or company_no = any($1)) and state <> 'complete'
         order by worked_at desc, backfill_id desc",
    )
    .bind(named(companies))
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading the backfills"))
}
