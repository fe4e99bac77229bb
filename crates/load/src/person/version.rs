//! Versions: stretches of windows that showed equal documents.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::contact::contact;
use super::content::{JobPreferenceRow, NarrativeRow, PersonColumns, SensitiveRow, highest_degree};
use super::evidence::Evidence;
use super::history::Document;

/// A row of `recruiting.candidate_version`.
#[derive(Serialize, Debug, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct VersionRow<'a> {
    pub version_no: usize,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
    pub valid_after: Timestamp,
    pub is_current: bool,
    pub is_late: bool,
    pub precision: &'static str,
    pub source: &'static str,
    pub document_id: i64,
    pub changed_fields: Vec<String>,
    pub degree_level: Option<&'a str>,
    pub degree_rank: Option<i16>,
    pub firm_name: Option<&'a str>,
    pub job_name: Option<&'a str>,
    pub job_category: Option<&'a str>,
    pub seniority_years_min: Option<u16>,
    pub employment_status: Option<&'a str>,
    pub wage_text: Option<&'a str>,
    pub wage_kind: Option<&'static str>,
    pub wage_monthly_min: Option<i64>,
    pub wage_monthly_max: Option<i64>,
    pub work_place: Option<&'a str>,
}

/// A stretch of equal documents: the evidence that speaks first, and where its evidence ends.
struct Stretch<'a> {
    first: Evidence<'a>,
    is_late: bool,
    /// How much of the ranked evidence was known when it ended.
    known: usize,
}

/// The versions that ranked evidence founds, the oldest first.
pub(super) fn versions<'a>(ranked: &[Evidence<'a>]) -> Vec<VersionRow<'a>> {
    let stretches = stretches(ranked);
    let ends = stretches.iter().skip(1).map(|next| Some(next.first.sighting.window_ends_at));
    let mut before: Option<(&Document, Columns)> = None;
    let mut versions = Vec::with_capacity(stretches.len());
    for (stretch, valid_to) in stretches.iter().zip(ends.chain([None])) {
        let changed_fields = if stretches.len() == 1 {
            Vec::new()
        } else {
            let document = stretch.first.document;
            let columns = Columns::of(document, ranked.get(..stretch.known).unwrap_or(ranked));
            let changed = before.as_ref().map_or_else(Vec::new, |(old, old_columns)| {
                let mut changed = old_columns.changed(&columns);
                changed.extend(changed_lists(old, document).map(str::to_owned));
                changed
            });
            before = Some((document, columns));
            changed
        };
        versions.push(version(stretch, versions.len() + 1, valid_to, changed_fields));
    }
    versions
}

/// Of sightings with the same end the last in the order speaks for that instant.
fn stretches<'a>(ranked: &[Evidence<'a>]) -> Vec<Stretch<'a>> {
    let mut stretches: Vec<Stretch<'a>> = Vec::new();
    let mut known = ranked.iter().take_while(|one| !one.founds).count();
    let founding = ranked.get(known..).unwrap_or_default();
    let is_same_end =
        |a: &Evidence<'_>, b: &Evidence<'_>| a.sighting.window_ends_at == b.sighting.window_ends_at;
    for instant in founding.chunk_by(is_same_end) {
        known += instant.len();
        let Some(speaking) = instant.last() else { continue };
        let is_late = instant
            .iter()
            .filter(|one| one.shows(speaking.document))
            .all(|one| one.sighting.is_late());
        match stretches.last_mut() {
            Some(stretch) if stretch.first.shows(speaking.document) => {
                stretch.is_late &= is_late;
                stretch.known = known;
            }
            _ => stretches.push(Stretch { first: *speaking, is_late, known }),
        }
    }
    stretches
}

