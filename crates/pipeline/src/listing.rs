//! What a listing does to its window: items, counts, and the close when nothing is open.
//!
//! All functions work inside a transaction of [`crate::window::Ledger::begin`].

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::ResumeId;
use sqlx::PgConnection;

use crate::Error;
use crate::rejection;
use crate::window::Lease;

/// Ids in one statement: a connection keeps a buffer as large as the largest that it sent, and a busy day
/// lists tens of thousands.
const PART: usize = 2000;

/// What a listing said, as far as the ledger is concerned.
#[derive(Clone, Debug, Default)]
pub struct Listed<'a> {
    /// Distinct ids in 104's order.
    pub ids: &'a [ResumeId],
    /// Listed, but of a form that can't be asked: items that are rejected from the start.
    pub unusable: Vec<String>,
    /// The total that 104 gave beside them.
    pub total: Option<i64>,
    /// What was odd about the list.
    pub note: Option<String>,
}

/// What recording a listing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListingRecorded {
    /// Ids that this window had no item for.
    pub new_ids: u64,
    /// Of these, the ones that can't be asked: rejected from the start.
    pub new_unusable: u64,
    /// The window is closed: nothing is open.
    pub is_closed: bool,
}

/// Which of the listed ids are to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Those that are new to the window.
    New,
    /// All of them: what was settled goes back to `listed`.
    All,
}

/// How a window is listed: for whom, and what may serve them without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Who is to be asked for.
    pub ask: Ask,
    /// What a richer source of the same hours showed since then serves them; `None`: whenever.
    pub shares_since: Option<Timestamp>,
}

/// Writes what a listing said: an item for each id that has none, and the window's counts. An
/// empty list closes the window; ids that are to be asked for reopen a closed one, in the same
/// transaction.
pub async fn record_listing(
    conn: &mut PgConnection,
    lease: &Lease,
    listed: &Listed<'_>,
    manner: Manner,
) -> Result<ListingRecorded, Error> {
    let since = manner.shares_since;
    if manner.ask == Ask::All {
        note_refetch(conn, lease).await?;
    }
    let mut new_ids = 0;
    for part in listed.ids.chunks(PART) {
        let ids: Vec<&str> = part.iter().map(ResumeId::as_str).collect();
        if manner.ask == Ask::All {
            set_back(conn, lease, &ids, since).await?;
        }
        new_ids += add_items(conn, lease, &ids, "listed", since).await?;
    }
    let mut new_unusable = 0;
    for part in listed.unusable.chunks(PART) {
        let ids: Vec<&str> = part.iter().map(String::as_str).collect();
        new_unusable += add_items(conn, lease, &ids, "rejected", since).await?;
    }
    sqlx::query(
        "update etl.fetch_window set
             is_listed = true, refused_at = null,
             listed = listed + $2 + $5, rejected = rejected + $5,
             list_total = $3, list_note = $4,
             first_listed_at = coalesce(first_listed_at, now()), last_listed_at = now(),
             state = case when $2 > 0 then 'open' else state end,
             closed_at = case when $2 > 0 then null else closed_at end
         where window_id = $1",
    )
    .bind(lease.window_id)
    .bind(i32::try_from(new_ids).unwrap_or(i32::MAX))
    .bind(listed.total)
    .bind(&listed.note)
    .bind(i32::try_from(new_unusable).unwrap_or(i32::MAX))
    .execute(&mut *conn)
    .await
    .map_err(Error::statement("recording the listing"))?;
    Ok(ListingRecorded {
        new_ids: new_ids + new_unusable,
        new_unusable,
        is_closed: close_if_done(conn, lease).await?,
    })
}

