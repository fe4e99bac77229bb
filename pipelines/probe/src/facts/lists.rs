//! Days, and how they list.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Look;

/// Which days list anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Days {
    /// Today, by 104's clock, in Taiwan.
    pub today: Option<Date>,
    /// The days that were asked, from 0 to 24, without a flag.
    pub asked: Vec<Day>,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Its date.
    pub date: Date,
    /// What it listed.
    pub list: List,
}

/// What a list said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The answer.
    pub look: Look,
    /// What `total` states.
    pub total: Option<u64>,
    /// Distinct ids; `None` if there was no `idList`.
    pub ids: Option<u64>,
    /// Entries that repeat others.
    pub repeated: u64,
}

impl List {
    /// Whether it lists anybody, by either count.
    pub(crate) fn has_any(&self) -> bool {
        self.ids.unwrap_or(0).max(self.total.unwrap_or(0)) > 0
    }
}

/// One busy day, listed in many ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// The day.
    pub date: Date,
    /// From 0 to 24, without a flag.
    pub whole: List,
    /// The same without hours.
    pub without_hours: Option<List>,
    /// The same under each flag, by source.
    pub by_source: BTreeMap<String, List>,
    /// Distinct ids over the flags; absent unless all three were asked.
    pub over_sources: Option<u64>,
    /// In parts: first hour, hour after the last, list.
    pub parts: Vec<(u8, u8, List)>,
    /// Distinct ids over all parts; absent unless they cover the day.
    pub over_parts: Option<u64>,
    /// Ids that two neighbouring hours share, and the count of the smaller of both lists.
    pub shared_by_neighbours: Option<(u64, u64)>,
    /// An hour asked from its start to its start.
    pub empty_hour: Option<List>,
}

/// An hour that has just ended, listed twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// Its date.
    pub date: Date,
    /// Its first hour.
    pub start: u8,
    /// Ids at first.
    pub first: u64,
    /// Ids that came later; absent before the second look.
    pub came: Option<u64>,
    /// Ids that went later.
    pub went: u64,
    /// Seconds between both looks.
    pub seconds_between: u64,
}
