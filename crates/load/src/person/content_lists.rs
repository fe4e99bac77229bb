//! Rows of the lists of the newest document.
#![expect(missing_docs, reason = "the tables' comments describe their columns")]

use jiff::civil::Date;
use model::Period;
use model::resume::{
    Certificate, CustomSection, Education, Experience, Language, Project, Recommender, Skill,
    SkillTerm,
};
use serde::Serialize;

type Text<'a> = &'a Option<String>;

/// The columns of a stretch of time.
#[derive(Serialize)]
pub struct PeriodRow<'a> {
    pub start_text: Text<'a>,
    pub start_on: Option<Date>,
    pub start_precision: Option<&'static str>,
    pub end_text: Text<'a>,
    pub end_on: Option<Date>,
    pub end_precision: Option<&'static str>,
    pub is_ongoing: bool,
}

impl<'a> From<&'a Period> for PeriodRow<'a> {
    fn from(of: &'a Period) -> Self {
        Self {
            start_text: &of.start_text,
            start_on: of.start_on,
            start_precision: of.start_precision.map(model::DatePrecision::as_str),
            end_text: &of.end_text,
            end_on: of.end_on,
            end_precision: of.end_precision.map(model::DatePrecision::as_str),
            is_ongoing: of.is_ongoing,
        }
    }
}

/// A row of `recruiting.education`.
#[derive(Serialize)]
pub struct EducationRow<'a> {
    pub school_name: Text<'a>,
    pub degree_level: Text<'a>,
    pub degree_rank: Option<i16>,
    pub major: Text<'a>,
    pub major_category: Text<'a>,
    pub degree_status: Text<'a>,
    pub school_country: Text<'a>,
    #[serde(flatten)]
    pub period: PeriodRow<'a>,
}

impl<'a> From<&'a Education> for EducationRow<'a> {
    fn from(of: &'a Education) -> Self {
        Self {
            school_name: &of.school_name,
            degree_level: &of.degree_level,
            degree_rank: of.degree_rank,
            major: &of.major,
            major_category: &of.major_category,
            degree_status: &of.degree_status,
            school_country: &of.school_country,
            period: (&of.period).into(),
        }
    }
}

/// A row of `recruiting.experience`.
#[derive(Serialize)]
pub struct ExperienceRow<'a> {
    pub firm_name: Text<'a>,
    pub industry_category: Text<'a>,
    pub company_size: Text<'a>,
    pub work_place: Text<'a>,
    pub work_city: Text<'a>,
    pub work_district: Text<'a>,
    pub job_name: Text<'a>,
    pub job_role: Text<'a>,
    pub job_category: Text<'a>,
    #[serde(flatten)]
    pub period: PeriodRow<'a>,
    pub job_desc_html: Text<'a>,
    pub job_desc: Text<'a>,
    pub skills: Text<'a>,
    pub management: Text<'a>,
    pub wage_type_desc: Text<'a>,
    pub wage: Option<i64>,
    pub wage_year: Option<i64>,
}

impl<'a> From<&'a Experience> for ExperienceRow<'a> {
    fn from(of: &'a Experience) -> Self {
        Self {
            firm_name: &of.firm_name,
            industry_category: &of.industry_category,
            company_size: &of.company_size,
            work_place: &of.work_place,
            work_city: &of.work_city,
            work_district: &of.work_district,
            job_name: &of.job_name,
            job_role: &of.job_role,
            job_category: &of.job_category,
            period: (&of.period).into(),
            job_desc_html: &of.job_desc_html,
            job_desc: &of.job_desc,
            skills: &of.skills,
            management: &of.management,
            wage_type_desc: &of.wage_type_desc,
            wage: of.wage,
            wage_year: of.wage_year,
        }
    }
}

/// A row of `recruiting.skill`.
#[derive(Serialize)]
pub struct SkillRow<'a> {
    pub skill: Text<'a>,
    pub description_html: Text<'a>,
    pub description: Text<'a>,
    pub tag: Text<'a>,
}