/// All that the window listed so far is asked for again, without another list: a dry run has kept
/// the latest. Returns whether the window is closed for want of anybody.
pub async fn ask_all_again(
    conn: &mut PgConnection,
    lease: &Lease,
    shares_since: Option<Timestamp>,
) -> Result<bool, Error> {
    note_refetch(conn, lease).await?;
    let mut beyond = String::new();
    loop {
        let rows: Vec<(String,)> = sqlx::query_as(
            "select resume_id from etl.window_item
             where window_id = $1 and resume_id > $2 order by resume_id limit $3",
        )
        .bind(lease.window_id)
        .bind(&beyond)
        .bind(i64::try_from(PART).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await
        .map_err(Error::statement("reading the listed ids"))?;
        let listed = rows.iter().map(|(id,)| id.as_str());
        let ids: Vec<&str> = listed.filter(|id| id.parse::<ResumeId>().is_ok()).collect();
        set_back(&mut *conn, lease, &ids, shares_since).await?;
        let Some((last,)) = rows.into_iter().next_back() else { break };
        beyond = last;
    }
    close_if_done(conn, lease).await
}

/// A window that was listed before is asked for again as a whole, be it empty.
async fn note_refetch(conn: &mut PgConnection, lease: &Lease) -> Result<(), Error> {
    sqlx::query(
        "update etl.fetch_window set refetched_at = now() where window_id = $1 and is_listed",
    )
    .bind(lease.window_id)
    .execute(conn)
    .await
    .map_err(Error::statement("noting that a window is asked for again"))?;
    Ok(())
}

/// Settled items go back to `listed`, and share what is newer alone. A stored one keeps its document:
/// should 104 no longer have it, it is stored all the same. What is kept goes on from raw.
async fn set_back(
    conn: &mut PgConnection,
    lease: &Lease,
    ids: &[&str],
    shares_since: Option<Timestamp>,
) -> Result<(), Error> {
    sqlx::query(
        "with before as (
             select resume_id, state from etl.window_item
             where window_id = $1 and resume_id = any($2)
               and state in ('listed', 'stored', 'absent', 'rejected')
         ), again as (
             update etl.window_item as item set
                 state = 'listed', settled_at = null, shares_since = $3,
                 document_id = case when item.state in ('listed', 'stored') then item.document_id end
             from before where item.window_id = $1 and item.resume_id = before.resume_id
         ), counted as (
             select count(*)::integer as items,
                 (count(*) filter (where state = 'stored'))::integer as stored,
                 (count(*) filter (where state = 'absent'))::integer as absent,
                 (count(*) filter (where state = 'rejected'))::integer as rejected
             from before
         )
         update etl.fetch_window as window_ set
             state = case when counted.items > 0 then 'open' else window_.state end,
             closed_at = case when counted.items > 0 then null else window_.closed_at end,
             stored = window_.stored - counted.stored,
             absent = window_.absent - counted.absent,
             rejected = window_.rejected - counted.rejected
         from counted where window_.window_id = $1",
    )
    .bind(lease.window_id)
    .bind(ids)
    .bind(shares_since.map(ToSqlx::to_sqlx))
    .execute(conn)
    .await
    .map_err(Error::statement("setting items back"))?;
    Ok(())
}

/// Items for ids that have none, behind those that the window has. Returns how many were new.
async fn add_items(
    conn: &mut PgConnection,
    lease: &Lease,
    ids: &[&str],
    state: &str,
    shares_since: Option<Timestamp>,
) -> Result<u64, Error> {
    Ok(sqlx::query(
        "insert into etl.window_item
             (window_id, company_no, resume_id, position, state, settled_at, shares_since)
         select $1, $2, listed.resume_id, known.last + listed.position, $4,
                case when $4 = 'rejected' then now() end, $5
         from unnest($3::text[]) with ordinality as listed (resume_id, position)
         cross join (select coalesce(max(position), 0) as last
                     from etl.window_item where window_id = $1) as known
         on conflict do nothing",
    )
    .bind(lease.window_id)
    .bind(lease.window.company().as_str())
    .bind(ids)
    .bind(state)
    .bind(shares_since.map(ToSqlx::to_sqlx))
    .execute(conn)
    .await
    .map_err(Error::statement("writing the listed ids"))?
    .rows_affected())
}

/// 104 refused the window's hours. Says whether that changes nothing: it was empty before, and lies
/// before anything that 104 ever listed. Then it counts as looked at, else it is to fail.
pub async fn record_refusal(conn: &mut PgConnection, lease: &Lease) -> Result<bool, Error> {
    let is_settled = sqlx::query_scalar(
        "update etl.fetch_window as window_ set
             refused_at = now(),
             last_listed_at = case when before.is_settled then now() else last_listed_at end,
             refetched_at = case when before.is_settled then now() else refetched_at end
         from (
             select state in ('closed', 'empty_unconfirmed') and listed = 0
                 and coalesce(ends_at <= (
                     select min(starts_at) from etl.fetch_window
                     where company_no = $2 and listed > 0), false) as is_settled
             from etl.fetch_window where window_id = $1
         ) as before
         where window_.window_id = $1
         returning before.is_settled",
    )
    .bind(lease.window_id)
    .bind(lease.window.company().as_str())
    .fetch_one(conn)
    .await
    .map_err(Error::statement("noting that 104 refuses a window"))?;
    Ok(is_settled)
}

/// Closes the window if nothing is open, and says whether it did. A window that listed nothing is
/// `empty_unconfirmed` until [`crate::upkeep::confirm_empty`] has looked at what older windows
/// listed. Answers that it could do nothing with before are resolved.
pub async fn close_if_done(conn: &mut PgConnection, lease: &Lease) -> Result<bool, Error> {
    let is_closed = sqlx::query(
        "update etl.fetch_window set
             state = case when listed > 0 or state = 'closed'
                 then 'closed' else 'empty_unconfirmed' end,
             closed_at = coalesce(closed_at, now()),
             attempts = 0, next_attempt_at = null, failure = null, remedy = null,
             lease_run_id = null, lease_expires_at = null
         where window_id = $1 and is_listed and listed = stored + absent + rejected",
    )
    .bind(lease.window_id)
    .execute(&mut *conn)
    .await
    .map_err(Error::statement("closing a window"))?
    .rows_affected()
        > 0;
    if is_closed {
        rejection::resolve_answer(conn, lease.window_id).await?;
    }
    Ok(is_closed)
}
