//! What happened to a person's rows.

use jiff::civil::Date;
use serde::Serialize;

/// Something that happened to a person's rows, before it has a number: a row of `recruiting.change`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct Event {
    pub resume_id: String,
    pub kind: &'static str,
    pub changed_fields: Vec<String>,
    pub document_id: Option<i64>,
    pub job_no: Option<String>,
    pub applied_text: Option<String>,
    pub unnumbered_job_name: Option<String>,
    pub applied_on: Option<Date>,
    pub file_role: Option<&'static str>,
    pub file_item_no: Option<u32>,
    pub file_state: Option<&'static str>,
}

impl Event {
    /// The person has rows now.
    pub(crate) fn new_person(resume_id: &str, document_id: i64) -> Self {
        Self::of("new", resume_id, Some(document_id))
    }

    /// The rows say something else.
    pub(crate) fn changed(resume_id: &str, document_id: i64, changed_fields: Vec<String>) -> Self {
        Self { changed_fields, ..Self::of("changed", resume_id, Some(document_id)) }
    }

    /// No document is accepted any more.
    pub(crate) fn removed(resume_id: &str) -> Self {
        Self::of("removed", resume_id, None)
    }

    /// An application or a file, to be filled in.
    pub(crate) fn of(kind: &'static str, resume_id: &str, document_id: Option<i64>) -> Self {
        Self { resume_id: resume_id.to_owned(), kind, document_id, ..Self::default() }
    }
}
