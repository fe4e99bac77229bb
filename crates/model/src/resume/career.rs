//! Lists with a stretch of time: schools, jobs, projects.

use crate::Period;

/// One school (`education[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Education {
    /// School (`schoolName`).
    pub school_name: Option<String>,
    /// Degree, 104's word (`degreeLevel`): 博士, 碩士, 大學, …
    pub degree_level: Option<String>,
    /// The degree's rank, the higher the more: 博士 70, 碩士 60, 大學 50, 二技/四技 50, 專科 40, 高中職 30, 國中 20,
    /// 國小 10; `None` for unknown words.
    pub degree_rank: Option<i16>,
    /// Major (`major`).
    pub major: Option<String>,
    /// Category of the major (`majorCategory`).
    pub major_category: Option<String>,
    /// Status, 104's word (`degreeStatus`): 畢業, 肄業, 就學中.
    pub degree_status: Option<String>,
    /// Country of the school (`schoolCountry`).
    pub school_country: Option<String>,
    /// When.
    pub period: Period,
}

/// One job held (`experiences[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Experience {
    /// Firm (`firmName`).
    pub firm_name: Option<String>,
    /// Industry (`industryCategory`).
    pub industry_category: Option<String>,
    /// Size of the firm in words (`companySize`).
    pub company_size: Option<String>,
    /// Place of work (`workPlace`).
    pub work_place: Option<String>,
    /// The place's county, in its official spelling (臺北市).
    pub work_city: Option<String>,
    /// The place's district with its county before it (臺北市大安區).
    pub work_district: Option<String>,
    /// Job title (`jobName`).
    pub job_name: Option<String>,
    /// 全職 or 兼職 (`jobRole`).
    pub job_role: Option<String>,
    /// Job category (`jobCategory`).
    pub job_category: Option<String>,
    /// When.
    pub period: Period,
    /// What was done, HTML (`jobDesc`).
    pub job_desc_html: Option<String>,
    /// What was done, plain text.
    pub job_desc: Option<String>,
    /// Skills used, a list in one string (`skills`).
    pub skills: Option<String>,
    /// People managed, in words (`management`).
    pub management: Option<String>,
    /// What the wage is paid for, 104's word (`wageTypeDesc`).
    pub wage_type_desc: Option<String>,
    /// The wage (`wage`), TWD a unit of `wage_type_desc`.
    pub wage: Option<i64>,
    /// The wage a year (`wageYear`), TWD.
    pub wage_year: Option<i64>,
}

/// One work or project (`projectDatas[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Title.
    pub title: Option<String>,
    /// When.
    pub period: Period,
    /// Description, HTML.
    pub description_html: Option<String>,
    /// Description, plain text.
    pub description: Option<String>,
    /// What comes with it: `none`, `file`, `video`, `web` (104's `type` 0 to 3), else 104's own
    /// value.
    pub kind: Option<String>,
    /// Link to a page (`website`).
    pub website: Option<String>,
}
