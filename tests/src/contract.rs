//! The text fields of 104's contract, and the columns that keep their words.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sqlx::AssertSqlSafe;

use crate::TestDatabase;

/// One field of a resume that takes any text.
#[derive(Clone, Copy, Debug)]
pub struct TextField {
    /// Its path, such as `education[].major`.
    pub path: &'static str,
    /// The table of `recruiting` that keeps it.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// Kept with the white space around it.
    pub is_prose: bool,
}

const fn text(path: &'static str, table: &'static str, column: &'static str) -> TextField {
    TextField { path, table, column, is_prose: false }
}

const fn prose(path: &'static str, table: &'static str, column: &'static str) -> TextField {
    TextField { path, table, column, is_prose: true }
}

/// All fields that take text; those that hold a link to a file are left out.
pub const TEXT_FIELDS: [TextField; 91] = [
    text("resumeId", "candidate", "member_no"),
    text("fullName", "candidate", "full_name"),
    text("englishName", "candidate", "english_name"),
    text("regSource", "candidate", "reg_source"),
    text("employmentStatus", "candidate", "employment_status"),
    text("seniority", "candidate", "seniority_text"),
    text("drivingLicenses", "candidate", "driving_licenses"),
    text("transports", "candidate", "transports"),
    text("email", "candidate_contact", "email"),
    text("cellPhone", "candidate_contact", "cell_phone"),
    text("subCellPhone", "candidate_contact", "sub_cell_phone"),
    text("tel", "candidate_contact", "tel"),
    text("contactInfo", "candidate_contact", "contact_info"),
    text("address", "candidate_contact", "address"),
    text("personalPage", "candidate_contact", "personal_pages"),
    text("gender", "candidate_sensitive", "gender"),
    text("birthday", "candidate_sensitive", "birthday_text"),
    text("nationality", "candidate_sensitive", "nationality"),
    text("militaryStatus", "candidate_sensitive", "military_status"),
    text("militaryRetireDate", "candidate_sensitive", "military_retire_text"),
    text("disabledTypes", "candidate_sensitive", "disabled_types"),
    text("assistiveDevices", "candidate_sensitive", "assistive_devices"),
    text("specialIdentities", "candidate_sensitive", "special_identities"),
    prose("introduction", "candidate_narrative", "introduction_html"),
    text("motto", "candidate_narrative", "motto"),
    text("characteristic", "candidate_narrative", "characteristic"),
    prose("biography.bio", "candidate_narrative", "biography"),
    prose("biography.engBio", "candidate_narrative", "english_biography"),
    prose("commonCertificates.certificates", "candidate_narrative", "certificates_text"),
    prose("commonCertificates.otherCertificates", "candidate_narrative", "other_certificates_text"),
    text("jobRequirement.jobCharacteristic", "job_preference", "job_characteristic"),
    text("jobRequirement.workInterval", "job_preference", "work_interval"),
    text("jobRequirement.otherWorkInterval", "job_preference", "other_work_interval"),
    text("jobRequirement.startDateOpt", "job_preference", "start_text"),
    text("jobRequirement.wage", "job_preference", "wage_text"),
    text("jobRequirement.workPlace", "job_preference", "work_place"),
    text("jobRequirement.remoteWork", "job_preference", "remote_work"),
    text("jobRequirement.jobName", "job_preference", "job_name"),
    text("jobRequirement.jobCategory", "job_preference", "job_category"),
    text("jobRequirement.industryCategory", "job_preference", "industry_category"),
    prose("jobRequirement.workDesc", "job_preference", "work_desc"),
    text("education[].schoolName", "education", "school_name"),
    text("education[].degreeLevel", "education", "degree_level"),
    text("education[].major", "education", "major"),
    text("education[].majorCategory", "education", "major_category"),
    text("education[].degreeStatus", "education", "degree_status"),
    text("education[].schoolCountry", "education", "school_country"),
    text("education[].startDate", "education", "start_text"),
    text("education[].endDate", "education", "end_text"),
    text("experiences[].firmName", "experience", "firm_name"),
    text("experiences[].industryCategory", "experience", "industry_category"),
    text("experiences[].companySize", "experience", "company_size"),
    text("experiences[].workPlace", "experience", "work_place"),
    text("experiences[].jobName", "experience", "job_name"),
    text("experiences[].jobRole", "experience", "job_role"),
    text("experiences[].jobCategory", "experience", "job_category"),
    text("experiences[].startDate", "experience", "start_text"),
    text("experiences[].endDate", "experience", "end_text"),
    prose("experiences[].jobDesc", "experience", "job_desc_html"),
    text("experiences[].skills", "experience", "skills"),
    text("experiences[].management", "experience", "management"),
    text("experiences[].wageTypeDesc", "experience", "wage_type_desc"),
    text("speciality[].skill", "skill", "skill"),
    prose("speciality[].desc", "skill", "description_html"),
    text("speciality[].tag", "skill", "tag"),
    text("foreignLanguage[].langType", "language", "lang_type"),
    text("foreignLanguage[].listenDegree", "language", "listen_degree"),
    text("foreignLanguage[].speakDegree", "language", "speak_degree"),
    text("foreignLanguage[].readDegree", "language", "read_degree"),
    text("foreignLanguage[].writeDegree", "language", "write_degree"),
    text("foreignLanguage[].certificates", "language", "certificates"),
    text("projectDatas[].title", "project", "title"),
    text("projectDatas[].startDate", "project", "start_text"),
    text("projectDatas[].endDate", "project", "end_text"),
    prose("projectDatas[].description", "project", "description_html"),
    text("projectDatas[].type", "project", "kind"),
    text("projectDatas[].website", "project", "website"),
    text("customContentDatas[].title", "custom_section", "title"),
    text("customContentDatas[].content", "custom_section", "content"),
    text("recommenders[].name", "recommender", "name"),
    text("recommenders[].corp", "recommender", "corp"),
    text("recommenders[].jobTitle", "recommender", "job_title"),
    text("recommenders[].email", "recommender", "email"),
    text("recommenders[].tel", "recommender", "tel"),
    text("applyJob[].jobNo", "application", "job_no"),
    text("applyJob[].applyDate", "application", "applied_text"),
    text("applyJob[].name", "application", "job_name"),
    text("applyJob[].applySource", "application", "apply_source"),
    text("applyQuestion[].type", "application_answer", "kind"),
    prose("applyQuestion[].question", "application_answer", "question"),
    prose("applyQuestion[].answer", "application_answer", "answer"),
];

