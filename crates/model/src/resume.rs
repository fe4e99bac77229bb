//! A resume, interpreted: every field of the contract as words, with values beside the words
//! that could be read.
//!
//! Text fields hold 104's words (markup taken out where the field's name has an `_html` twin).
//! `None` means that 104 left the field out, or sent `null` or an empty value. No text is ever
//! cut to the contract's maximum lengths.

mod person;
mod wishes;
mod career;
mod lists;
mod files;

use std::fmt;

pub use career::{Education, Experience, Project};
pub use files::{FileLink, FileRole};
pub use lists::{
    Answer, Application, Certificate, CertificateOrigin, CustomSection, Language, LanguageKind,
    Recommender, Skill, SkillTerm, SkillTermOrigin,
};
pub use person::{Contact, MilitaryState, Narrative, Person, Sensitive};
pub use wishes::{JobPreference, Wage, WageKind};

/// One interpreted resume. Lists keep 104's order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Resume {
    /// Who it is, and the resume's headline facts.
    pub person: Person,
    /// How to reach the person.
    pub contact: Contact,
    /// What the law protects beyond the rest.
    pub sensitive: Sensitive,
    /// Free texts about the person.
    pub narrative: Narrative,
    /// What the person looks for (`jobRequirement`).
    pub job_preference: JobPreference,
    /// Schools (`education`), highest first.
    pub education: Vec<Education>,
    /// Jobs held (`experiences`), latest first.
    pub experience: Vec<Experience>,
    /// Skills as the person entered them (`speciality`).
    pub skill: Vec<Skill>,
    /// Single skills out of all three origins, folded for search.
    pub skill_term: Vec<SkillTerm>,
    /// Foreign languages, then local ones.
    pub language: Vec<Language>,
    /// Certificates (`commonCertificates`), one a row.
    pub certificate: Vec<Certificate>,
    /// Works and projects (`projectDatas`).
    pub project: Vec<Project>,
    /// Sections of the person's own making (`customContentDatas`).
    pub custom_section: Vec<CustomSection>,
    /// People who vouch (`recommenders`).
    pub recommender: Vec<Recommender>,
    /// Applications as this document lists them (`applyJob`).
    pub application: Vec<Application>,
    /// Answers to the questions of a job (`applyQuestion`).
    pub answer: Vec<Answer>,
    /// Photo, attachments and files of projects, in document order.
    pub files: Vec<FileLink>,
    /// Fields that the contract does not name: the JSON object of their values, or `None`.
    pub unknown_fields: Option<String>,
}

impl fmt::Debug for Resume {
    /// Shows nothing: all of it is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resume(redacted)")
    }
}
