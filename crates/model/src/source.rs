//! Where a resume came from.

use std::fmt;
use std::str::FromStr;

/// Where 104 got a resume for the company. 104 tells it only through the query, so each source
/// is listed by itself.
///
/// The order is that of evidence within one window: what a person sent by applying says more
/// than what the company saved, and that more than a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// 104 matched the person to a job (配對).
    Matched,
    /// The company saved the resume (儲存).
    Saved,
    /// The person applied (主動應徵).
    Applied,
}

impl Source {
    /// All sources, in the order of evidence.
    pub const ALL: [Self; 3] = [Self::Matched, Self::Saved, Self::Applied];

    /// The name that settings and tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Saved => "saved",
            Self::Applied => "applied",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|source| source.as_str() == text).ok_or(UnknownSource)
    }
}

/// The text names no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSource;

impl fmt::Display for UnknownSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source is one of matched, applied, saved")
    }
}

impl std::error::Error for UnknownSource {}
