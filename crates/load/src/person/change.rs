//! What a version changed against the one before: value by value, as the tables show it.

use model::Resume;
use model::resume::{Answer, Application, FileLink};
use serde::Serialize;
use serde_json::{Value, json};

use super::contact::{ContactRow, contact};
use super::content::{JobPreferenceRow, NarrativeRow, PersonColumns, SensitiveRow};
use super::content_lists::{
    CertificateRow, CustomSectionRow, EducationRow, ExperienceRow, LanguageRow, ProjectRow,
    RecommenderRow, SkillRow, SkillTermRow,
};
use super::evidence::Evidence;
use super::history::Document;
use super::json::as_jsonb;

/// A row of `recruiting.candidate_change`.
#[derive(Serialize, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct ChangeRow {
    pub version_no: usize,
    pub field: String,
    pub table_name: &'static str,
    pub column_name: Option<String>,
    #[serde(serialize_with = "as_jsonb")]
    pub before: Value,
    #[serde(serialize_with = "as_jsonb")]
    pub after: Value,
}

/// What a version shows: its one-row tables and its lists.
pub(super) struct Shown<'a> {
    resume: &'a Resume,
    person: PersonColumns<'a>,
    contact: Option<ContactRow<'a>>,
    sensitive: SensitiveRow<'a>,
    narrative: NarrativeRow<'a>,
    job_preference: JobPreferenceRow<'a>,
    /// Whether the contact is that of a source under which 104 gives it.
    has_full_contact: bool,
}

impl<'a> Shown<'a> {
    /// `known` is the ranked evidence up to the version's end: the contact follows from all of it.
    pub(super) fn of(document: &'a Document, known: &[Evidence<'a>]) -> Self {
        let resume = &document.resume;
        Self {
            resume,
            person: PersonColumns::of(resume),
            contact: contact(known),
            sensitive: (&resume.sensitive).into(),
            narrative: (&resume.narrative).into(),
            job_preference: (&resume.job_preference).into(),
            has_full_contact: known.iter().any(Evidence::is_full),
        }
    }

    /// The columns that differ, then the lists.
    pub(super) fn changes(&self, newer: &Self, version_no: usize) -> Vec<ChangeRow> {
        let columns = [
            ("candidate", columns(&self.person, &newer.person)),
            ("candidate_contact", self.contact_columns(newer)),
            ("candidate_sensitive", columns(&self.sensitive, &newer.sensitive)),
            ("candidate_narrative", columns(&self.narrative, &newer.narrative)),
            ("job_preference", columns(&self.job_preference, &newer.job_preference)),
        ];
        let columns = columns.into_iter().flat_map(|(table_name, columns)| {
            columns.into_iter().map(move |(name, before, after)| ChangeRow {
                version_no,
                field: format!("{table_name}.{name}"),
                table_name,
                column_name: Some(name),
                before,
                after,
            })
        });
        let lists = lists(self.resume, newer.resume).into_iter().flatten();
        let lists = lists.map(|(table_name, before, after)| ChangeRow {
            version_no,
            field: table_name.to_owned(),
            table_name,
            column_name: None,
            before,
            after,
        });
        columns.chain(lists).collect()
    }

    /// Contact data that the first application or save shows, after matches without them, is none:
    /// 104 may have kept it back, and the person changed nothing.
    fn contact_columns(&self, newer: &Self) -> Vec<ColumnChange> {
        let (Some(old), Some(new)) = (&self.contact, &newer.contact) else { return Vec::new() };
        let may_be_kept_back = !self.has_full_contact && newer.has_full_contact;
        let mut columns = columns(old, new);
        columns.retain(|(name, before, _)| {
            let is_of_the_person = !["contact_source", "contact_document_id"].contains(&&**name);
            is_of_the_person && !(may_be_kept_back && is_empty(before))
        });
        columns
    }
}

type ColumnChange = (String, Value, Value);

/// The columns in which two rows of a table differ. Most rows are the same, and cost no more than to see that.
fn columns<R: PartialEq + Serialize>(old: &R, new: &R) -> Vec<ColumnChange> {
    if old == new {
        return Vec::new();
    }
    let (Value::Object(old), Value::Object(mut new)) = (value(old), value(new)) else {
        return Vec::new();
    };
    let both = old.into_iter().map(|(name, before)| {
        let after = new.remove(&name).unwrap_or_default();
        (name, before, after)
    });
    both.filter(|(_, before, after)| before != after).collect()
}

type ListChange = (&'static str, Value, Value);

/// The lists, each with its items before and after if they differ.
fn lists(old: &Resume, new: &Resume) -> [Option<ListChange>; 12] {
    [
        list::<_, EducationRow<'_>>("education", &old.education, &new.education),
        list::<_, ExperienceRow<'_>>("experience", &old.experience, &new.experience),
        list::<_, SkillRow<'_>>("skill", &old.skill, &new.skill),
        list::<_, SkillTermRow<'_>>("skill_term", &old.skill_term, &new.skill_term),
        list::<_, LanguageRow<'_>>("language", &old.language, &new.language),
        list::<_, CertificateRow<'_>>("certificate", &old.certificate, &new.certificate),
        list::<_, ProjectRow<'_>>("project", &old.project, &new.project),
        list::<_, CustomSectionRow<'_>>("custom_section", &old.custom_section, &new.custom_section),
        list::<_, RecommenderRow<'_>>("recommender", &old.recommender, &new.recommender),
        list::<_, ListedApplication<'_>>("application", &old.application, &new.application),
        list::<_, GivenAnswer<'_>>("application_answer", &old.answer, &new.answer),
        slots(old, new),
    ]
}

fn list<'a, T, R>(table: &'static str, old: &'a [T], new: &'a [T]) -> Option<ListChange>
where
    T: PartialEq,
    R: From<&'a T> + Serialize,
{
    let items = |list: &'a [T]| list.iter().map(|item| value(R::from(item))).collect();
    (old != new).then(|| (table, items(old), items(new)))
}

/// An application as a document lists it; that of the table follows from all documents.
#[derive(Serialize)]
struct ListedApplication<'a> {
    job_no: &'a Option<String>,
    job_name: &'a Option<String>,
    applied_text: &'a Option<String>,
    apply_source: &'a Option<String>,
}

impl<'a> From<&'a Application> for ListedApplication<'a> {
    fn from(of: &'a Application) -> Self {
        Self {
            job_no: &of.job_no,
            job_name: &of.job_name,
            applied_text: &of.applied_text,
            apply_source: &of.apply_source,
        }
    }
}

#[derive(Serialize)]
struct GivenAnswer<'a> {
    kind: &'a Option<String>,
    question: &'a Option<String>,
    answer: &'a Option<String>,
}

impl<'a> From<&'a Answer> for GivenAnswer<'a> {
    fn from(of: &'a Answer) -> Self {
        Self { kind: &of.kind, question: &of.question, answer: &of.answer }
    }
}

/// The slots of files without their tokens, which are others in each answer.
fn slots(old: &Resume, new: &Resume) -> Option<ListChange> {
    let slot = |link: &FileLink| {
        json!({
            "role": link.role.as_str(), "item_no": link.item_no, "title": link.title,
            "file_name": link.file_name, "website": link.website, "link_host": link.host,
            "has_link": link.token.is_some(),
        })
    };
    let slots = |resume: &Resume| Value::Array(resume.files.iter().map(slot).collect());
    let (before, after) = (slots(old), slots(new));
    (before != after).then_some(("resume_file", before, after))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn value(row: impl Serialize) -> Value {
    serde_json::to_value(row).unwrap_or_default()
}
