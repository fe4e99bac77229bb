//! Lists without a stretch of time.

use jiff::civil::Date;

/// One skill as the person entered it (`speciality[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skill {
    /// The skill (`skill`).
    pub skill: Option<String>,
    /// Description, HTML (`desc`).
    pub description_html: Option<String>,
    /// Description, plain text.
    pub description: Option<String>,
    /// Tags, comma-separated (`tag`).
    pub tag: Option<String>,
}

/// One single skill, folded for search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillTerm {
    /// Folded: NFKC, lower case, white space collapsed, and one of several common names.
    pub term: String,
    /// As the person wrote it.
    pub term_text: String,
    /// Which field it stood in.
    pub origin: SkillTermOrigin,
    /// The item of that list, from 1.
    pub origin_item_no: u32,
}

/// Which field a skill term stood in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkillTermOrigin {
    /// `speciality[].skill`
    Speciality,
    /// `speciality[].tag`
    Tag,
    /// `experiences[].skills`
    Experience,
}

impl SkillTermOrigin {
    /// The name that tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Speciality => "speciality",
            Self::Tag => "tag",
            Self::Experience => "experience",
        }
    }
}

/// One language (`foreignLanguage[]`, `localLanguage[]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// Which of the two lists it stood in.
    pub kind: LanguageKind,
    /// The language (`langType`).
    pub lang_type: Option<String>,
    /// Listening, 104's word (foreign languages).
    pub listen_degree: Option<String>,
    /// The rank of that word, the higher the better: 40 母語, 30 精通, 20 中等, 10 略懂, 0 不懂 and 不會; `None` for
    /// unknown words. The ranks below are of the same scale.
    pub listen_rank: Option<i16>,
    /// Speaking, 104's word (foreign languages).
    pub speak_degree: Option<String>,
    /// Its rank.
    pub speak_rank: Option<i16>,
    /// Reading, 104's word (foreign languages).
    pub read_degree: Option<String>,
    /// Its rank.
    pub read_rank: Option<i16>,
    /// Writing, 104's word (foreign languages).
    pub write_degree: Option<String>,
    /// Its rank.
    pub write_rank: Option<i16>,
    /// Overall, 104's word (local languages: `degree`).
    pub degree: Option<String>,
    /// Its rank.
    pub degree_rank: Option<i16>,
    /// Certificates of the language, in words.
    pub certificates: Option<String>,
}

/// Which list a language stood in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LanguageKind {
    /// `foreignLanguage`
    Foreign,
    /// `localLanguage`
    Local,
}

impl LanguageKind {
    /// The name that tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Local => "local",
        }
    }
}

/// One certificate out of `commonCertificates`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate's name, as written.
    pub name: String,
    /// Which of the two strings it stood in.
    pub origin: CertificateOrigin,
}

/// Which string a certificate stood in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateOrigin {
    /// `commonCertificates.certificates`
    Common,
    /// `commonCertificates.otherCertificates`
    Other,
}

impl CertificateOrigin {
    /// The name that tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Other => "other",
        }
    }
}

/// One section of the person's own making (`customContentDatas[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomSection {
    /// Title.
    pub title: Option<String>,
    /// Its paragraphs.
    pub content: Vec<String>,
}

/// One person who vouches (`recommenders[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recommender {
    /// Name.
    pub name: Option<String>,
    /// Firm (`corp`).
    pub corp: Option<String>,
    /// Job title (`jobTitle`).
    pub job_title: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone.
    pub tel: Option<String>,
}

/// One application as a document lists it (`applyJob[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Application {
    /// 104's job code (`jobNo`), if given.
    pub job_no: Option<String>,
    /// Job title (`name`).
    pub job_name: Option<String>,
    /// Date of the application, 104's words (`applyDate`).
    pub applied_text: Option<String>,
    /// Date of the application.
    pub applied_on: Option<Date>,
    /// How the person applied (`applySource`), 104's word.
    pub apply_source: Option<String>,
}

/// One answer to a question of a job (`applyQuestion[]`); 104 names no job with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// `yes_no`, `choice`, `text` (104's `type` 1 to 3), else 104's own value.
    pub kind: Option<String>,
    /// The question.
    pub question: Option<String>,
    /// The answer.
    pub answer: Option<String>,
}
