//! Recomputes people from all that is kept of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::resume::FileRole;
use model::{CompanyNo, Note, RawResume, Rejection, Resume, ResumeId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::fingerprint::fingerprint;
use super::history::{Document, History};
use super::lock;
use super::read::{self, Kept, Standing};
use super::rows::rows;
use super::unknown::Unknown;
use super::wanted::{WantedFile, wanted};
use super::write::{self, Batch};
use crate::error::Error;

/// Who recomputes, and by which rules.
#[derive(Clone, Debug)]
pub struct Recompute<'a> {
    /// The company whose people they are; its partitions exist (`raw::add_company`).
    pub company: &'a CompanyNo,
    /// The run that writes.
    pub run_id: Uuid,
    /// The version of the interpreter's rules.
    pub transform_version: i32,
    /// The moment that rows carry as their time of loading.
    pub loaded_at: Timestamp,
    /// What 104 answers for old windows.
    pub old_windows: OldWindows,
    /// Whether a new window asks for files again.
    pub refetch: RefetchFiles,
    /// The kinds of files that are fetched.
    pub file_roles: &'a [FileRole],
    /// Writes even what can't have changed.
    pub force: bool,
}

/// How 104 answers a window long past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OldWindows {
    /// As the resume was then: late sightings count like others.
    Then,
    /// As it is now: late sightings prove that the resume was listed, and found no version.
    Now,
    /// Not known: treated as [`OldWindows::Then`].
    #[default]
    Unknown,
}

/// Whether files are fetched again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefetchFiles {
    /// When a newer window showed the same document: the change may be in a file.
    NewWindow,
    /// Never.
    Never,
}

/// Reads the meaning of a document; pure, so that equal documents mean the same.
pub type Interpret<'a> = dyn Fn(&RawResume) -> Result<(Resume, Vec<Note>), Rejection> + Sync + 'a;

/// What became of one person.
#[derive(Debug)]
pub struct PersonResult {
    /// The resume.
    pub resume_id: ResumeId,
    /// What was done.
    pub state: PersonState,
    /// Documents that the interpreter refused; they found nothing.
    pub rejections: Vec<(i64, Rejection)>,
    /// Files that are still to be fetched.
    pub wanted_files: Vec<WantedFile>,
    /// Rows that were written, by table; empty unless [`PersonState::Written`]. Lists of the
    /// newest document that stayed are not named.
    pub rows: Vec<(&'static str, u64)>,
}

/// What was done with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonState {
    /// The rows were written.
    Written,
    /// Nothing that they follow from had changed; with [`Recompute::force`] they were written all
    /// the same.
    Unchanged,
    /// No document is accepted any more: the rows were taken out.
    Removed,
    /// No document is accepted, and there were no rows.
    Nothing,
}

/// Recomputes people, and writes those whose rows can have changed.
///
/// Locks each person before it reads anything of them, in an order that is the same for all
/// processes, until the caller's transaction ends. Durable once the caller commits; repeating it
/// changes nothing. Memory grows with the documents of the people given, so give tens or
/// hundreds at a time. Results are in the order of the ids, each once.
pub async fn recompute(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    resume_ids: &[ResumeId],
    interpret: &Interpret<'_>,
) -> Result<Vec<PersonResult>, Error> {
    let company = settings.company;
    lock::people(conn, company, resume_ids).await?;
    let ids: Vec<&str> = resume_ids.iter().map(ResumeId::as_str).collect();
    let histories = read::histories(conn, company, &ids).await?;
    let standing = read::standing(conn, company, &ids).await?;

    let mut plans: Vec<Plan<'_>> = histories
        .values()
        .map(|history| plan(history, standing.get(history.resume_id.as_str()), settings))
        .collect();
    let ids: Vec<&str> = plans
        .iter()
        .filter(|plan| plan.needs_documents)
        .map(|plan| plan.history.resume_id.as_str())
        .collect();
    if !ids.is_empty() {
        let mut kept = read::documents(conn, company, &ids).await?;
        for plan in plans.iter_mut().filter(|plan| plan.needs_documents) {
            let kept = kept.remove(plan.history.resume_id.as_str()).unwrap_or_default();
            plan.interpret(kept, interpret);
        }
    }
    let results = write(conn, settings, &plans).await?;
    Ok(in_order(resume_ids, results))
}

/// One person on the way to their rows.
struct Plan<'a> {
    history: &'a History,
    standing: Option<&'a Standing>,
    fingerprint: [u8; 32],
    is_unchanged: bool,
    needs_documents: bool,
    documents: Vec<Document>,
    rejections: Vec<(i64, Rejection)>,
}

