//! The object storage as the second stream sees it: what earlier runs left in it, and whether another
//! file is worth a try.

use std::sync::atomic::{AtomicU32, Ordering};

use load::files::{FileStore, UploadError};

use crate::company::Company;
use crate::failure::Failure;

/// Whether another file is worth a try in this run, though resumes may be. One object that fails is no
/// outage of the storage; a refused key is one at once, and so is 104 that throttles files past the
/// budget.
#[derive(Default)]
pub(crate) struct StorageOutlook {
    failures_in_a_row: AtomicU32,
}

impl StorageOutlook {
    const GIVEN_UP_AFTER: u32 = 3;

    /// Whether the other tasks are left open for the next run.
    pub(crate) fn is_given_up(&self) -> bool {
        self.failures_in_a_row.load(Ordering::Relaxed) >= Self::GIVEN_UP_AFTER
    }

    /// A file could not be had or stored.
    pub(crate) fn failed(&self, failure: &Failure) {
        let weight = match failure {
            Failure::Storage(error) if error.is_lasting() => Self::GIVEN_UP_AFTER,
            Failure::Storage(_) => 1,
            Failure::Extract(error) if error.kind() == extract::ErrorKind::Throttled => {
                Self::GIVEN_UP_AFTER
            }
            _ => 0,
        };
        self.failures_in_a_row.fetch_add(weight, Ordering::Relaxed);
    }

    /// A file was stored.
    pub(crate) fn works(&self) {
        // Who comes late with a success from before does not undo that the rest was given up.
        if !self.is_given_up() {
            self.failures_in_a_row.store(0, Ordering::Relaxed);
        }
    }
}

/// What killed runs began to upload and can't complete any more.
pub(crate) async fn abort_abandoned(company: &Company, store: &FileStore) {
    let failure: Failure =
        match store.abort_abandoned(&company.settings.no, company.ledger.pool()).await {
            Ok(0) => return,
            Ok(count) => return tracing::info!(count, "abandoned uploads were aborted"),
            Err(UploadError::Storage(error)) => error.into(),
            Err(UploadError::Database(error)) => error.into(),
        };
    company.failed("abandoned uploads", &failure);
}
