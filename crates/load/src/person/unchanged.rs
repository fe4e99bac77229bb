//! Whose rows can't be others than they are.

use std::collections::BTreeSet;

use model::ResumeId;
use sqlx::PgConnection;

use super::fingerprint::Fingerprint;
use super::read;
use super::recompute::Recompute;
use crate::error::Error;

/// Those of these people whose rows follow from what is kept: they carry the mark that would be written again, no document
/// of theirs was refused, and no file of theirs is wanted that has no task yet.
///
/// Reads neither documents nor rows, and locks nobody: whoever is written meanwhile was unchanged before. Rows that
/// another hand touched carry no such mark; what was done past that is [`compare`](super::compare())'s to find.
pub async fn unchanged(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    resume_ids: &[ResumeId],
) -> Result<BTreeSet<ResumeId>, Error> {
    let ids: Vec<&str> = resume_ids.iter().map(ResumeId::as_str).collect();
    // What stands is read last: it may know of more than was read before, and then has another mark.
    let histories = read::histories(conn, settings, &ids).await?;
    let standing = read::standing(conn, settings.company, &ids).await?;
    let without_tasks = read::without_tasks(conn, settings, &ids).await?;
    let without_tasks: BTreeSet<&str> = without_tasks.iter().map(String::as_str).collect();
    let is_unchanged = |id: &&ResumeId| {
        let (Some(history), Some(row)) = (histories.get(id.as_str()), standing.get(id.as_str()))
        else {
            return false;
        };
        let mark = Fingerprint::of(history, settings.transform_version, settings.old_windows);
        mark.is(&row.fingerprint)
            && row.transform_version == settings.transform_version
            && row.is_settled(history, settings)
            && !without_tasks.contains(id.as_str())
    };
    Ok(resume_ids.iter().filter(is_unchanged).cloned().collect())
}
