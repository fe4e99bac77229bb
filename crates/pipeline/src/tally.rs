//! Counts of one run, moved by its tasks and read by its progress bars.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::Timestamp;

/// One count that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds to it.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// What it is now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Something that is so just now, or not.
#[derive(Debug, Default)]
pub struct Flag(AtomicBool);

impl Flag {
    /// Says how it is.
    pub fn set(&self, is_so: bool) {
        self.0.store(is_so, Ordering::Relaxed);
    }

    /// How it is.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one run did so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Start times taken for calls to 104.
    pub calls: Count,
    /// A backfill whose next call waits while a scheduled run calls.
    pub waits_for_schedule: Flag,
    /// Windows that this run set out to work on.
    pub windows_due: Count,
    /// Windows closed.
    pub windows_closed: Count,
    /// Windows that failed.
    pub windows_failed: Count,
    /// Windows that were due at the end and that other processes hold.
    pub windows_held: Count,
    /// Windows that listed nothing, or that 104 refused, and lie before anything ever listed.
    pub windows_unconfirmed: Count,
    /// Of the windows, those that are still to be listed.
    pub lists_due: Count,
    /// Lists recorded.
    pub lists: Count,
    /// Items that were listed before and are still to be settled.
    pub items_due: Count,
    /// Ids newly listed.
    pub listed: Count,
    /// Items stored.
    pub stored: Count,
    /// Items that 104 no longer had.
    pub absent: Count,
    /// Items rejected.
    pub rejected: Count,
    /// People whom a reprocess set out to do.
    pub people_due: Count,
    /// Of these, the people who are done, whatever became of them.
    pub people_done: Count,
    /// People whose rows were written.
    pub people_written: Count,
    /// People whose rows were right already.
    pub people_unchanged: Count,
    /// File tasks that stood open before, and that this run works on.
    pub files_due: Count,
    /// File tasks opened that this run works on.
    pub files_wanted: Count,
    /// File tasks opened that this run leaves to a later one.
    pub files_left: Count,
    /// Files stored, bytes known before included.
    pub files_stored: Count,
    /// Files that 104 no longer gives, or that are too large.
    pub files_unavailable: Count,
    /// File tasks that failed and stay open.
    pub files_failed: Count,
    /// Bytes of files received.
    pub file_bytes: Count,
    failures: Mutex<Vec<Failure>>,
}

/// One thing that went wrong, for the summary and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// Where, such as a window or a company; no personal data.
    pub at: String,
    /// What happened, with its causes; no personal data.
    pub what: String,
    /// What a human can do about it.
    pub remedy: String,
    /// 104 asks to stay away until then.
    pub come_back_at: Option<Timestamp>,
}

/// Kinds of failure, each with an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// A bug, or something nobody thought of: exit code 1.
    Unexpected,
    /// Database or object storage unavailable: exit code 7.
    Warehouse,
    /// 104 refused the credentials: exit code 5.
    Credentials,
    /// Usage or settings, such as a company number that is not the token's: exit code 2.
    Settings,
    /// 104 unavailable, or throttling past the budget: exit code 6.
    Unavailable,
    /// A window, a resume or a file failed and is open: exit code 3.
    Partial,
}

impl Tally {
    /// Remembers a failure; of many alike, the first hundred.
    pub fn fail(&self, failure: Failure) {
        let mut failures = self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if failures.len() < 100 || !failures.iter().any(|known| known.kind == failure.kind) {
            failures.push(failure);
        }
    }

    /// Whether something failed that way.
    pub fn has_failed(&self, kind: FailureKind) -> bool {
        self.failures().iter().any(|failure| failure.kind == kind)
    }

    /// The failures so far.
    pub fn failures(&self) -> Vec<Failure> {
        self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}
