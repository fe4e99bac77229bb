//! One way to take a lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guard, also after a panic elsewhere: every lock here guards state that is valid after each statement.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
