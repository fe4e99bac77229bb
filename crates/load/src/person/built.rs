//! People's rows as they follow from all that is kept, for tables that are built beside those that stand.

use model::{Rejection, ResumeId};
use sqlx::PgConnection;

use super::fingerprint::Fingerprint;
use super::past::accepted;
use super::read;
use super::recompute::{Interpret, Recompute};
use super::rows::rows;
use super::unknown::Unknown;
use super::wanted::{WantedFile, wanted};
use super::write::{Batch, Scope};
use crate::aside::Rows;
use crate::error::Error;

/// What became of one person.
#[derive(Debug)]
pub struct Built {
    /// The resume.
    pub resume_id: ResumeId,
    /// Whether rows follow; none do if no document is accepted.
    pub has_rows: bool,
    /// Documents that the interpreter accepted.
    pub accepted: Vec<i64>,
    /// Documents that the interpreter refused; they found nothing.
    pub rejections: Vec<(i64, Rejection)>,
    /// Files that are still to be fetched.
    pub wanted_files: Vec<WantedFile>,
}

pub(crate) async fn build(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    resume_ids: &[ResumeId],
    interpret: &Interpret<'_>,
) -> Result<(Vec<Built>, Rows), Error> {
    let mut batch = Batch::to_copy(settings.company.as_str());
    let mut unknown = Unknown::default();
    let mut built = Vec::with_capacity(resume_ids.len());
    let ids: Vec<&str> = resume_ids.iter().map(ResumeId::as_str).collect();
    let histories = read::histories(conn, settings, &ids).await?;
    let mut kept = read::documents(conn, settings.company, &ids).await?;
    for id in &ids {
        let Some(history) = histories.get(*id) else { continue };
        let kept = kept.remove(*id).unwrap_or_default();
        let (documents, rejections) = accepted(kept, interpret);
        let rows = rows(history, &documents, settings.old_windows);
        if let Some(rows) = &rows {
            let mark = Fingerprint::of(history, settings.transform_version, settings.old_windows);
            batch.add(id, rows, &mark, settings, Scope::All)?;
            unknown.add(&rows.newest.resume);
        }
        built.push(Built {
            resume_id: history.resume_id.clone(),
            has_rows: rows.is_some(),
            accepted: documents.iter().map(|document| document.document_id).collect(),
            rejections,
            wanted_files: wanted(history, &documents, settings),
        });
    }
    let rows = Rows::of(batch.into_rows());
    unknown.write(conn, settings.company, settings.loaded_at).await?;
    Ok((built, rows))
}
