//! The one-row tables, as one document fills them.

use jiff::civil::Date;
use model::Resume;
use model::resume::{JobPreference, Narrative, Person, Sensitive};
use serde::Serialize;

use super::json::as_jsonb_or_null;

/// A row of `recruiting.candidate`, as far as one document fills it.
#[derive(Serialize, PartialEq)]
pub(super) struct PersonColumns<'a> {
    member_no: &'a Option<String>,
    full_name: &'a Option<String>,
    english_name: &'a Option<String>,
    reg_source: &'a Option<String>,
    employment_status: &'a Option<String>,
    is_employed: Option<bool>,
    seniority_text: &'a Option<String>,
    seniority_years_min: Option<u16>,
    seniority_years_max: Option<u16>,
    driving_licenses: &'a Option<String>,
    transports: &'a Option<String>,
    highest_degree_level: Option<&'a str>,
    degree_rank: Option<i16>,
    #[serde(serialize_with = "as_jsonb_or_null")]
    unknown_fields: Option<serde_json::Value>,
}

impl<'a> PersonColumns<'a> {
    pub(super) fn of(resume: &'a Resume) -> Self {
        let Person {
            member_no,
            full_name,
            english_name,
            reg_source,
            employment_status,
            is_employed,
            seniority_text,
            seniority_years_min,
            seniority_years_max,
            driving_licenses,
            transports,
        } = &resume.person;
        let (highest_degree_level, degree_rank) = highest_degree(resume);
        Self {
            member_no,
            full_name,
            english_name,
            reg_source,
            employment_status,
            is_employed: *is_employed,
            seniority_text,
            seniority_years_min: *seniority_years_min,
            seniority_years_max: *seniority_years_max,
            driving_licenses,
            transports,
            highest_degree_level,
            degree_rank,
            unknown_fields: unknown_fields(resume),
        }
    }
}

/// The highest degree and its rank: the first school of the highest rank; without any rank the
/// first school that names a degree.
pub(super) fn highest_degree(resume: &Resume) -> (Option<&str>, Option<i16>) {
    let highest = resume
        .education
        .iter()
        .rev()
        .filter(|school| school.degree_level.is_some())
        .max_by_key(|school| school.degree_rank);
    highest.map_or((None, None), |school| (school.degree_level.as_deref(), school.degree_rank))
}

/// The unknown fields as a value; as their text, if they exceed what a value can hold.
pub(super) fn unknown_fields(resume: &Resume) -> Option<serde_json::Value> {
    let text = resume.unknown_fields.as_deref()?;
    Some(serde_json::from_str(text).unwrap_or_else(|_beyond| text.into()))
}

/// A row of `recruiting.candidate_sensitive`.
#[derive(Serialize, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct SensitiveRow<'a> {
    pub gender: &'a Option<String>,
    pub birthday_text: &'a Option<String>,
    pub birthday: Option<Date>,
    pub nationality: &'a Option<String>,
    pub military_status: &'a Option<String>,
    pub military_state: Option<&'static str>,
    pub military_retire_text: &'a Option<String>,
    pub military_retire_on: Option<Date>,
    pub military_retire_precision: Option<&'static str>,
    pub disabled_types: &'a Option<String>,
    pub has_disability_card: Option<bool>,
    pub assistive_devices: &'a Option<String>,
    pub special_identities: &'a Option<String>,
}

impl<'a> From<&'a Sensitive> for SensitiveRow<'a> {
    fn from(of: &'a Sensitive) -> Self {
        Self {
            gender: &of.gender,
            birthday_text: &of.birthday_text,
            birthday: of.birthday,
            nationality: &of.nationality,
            military_status: &of.military_status,
            military_state: of.military_state.map(model::resume::MilitaryState::as_str),
            military_retire_text: &of.military_retire_text,
            military_retire_on: of.military_retire_on,
            military_retire_precision: of
                .military_retire_precision
                .map(model::DatePrecision::as_str),
            disabled_types: &of.disabled_types,
            has_disability_card: of.has_disability_card,
            assistive_devices: &of.assistive_devices,
            special_identities: &of.special_identities,
        }
    }
}

/// A row of `recruiting.candidate_narrative`.
#[derive(Serialize, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct NarrativeRow<'a> {
    pub introduction_html: &'a Option<String>,
    pub introduction: &'a Option<String>,
    pub motto: &'a Option<String>,
    pub characteristic: &'a Option<String>,
    pub biography: &'a Option<String>,
    pub english_biography: &'a Option<String>,
    pub certificates_text: &'a Option<String>,
    pub other_certificates_text: &'a Option<String>,
}

impl<'a> From<&'a Narrative> for NarrativeRow<'a> {
    fn from(of: &'a Narrative) -> Self {
        Self {
            introduction_html: &of.introduction_html,
            introduction: &of.introduction,
            motto: &of.motto,
            characteristic: &of.characteristic,
            biography: &of.biography,
            english_biography: &of.english_biography,
            certificates_text: &of.certificates_text,
            other_certificates_text: &of.other_certificates_text,
        }
    }
}

/// A row of `recruiting.job_preference`.
#[derive(Serialize, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct JobPreferenceRow<'a> {
    pub job_characteristic: &'a Option<String>,
    pub work_interval: &'a Option<String>,
    pub other_work_interval: &'a Option<String>,
    pub is_shift_work_accepted: Option<bool>,
    pub start_text: &'a Option<String>,
    pub start_on: Option<Date>,
    pub start_precision: Option<&'static str>,
    pub start_notice_days: Option<u16>,
    pub wage_text: &'a Option<String>,
    pub wage_kind: Option<&'static str>,
    pub wage_min: Option<i64>,
    pub wage_max: Option<i64>,
    pub wage_monthly_min: Option<i64>,
    pub wage_monthly_max: Option<i64>,
    pub work_place: &'a Option<String>,
    pub work_cities: &'a [String],
    pub work_districts: &'a [String],
    pub remote_work: &'a Option<String>,
    pub job_name: &'a Option<String>,
    pub job_category: &'a Option<String>,
    pub industry_category: &'a Option<String>,
    pub work_desc: &'a Option<String>,
}

impl<'a> From<&'a JobPreference> for JobPreferenceRow<'a> {
    fn from(of: &'a JobPreference) -> Self {
        Self {
            job_characteristic: &of.job_characteristic,
            work_interval: &of.work_interval,
            other_work_interval: &of.other_work_interval,
            is_shift_work_accepted: of.is_shift_work_accepted,
            start_text: &of.start_text,
            start_on: of.start_on,
            start_precision: of.start_precision.map(model::DatePrecision::as_str),
            start_notice_days: of.start_notice_days,
            wage_text: &of.wage_text,
            wage_kind: of.wage.kind.map(model::resume::WageKind::as_str),
            wage_min: of.wage.min,
            wage_max: of.wage.max,
            wage_monthly_min: of.wage.monthly_min,
            wage_monthly_max: of.wage.monthly_max,
            work_place: &of.work_place,
            work_cities: &of.work_cities,
            work_districts: &of.work_districts,
            remote_work: &of.remote_work,
            job_name: &of.job_name,
            job_category: &of.job_category,
            industry_category: &of.industry_category,
            work_desc: &of.work_desc,
        }
    }
}
