//! Keeps entries, and counts as they come, so that old entries may go.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use super::entry::Entry;
use super::gate::{Gate, max_in_any_second};
use super::stats::{ListedWindow, Stats};
use crate::dice::{mix, word};
use crate::locked::locked;
use crate::window::Window;

/// How a request ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<i32>,
    pub(crate) rules: Vec<String>,
    pub(crate) delivery: Delivery,
}

/// What an answer gave out.
#[derive(Debug, Clone, Default)]
pub(crate) enum Delivery {
    #[default]
    Nothing,
    Ids(String, Window, Vec<String>),
    Resumes(String, Vec<String>),
    File(u64),
}

type WindowKey = (String, String, u8, u8, Option<u8>);

/// All requests so far. Ids are remembered as hashes: 8 bytes each.
#[derive(Debug)]
pub(crate) struct Journal {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Entry>,
    count: u64,
    gate: Gate,
    starts: BTreeMap<String, Vec<Duration>>,
    stats: Stats,
    listed: BTreeMap<WindowKey, HashSet<u64>>,
    ids: HashMap<String, HashSet<u64>>,
    resumes: HashSet<u64>,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::default() }
    }

    /// Writes down an arrival and counts it; tells the entry's number, and whether it is within the limit.
    pub(crate) fn arrive(&self, mut entry: Entry, limit: Option<u32>) -> (u64, bool) {
        let mut kept = locked(&self.kept);
        let kept = &mut *kept;
        let client = entry.client_id.clone().unwrap_or_default();
        let is_admitted = kept.gate.admit(&client, entry.at, limit);
        entry.number = kept.count;
        entry.is_throttled = !is_admitted;
        kept.count += 1;
        kept.stats.throttled += u64::from(!is_admitted);
        *kept.stats.calls.entry(entry.endpoint).or_default() += 1;
        kept.starts.entry(client).or_default().push(entry.at);
        kept.entries.push_back(entry);
        if kept.entries.len() > self.capacity {
            kept.entries.pop_front();
        }
        (kept.count - 1, is_admitted)
    }

    /// Completes an entry.
    pub(crate) fn finish(&self, number: u64, outcome: Outcome) {
        let mut kept = locked(&self.kept);
        let kept = &mut *kept;
        if let Some(status) = outcome.status {
            *kept.stats.statuses.entry(status).or_default() += 1;
        }
        if let Some(code) = outcome.code {
            *kept.stats.codes.entry(code).or_default() += 1;
        }
        kept.deliver(outcome.delivery);
        let first = kept.count - kept.entries.len() as u64;
        let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| kept.entries.get_mut(place)) {
            (entry.status, entry.code, entry.rules) = (outcome.status, outcome.code, outcome.rules);
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        locked(&self.kept).entries.iter().cloned().collect()
    }

    pub(crate) fn stats(&self) -> Stats {
        let kept = locked(&self.kept);
        let mut stats = kept.stats.clone();
        for (client, starts) in &kept.starts {
            let most = max_in_any_second(starts.clone());
            stats.max_starts_by_client.insert(client.clone(), most);
            stats.max_starts_in_any_second = stats.max_starts_in_any_second.max(most);
        }
        for ((company, date, start, end, flag), ids) in &kept.listed {
            let (company, date) = (company.clone(), date.clone());
            stats.listed.push(ListedWindow {
                company,
                date,
                start: *start,
                end: *end,
                flag: *flag,
                ids: ids.len(),
            });
        }
        stats.distinct_ids =
            kept.ids.iter().map(|(company, ids)| (company.clone(), ids.len())).collect();
        stats.distinct_resumes_delivered = kept.resumes.len();
        stats
    }
}

impl Kept {
    fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Nothing => {}
            Delivery::Ids(company, window, ids) => {
                let flag = window.flag.map(crate::window::Flag::code);
                let key =
                    (company.clone(), window.date.to_string(), window.start, window.end, flag);
                let hashes: Vec<u64> = ids.iter().map(|id| word(id)).collect();
                self.listed.entry(key).or_default().extend(&hashes);
                self.ids.entry(company).or_default().extend(&hashes);
            }
            Delivery::Resumes(company, ids) => {
                self.stats.resumes_delivered += ids.len() as u64;
                self.resumes.extend(ids.iter().map(|id| mix(&[word(&company), word(id)])));
            }
            Delivery::File(bytes) => {
                self.stats.files_delivered += 1;
                self.stats.file_bytes_delivered += bytes;
            }
        }
    }
}
