//! Versions: stretches of windows that showed equal documents.

use jiff::Timestamp;
use serde::Serialize;

use super::change::{ChangeRow, Shown};
use super::content::highest_degree;
use super::evidence::Evidence;

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
    pub is_employed: Option<bool>,
    pub wage_text: Option<&'a str>,
    pub wage_kind: Option<&'static str>,
    pub wage_monthly_min: Option<i64>,
    pub wage_monthly_max: Option<i64>,
    pub work_place: Option<&'a str>,
    pub work_cities: &'a [String],
}

/// A stretch of equal documents: the evidence that speaks first, and where its evidence ends.
struct Stretch<'a> {
    first: Evidence<'a>,
    is_late: bool,
    /// How much of the ranked evidence was known when it ended.
    known: usize,
}

/// The versions that ranked evidence founds, the oldest first, and what each changed.
pub(super) fn versions<'a>(ranked: &[Evidence<'a>]) -> (Vec<VersionRow<'a>>, Vec<ChangeRow>) {
    let stretches = stretches(ranked);
    let is_alone = stretches.len() == 1;
    let ends = stretches.iter().skip(1).map(|next| Some(next.first.sighting.window_ends_at));
    let mut before: Option<Shown<'a>> = None;
    let mut versions = Vec::with_capacity(stretches.len());
    let mut all_changes = Vec::new();
    for (stretch, valid_to) in stretches.iter().zip(ends.chain([None])) {
        let version_no = versions.len() + 1;
        let mut changed_fields = Vec::new();
        if !is_alone {
            let known = ranked.get(..stretch.known).unwrap_or(ranked);
            let shown = Shown::of(stretch.first.document, known);
            let changes = before.map_or_else(Vec::new, |old| old.changes(&shown, version_no));
            changed_fields.extend(changes.iter().map(|change| change.field.clone()));
            all_changes.extend(changes);
            before = Some(shown);
        }
        versions.push(version(stretch, version_no, valid_to, changed_fields));
    }
    (versions, all_changes)
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
        is_employed: resume.person.is_employed,
        wage_text: wish.wage_text.as_deref(),
        wage_kind: wish.wage.kind.map(model::resume::WageKind::as_str),
        wage_monthly_min: wish.wage.monthly_min,
        wage_monthly_max: wish.wage.monthly_max,
        work_place: wish.work_place.as_deref(),
        work_cities: &wish.work_cities,
    }
}