impl<'a> From<&'a Skill> for SkillRow<'a> {
    fn from(of: &'a Skill) -> Self {
        let Skill { skill, description_html, description, tag } = of;
        Self { skill, description_html, description, tag }
    }
}

/// A row of `recruiting.skill_term`.
#[derive(Serialize)]
pub struct SkillTermRow<'a> {
    pub term: &'a str,
    pub term_text: &'a str,
    pub origin: &'static str,
    pub origin_item_no: u32,
}

impl<'a> From<&'a SkillTerm> for SkillTermRow<'a> {
    fn from(of: &'a SkillTerm) -> Self {
        Self {
            term: &of.term,
            term_text: &of.term_text,
            origin: of.origin.as_str(),
            origin_item_no: of.origin_item_no,
        }
    }
}

/// A row of `recruiting.language`.
#[derive(Serialize)]
pub struct LanguageRow<'a> {
    pub kind: &'static str,
    pub lang_type: Text<'a>,
    pub listen_degree: Text<'a>,
    pub listen_rank: Option<i16>,
    pub speak_degree: Text<'a>,
    pub speak_rank: Option<i16>,
    pub read_degree: Text<'a>,
    pub read_rank: Option<i16>,
    pub write_degree: Text<'a>,
    pub write_rank: Option<i16>,
    pub degree: Text<'a>,
    pub degree_rank: Option<i16>,
    pub certificates: Text<'a>,
}

impl<'a> From<&'a Language> for LanguageRow<'a> {
    fn from(of: &'a Language) -> Self {
        Self {
            kind: of.kind.as_str(),
            lang_type: &of.lang_type,
            listen_degree: &of.listen_degree,
            listen_rank: of.listen_rank,
            speak_degree: &of.speak_degree,
            speak_rank: of.speak_rank,
            read_degree: &of.read_degree,
            read_rank: of.read_rank,
            write_degree: &of.write_degree,
            write_rank: of.write_rank,
            degree: &of.degree,
            degree_rank: of.degree_rank,
            certificates: &of.certificates,
        }
    }
}

/// A row of `recruiting.certificate`.
#[derive(Serialize)]
pub struct CertificateRow<'a> {
    pub name: &'a str,
    pub origin: &'static str,
}

impl<'a> From<&'a Certificate> for CertificateRow<'a> {
    fn from(of: &'a Certificate) -> Self {
        Self { name: &of.name, origin: of.origin.as_str() }
    }
}

/// A row of `recruiting.project`.
#[derive(Serialize)]
pub struct ProjectRow<'a> {
    pub title: Text<'a>,
    #[serde(flatten)]
    pub period: PeriodRow<'a>,
    pub description_html: Text<'a>,
    pub description: Text<'a>,
    pub kind: Text<'a>,
    pub website: Text<'a>,
}

impl<'a> From<&'a Project> for ProjectRow<'a> {
    fn from(of: &'a Project) -> Self {
        Self {
            title: &of.title,
            period: (&of.period).into(),
            description_html: &of.description_html,
            description: &of.description,
            kind: &of.kind,
            website: &of.website,
        }
    }
}

/// A row of `recruiting.custom_section`.
#[derive(Serialize)]
pub struct CustomSectionRow<'a> {
    pub title: Text<'a>,
    pub content: &'a [String],
}

impl<'a> From<&'a CustomSection> for CustomSectionRow<'a> {
    fn from(of: &'a CustomSection) -> Self {
        Self { title: &of.title, content: &of.content }
    }
}

/// A row of `recruiting.recommender`.
#[derive(Serialize)]
pub struct RecommenderRow<'a> {
    pub name: Text<'a>,
    pub corp: Text<'a>,
    pub job_title: Text<'a>,
    pub email: Text<'a>,
    pub tel: Text<'a>,
}

impl<'a> From<&'a Recommender> for RecommenderRow<'a> {
    fn from(of: &'a Recommender) -> Self {
        let Recommender { name, corp, job_title, email, tel } = of;
        Self { name, corp, job_title, email, tel }
    }
}
