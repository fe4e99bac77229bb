//! Windows changed from outside a run's work: superseded, retried, accepted.

use database::statement;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::{CompanyNo, RejectionCode};
use sqlx::PgPool;

use crate::Error;

/// Failed windows that closed ones cover wholly need no further try, and the answers that failed
/// them are history.
pub async fn supersede_covered(pool: &PgPool, company: &CompanyNo) -> Result<(), Error> {
    let ask = || {
        sqlx::query(
            "with superseded as (
         update etl.fetch_window as failed set state = 'superseded', next_attempt_at = null
         where failed.company_no = $1 and failed.state = 'failed'
           and not exists (
               select from generate_series(failed.start_hour, failed.end_hour - 1) as hour
               where not exists (
                   select from etl.fetch_window as other
                   where other.company_no = failed.company_no and other.source = failed.source
                     and other.window_on = failed.window_on
                     and other.state in ('closed', 'empty_unconfirmed')
                     and other.start_hour <= hour and hour < other.end_hour))
         returning window_id)
         update etl.rejection set resolved_at = now() from superseded
         where rejection.window_id = superseded.window_id and resume_id is null
           and code = $2 and resolved_at is null",
        )
        .bind(company.as_str())
        .bind(RejectionCode::UnreadableAnswer.as_str())
        .execute(pool)
    };
    statement(pool, "superseding failed windows", ask).await?;
    Ok(())
}

/// Takes failed windows up again at once, however often they failed. Returns how many.
pub async fn retry_failed(pool: &PgPool, company: &CompanyNo) -> Result<u64, Error> {
    let ask = || {
        sqlx::query(
            "update etl.fetch_window set attempts = 0, next_attempt_at = now()
         where company_no = $1 and state = 'failed'",
        )
        .bind(company.as_str())
        .execute(pool)
    };
    Ok(statement(pool, "reopening failed windows", ask).await?.rows_affected())
}

/// Closes empty windows that lie after one that listed somebody: 104 answers for their time, so
/// they are empty indeed. Returns how many of those listed, or refused, since a moment stay
/// unconfirmed.
pub async fn confirm_empty(
    pool: &PgPool,
    company: &CompanyNo,
    since: Timestamp,
) -> Result<u64, Error> {
    let ask = || {
        sqlx::query_as(
            "with oldest as (
             select min(starts_at) as starts_at from etl.fetch_window
             where company_no = $1 and listed > 0
         ), confirmed as (
             update etl.fetch_window as window_ set state = 'closed' from oldest
             where window_.company_no = $1 and window_.state = 'empty_unconfirmed'
               and window_.starts_at >= oldest.starts_at
             returning window_id
         )
         select count(*) from etl.fetch_window as window_
         where company_no = $1 and etl.is_empty_past(window_)
           and case state when 'failed' then refused_at else first_listed_at end >= $2
           and window_id not in (select window_id from confirmed)",
        )
        .bind(company.as_str())
        .bind(since.to_sqlx())
        .fetch_one(pool)
    };
    let (unconfirmed,): (i64,) = statement(pool, "confirming empty windows", ask).await?;
    Ok(u64::try_from(unconfirmed).unwrap_or(0))
}

/// Accepts that empty windows of the past are empty, and those that 104 refuses with them: as if
/// their lists had come. Returns how many.
pub async fn accept_empty(pool: &PgPool, company: &CompanyNo) -> Result<u64, Error> {
    Ok(sqlx::query(
        "update etl.fetch_window as window_ set
             state = 'closed', is_listed = true,
             list_note = case state when 'failed' then '104 refuses these hours (code 897)'
                 else list_note end,
             first_listed_at = coalesce(first_listed_at, now()),
             last_listed_at = case state when 'failed' then now() else last_listed_at end,
             closed_at = coalesce(closed_at, now()),
             attempts = 0, next_attempt_at = null, failure = null, remedy = null
         where company_no = $1 and etl.is_empty_past(window_)",
    )
    .bind(company.as_str())
    .execute(pool)
    .await
    .map_err(Error::statement("accepting empty windows"))?
    .rows_affected())
}
