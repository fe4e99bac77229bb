//! The rows of many people, gathered by table.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::PgConnection;

use super::content_lists::{
    CertificateRow, CustomSectionRow, EducationRow, ExperienceRow, LanguageRow, ProjectRow,
    RecommenderRow, SkillRow, SkillTermRow,
};
use super::copy::{self, CopyRows};
use super::fingerprint::Fingerprint;
use super::history::Document;
use super::json::Bytes;
use super::recompute::Recompute;
use super::rows::PersonRows;
use super::table::{Kind, Table};
use crate::error::{Error, during};
use crate::schema::SchemaName;

/// A row with the key that leads it.
#[derive(Serialize)]
struct Keyed<'a, T> {
    company_no: &'a str,
    resume_id: &'a str,
    #[serde(flatten)]
    row: &'a T,
}

/// A row of a list with its place.
#[derive(Serialize)]
struct Item<T> {
    item_no: usize,
    #[serde(flatten)]
    row: T,
}

/// A row of `candidate` with how it came about.
#[derive(Serialize)]
struct Candidate<'a, T> {
    #[serde(flatten)]
    row: T,
    _etl_run_id: Bytes<'a>,
    _etl_extracted_at: jiff::Timestamp,
    _etl_loaded_at: jiff::Timestamp,
    _etl_transform_version: i32,
    _etl_notes: Vec<NoteItem<'a>>,
    _etl_fingerprint: Bytes<'a>,
}

/// A note as the column `_etl_notes` keeps it, its fields in the order of `jsonb`.
#[derive(Serialize)]
struct NoteItem<'a> {
    code: &'static str,
    table: &'static str,
    words: Option<&'a str>,
    column: &'static str,
    item_no: Option<u32>,
}

/// Which of a person's rows may have become others: each scope holds those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// `candidate`, which says who wrote and when, and the files.
    Files,
    /// All but the lists of the newest document.
    History,
    /// All.
    All,
}

impl Scope {
    /// The least one that holds the rows of a table.
    pub(super) fn of(table: &Table) -> Self {
        match table.kind {
            Kind::OfReceipts => Self::Files,
            Kind::OneRow if table.name == "candidate" => Self::Files,
            Kind::OneRow | Kind::OfHistory => Self::History,
            Kind::OfNewestDocument => Self::All,
        }
    }
}

/// Rows of one or many people, by table.
pub(super) struct Batch<'a> {
    company_no: &'a str,
    rows: BTreeMap<&'static str, CopyRows>,
}

impl<'a> Batch<'a> {
    /// One whose rows are copied.
    pub(super) fn to_copy(company_no: &'a str) -> Self {
        Self { company_no, rows: BTreeMap::new() }
    }

    /// Adds a person; gives the count of rows by table.
    pub(super) fn add(
        &mut self,
        resume_id: &'a str,
        rows: &PersonRows<'_>,
        fingerprint: &Fingerprint,
        settings: &Recompute<'_>,
        scope: Scope,
    ) -> Result<Vec<(&'static str, u64)>, Error> {
        let mut person = Person { batch: self, resume_id, counts: Vec::new() };
        let document = rows.newest;
        person.put(
            "candidate",
            [Candidate {
                row: &rows.candidate,
                _etl_run_id: Bytes(settings.run_id.as_bytes()),
                _etl_extracted_at: document.first_fetched_at,
                _etl_loaded_at: settings.loaded_at,
                _etl_transform_version: settings.transform_version,
                _etl_notes: notes(document),
                _etl_fingerprint: Bytes(fingerprint.bytes()),
            }],
        )?;
        person.put("resume_file", &rows.files)?;
        if scope >= Scope::History {
            person.put("candidate_contact", [&rows.contact])?;
            person.put("candidate_sensitive", [&rows.sensitive])?;
            person.put("candidate_narrative", [&rows.narrative])?;
            person.put("job_preference", [&rows.job_preference])?;
            person.put("application", &rows.applications)?;
            person.put("application_answer", &rows.answers)?;
            person.put("candidate_source", &rows.sources)?;
            person.put("candidate_version", &rows.versions)?;
            person.put("candidate_change", &rows.changes)?;
        }
        if scope == Scope::All {
            let resume = &document.resume;
            person.put("education", items::<EducationRow<'_>, _>(&resume.education))?;
            person.put("experience", items::<ExperienceRow<'_>, _>(&resume.experience))?;
            person.put("skill", items::<SkillRow<'_>, _>(&resume.skill))?;
            person.put("skill_term", items::<SkillTermRow<'_>, _>(&resume.skill_term))?;
            person.put("language", items::<LanguageRow<'_>, _>(&resume.language))?;
            person.put("certificate", items::<CertificateRow<'_>, _>(&resume.certificate))?;
            person.put("project", items::<ProjectRow<'_>, _>(&resume.project))?;
            person
                .put("custom_section", items::<CustomSectionRow<'_>, _>(&resume.custom_section))?;
            person.put("recommender", items::<RecommenderRow<'_>, _>(&resume.recommender))?;
        }
        Ok(person.counts)
    }

    /// The rows of a table, if there are any.
    pub(super) fn rows(&self, table: &str) -> Option<&CopyRows> {
        self.rows.get(table)
    }

    /// All rows, by table.
    pub(super) fn into_rows(self) -> BTreeMap<&'static str, CopyRows> {
        self.rows
    }

    /// Writes the rows into the bare tables of another schema.
    pub(super) async fn copy(
        self,
        conn: &mut PgConnection,
        schema: &SchemaName,
    ) -> Result<(), Error> {
        for (table, rows) in self.rows {
            // Safe: names are those of this program's tables, and a checked identifier.
            let table = format!("\"{schema}\".\"{table}\"");
            copy::copy(conn, &table, &[rows]).await.map_err(during("copy rows of people"))?;
        }
        Ok(())
    }
}

struct Person<'b, 'a> {
    batch: &'b mut Batch<'a>,
    resume_id: &'a str,
    counts: Vec<(&'static str, u64)>,
}

impl Person<'_, '_> {
    fn put<T: Serialize>(
        &mut self,
        table: &'static str,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<(), Error> {
        let company_no = self.batch.company_no;
        let buffer = self.batch.rows.entry(table).or_default();
        let mut count = 0;
        for row in rows {
            buffer
                .push(&Keyed { company_no, resume_id: self.resume_id, row: &row })
                .map_err(Error::Rows)?;
            count += 1;
        }
        self.counts.push((table, count));
        Ok(())
    }
}

fn items<'a, R, T>(list: &'a [T]) -> impl Iterator<Item = Item<R>>
where
    R: From<&'a T>,
{
    list.iter().enumerate().map(|(index, row)| Item { item_no: index + 1, row: row.into() })
}

fn notes(document: &Document) -> Vec<NoteItem<'_>> {
    document
        .notes
        .iter()
        .map(|note| NoteItem {
            table: note.table,
            column: note.column,
            item_no: note.item_no,
            code: note.code.as_str(),
            words: note.words.as_ref().map(|words| words.expose().as_str()),
        })
        .collect()
}
