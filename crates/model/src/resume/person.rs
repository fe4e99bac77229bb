//! The person: identity, contact, protected facts, free texts.

use jiff::civil::Date;

use crate::DatePrecision;

/// Who it is, and the resume's headline facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// 104's member number 會員編號 (`resumeId`).
    pub member_no: Option<String>,
    /// Name (`fullName`).
    pub full_name: Option<String>,
    /// Name in English (`englishName`).
    pub english_name: Option<String>,
    /// Where the resume was registered 履歷來源 (`regSource`).
    pub reg_source: Option<String>,
    /// Employment status 就業狀態 (`employmentStatus`).
    pub employment_status: Option<String>,
    /// Whether those words name being in a job (在職中); false for any other status that is known.
    pub is_employed: Option<bool>,
    /// Total experience in words (`seniority`), such as `3年以上`.
    pub seniority_text: Option<String>,
    /// Total experience in years, at least.
    pub seniority_years_min: Option<u16>,
    /// Total experience in years, at most; `None` for an open end.
    pub seniority_years_max: Option<u16>,
    /// Driving licences, a list in one string (`drivingLicenses`).
    pub driving_licenses: Option<String>,
    /// Own vehicles, a list in one string (`transports`).
    pub transports: Option<String>,
}

/// How to reach the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// E-mail address.
    pub email: Option<String>,
    /// Mobile phone (`cellPhone`).
    pub cell_phone: Option<String>,
    /// Second mobile phone (`subCellPhone`).
    pub sub_cell_phone: Option<String>,
    /// Landline (`tel`).
    pub tel: Option<String>,
    /// Preferred way to be reached 聯絡方式 (`contactInfo`).
    pub contact_info: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// The address's county, in its official spelling (臺北市).
    pub address_city: Option<String>,
    /// The address's district with its county before it (臺北市大安區).
    pub address_district: Option<String>,
    /// Links to pages of the person (`personalPage`).
    pub personal_pages: Vec<String>,
}

/// What the law protects beyond the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sensitive {
    /// Gender 性別, 104's word.
    pub gender: Option<String>,
    /// Birthday, 104's words (`yyyy-MM-dd HH:mm:ss`).
    pub birthday_text: Option<String>,
    /// Birthday as a date.
    pub birthday: Option<Date>,
    /// Nationality.
    pub nationality: Option<String>,
    /// Military service 兵役狀況 (`militaryStatus`).
    pub military_status: Option<String>,
    /// Where the person stands with it, as far as those words say.
    pub military_state: Option<MilitaryState>,
    /// End of military service, 104's words (`militaryRetireDate`, `yyyy-MM`).
    pub military_retire_text: Option<String>,
    /// End of military service as a date.
    pub military_retire_on: Option<Date>,
    /// How much of that date 104 gave.
    pub military_retire_precision: Option<DatePrecision>,
    /// Kind and degree of disability 身障類別與程度 (`disabledTypes`).
    pub disabled_types: Option<String>,
    /// Holds a disability card (`disabilityCard`: 0 none, 1 has one).
    pub has_disability_card: Option<bool>,
    /// Assistive devices 身障輔具 (`assistiveDevices`).
    pub assistive_devices: Option<String>,
    /// Special identity 特殊身份 (`specialIdentities`).
    pub special_identities: Option<String>,
}

/// Where somebody stands with military service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MilitaryState {
    /// 役畢
    Served,
    /// 服役中, 現役
    Serving,
    /// 待役: to be called up.
    Awaiting,
    /// 未役
    NotServed,
    /// 免役: by law, as unfit.
    Exempt,
    /// 不需服役, 不適用
    NotRequired,
}

impl MilitaryState {
    /// The name that tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Serving => "serving",
            Self::Awaiting => "awaiting",
            Self::NotServed => "not_served",
            Self::Exempt => "exempt",
            Self::NotRequired => "not_required",
        }
    }
}

/// Free texts about the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrative {
    /// Introduction 個人簡介 as HTML (`introduction`).
    pub introduction_html: Option<String>,
    /// Introduction as plain text.
    pub introduction: Option<String>,
    /// Motto 格言.
    pub motto: Option<String>,
    /// What is special about the person 個人特色 (`characteristic`).
    pub characteristic: Option<String>,
    /// Autobiography (`biography.bio`).
    pub biography: Option<String>,
    /// Autobiography in English (`biography.engBio`).
    pub english_biography: Option<String>,
    /// Certificates as the one string that 104 sends (`commonCertificates.certificates`).
    pub certificates_text: Option<String>,
    /// Other certificates, likewise (`commonCertificates.otherCertificates`).
    pub other_certificates_text: Option<String>,
}
