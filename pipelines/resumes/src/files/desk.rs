//! What the stream of tasks and those who work on them tell each other.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use model::Redacted;
use pipeline::file_task::FileTask;
use tokio::sync::Notify;

use crate::storage::StorageOutlook;

/// A task with a token that is worth a try.
pub(super) struct Errand {
    pub(super) task: FileTask,
    pub(super) token: Redacted<String>,
    pub(super) token_at: Timestamp,
    /// How often the resume was asked again for it.
    pub(super) renewals: u32,
    /// How old its first token was when 104 refused it.
    pub(super) refused_at_age: Option<Duration>,
}

/// One company's files within one run.
pub(super) struct Desk {
    pub(super) outlook: StorageOutlook,
    at_work: AtomicUsize,
    expired: Mutex<Vec<Errand>>,
    /// Tokens no older than this were refused, and newer ones of the same files not.
    oldest: Mutex<Duration>,
    changed: Notify,
}

impl Desk {
    pub(super) fn new(token_max_age: Duration) -> Self {
        Self {
            outlook: StorageOutlook::default(),
            at_work: AtomicUsize::new(0),
            expired: Mutex::default(),
            oldest: Mutex::new(token_max_age),
            changed: Notify::new(),
        }
    }

    /// A task is handed out.
    pub(super) fn begun(&self) {
        self.at_work.fetch_add(1, Ordering::Relaxed);
    }

    /// It is settled, or laid aside.
    pub(super) fn ended(&self) {
        self.at_work.fetch_sub(1, Ordering::Relaxed);
        self.changed.notify_one();
    }

    pub(super) fn is_idle(&self) -> bool {
        self.at_work.load(Ordering::Relaxed) == 0
    }

    /// Until a task ends; one that ended since the last look counts.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The token was refused for its age: its resume is asked again, together with others.
    pub(super) fn lay_aside(&self, task: Errand) {
        locked(&self.expired).push(task);
    }

    /// Takes what was laid aside, if it is so much or there is nothing else to do.
    pub(super) fn laid_aside(&self, at_least: usize) -> Vec<Errand> {
        let mut expired = locked(&self.expired);
        if expired.len() >= at_least { std::mem::take(&mut *expired) } else { Vec::new() }
    }

    pub(super) fn has_laid_aside(&self) -> bool {
        !locked(&self.expired).is_empty()
    }

    /// How old a token may be and still be worth a try.
    pub(super) fn token_max_age(&self) -> Duration {
        *locked(&self.oldest)
    }

    /// A token of that age had expired.
    pub(super) fn learn(&self, age: Duration) {
        let mut oldest = locked(&self.oldest);
        *oldest = age.min(*oldest);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