/// A resume whose every text field holds what `value` gives for it; each list has one item.
pub fn document(mut value: impl FnMut(&TextField) -> Value) -> Map<String, Value> {
    let mut document = Map::new();
    for field in &TEXT_FIELDS {
        let value = value(field);
        let (parent, name) = field.path.split_once('.').unwrap_or(("", field.path));
        let members = match parent.strip_suffix("[]") {
            _ if parent.is_empty() => &mut document,
            Some(list) => {
                let list = document.entry(list).or_insert_with(|| json!([{}]));
                list[0].as_object_mut().expect("an item is an object")
            }
            None => {
                let object = document.entry(parent).or_insert_with(|| json!({}));
                object.as_object_mut().expect("it was made as an object")
            }
        };
        members.insert(name.into(), value);
    }
    document
}

impl TextField {
    /// What the column should hold for a text: its words, the white space around them away unless it is prose, what
    /// no column can hold replaced; nothing for a text that says nothing.
    pub fn kept(&self, sent: &str) -> Option<String> {
        let text = sent.replace('\0', "\u{fffd}");
        let text = if self.is_prose { text.as_str() } else { text.trim() };
        (!text.trim().is_empty()).then(|| text.to_owned())
    }
}

impl TestDatabase {
    /// What the columns hold of one resume, by the fields' paths; of a column of lists the first. Only what is not
    /// null or empty.
    pub async fn held(&self, resume_id: &str) -> BTreeMap<&'static str, String> {
        let mut tables: BTreeMap<&str, Value> = BTreeMap::new();
        let mut held = BTreeMap::new();
        for field in &TEXT_FIELDS {
            if !tables.contains_key(field.table) {
                let statement = format!(
                    "select coalesce((select to_json(t)::text from recruiting.{} t where resume_id = $1
                     limit 1), 'null')",
                    field.table
                );
                let row: String = sqlx::query_scalar(AssertSqlSafe(statement))
                    .bind(resume_id)
                    .fetch_one(self.pool())
                    .await
                    .unwrap_or_else(|error| panic!("reading {}: {error}", field.table));
                let row = serde_json::from_str(&row).expect("Postgres writes JSON");
                tables.insert(field.table, row);
            }
            let column = &tables[field.table][field.column];
            let text = column.as_str().or_else(|| column.get(0).and_then(Value::as_str));
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                held.insert(field.path, text.to_owned());
            }
        }
        held
    }
}
