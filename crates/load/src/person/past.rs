//! People as they were at a moment: the same function over what windows had shown by then.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::ResumeId;
use sqlx::PgConnection;

use super::fingerprint::fingerprint;
use super::history::{Document, History};
use super::read::{self, Kept};
use super::recompute::{Interpret, Recompute};
use super::rows::rows;
use super::write::Batch;
use crate::error::Error;
use crate::schema::SchemaName;

/// What was written of some people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// People who had been listed by then.
    pub people: u64,
    /// Rows, by table.
    pub rows: BTreeMap<&'static str, u64>,
}

impl Written {
    /// Adds what was written of others.
    pub fn add(&mut self, other: Self) {
        self.people += other.people;
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
    let histories: Vec<History> = read::histories(conn, settings, &ids)
        .await?
        .into_values()
        .map(|history| history.as_of(moment))
        .filter(|history| !history.sightings.is_empty())
        .collect();
    let ids: Vec<&str> = histories.iter().map(|history| history.resume_id.as_str()).collect();
    let mut kept = read::documents(conn, settings.company, &ids).await?;
    let people: Vec<(&History, Vec<Document>)> = histories
        .iter()
        .map(|history| {
            let kept = kept.remove(history.resume_id.as_str()).unwrap_or_default();
            (history, accepted(history, kept, interpret))
        })
        .collect();

    let mut written = Written::default();
    let mut batch = Batch::new(settings.company.as_str());
    for (history, documents) in &people {
        let Some(rows) = rows(history, documents, settings.old_windows) else { continue };
        let mark = fingerprint(history, settings.transform_version, settings.old_windows);
        let counts = batch.add(history.resume_id.as_str(), &rows, &mark, settings, false)?;
        written.people += 1;
        for (table, count) in counts {
            *written.rows.entry(table).or_default() += count;
        }
    }
    batch.write_in(conn, schema).await?;
    Ok(written)
}

/// The documents that had been shown by then and can be read, in the order of their contents.
fn accepted(history: &History, kept: Vec<Kept>, interpret: &Interpret<'_>) -> Vec<Document> {
    let is_shown = |kept: &Kept| {
        history.sightings.iter().any(|sighting| sighting.content_hash == kept.content_hash)
    };
    let mut documents: Vec<Document> = kept
        .into_iter()
        .filter(is_shown)
        .filter_map(|Kept { document_id, content_hash, raw }| {
            let (resume, notes) = interpret(&raw).ok()?;
            let first_fetched_at = raw.fetched_at;
            Some(Document { document_id, content_hash, first_fetched_at, resume, notes })
        })
        .collect();
    documents.sort_by_key(|document| document.content_hash);
    documents
}
