//! How many calls were made.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::call::CallKind;

/// Calls that a client started since it was made, retries included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// All of them.
    pub total: u64,
    /// Token calls.
    pub token: u64,
    /// Listings.
    pub list: u64,
    /// Batches and single resumes.
    pub resume: u64,
    /// Files.
    pub file: u64,
    /// Calls that 104 answered with 429.
    pub throttled: u64,
    /// Calls that were not the first attempt.
    pub retried: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    token: AtomicU64,
    list: AtomicU64,
    resume: AtomicU64,
    file: AtomicU64,
    throttled: AtomicU64,
    retried: AtomicU64,
}

impl Counters {
    /// A call starts.
    pub(crate) fn started(&self, kind: CallKind, is_retry: bool) {
        self.of(kind).fetch_add(1, Ordering::Relaxed);
        if is_retry {
            self.retried.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A call that was counted has not left after all.
    pub(crate) fn stayed(&self, kind: CallKind, is_retry: bool) {
        self.of(kind).fetch_sub(1, Ordering::Relaxed);
        if is_retry {
            self.retried.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn of(&self, kind: CallKind) -> &AtomicU64 {
        match kind {
            CallKind::Token => &self.token,
            CallKind::List => &self.list,
            CallKind::Batch | CallKind::Resume => &self.resume,
            CallKind::File => &self.file,
        }
    }

    /// 104 answered 429.
    pub(crate) fn throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts by now.
    pub(crate) fn snapshot(&self) -> Calls {
        let [token, list, resume, file, throttled, retried] =
            [&self.token, &self.list, &self.resume, &self.file, &self.throttled, &self.retried]
                .map(|counter| counter.load(Ordering::Relaxed));
        Calls { total: token + list + resume + file, token, list, resume, file, throttled, retried }
    }
}
