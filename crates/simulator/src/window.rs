//! What a resource call asks for: a date, hours, perhaps a source and a job.

use jiff::civil::Date;
use serde::Serialize;

/// Where a resume came from: the API's `flag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// `0`: matched by 104 (配對).
    Matched,
    /// `1`: the person applied (主動應徵).
    Applied,
    /// `2`: saved by the company (儲存).
    Saved,
}

impl Flag {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Matched, Self::Applied, Self::Saved];

    /// The value of the query parameter.
    pub fn code(self) -> u8 {
        match self {
            Self::Matched => 0,
            Self::Applied => 1,
            Self::Saved => 2,
        }
    }

    /// The flag of a query parameter, if it is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| code == flag.code().to_string())
    }
}

/// A half-open range of hours on one date, perhaps narrowed to a source and a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Window {
    pub(crate) date: Date,
    pub(crate) start: u8,
    pub(crate) end: u8,
    pub(crate) flag: Option<Flag>,
    pub(crate) job_no: Option<String>,
}

impl Window {
    /// Whether an hour lies inside.
    pub(crate) fn covers(&self, hour: u8) -> bool {
        (self.start..self.end).contains(&hour)
    }

    /// Whether a source is asked for.
    pub(crate) fn admits(&self, flag: Flag) -> bool {
        self.flag.is_none_or(|asked| asked == flag)
    }
}
