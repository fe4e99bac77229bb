//! All rows of a person. Pure.

use jiff::Timestamp;
use model::Source;
use serde::Serialize;

use super::application::{AnswerRow, ApplicationRow, answers, applications};
use super::change::ChangeRow;
use super::contact::{ContactRow, contact};
use super::content::{JobPreferenceRow, NarrativeRow, PersonColumns, SensitiveRow};
use super::evidence::{Evidence, rank};
use super::history::{Document, History, Receipt};
use super::recompute::OldWindows;
use super::slot::{FileRow, files};
use super::version::{VersionRow, versions};

/// All rows of one person, without the key (`company_no`, `resume_id`) that each of them has.
pub struct PersonRows<'a> {
    /// `candidate`, without the `_etl_…` columns.
    pub candidate: CandidateRow<'a>,
    /// `candidate_contact`
    pub contact: ContactRow<'a>,
    /// `candidate_sensitive`
    pub sensitive: SensitiveRow<'a>,
    /// `candidate_narrative`
    pub narrative: NarrativeRow<'a>,
    /// `job_preference`
    pub job_preference: JobPreferenceRow<'a>,
    /// The newest document: the lists are its own.
    pub newest: &'a Document,
    /// `application`
    pub applications: Vec<ApplicationRow<'a>>,
    /// `application_answer`
    pub answers: Vec<AnswerRow<'a>>,
    /// `resume_file`
    pub files: Vec<FileRow<'a>>,
    /// `candidate_source`
    pub sources: Vec<SourceRow>,
    /// `candidate_version`
    pub versions: Vec<VersionRow<'a>>,
    /// `candidate_change`
    pub changes: Vec<ChangeRow>,
}

/// A row of `recruiting.candidate`, without the `_etl_…` columns.
#[derive(Serialize)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct CandidateRow<'a> {
    #[serde(flatten)]
    pub(super) person: PersonColumns<'a>,
    pub first_listed_at: Timestamp,
    pub last_listed_at: Timestamp,
    pub listed_precision: &'static str,
    pub newest_source: &'static str,
    pub document_id: i64,
    pub document_count: usize,
    pub version_count: usize,
}

/// A row of `recruiting.candidate_source`.
#[derive(Serialize, Debug, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct SourceRow {
    pub source: &'static str,
    pub first_listed_at: Timestamp,
    pub last_listed_at: Timestamp,
    pub window_count: usize,
}

/// The rows that follow from a history and those of its documents that were accepted; `None` if
/// no accepted document was sighted.
///
/// Depends on the set of sightings, documents and receipts alone: neither on their order nor on
/// their numbers.
pub fn rows<'a>(
    history: &'a History,
    documents: &'a [Document],
    old_windows: OldWindows,
) -> Option<PersonRows<'a>> {
    rows_of(&rank(&history.sightings, documents, old_windows), documents, &history.receipts)
}

/// The rows that follow from ranked evidence; `None` if there is none.
pub(super) fn rows_of<'a>(
    ranked: &[Evidence<'a>],
    documents: &'a [Document],
    receipts: &'a [Receipt],
) -> Option<PersonRows<'a>> {
    // One that only a poorer source showed, before the richer one answered, says nothing of its own.
    let is_shown = |document: &&Document| ranked.iter().any(|one| one.shows(document));
    let shown: Vec<&Document> = documents.iter().filter(is_shown).collect();
    let last = ranked.last()?;
    let newest = last.document;
    let (first_listed, last_listed) = first_and_last(ranked.iter())?;
    let (versions, changes) = versions(ranked);
    let candidate = CandidateRow {
        person: PersonColumns::of(&newest.resume),
        first_listed_at: first_listed.sighting.window_ends_at,
        last_listed_at: last_listed.sighting.window_ends_at,
        listed_precision: last_listed.sighting.precision(),
        newest_source: last.sighting.source.as_str(),
        document_id: newest.document_id,
        document_count: shown.len(),
        version_count: versions.len(),
    };
    Some(PersonRows {
        candidate,
        contact: contact(ranked)?,
        sensitive: (&newest.resume.sensitive).into(),
        narrative: (&newest.resume.narrative).into(),
        job_preference: (&newest.resume.job_preference).into(),
        newest,
        applications: applications(ranked, newest),
        answers: answers(&shown, newest),
        files: files(&shown, receipts, newest),
        sources: sources(ranked),
        versions,
        changes,
    })
}

/// The first and the last of the evidence in the order of sightings, whatever it founds.
fn first_and_last<'e, 'a: 'e>(
    evidence: impl Iterator<Item = &'e Evidence<'a>> + Clone,
) -> Option<(&'e Evidence<'a>, &'e Evidence<'a>)> {
    let first = evidence.clone().min_by(|a, b| a.sighting.order(b.sighting))?;
    let last = evidence.max_by(|a, b| a.sighting.order(b.sighting))?;
    Some((first, last))
}

fn sources(ranked: &[Evidence<'_>]) -> Vec<SourceRow> {
    Source::ALL
        .into_iter()
        .filter_map(|source| {
            let of_source = ranked.iter().filter(|one| one.sighting.source == source);
            let mut windows: Vec<_> = of_source
                .clone()
                .map(|one| (one.sighting.window_ends_at, one.sighting.window_starts_at))
                .collect();
            windows.sort_unstable();
            windows.dedup();
            let (first, last) = first_and_last(of_source)?;
            Some(SourceRow {
                source: source.as_str(),
                first_listed_at: first.sighting.window_ends_at,
                last_listed_at: last.sighting.window_ends_at,
                window_count: windows.len(),
            })
        })
        .collect()
}
