//! Counts over the journal.

use std::collections::BTreeMap;

use serde::Serialize;

use super::entry::Endpoint;

/// Counts over all requests since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Requests of each endpoint.
    pub calls: BTreeMap<Endpoint, u64>,
    /// Answers by HTTP status.
    pub statuses: BTreeMap<u16, u64>,
    /// Error answers by `code`.
    pub codes: BTreeMap<i32, u64>,
    /// Requests that the limiter refused.
    pub throttled: u64,
    /// Most starts of one credential in any second, computed from all arrivals, refused ones included.
    pub max_starts_in_any_second: usize,
    /// The same for each credential; requests that showed none that is known are under `""`.
    pub max_starts_by_client: BTreeMap<String, usize>,
    /// What each window listed, in the order of their keys.
    pub listed: Vec<ListedWindow>,
    /// Distinct ids over all windows, per company.
    pub distinct_ids: BTreeMap<String, usize>,
    /// Resumes answered, repeated ones included.
    pub resumes_delivered: u64,
    /// Distinct (company, id) answered.
    pub distinct_resumes_delivered: usize,
    /// Files answered.
    pub files_delivered: u64,
    /// Their bytes.
    pub file_bytes_delivered: u64,
}

/// Distinct ids that one window listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedWindow {
    /// The company's number.
    pub company: String,
    /// `date`.
    pub date: String,
    /// `startTime`.
    pub start: u8,
    /// `endTime`.
    pub end: u8,
    /// `flag`, if it was sent.
    pub flag: Option<u8>,
    /// How many distinct ids were answered.
    pub ids: usize,
}
