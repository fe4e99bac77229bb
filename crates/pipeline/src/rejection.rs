//! What was refused, kept with its payload.

use model::{CompanyNo, Redacted, Rejection, RejectionCode};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::Error;

/// Where a rejection happened.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The company.
    pub company: &'a CompanyNo,
    /// The run.
    pub run_id: Uuid,
    /// The window that was being fetched, if any.
    pub window_id: Option<i64>,
    /// The raw document, if it was kept.
    pub document_id: Option<i64>,
}

/// Writes a rejection; a repeated one of the same resume, window and code replaces the open one.
///
/// A document that was refused before, and that no window's item points to any more, is history: the
/// resume came through with another. It is not brought up again. Says whether anything was written.
pub async fn record(
    conn: &mut PgConnection,
    place: Place<'_>,
    rejection: &Rejection,
) -> Result<bool, Error> {
    let written = sqlx::query(
        "with repeated as (
             delete from etl.rejection
             where company_no = $1 and resume_id is not distinct from $2
               and window_id is not distinct from $3 and document_id is not distinct from $4
               and code = $6 and resolved_at is null and ($2 is not null or payload = $9)
             returning rejection_id
         )
         insert into etl.rejection
             (company_no, resume_id, window_id, document_id, run_id, code, reason, remedy, payload)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9
         where $4 is null or exists (select from repeated)
             or exists (select from etl.window_item
                 where company_no = $1 and resume_id = $2 and document_id = $4)
             or not exists (select from etl.rejection
                 where company_no = $1 and resume_id = $2 and document_id = $4 and code = $6)",
    )
    .bind(place.company.as_str())
    .bind(rejection.resume_id.as_ref().map(model::ResumeId::as_str))
    .bind(place.window_id)
    .bind(place.document_id)
    .bind(place.run_id)
    .bind(rejection.code.as_str())
    .bind(&rejection.reason)
    .bind(rejection.code.remedy())
    .bind(rejection.payload.expose())
    .execute(conn)
    .await
    .map_err(Error::statement("writing a rejection"))?;
    Ok(written.rows_affected() > 0)
}

/// Whether a document's rejection for the same reason is open already.
pub async fn is_open(
    conn: &mut PgConnection,
    place: Place<'_>,
    rejection: &Rejection,
) -> Result<bool, Error> {
    let (is_open,): (bool,) = sqlx::query_as(
        "select exists (
             select from etl.rejection
             where company_no = $1 and resume_id = $2 and document_id = $3 and code = $4
               and resolved_at is null)",
    )
    .bind(place.company.as_str())
    .bind(rejection.resume_id.as_ref().map(model::ResumeId::as_str))
    .bind(place.document_id)
    .bind(rejection.code.as_str())
    .fetch_one(conn)
    .await
    .map_err(Error::statement("looking for a rejection"))?;
    Ok(is_open)
}

/// Keeps an answer that no window can do anything with, such as a list that is no list. A window
/// has one at most, the latest; it is resolved when the window closes.
pub async fn record_answer(
    conn: &mut PgConnection,
    place: Place<'_>,
    reason: &str,
    remedy: &str,
    payload: &Redacted<Vec<u8>>,
) -> Result<(), Error> {
    sqlx::query(
        "with repeated as (
             delete from etl.rejection
             where window_id = $2 and resume_id is null and code = $4 and resolved_at is null
         )
         insert into etl.rejection (company_no, window_id, run_id, code, reason, remedy, payload)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(place.company.as_str())
    .bind(place.window_id)
    .bind(place.run_id)
    .bind(RejectionCode::UnreadableAnswer.as_str())
    .bind(reason)
    .bind(remedy)
    .bind(payload.expose())
    .execute(conn)
    .await
    .map_err(Error::statement("keeping an answer"))?;
    Ok(())
}

