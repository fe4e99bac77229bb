//! What was received, kept before anything interprets it (P2).

mod document;
mod sighting;
mod fold;
mod people;
mod damaged;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::{ContentHash, RawResume, ResumeId, Window};
use sqlx::PgConnection;

use crate::error::{Error, during};

pub use damaged::{documents_of, mark_damaged, marked_documents};
pub use people::{
    KeptDocument, Selection, add_company, count_selected, newest_document, next_documents,
    next_late_people, next_people, next_selected,
};

/// A resume as it was fetched, with the hash that tells whether its content is known.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The resume as 104 sent it.
    pub raw: RawResume,
    /// What makes two documents the same.
    pub hash: ContentHash,
    /// The number of the rule that made the hash.
    pub hash_rule: i16,
}

/// Where a fetched resume was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The resume.
    pub resume_id: ResumeId,
    /// Its document in `raw.resume_document`.
    pub document_id: i64,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// This content was never seen before of this resume.
    pub is_new_document: bool,
    /// This window and source showed this very content before.
    pub seen_before_alike: bool,
    /// This window and source were answered another content before: 104 answers old windows as now
    /// (evidence on A-15).
    pub seen_before_differently: bool,
}

/// Keeps what one window showed: the documents, and the sighting of each.
///
/// Durable once the caller commits. Repeating it changes nothing. The order of calls does not
/// matter: what is kept follows from the set of (window, content, time of fetching). The results
/// are in the order of `fetched`.
///
/// The caller holds the window's row in the ledger, so that no two calls for the same window run
/// at once; calls for different windows may.
pub async fn keep(
    conn: &mut PgConnection,
    window: &Window,
    window_id: i64,
    fetched: &[Fetched],
) -> Result<Vec<Kept>, Error> {
    let documents = document::keep(conn, window.company(), fetched).await?;
    let shown: Vec<sighting::Shown> = fetched
        .iter()
        .zip(&documents)
        .map(|(fetched, document)| sighting::Shown {
            resume_id: fetched.raw.resume_id.clone(),
            document_id: document.document_id,
            at: fetched.raw.fetched_at,
        })
        .collect();
    let before = sighting::keep(conn, window, window_id, &shown).await?;
    Ok(shown
        .into_iter()
        .zip(documents)
        .zip(before)
        .map(|((shown, document), before)| Kept {
            resume_id: shown.resume_id,
            document_id: document.document_id,
            fetched_at: shown.at,
            is_new_document: document.is_new,
            seen_before_alike: before.alike,
            seen_before_differently: before.differently,
        })
        .collect())
}

/// Lets one source share what a richer one of the same company, date and hours fetched: adds a
/// sighting of the same document, with the time of that fetch. For each resume it counts at its moment
/// or later; without one, whenever it was.
///
/// Richer is what says more of the person (applied, then saved, then matched): 104 may give the
/// matched without contact data, so nothing is shared the other way.
///
/// Returns those of the asked that could be shared; the rest must be fetched. Promises as [`keep`].
pub async fn share(
    conn: &mut PgConnection,
    window: &Window,
    window_id: i64,
    asked: &[(ResumeId, Option<Timestamp>)],
) -> Result<Vec<Kept>, Error> {
    let shown = sighting::of_richer_sources(conn, window, asked).await?;
    let before = sighting::keep(conn, window, window_id, &shown).await?;
    Ok(shown
        .into_iter()
        .zip(before)
        .map(|(shown, before)| Kept {
            resume_id: shown.resume_id,
            document_id: shown.document_id,
            fetched_at: shown.at,
            is_new_document: false,
            seen_before_alike: before.alike,
            seen_before_differently: before.differently,
        })
        .collect())
}

/// Whether 104 must have had a newer content of one of these resumes when it answered the one that
/// this window had shown before: then it answers old windows as then (evidence on A-15).
///
/// A later window of the same source showed that newer one, it was fetched after this window had
/// shown its own, and no other hours showed the old one again since: a person who took a change back
/// (A, B, A) would be answered with A either way. Another source may be answered otherwise of the
/// same state, so what it showed, or lent to this one, proves nothing here.
pub async fn is_newer_known(
    conn: &mut PgConnection,
    window: &Window,
    kept: &[Kept],
) -> Result<bool, Error> {
    let ids: Vec<&str> = kept.iter().map(|one| one.resume_id.as_str()).collect();
    let documents: Vec<i64> = kept.iter().map(|one| one.document_id).collect();
    let (is_known,): (bool,) = sqlx::query_as(
        "select exists (
             select from unnest($2::text[], $3::bigint[]) as kept (resume_id, document_id)
             join raw.sighting as shown on shown.company_no = $1
                  and (shown.resume_id, shown.document_id) = (kept.resume_id, kept.document_id)
                  and (shown.window_starts_at, shown.window_ends_at) = ($4, $5)
                  and shown.source = $6
             join raw.sighting as later on later.company_no = $1 and later.source = $6
                  and later.resume_id = kept.resume_id and later.window_ends_at > $5
                  and later.document_id <> kept.document_id
                  and later.last_fetched_at > shown.first_fetched_at
             where not exists (
                 select from raw.sighting as richer where richer.company_no = $1
                    and (richer.resume_id, richer.document_id) = (later.resume_id, later.document_id)
                    and (richer.window_starts_at, richer.window_ends_at)
                        = (later.window_starts_at, later.window_ends_at)
                    and richer.source = any($7))
               and not exists (
                 select from raw.sighting as again where again.company_no = $1
                    and (again.resume_id, again.document_id) = (kept.resume_id, kept.document_id)
                    and (again.window_starts_at, again.window_ends_at) <> ($4, $5)
                    and again.last_fetched_at > later.last_fetched_at))",
    )
    .bind(window.company().as_str())
    .bind(&ids)
    .bind(&documents)
    .bind(window.starts_at().to_sqlx())
    .bind(window.ends_at().to_sqlx())
    .bind(window.source().as_str())
    .bind(sighting::richer_than(window.source()))
    .fetch_one(conn)
    .await
    .map_err(during("look for newer documents"))?;
    Ok(is_known)
}
