//! What a list is narrowed by.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::CompanyNo;

/// What a list is narrowed by; the default narrows nothing but the length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Only these companies; empty means all.
    pub companies: Vec<CompanyNo>,
    /// Only rows in one of these states; empty means all.
    pub states: Vec<&'static str>,
    /// Only what happened at this moment or later; each list says what counts.
    pub since: Option<Timestamp>,
    /// Rows at most, the newest ones.
    pub limit: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self { companies: Vec::new(), states: Vec::new(), since: None, limit: 20 }
    }
}

impl Filter {
    pub(super) fn companies(&self) -> Option<Vec<&str>> {
        named(&self.companies)
    }

    pub(super) fn states(&self) -> Option<&[&'static str]> {
        (!self.states.is_empty()).then_some(self.states.as_slice())
    }

    pub(super) fn since(&self) -> Option<jiff_sqlx::Timestamp> {
        self.since.map(ToSqlx::to_sqlx)
    }

    pub(super) fn limit(&self) -> i64 {
        i64::from(self.limit)
    }
}

/// The companies as a parameter: null where all are meant.
pub(super) fn named(companies: &[CompanyNo]) -> Option<Vec<&str>> {
    (!companies.is_empty()).then(|| companies.iter().map(CompanyNo::as_str).collect())
}
