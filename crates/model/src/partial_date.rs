//! Dates of which 104 may give only the month or the year.

use jiff::civil::Date;

/// How much of a date 104 gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DatePrecision {
    /// Only the year; the date is its first of January.
    Year,
    /// Year and month; the date is its first day.
    Month,
    /// The whole date.
    Day,
}

impl DatePrecision {
    /// The name that tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

/// A stretch of time as 104 gave it: words beside values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// 104's words for the start.
    pub start_text: Option<String>,
    /// The first day that the words can mean.
    pub start_on: Option<Date>,
    /// How much of `start_on` the words gave.
    pub start_precision: Option<DatePrecision>,
    /// 104's words for the end.
    pub end_text: Option<String>,
    /// The first day that the words can mean; `None` while it goes on.
    pub end_on: Option<Date>,
    /// How much of `end_on` the words gave.
    pub end_precision: Option<DatePrecision>,
    /// The words say "until now" (迄今, 至今, 仍在職), or a school says 就學中.
    pub is_ongoing: bool,
}
