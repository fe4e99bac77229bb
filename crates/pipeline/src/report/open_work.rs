//! What is still to be done, counted.

use model::CompanyNo;
use serde::Serialize;
use sqlx::PgPool;

use super::filter::named;
use crate::Error;

/// What is open, over the companies that were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct OpenWork {
    /// Windows begun and not finished; failed ones are not among them.
    pub windows: i64,
    /// Windows that failed and are taken up again, or wait for `retry`.
    pub windows_failed: i64,
    /// Failed windows that only `retry` takes up again.
    pub windows_given_up: i64,
    /// Windows that listed nothing and lie before anything that 104 ever listed.
    pub windows_unconfirmed: i64,
    /// Resumes listed and not stored yet.
    pub items: i64,
    /// File tasks that are not settled; failed ones are among them, those left out are not.
    pub files: i64,
    /// File tasks that failed.
    pub files_failed: i64,
    /// Failed file tasks that only `retry` takes up again.
    pub files_given_up: i64,
    /// File tasks that a backfill left out: only `retry` takes them up.
    pub files_left_out: i64,
    /// Rejections that no later try resolved.
    pub rejections: i64,
}

/// Counts what is open; no companies means all of them. Each count runs over an index of open
/// rows, or over the windows.
pub async fn open_work(pool: &PgPool, companies: &[CompanyNo]) -> Result<OpenWork, Error> {
    sqlx::query_as(
        "select windows.*, items.*, files.*, rejections.*
         from (
             select count(*) filter (where state = 'open') as windows,
                    count(*) filter (where state = 'failed') as windows_failed,
                    count(*) filter (where state = 'failed' and next_attempt_at is null)
                        as windows_given_up,
                    count(*) filter (where state = 'empty_unconfirmed') as windows_unconfirmed
             from etl.fetch_window
             where ($1::text[] is null or company_no = any($1))
               and state in ('open', 'failed', 'empty_unconfirmed')
         ) as windows, (
             select count(*) as items from etl.window_item
             where ($1::text[] is null or company_no = any($1)) and state in ('listed', 'kept')
         ) as items, (
             select count(*) filter (where state = 'failed' or is_due) as files,
                    count(*) filter (where state = 'failed') as files_failed,
                    count(*) filter (where state = 'failed' and not is_due) as files_given_up,
                    count(*) filter (where state = 'open' and not is_due) as files_left_out
             from (
                 select company_no, state, true as is_due from etl.file_task
                 where state in ('open', 'failed') and next_attempt_at is not null
                 union all
                 select company_no, state, false from etl.file_task
                 where state in ('open', 'failed') and next_attempt_at is null
             ) as unsettled
             where ($1::text[] is null or company_no = any($1))
         ) as files, (
             select count(*) as rejections from etl.rejection
             where ($1::text[] is null or company_no = any($1)) and resolved_at is null
         ) as rejections",
    )
    .bind(named(companies))
    .fetch_one(pool)
    .await
    .map_err(Error::statement("counting the open work"))
}
