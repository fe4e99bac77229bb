//! The items of a window: `listed → kept → stored | absent | rejected`.
//!
//! All functions work inside a transaction of [`crate::window::Ledger::begin`]; the window's
//! counts move with its items, so that they add up at every commit.

use std::collections::HashSet;

use database::statement;
use jiff::Timestamp;
use model::{CompanyNo, ResumeId};
use sqlx::{PgConnection, PgPool};

use crate::Error;
use crate::window::Lease;

/// An item whose raw document is kept and whose rows are not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptItem {
    /// The resume.
    pub resume_id: ResumeId,
    /// Its document in `raw.resume_document`.
    pub document_id: i64,
}

/// Where an item ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Its rows are written.
    Stored,
    /// 104 no longer has it.
    Absent,
    /// It was refused; `etl.rejection` says why.
    Rejected,
}

/// Whether any item of the window is still to be fetched or loaded.
pub async fn has_open(pool: &PgPool, window_id: i64) -> Result<bool, Error> {
    let ask = || {
        sqlx::query_as(
            "select exists (select from etl.window_item
             where window_id = $1 and state in ('listed', 'kept'))",
        )
        .bind(window_id)
        .fetch_one(pool)
    };
    let (has_open,): (bool,) = statement(pool, "reading the open items", ask).await?;
    Ok(has_open)
}

/// An item that is still to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedItem {
    /// The resume.
    pub resume_id: ResumeId,
    /// Its place in 104's list.
    pub position: i32,
    /// What a richer source of the same hours showed since then serves it; `None`: whenever.
    pub shares_since: Option<Timestamp>,
}

/// Up to `limit` items that are still to be fetched, in 104's order, beyond a position.
pub async fn listed(
    pool: &PgPool,
    window_id: i64,
    beyond: i32,
    limit: i64,
) -> Result<Vec<ListedItem>, Error> {
    let ask = || {
        sqlx::query_as(
            "select resume_id, position, shares_since from etl.window_item
         where window_id = $1 and state = 'listed' and position > $2
         order by position, resume_id limit $3",
        )
        .bind(window_id)
        .bind(beyond)
        .bind(limit)
        .fetch_all(pool)
    };
    let rows: Vec<(String, i32, Option<jiff_sqlx::Timestamp>)> =
        statement(pool, "reading the open items", ask).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, position, since)| {
            let shares_since = since.map(jiff_sqlx::Timestamp::to_jiff);
            Some(ListedItem { resume_id: id.parse().ok()?, position, shares_since })
        })
        .collect())
}

/// An id of the window that was stored, if any was.
pub async fn any_stored(pool: &PgPool, window_id: i64) -> Result<Option<ResumeId>, Error> {
    let ask = || {
        sqlx::query_as(
            "select resume_id from etl.window_item
             where window_id = $1 and state = 'stored' limit 1",
        )
        .bind(window_id)
        .fetch_optional(pool)
    };
    let stored: Option<(String,)> = statement(pool, "looking for a stored item", ask).await?;
    Ok(stored.and_then(|(id,)| id.parse().ok()))
}

/// Those of the names that are ids of the window, whatever their state.
pub async fn listed_among(
    pool: &PgPool,
    window_id: i64,
    names: &[&str],
) -> Result<HashSet<String>, Error> {
    let ask = || {
        sqlx::query_as(
            "select resume_id from etl.window_item where window_id = $1 and resume_id = any($2)",
        )
        .bind(window_id)
        .bind(names)
        .fetch_all(pool)
    };
    let listed: Vec<(String,)> = statement(pool, "looking for ids of the window", ask).await?;
    Ok(listed.into_iter().map(|(id,)| id).collect())
}

