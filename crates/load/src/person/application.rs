//! Applications and answers: facts that accumulate over documents.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use model::resume::Application;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::evidence::Evidence;
use super::history::Document;
use crate::hex::hex;

/// Words of the source that are longer can't stand in a key: a B-tree's entry is bounded.
const LONGEST_KEY_BYTES: usize = 400;

/// What makes two listings the same application.
#[derive(Serialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    job_no: String,
    applied_text: String,
    unnumbered_job_name: String,
}

impl Key {
    fn of(application: &Application) -> Self {
        let job_no = key_text(application.job_no.as_deref());
        let unnumbered_job_name = if job_no.is_empty() {
            key_text(application.job_name.as_deref())
        } else {
            String::new()
        };
        Self {
            job_no,
            applied_text: key_text(application.applied_text.as_deref()),
            unnumbered_job_name,
        }
    }
}

impl Key {
    /// `job_no`, `applied_text`, `unnumbered_job_name`
    pub(super) fn parts(&self) -> (&str, &str, &str) {
        (&self.job_no, &self.applied_text, &self.unnumbered_job_name)
    }
}

/// The words themselves; beyond any length that 104 documents, their hash.
fn key_text(words: Option<&str>) -> String {
    let words = words.unwrap_or_default();
    if words.len() <= LONGEST_KEY_BYTES {
        return words.to_owned();
    }
    format!("sha256:{}", hex(&Sha256::digest(words.as_bytes())))
}

/// A row of `recruiting.application`.
#[derive(Serialize, Debug, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct ApplicationRow<'a> {
    #[serde(flatten)]
    pub(super) key: Key,
    pub applied_on: Option<Date>,
    pub job_name: Option<&'a str>,
    pub apply_source: Option<&'a str>,
    pub first_listed_at: Timestamp,
    pub last_listed_at: Timestamp,
    pub first_window_starts_at: Timestamp,
    pub first_source: &'static str,
    pub document_id: i64,
    pub newest_document_id: i64,
    pub is_in_newest_document: bool,
}

/// All applications that any accepted document lists, each as its newest document has it.
///
/// `ranked` is all evidence, the weakest first. The times are those of sightings that found
/// something; only where there are none, those of the others.
pub(super) fn applications<'a>(
    ranked: &[Evidence<'a>],
    newest: &Document,
) -> Vec<ApplicationRow<'a>> {
    let mut listings: BTreeMap<Key, Vec<(Evidence<'a>, &'a Application)>> = BTreeMap::new();
    for evidence in ranked {
        let mut seen: BTreeSet<Key> = BTreeSet::new();
        for application in &evidence.document.resume.application {
            let key = Key::of(application);
            // Of two alike in one document the first counts.
            if seen.insert(key.clone()) {
                listings.entry(key).or_default().push((*evidence, application));
            }
        }
    }
    let in_newest: BTreeSet<Key> = newest.resume.application.iter().map(Key::of).collect();
    listings.into_iter().filter_map(|(key, listed)| application(key, &listed, &in_newest)).collect()
}

fn application<'a>(
    key: Key,
    listed: &[(Evidence<'a>, &'a Application)],
    in_newest: &BTreeSet<Key>,
) -> Option<ApplicationRow<'a>> {
    let (newest_evidence, application) = listed.last()?;
    let founding = listed.iter().position(|(evidence, _)| evidence.founds).unwrap_or(0);
    let timed = listed.get(founding..)?;
    let (first, _) = timed.first()?;
    let (last, _) = timed.last()?;
    Some(ApplicationRow {
        is_in_newest_document: in_newest.contains(&key),
        key,
        applied_on: application.applied_on,
        job_name: application.job_name.as_deref(),
        apply_source: application.apply_source.as_deref(),
        first_listed_at: first.sighting.window_ends_at,
        last_listed_at: last.sighting.window_ends_at,
        first_window_starts_at: first.sighting.window_starts_at,
        first_source: first.sighting.source.as_str(),
        document_id: first.document.document_id,
        newest_document_id: newest_evidence.document.document_id,
    })
}

/// A row of `recruiting.application_answer`.
#[derive(Serialize, Debug, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct AnswerRow<'a> {
    pub document_id: i64,
    pub item_no: usize,
    pub kind: Option<&'a str>,
    pub question: Option<&'a str>,
    pub answer: Option<&'a str>,
    pub link: &'static str,
    pub job_no: Option<String>,
    pub applied_text: Option<String>,
    pub unnumbered_job_name: Option<String>,
    pub is_in_newest_document: bool,
}

/// The answers of these documents, each with the application it most likely belongs to.
pub(super) fn answers<'a>(documents: &[&'a Document], newest: &Document) -> Vec<AnswerRow<'a>> {
    let mut rows = Vec::new();
    for document in documents {
        if document.resume.answer.is_empty() {
            continue;
        }
        let (link, application) = answered_application(&document.resume.application);
        let (job_no, applied_text, unnumbered_job_name) = application.map_or(
            (None, None, None),
            |Key { job_no, applied_text, unnumbered_job_name }| {
                (Some(job_no), Some(applied_text), Some(unnumbered_job_name))
            },
        );
        for (index, answer) in document.resume.answer.iter().enumerate() {
            rows.push(AnswerRow {
                document_id: document.document_id,
                item_no: index + 1,
                kind: answer.kind.as_deref(),
                question: answer.question.as_deref(),
                answer: answer.answer.as_deref(),
                link,
                job_no: job_no.clone(),
                applied_text: applied_text.clone(),
                unnumbered_job_name: unnumbered_job_name.clone(),
                is_in_newest_document: document.content_hash == newest.content_hash,
            });
        }
    }
    rows
}

/// 104 names no job with an answer: it is that of the only application, or of the one with the
/// latest date, if that is one.
fn answered_application(listed: &[Application]) -> (&'static str, Option<Key>) {
    let mut keys: Vec<(Option<Date>, Key)> =
        listed.iter().map(|one| (one.applied_on, Key::of(one))).collect();
    keys.sort();
    keys.dedup_by(|a, b| a.1 == b.1);
    match keys.as_slice() {
        [(_, only)] => ("only", Some(only.clone())),
        [.., (before, _), (latest, key)] if latest.is_some() && before < latest => {
            ("newest", Some(key.clone()))
        }
        _ => ("unknown", None),
    }
}
