//! Documents that newer rules read otherwise: rejections, items and counts follow.
//!
//! An item that was rejected for its document is stored once the document is accepted, and the other
//! way round. The windows' rows are locked before the people are, as in every transaction of a
//! window: [`windows`] tells which, [`lock`] locks them, and [`settle`] moves what lies in them.

use model::CompanyNo;
use sqlx::PgConnection;

use crate::Error;

/// What became of people's documents.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// The people.
    pub people: Vec<String>,
    /// Documents that are accepted.
    pub accepted: Vec<i64>,
    /// Documents that are refused.
    pub refused: Vec<i64>,
}

/// What moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Items that were rejected and are stored.
    pub stored: u64,
    /// Items that were stored and are rejected.
    pub rejected: u64,
}

/// Locks windows in an order that is the same for everybody, until the transaction ends.
pub async fn lock(conn: &mut PgConnection, windows: &[i64]) -> Result<(), Error> {
    if windows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "select from etl.fetch_window where window_id = any($1) order by window_id for update",
    )
    .bind(windows)
    .execute(conn)
    .await
    .map_err(Error::statement("locking windows"))?;
    Ok(())
}

/// The windows whose items would move, in order.
pub async fn windows(
    conn: &mut PgConnection,
    company: &CompanyNo,
    verdicts: &Verdicts,
) -> Result<Vec<i64>, Error> {
    sqlx::query_scalar(
        "select distinct window_id from etl.window_item
         where company_no = $1 and resume_id = any($2)
           and (state = 'rejected' and document_id = any($3)
                or state = 'stored' and document_id = any($4))
         order by 1",
    )
    .bind(company.as_str())
    .bind(&verdicts.people)
    .bind(&verdicts.accepted)
    .bind(&verdicts.refused)
    .fetch_all(conn)
    .await
    .map_err(Error::statement("looking for items to settle anew"))
}

/// The people to whom a verdict is news: an item of theirs would move, or a rejection be resolved.
pub async fn concerned(
    conn: &mut PgConnection,
    company: &CompanyNo,
    verdicts: &Verdicts,
) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(
        "select resume_id from etl.window_item
         where company_no = $1 and resume_id = any($2)
           and (state = 'rejected' and document_id = any($3)
                or state = 'stored' and document_id = any($4))
         union
         select resume_id from etl.rejection
         where company_no = $1 and resume_id = any($2) and document_id = any($3)
           and resolved_at is null",
    )
    .bind(company.as_str())
    .bind(&verdicts.people)
    .bind(&verdicts.accepted)
    .bind(&verdicts.refused)
    .fetch_all(conn)
    .await
    .map_err(Error::statement("looking whom newer rules concern"))
}

/// Those of these people of whom an item is rejected or a rejection open: reading their documents again may settle it.
pub async fn rejected_among(
    conn: &mut PgConnection,
    company: &CompanyNo,
    people: &[&str],
) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(
        "select resume_id from etl.window_item
         where company_no = $1 and resume_id = any($2) and state = 'rejected'
         union
         select resume_id from etl.rejection
         where company_no = $1 and resume_id = any($2) and resolved_at is null",
    )
    .bind(company.as_str())
    .bind(people)
    .fetch_all(conn)
    .await
    .map_err(Error::statement("looking for people of whom something is rejected"))
}

/// Moves the items of locked windows, and the windows' counts with them.
pub async fn settle(
    conn: &mut PgConnection,
    company: &CompanyNo,
    windows: &[i64],
    verdicts: &Verdicts,
) -> Result<Moved, Error> {
    if windows.is_empty() {
        return Ok(Moved::default());
    }
    let (stored, rejected): (i64, i64) = sqlx::query_as(
        "with moved as (
             update etl.window_item set settled_at = now(),
                 state = case state when 'rejected' then 'stored' else 'rejected' end
             where company_no = $1 and resume_id = any($2) and window_id = any($5)
               and (state = 'rejected' and document_id = any($3)
                    or state = 'stored' and document_id = any($4))
             returning window_id, state
         ), counted as (
             select window_id, count(*) filter (where state = 'stored')::integer as stored,
                    count(*) filter (where state = 'rejected')::integer as rejected
             from moved group by window_id
         ), window_counts as (
             update etl.fetch_window as window_ set
                 stored = window_.stored + counted.stored - counted.rejected,
                 rejected = window_.rejected + counted.rejected - counted.stored
             from counted where window_.window_id = counted.window_id
         )
         select coalesce(sum(stored), 0)::bigint, coalesce(sum(rejected), 0)::bigint from counted",
    )
    .bind(company.as_str())
    .bind(&verdicts.people)
    .bind(&verdicts.accepted)
    .bind(&verdicts.refused)
    .bind(windows)
    .fetch_one(conn)
    .await
    .map_err(Error::statement("settling items anew"))?;
    Ok(Moved { stored: stored.unsigned_abs(), rejected: rejected.unsigned_abs() })
}

/// Documents that are accepted resolve the rejections that name them. Returns how many.
pub async fn resolve(
    conn: &mut PgConnection,
    company: &CompanyNo,
    verdicts: &Verdicts,
) -> Result<u64, Error> {
    Ok(sqlx::query(
        "update etl.rejection set resolved_at = now()
         where company_no = $1 and resume_id = any($2) and document_id = any($3)
           and resolved_at is null",
    )
    .bind(company.as_str())
    .bind(&verdicts.people)
    .bind(&verdicts.accepted)
    .execute(conn)
    .await
    .map_err(Error::statement("resolving rejections"))?
    .rows_affected())
}
