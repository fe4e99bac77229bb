//! How resumes are answered.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Look;

/// How resumes name the id they were asked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// `idno`.
    pub idno: Name,
    /// `resumeId`.
    pub resume_id: Name,
}

/// How often a field names an id that was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Name {
    /// An id that was asked.
    pub same: u64,
    /// Something else.
    pub other: u64,
    /// Nothing.
    pub absent: u64,
}

/// Batches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Batch {
    /// Ids asked in all whole batches.
    pub asked: u64,
    /// Resumes answered.
    pub answered: u64,
    /// Batches whose order could be told, and those that kept it.
    pub ordered: (u64, u64),
    /// Somebody asked alone was answered as in the place in the batch.
    pub is_single_in_place: Option<bool>,
    /// Eleven ids: the answer, and how many resumes.
    pub of_eleven: Option<(Look, u64)>,
    /// Nine and an unknown id: the answer, and how many resumes.
    pub with_unknown: Option<(Look, u64)>,
    /// An id asked under hours that do not list it: the answer, and how many resumes.
    pub outside_hours: Option<(Look, u64)>,
}

/// People listed on two days, asked under both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThenOrNow {
    /// The earlier day.
    pub earlier: Date,
    /// The later one.
    pub later: Date,
    /// People that were answered under both.
    pub compared: u64,
    /// Those answered otherwise under the other day, contact, applications and links aside.
    pub differing: u64,
    /// Those answered for the earlier day with an application of a later one.
    pub of_later: u64,
}

/// People listed under two flags, asked under both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sources {
    /// People that were answered under both.
    pub compared: u64,
    /// Those whose fields were the same.
    pub alike: u64,
    /// Documented fields that one answer had and the other had not.
    pub differing_fields: BTreeMap<String, u64>,
    /// Resumes by source, and those of them with any contact data.
    pub with_contact: BTreeMap<String, (u64, u64)>,
}

/// `applyJob`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Applications {
    /// Resumes with an entry.
    pub with_any: u64,
    /// Resumes with several.
    pub with_several: u64,
}
