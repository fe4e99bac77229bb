//! Windows and their items, as the ledger has them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::CompanyNo;
use serde::Serialize;
use sqlx::PgPool;

use super::{Filter, Moment};
use crate::Error;

/// One window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct WindowRow {
    /// Number of the window.
    pub window_id: i64,
    /// The company.
    pub company_no: String,
    /// The source.
    pub source: String,
    /// The date, Taiwan time.
    pub window_on: String,
    /// The first hour.
    pub start_hour: i16,
    /// The hour after the last.
    pub end_hour: i16,
    /// How far it came.
    pub state: String,
    /// Distinct ids that 104 listed.
    pub listed: i32,
    /// Items stored.
    pub stored: i32,
    /// Items that 104 no longer had.
    pub absent: i32,
    /// Items rejected.
    pub rejected: i32,
    /// The total that 104 gave beside the list.
    pub list_total: Option<i64>,
    /// What was odd about the list.
    pub list_note: Option<String>,
    /// First listing that succeeded.
    pub first_listed_at: Option<Moment>,
    /// Latest listing that succeeded.
    pub last_listed_at: Option<Moment>,
    /// When it was closed last.
    pub closed_at: Option<Moment>,
    /// Runs that failed on it since it last made progress.
    pub attempts: i32,
    /// A failed window is taken up again from then on.
    pub next_attempt_at: Option<Moment>,
    /// Why it failed.
    pub failure: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The run that holds it now.
    pub held_by: Option<String>,
    /// Until when, unless renewed.
    pub held_until: Option<Moment>,
}

/// An item of a window that is not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ItemRow {
    /// The id that 104 listed.
    pub resume_id: String,
    /// listed, kept, absent or rejected.
    pub state: String,
    /// Place in the list.
    pub position: i32,
    /// When it was first listed here.
    pub listed_at: Moment,
    /// The code of its open rejection.
    pub rejection: Option<String>,
}

/// Windows, the newest hours first; `since` looks at a window's end.
pub async fn windows(pool: &PgPool, filter: &Filter) -> Result<Vec<WindowRow>, Error> {
    sqlx::query_as(
        "select window_id, company_no, source, window_on::text, start_hour, end_hour, state,
                listed, stored, absent, rejected, list_total, list_note, first_listed_at,
                last_listed_at, closed_at, attempts, next_attempt_at, failure, remedy,
                case when lease_expires_at > now() then lease_run_id::text end as held_by,
                case when lease_expires_at > now() then lease_expires_at end as held_until
         from etl.fetch_window
         where ($1::text[] is null or company_no = any($1))
           and ($2::text[] is null or state = any($2))
           and ($3::timestamptz is null or ends_at > $3)
         order by ends_at desc, company_no, source, window_id limit $4",
    )
    .bind(filter.companies())
    .bind(filter.states())
    .bind(filter.since())
    .bind(filter.limit())
    .fetch_all(pool)
    .await
    .map_err(Error::statement("listing the windows"))
}

/// One window by its number.
pub async fn window(pool: &PgPool, window_id: i64) -> Result<Option<WindowRow>, Error> {
    sqlx::query_as(
        "select window_id, company_no, source, window_on::text, start_hour, end_hour, state,
                listed, stored, absent, rejected, list_total, list_note, first_listed_at,
                last_listed_at, closed_at, attempts, next_attempt_at, failure, remedy,
                case when lease_expires_at > now() then lease_run_id::text end as held_by,
                case when lease_expires_at > now() then lease_expires_at end as held_until
         from etl.fetch_window where window_id = $1",
    )
    .bind(window_id)
    .fetch_optional(pool)
    .await
    .map_err(Error::statement("reading a window"))
}

/// The window's items that are not stored, in 104's order.
pub async fn open_items(pool: &PgPool, window_id: i64, limit: u32) -> Result<Vec<ItemRow>, Error> {
    sqlx::query_as(
        "select item.resume_id, item.state, item.position, item.listed_at,
                (select max(rejection.code) from etl.rejection
                 where rejection.window_id = item.window_id
                   and rejection.resume_id = item.resume_id
                   and rejection.resolved_at is null) as rejection
         from etl.window_item as item
         where item.window_id = $1 and item.state <> 'stored'
         order by item.position, item.resume_id limit $2",
    )
    .bind(window_id)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading a window's items"))
}

/// How many windows had ended by a moment and are not finished.
pub async fn unfinished_windows(
    pool: &PgPool,
    company: &CompanyNo,
    moment: Timestamp,
) -> Result<i64, Error> {
    sqlx::query_scalar(
        "select count(*) from etl.fetch_window
         where company_no = $1 and ends_at <= $2 and state in ('open', 'failed')",
    )
    .bind(company.as_str())
    .bind(moment.to_sqlx())
    .fetch_one(pool)
    .await
    .map_err(Error::statement("counting unfinished windows"))
}