fn version<'a>(
    stretch: &Stretch<'a>,
    version_no: usize,
    valid_to: Option<Timestamp>,
    changed_fields: Vec<String>,
) -> VersionRow<'a> {
    let sighting = stretch.first.sighting;
    let document = stretch.first.document;
    let resume = &document.resume;
    let (degree_level, degree_rank) = highest_degree(resume);
    let job = resume.experience.first();
    let wish = &resume.job_preference;
    VersionRow {
        version_no,
        valid_from: sighting.window_ends_at,
        valid_to,
        valid_after: sighting.window_starts_at,
        is_current: valid_to.is_none(),
        is_late: stretch.is_late,
        precision: sighting.precision(),
        source: sighting.source.as_str(),
        document_id: document.document_id,
        changed_fields,
        degree_level,
        degree_rank,
        firm_name: job.and_then(|job| job.firm_name.as_deref()),
        job_name: job.and_then(|job| job.job_name.as_deref()),
        job_category: job.and_then(|job| job.job_category.as_deref()),
        seniority_years_min: resume.person.seniority_years_min,
        employment_status: resume.person.employment_status.as_deref(),
        wage_text: wish.wage_text.as_deref(),
        wage_kind: wish.wage.kind.map(model::resume::WageKind::as_str),
        wage_monthly_min: wish.wage.monthly_min,
        wage_monthly_max: wish.wage.monthly_max,
        work_place: wish.work_place.as_deref(),
    }
}

/// The one-row tables of a version, as values to compare.
struct Columns([(&'static str, Value); 5]);

impl Columns {
    /// `known` is the ranked evidence up to the version's end: the contact follows from all of it.
    fn of(document: &Document, known: &[Evidence<'_>]) -> Self {
        let resume = &document.resume;
        let contact = contact(known).map(value).map(|mut contact| {
            if let Value::Object(columns) = &mut contact {
                columns.remove("contact_source");
                columns.remove("contact_document_id");
            }
            contact
        });
        Self([
            ("candidate", value(PersonColumns::of(resume))),
            ("candidate_contact", contact.unwrap_or_default()),
            ("candidate_sensitive", value(SensitiveRow::from(&resume.sensitive))),
            ("candidate_narrative", value(NarrativeRow::from(&resume.narrative))),
            ("job_preference", value(JobPreferenceRow::from(&resume.job_preference))),
        ])
    }

    /// `table.column` for each column that differs.
    fn changed(&self, newer: &Self) -> Vec<String> {
        let mut changed = Vec::new();
        for ((table, old), (_, new)) in self.0.iter().zip(&newer.0) {
            let (Value::Object(old), Value::Object(new)) = (old, new) else { continue };
            let differing = old.iter().filter(|(name, value)| new.get(*name) != Some(value));
            changed.extend(differing.map(|(name, _)| format!("{table}.{name}")));
        }
        changed
    }
}

fn value(row: impl Serialize) -> Value {
    serde_json::to_value(row).unwrap_or_default()
}

/// The lists that differ.
fn changed_lists(old: &Document, new: &Document) -> impl Iterator<Item = &'static str> {
    let (old, new) = (&old.resume, &new.resume);
    let slots = |resume: &model::Resume| {
        resume
            .files
            .iter()
            .map(|link| {
                let words = [&link.title, &link.file_name, &link.website, &link.host];
                (link.role, link.item_no, words.map(Clone::clone), link.token.is_some())
            })
            .collect::<Vec<_>>()
    };
    [
        ("education", old.education != new.education),
        ("experience", old.experience != new.experience),
        ("skill", old.skill != new.skill),
        ("skill_term", old.skill_term != new.skill_term),
        ("language", old.language != new.language),
        ("certificate", old.certificate != new.certificate),
        ("project", old.project != new.project),
        ("custom_section", old.custom_section != new.custom_section),
        ("recommender", old.recommender != new.recommender),
        ("application", old.application != new.application),
        ("application_answer", old.answer != new.answer),
        ("resume_file", slots(old) != slots(new)),
    ]
    .into_iter()
    .filter_map(|(table, differs)| differs.then_some(table))
}