/// Up to `limit` items that go on from raw without a call.
pub async fn kept(pool: &PgPool, window_id: i64, limit: i64) -> Result<Vec<KeptItem>, Error> {
    let ask = || {
        sqlx::query_as(
            "select resume_id, document_id from etl.window_item
         where window_id = $1 and state = 'kept' order by position, resume_id limit $2",
        )
        .bind(window_id)
        .bind(limit)
        .fetch_all(pool)
    };
    let rows: Vec<(String, i64)> = statement(pool, "reading the kept items", ask).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, document_id)| Some(KeptItem { resume_id: id.parse().ok()?, document_id }))
        .collect())
}

/// Those of the resumes whose documents are kept somewhere, and whose rows are not written yet.
pub async fn kept_among(
    conn: &mut PgConnection,
    company: &CompanyNo,
    ids: &[&str],
) -> Result<HashSet<String>, Error> {
    let kept: Vec<(String,)> = sqlx::query_as(
        "select distinct resume_id from etl.window_item
         where company_no = $1 and resume_id = any($2) and state = 'kept'",
    )
    .bind(company.as_str())
    .bind(ids)
    .fetch_all(conn)
    .await
    .map_err(Error::statement("looking for kept items"))?;
    Ok(kept.into_iter().map(|(id,)| id).collect())
}

/// Their raw documents are kept.
pub async fn mark_kept(
    conn: &mut PgConnection,
    lease: &Lease,
    kept: &[KeptItem],
) -> Result<(), Error> {
    let ids: Vec<&str> = kept.iter().map(|item| item.resume_id.as_str()).collect();
    let documents: Vec<i64> = kept.iter().map(|item| item.document_id).collect();
    sqlx::query(
        "update etl.window_item as item set state = 'kept', document_id = kept.document_id
         from unnest($2::text[], $3::bigint[]) as kept (resume_id, document_id)
         where item.window_id = $1 and item.resume_id = kept.resume_id and item.state = 'listed'",
    )
    .bind(lease.window_id)
    .bind(&ids)
    .bind(&documents)
    .execute(conn)
    .await
    .map_err(Error::statement("marking items as kept"))?;
    Ok(())
}

/// How many items reached which final state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Stored.
    pub stored: u64,
    /// Absent at 104.
    pub absent: u64,
    /// Rejected.
    pub rejected: u64,
}

/// They reached their final state. Returns how many moved: an item settles once. One that was
/// asked for again and is absent now stays stored: what is held of it is not lost.
pub async fn settle(
    conn: &mut PgConnection,
    lease: &Lease,
    ids: &[ResumeId],
    settled: Settled,
) -> Result<Moved, Error> {
    if ids.is_empty() {
        return Ok(Moved::default());
    }
    let ids: Vec<&str> = ids.iter().map(ResumeId::as_str).collect();
    let state = match settled {
        Settled::Stored => "stored",
        Settled::Absent => "absent",
        Settled::Rejected => "rejected",
    };
    let moved: (i64, i64, i64) = sqlx::query_as(
        "with moved as (
             update etl.window_item set settled_at = now(),
                 state = case when $3 = 'absent' and document_id is not null then 'stored' else $3 end
             where window_id = $1 and resume_id = any($2) and state in ('listed', 'kept')
             returning state
         ), counted as (
             select (count(*) filter (where state = 'stored'))::integer as stored,
                 (count(*) filter (where state = 'absent'))::integer as absent,
                 (count(*) filter (where state = 'rejected'))::integer as rejected
             from moved
         ), window_counts as (
             update etl.fetch_window as window_ set
                 stored = window_.stored + counted.stored,
                 absent = window_.absent + counted.absent,
                 rejected = window_.rejected + counted.rejected
             from counted where window_id = $1
         )
         select stored::bigint, absent::bigint, rejected::bigint from counted",
    )
    .bind(lease.window_id)
    .bind(&ids)
    .bind(state)
    .fetch_one(conn)
    .await
    .map_err(Error::statement("settling items"))?;
    let count = |moved: i64| u64::try_from(moved).unwrap_or(0);
    Ok(Moved { stored: count(moved.0), absent: count(moved.1), rejected: count(moved.2) })
}