/// The window closed: an answer that stood in its way is history.
pub(crate) async fn resolve_answer(conn: &mut PgConnection, window_id: i64) -> Result<(), Error> {
    sqlx::query(
        "update etl.rejection set resolved_at = now()
         where window_id = $1 and resume_id is null and code = $2 and resolved_at is null",
    )
    .bind(window_id)
    .bind(RejectionCode::UnreadableAnswer.as_str())
    .execute(conn)
    .await
    .map_err(Error::statement("resolving a kept answer"))?;
    Ok(())
}

/// The resumes came through after all, or 104 no longer has them: their open rejections are resolved,
/// save those for which an item of another window is still rejected.
pub async fn resolve(
    conn: &mut PgConnection,
    company: &CompanyNo,
    resume_ids: &[&str],
) -> Result<u64, Error> {
    Ok(sqlx::query(
        "update etl.rejection set resolved_at = now()
         where company_no = $1 and resume_id = any($2) and resolved_at is null
           and not exists (
               select from etl.window_item as item
               where item.company_no = $1 and item.resume_id = rejection.resume_id
                 and item.state = 'rejected'
                 and (item.window_id = rejection.window_id
                      or item.document_id = rejection.document_id))",
    )
    .bind(company.as_str())
    .bind(resume_ids)
    .execute(conn)
    .await
    .map_err(Error::statement("resolving rejections"))?
    .rows_affected())
}

/// Sets rejected items back to `listed` and reopens their windows, so that the next run asks 104
/// again; windows that failed by their answer are due at once. Returns how many items.
///
/// A resume that nobody asked for (a stranger without an id) concerns no item: its window's own ids
/// were all answered, so there is nothing to ask again, and its rejection is done with. Its payload
/// stays.
pub async fn retry(pool: &PgPool, company: &CompanyNo) -> Result<u64, Error> {
    let mut tx = pool.begin().await.map_err(Error::statement("reopening rejected items"))?;
    sqlx::query(
        "select from etl.fetch_window where company_no = $1 and rejected > 0
         order by window_id for update",
    )
    .bind(company.as_str())
    .execute(&mut *tx)
    .await
    .map_err(Error::statement("locking windows with rejected items"))?;
    let (reopened,): (i64,) = sqlx::query_as(
        "with reopened as (
             update etl.window_item as item
             set state = 'listed', settled_at = null, document_id = null
             from etl.fetch_window as window_
             where item.company_no = $1 and item.state = 'rejected'
               -- only ids that can be asked: ASCII, visible, without a comma
               and item.resume_id ~ '^[[:graph:]]{1,64}$' and position(',' in item.resume_id) = 0
               and octet_length(item.resume_id) = length(item.resume_id)
               and window_.window_id = item.window_id
               and (window_.lease_run_id is null or window_.lease_expires_at < now())
             returning item.window_id
         ), counted as (
             select window_id, count(*)::integer as items from reopened group by window_id
         ), windows as (
             update etl.fetch_window as window_ set
                 state = 'open', closed_at = null, rejected = rejected - counted.items
             from counted where window_.window_id = counted.window_id
         )
         select count(*) from reopened",
    )
    .bind(company.as_str())
    .fetch_one(&mut *tx)
    .await
    .map_err(Error::statement("reopening rejected items"))?;
    sqlx::query(
        "update etl.rejection set resolved_at = now()
         where company_no = $1 and resolved_at is null and resume_id is null and code = 'stranger'",
    )
    .bind(company.as_str())
    .execute(&mut *tx)
    .await
    .map_err(Error::statement("resolving strangers"))?;
    sqlx::query(
        "update etl.fetch_window as window_ set attempts = 0, next_attempt_at = now()
         where company_no = $1 and state = 'failed' and exists (
             select from etl.rejection
             where rejection.window_id = window_.window_id and resume_id is null
               and code = $2 and resolved_at is null)",
    )
    .bind(company.as_str())
    .bind(RejectionCode::UnreadableAnswer.as_str())
    .execute(&mut *tx)
    .await
    .map_err(Error::statement("reopening windows with rejected answers"))?;
    tx.commit().await.map_err(Error::statement("reopening rejected items"))?;
    Ok(u64::try_from(reopened).unwrap_or(0))
}