fn plan<'a>(
    history: &'a History,
    standing: Option<&'a Standing>,
    settings: &Recompute<'_>,
) -> Plan<'a> {
    let fingerprint = fingerprint(history, settings.transform_version, settings.old_windows);
    let is_unchanged =
        !settings.force && standing.is_some_and(|row| row.fingerprint == fingerprint);
    let is_settled = standing.is_some_and(|row| row.is_settled(history, settings));
    Plan {
        history,
        standing,
        fingerprint,
        is_unchanged,
        needs_documents: !(history.sightings.is_empty() || is_unchanged && is_settled),
        documents: Vec::new(),
        rejections: Vec::new(),
    }
}

impl Plan<'_> {
    /// Each distinct document once.
    fn interpret(&mut self, kept: Vec<Kept>, interpret: &Interpret<'_>) {
        for Kept { document_id, content_hash, raw } in kept {
            match interpret(&raw) {
                Ok((resume, notes)) => self.documents.push(Document {
                    document_id,
                    content_hash,
                    first_fetched_at: raw.fetched_at,
                    resume,
                    notes,
                }),
                Err(rejection) => self.rejections.push((document_id, rejection)),
            }
        }
        // The order of contents, not that of arrival.
        self.documents.sort_by_key(|document| document.content_hash);
        self.rejections.sort_by_key(|(document_id, _)| *document_id);
    }
}

impl Standing {
    /// Whether the documents have nothing more to say of unchanged rows: none was rejected, and
    /// no file is wanted.
    fn is_settled(&self, history: &History, settings: &Recompute<'_>) -> bool {
        let documents: BTreeSet<i64> =
            history.sightings.iter().map(|sighting| sighting.document_id).collect();
        if self.has_pending_files || usize::try_from(self.document_count) != Ok(documents.len()) {
            return false;
        }
        if settings.refetch == RefetchFiles::Never || history.receipts.is_empty() {
            return true;
        }
        // A receipt of the newest window that showed the newest document settles all its slots,
        // unless an older one is the newest of a slot.
        let of_newest = history.sightings.iter().filter(|one| one.document_id == self.document_id);
        let Some(newest) = of_newest.max_by(|a, b| a.order(b)) else { return false };
        let mut asked_for = BTreeMap::new();
        for receipt in history.receipts.iter().filter(|one| one.content_hash == newest.content_hash)
        {
            let ends_at =
                asked_for.entry((receipt.role, receipt.item_no)).or_insert(Timestamp::MIN);
            *ends_at = receipt.window_ends_at.max(*ends_at);
        }
        asked_for.values().all(|ends_at| *ends_at >= newest.window_ends_at)
    }
}

async fn write(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    plans: &[Plan<'_>],
) -> Result<Vec<PersonResult>, Error> {
    let mut batch = Batch::new(settings.company.as_str());
    let mut unknown = Unknown::default();
    let mut removed = Vec::new();
    let mut results = Vec::with_capacity(plans.len());
    for plan in plans {
        let resume_id = plan.history.resume_id.as_str();
        let mut written = Vec::new();
        let state = if plan.is_unchanged {
            PersonState::Unchanged
        } else if let Some(rows) = rows(plan.history, &plan.documents, settings.old_windows) {
            let lists_stand = !settings.force
                && plan.standing.is_some_and(|row| {
                    row.document_id == rows.newest.document_id
                        && row.transform_version == settings.transform_version
                });
            written = batch.add(resume_id, &rows, &plan.fingerprint, settings, lists_stand)?;
            unknown.add(&rows.newest.resume);
            if plan.standing.is_some_and(|row| row.fingerprint == plan.fingerprint) {
                PersonState::Unchanged
            } else {
                PersonState::Written
            }
        } else if plan.standing.is_some() {
            removed.push(resume_id);
            PersonState::Removed
        } else {
            PersonState::Nothing
        };
        results.push(PersonResult {
            resume_id: plan.history.resume_id.clone(),
            state,
            rejections: plan.rejections.clone(),
            wanted_files: wanted(plan.history, &plan.documents, settings),
            rows: written,
        });
    }
    write::remove(conn, settings.company.as_str(), &removed).await?;
    batch.write(conn).await?;
    unknown.write(conn, settings.company, settings.loaded_at).await?;
    Ok(results)
}

fn in_order(ids: &[ResumeId], results: Vec<PersonResult>) -> Vec<PersonResult> {
    let mut by_id: BTreeMap<ResumeId, PersonResult> =
        results.into_iter().map(|result| (result.resume_id.clone(), result)).collect();
    ids.iter().filter_map(|id| by_id.remove(id)).collect()
}
