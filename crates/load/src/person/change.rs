//! What a version changed against the one before: value by value, as the tables show it.

use model::Resume;
use model::resume::{Answer, Application, FileLink};
use serde::Serialize;
use serde_json::{Value, json};

use super::contact::contact;
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

/// What a version shows, as values to compare.
pub(super) struct Shown<'a> {
    resume: &'a Resume,
    columns: [(&'static str, Value); 5],
    /// Whether the contact is that of a source under which 104 gives it.
    has_full_contact: bool,
}

impl<'a> Shown<'a> {
    /// `known` is the ranked evidence up to the version's end: the contact follows from all of it.
    pub(super) fn of(document: &'a Document, known: &[Evidence<'_>]) -> Self {
        let resume = &document.resume;
        let contact = contact(known).map(value).map(|mut contact| {
            if let Value::Object(columns) = &mut contact {
                columns.remove("contact_source");
                columns.remove("contact_document_id");
            }
            contact
        });
        let columns = [
            ("candidate", value(PersonColumns::of(resume))),
            ("candidate_contact", contact.unwrap_or_default()),
            ("candidate_sensitive", value(SensitiveRow::from(&resume.sensitive))),
            ("candidate_narrative", value(NarrativeRow::from(&resume.narrative))),
            ("job_preference", value(JobPreferenceRow::from(&resume.job_preference))),
        ];
        Self { resume, columns, has_full_contact: known.iter().any(Evidence::is_full) }
    }

    /// The columns that differ, then the lists.
    ///
    /// Contact data that the first application or save shows, after matches without them, is none:
    /// 104 may have kept it back, and the person changed nothing.
    pub(super) fn changes(&self, newer: &Self, version_no: usize) -> Vec<ChangeRow> {
        let mut changes = Vec::new();
        for ((table, old), (_, new)) in self.columns.iter().zip(&newer.columns) {
            let (Value::Object(old), Value::Object(new)) = (old, new) else { continue };
            for (name, before) in old {
                let after = new.get(name).unwrap_or(&Value::Null);
                let is_kept_back = *table == "candidate_contact"
                    && !self.has_full_contact
                    && newer.has_full_contact
                    && is_empty(before);
                if before != after && !is_kept_back {
                    changes.push(ChangeRow {
                        version_no,
                        field: format!("{table}.{name}"),
                        table_name: table,
                        column_name: Some(name.clone()),
                        before: before.clone(),
                        after: after.clone(),
                    });
                }
            }
        }
        changes.extend(lists(self.resume, newer.resume).into_iter().flatten().map(
            |(table, before, after)| ChangeRow {
                version_no,
                field: table.to_owned(),
                table_name: table,
                column_name: None,
                before,
                after,
            },
        ));
        changes
    }
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
