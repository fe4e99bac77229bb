//! What is still to be done, counted.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
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
    /// Windows that failed and are taken up again, or wait for `retry`; not those of an empty past.
    pub windows_failed: i64,
    /// Failed windows that only `retry` takes up again.
    pub windows_given_up: i64,
    /// Windows that listed nothing, or that 104 refused, and lie before anything that it ever listed.
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
                    count(*) filter (where is_failed) as windows_failed,
                    count(*) filter (where is_failed and next_attempt_at is null)
                        as windows_given_up,
                    count(*) filter (where is_empty_past) as windows_unconfirmed
             from (
                 select state, next_attempt_at, is_empty_past,
                     state = 'failed' and not is_empty_past as is_failed
                 from etl.fetch_window as window_, etl.is_empty_past(window_) as is_empty_past
                 where ($1::text[] is null or company_no = any($1))
                   and state in ('open', 'failed', 'empty_unconfirmed')
             ) as unfinished
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

/// Of what is open, that which `run` leaves to the backfill that began it: it lies before the
/// company's first date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct LeftToBackfills {
    /// Windows begun and not finished; failed ones are not among them.
    pub windows: i64,
    /// Windows that failed; not those of an empty past.
    pub windows_failed: i64,
    /// Failed windows that a run would not take up either: they failed too often.
    pub windows_given_up: i64,
    /// Resumes listed and not stored yet.
    pub items: i64,
}

/// Counts what `run` leaves to backfills, of companies whose first dates are these.
pub async fn left_to_backfills(
    pool: &PgPool,
    companies: &[(CompanyNo, Date)],
) -> Result<LeftToBackfills, Error> {
    let (numbers, starts): (Vec<&str>, Vec<_>) =
        companies.iter().map(|(no, start_on)| (no.as_str(), start_on.to_sqlx())).unzip();
    sqlx::query_as(
        "with of_backfill as (
             select window_id, state, next_attempt_at
             from unnest($1::text[], $2::date[]) as of_company (company_no, start_on)
             join etl.fetch_window using (company_no)
             where state in ('open', 'failed') and is_of_backfill and window_on < start_on
               and not etl.is_empty_past(fetch_window)
         )
         select count(*) filter (where state = 'open') as windows,
                count(*) filter (where state = 'failed') as windows_failed,
                count(*) filter (where state = 'failed' and next_attempt_at is null)
                    as windows_given_up,
                (select count(*) from of_backfill join etl.window_item using (window_id)
                 where window_item.state in ('listed', 'kept')) as items
         from of_backfill",
    )
    .bind(&numbers)
    .bind(&starts)
    .fetch_one(pool)
    .await
    .map_err(Error::statement("counting what is left to backfills"))
}
