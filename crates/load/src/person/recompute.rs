//! Recomputes people from all that is kept of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::resume::FileRole;
use model::{CompanyNo, Note, RawResume, Rejection, Resume, ResumeId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::amend;
use super::differ::differing;
use super::plan::{People, Plan};
use super::rows::rows;
use super::stands::Stands;
use super::told::{self, Told};
use super::unknown::Unknown;
use super::wanted::{WantedFile, wanted};
use super::write::{Batch, Scope};
use crate::error::Error;
use crate::feed::Event;

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
    /// What a richer source showed of the same hours counts for the poorer ones too.
    pub share_between_sources: bool,
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
    /// Rows that were written, by table; empty unless [`PersonState::Written`]. Tables whose rows
    /// can't have changed are not named.
    pub rows: Vec<(&'static str, u64)>,
    /// What the change feed is to be told at the end of the transaction.
    pub events: Vec<Event>,
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
    let people = People::lock(conn, settings, resume_ids).await?;
    let plans = people.plans(conn, settings, interpret, settings.force).await?;
    let results = write(conn, settings, &plans).await?;
    Ok(in_order(resume_ids, results))
}

async fn write(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    plans: &[Plan<'_>],
) -> Result<Vec<PersonResult>, Error> {
    let company_no = settings.company.as_str();
    let mut batch = Batch::to_copy(company_no);
    let mut unknown = Unknown::default();
    let mut removed = Vec::new();
    let mut told = Vec::new();
    // Of whom rows stand that may have become others, and which.
    let mut known: Vec<(&str, Scope)> = Vec::new();
    let mut results = Vec::with_capacity(plans.len());
    for plan in plans {
        let resume_id = plan.history.resume_id.as_str();
        let mut written = Vec::new();
        let state = if plan.is_unchanged {
            PersonState::Unchanged
        } else if let Some(rows) = rows(plan.history, &plan.documents, settings.old_windows) {
            let scope = plan.scope(rows.newest.document_id, settings);
            written = batch.add(resume_id, &rows, &plan.fingerprint, settings, scope)?;
            told.push(Told::of(resume_id, &rows, scope, plan.standing.is_some()));
            if scope > Scope::Files {
                unknown.add(&rows.newest.resume);
            }
            known.extend(plan.standing.map(|_stands| (resume_id, scope)));
            if plan.standing.is_some_and(|row| plan.fingerprint.is(&row.fingerprint)) {
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
            events: Vec::new(),
        });
    }
    let stands = Stands::read(conn, company_no, |table| {
        let concerned = known.iter().filter(|(_, scope)| *scope >= Scope::of(table));
        concerned.map(|(resume_id, _)| *resume_id).collect()
    })
    .await?;
    let tables = differing(&batch, &stands)?;
    let mut events = told::events(&tables, told);
    for result in &mut results {
        let resume_id = result.resume_id.as_str();
        result.events = match result.state {
            PersonState::Removed => vec![Event::removed(resume_id)],
            _ => events.remove(resume_id).unwrap_or_default(),
        };
    }
    amend::remove(conn, company_no, &removed).await?;
    amend::amend(conn, company_no, &tables, |_everyone| true).await?;
    unknown.write(conn, settings.company, settings.loaded_at).await?;
    Ok(results)
}

pub(super) fn in_order(ids: &[ResumeId], results: Vec<PersonResult>) -> Vec<PersonResult> {
    let mut by_id: BTreeMap<ResumeId, PersonResult> =
        results.into_iter().map(|result| (result.resume_id.clone(), result)).collect();
    ids.iter().filter_map(|id| by_id.remove(id)).collect()
}
