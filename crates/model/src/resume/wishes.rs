//! What the person looks for.

use jiff::civil::Date;

use crate::DatePrecision;

/// What the person looks for (`jobRequirement`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobPreference {
    /// Kind of job (`jobCharacteristic`), such as 全職.
    pub job_characteristic: Option<String>,
    /// Working hours (`workInterval`).
    pub work_interval: Option<String>,
    /// Other working hours (`otherWorkInterval`).
    pub other_work_interval: Option<String>,
    /// Would work in shifts (`shiftWork`).
    pub is_shift_work_accepted: Option<bool>,
    /// When the person could start, 104's words (`startDateOpt`).
    pub start_text: Option<String>,
    /// The date in those words, where they hold one.
    pub start_on: Option<Date>,
    /// How much of that date the words gave.
    pub start_precision: Option<DatePrecision>,
    /// Days of notice in those words, such as 錄取後7日內 = 7; 0 for at once.
    pub start_notice_days: Option<u16>,
    /// Wanted wage, 104's words (`wage`).
    pub wage_text: Option<String>,
    /// Wanted wage as values.
    pub wage: Wage,
    /// Wanted place (`workPlace`).
    pub work_place: Option<String>,
    /// The counties among those words, each once, in their official spelling (臺北市).
    pub work_cities: Vec<String>,
    /// The districts among those words, each once, with their counties before them (臺北市大安區).
    pub work_districts: Vec<String>,
    /// Remote work (`remoteWork`).
    pub remote_work: Option<String>,
    /// Wanted job title (`jobName`).
    pub job_name: Option<String>,
    /// Wanted job category (`jobCategory`).
    pub job_category: Option<String>,
    /// Wanted industry (`industryCategory`).
    pub industry_category: Option<String>,
    /// Wanted work in free words (`workDesc`).
    pub work_desc: Option<String>,
}

/// A wage in New Taiwan dollars, as far as its words could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wage {
    /// What the amounts are paid for.
    pub kind: Option<WageKind>,
    /// The lower bound, TWD a `kind`.
    pub min: Option<i64>,
    /// The upper bound, TWD a `kind`; `None` for an open end.
    pub max: Option<i64>,
    /// The lower bound, TWD a month; only for monthly and yearly wages (a twelfth).
    pub monthly_min: Option<i64>,
    /// The upper bound, TWD a month; only for monthly and yearly wages (a twelfth).
    pub monthly_max: Option<i64>,
}

/// What a wage is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WageKind {
    /// 月薪
    Monthly,
    /// 年薪
    Yearly,
    /// 日薪
    Daily,
    /// 時薪
    Hourly,
    /// 論件計酬
    Piecework,
    /// 面議, 依公司規定 and the like: to be agreed, no amounts.
    Negotiable,
}

impl WageKind {
    /// The name that tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::Daily => "daily",
            Self::Hourly => "hourly",
            Self::Piecework => "piecework",
            Self::Negotiable => "negotiable",
        }
    }
}
