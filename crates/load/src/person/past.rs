//! People as they were at a moment: the same function over what windows had shown by then.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{Rejection, ResumeId};
use sqlx::PgConnection;

use super::evidence::{rank, shown_by};
use super::fingerprint::Fingerprint;
use super::history::{Document, History, Sighting};
use super::read::{self, Kept};
use super::recompute::{Interpret, Recompute};
use super::rows::rows_of;
use super::write::{Batch, Scope};
use crate::error::Error;
use crate::schema::SchemaName;

/// What was written of some people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// People whose state then is known.
    pub people: u64,
    /// Of these, those whose state then rests on late evidence alone.
    pub on_late_evidence: u64,
    /// People who had been listed by then, and of whose state then nothing is known: late evidence
    /// shows a later one. They are left out.
    pub left_out: u64,
    /// Rows, by table.
    pub rows: BTreeMap<&'static str, u64>,
}

impl Written {
    /// Adds what was written of others.
    pub fn add(&mut self, other: Self) {
        self.people += other.people;
        self.on_late_evidence += other.on_late_evidence;
        self.left_out += other.left_out;
        for (table, count) in other.rows {
            *self.rows.entry(table).or_default() += count;
        }
    }
}

/// Writes people as they were at a moment into the bare tables of a schema. Reads what is kept
/// of them without a lock, and touches nothing of `recruiting`.
pub(crate) async fn write(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    schema: &SchemaName,
    moment: Timestamp,
    resume_ids: &[ResumeId],
    interpret: &Interpret<'_>,
) -> Result<Written, Error> {
    let ids: Vec<&str> = resume_ids.iter().map(ResumeId::as_str).collect();
    // All sightings, and the history without those that came later.
    let histories: Vec<(Vec<Sighting>, History)> = read::histories(conn, settings, &ids)
        .await?
        .into_values()
        .map(|history| (history.sightings.clone(), history.as_of(moment)))
        .filter(|(_, history)| !history.sightings.is_empty())
        .collect();
    let ids: Vec<&str> = histories.iter().map(|(_, history)| history.resume_id.as_str()).collect();
    let mut kept = read::documents(conn, settings.company, &ids).await?;
    let people: Vec<(&[Sighting], &History, Vec<Document>)> = histories
        .iter()
        .map(|(sightings, history)| {
            let kept = kept.remove(history.resume_id.as_str()).unwrap_or_default();
            (sightings.as_slice(), history, accepted(kept, interpret).0)
        })
        .collect();

    let mut written = Written::default();
    let mut batch = Batch::to_copy(settings.company.as_str());
    for (sightings, history, documents) in &people {
        let ranked = shown_by(rank(sightings, documents, settings.old_windows), moment);
        if !ranked.iter().any(|one| one.founds) {
            written.left_out += u64::from(!ranked.is_empty());
            continue;
        }
        let Some(rows) = rows_of(&ranked, documents, &history.receipts) else { continue };
        let mark = Fingerprint::of(history, settings.transform_version, settings.old_windows);
        let counts = batch.add(history.resume_id.as_str(), &rows, &mark, settings, Scope::All)?;
        written.people += 1;
        let is_late = rows.versions.last().is_some_and(|newest| newest.is_late);
        written.on_late_evidence += u64::from(is_late);
        for (table, count) in counts {
            *written.rows.entry(table).or_default() += count;
        }
    }
    batch.copy(conn, schema).await?;
    Ok(written)
}

/// The documents that can be read, in the order of their contents, and those that can't.
pub(super) fn accepted(
    kept: Vec<Kept>,
    interpret: &Interpret<'_>,
) -> (Vec<Document>, Vec<(i64, Rejection)>) {
    let (mut documents, mut rejections) = (Vec::new(), Vec::new());
    for Kept { document_id, content_hash, raw } in kept {
        match interpret(&raw) {
            Ok((resume, notes)) => documents.push(Document {
                document_id,
                content_hash,
                first_fetched_at: raw.fetched_at,
                resume,
                notes,
            }),
            Err(rejection) => rejections.push((document_id, rejection)),
        }
    }
    documents.sort_by_key(|document: &Document| document.content_hash);
    rejections.sort_by_key(|(document_id, _)| *document_id);
    (documents, rejections)
}
