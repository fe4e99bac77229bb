//! What speaks for 104 when it fails at an id: resumes that it gave meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{ResumeId, Window};
use tokio::time::Instant;

/// The newest of the resumes that 104 gave.
///
/// An answer counts from the moment at which its call *began*: one that was under way already when
/// an outage began says nothing of the time after.
#[derive(Default)]
pub(crate) struct Evidence(Mutex<Newest>);

#[derive(Default)]
struct Newest {
    began: Option<Instant>,
    given: Option<(Arc<Window>, ResumeId)>,
    /// At which it failed since then, the first of them.
    failed: Option<ResumeId>,
    has_failed_at_several: bool,
}

impl Evidence {
    /// 104 answered for a single resume, by a call that began then. A batch says nothing of what is asked
    /// alone: where calls for single resumes fail and batches do not, each poisoned batch would have all its
    /// ids rejected.
    pub(crate) fn answered(&self, began: Instant) {
        let mut newest = self.newest();
        newest.began = newest.began.max(Some(began));
        newest.failed = None;
        newest.has_failed_at_several = false;
    }

    /// 104 failed at an id that was asked alone.
    pub(crate) fn failed(&self, id: &ResumeId) {
        let mut newest = self.newest();
        match &newest.failed {
            None => newest.failed = Some(id.clone()),
            Some(first) => newest.has_failed_at_several |= first != id,
        }
    }

    /// Whether it failed at several ids asked alone, and answered for none since.
    pub(crate) fn has_failed_at_several(&self) -> bool {
        self.newest().has_failed_at_several
    }

    /// Whether a call that began after that moment was answered.
    pub(crate) fn is_after(&self, moment: Instant) -> bool {
        self.newest().began.is_some_and(|began| began > moment)
    }

    /// 104 gave that resume in that window.
    pub(crate) fn given(&self, window: &Arc<Window>, id: &ResumeId) {
        self.newest().given = Some((Arc::clone(window), id.clone()));
    }

    /// 104 gave that resume to another run, or before this one broke off; what this process saw itself
    /// is the better witness.
    pub(crate) fn given_before(&self, window: &Window, id: &ResumeId) {
        self.newest().given.get_or_insert_with(|| (Arc::new(window.clone()), id.clone()));
    }

    /// A resume that 104 gave before, and should give again.
    pub(crate) fn to_ask_again(&self) -> Option<(Arc<Window>, ResumeId)> {
        self.newest().given.clone()
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
