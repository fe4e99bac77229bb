//! Stopping a run before its work is done: by a signal, or by a spent budget.

use std::sync::{Arc, OnceLock};

use pipeline::verdict::Stop;
use tokio_util::sync::CancellationToken;

/// A run's way to be stopped; clones are the same one. The first reason stands.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    token: CancellationToken,
    reason: Arc<OnceLock<Stop>>,
}

impl Signals {
    /// Nothing stops the run yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the run: what is begun is finished or given back, nothing new is begun.
    pub fn stop(&self, reason: Stop) {
        // A second reason comes too late and is dropped on purpose.
        let _: Result<(), Stop> = self.reason.set(reason);
        self.token.cancel();
    }

    /// Why the run was stopped, if it was.
    pub fn reason(&self) -> Option<Stop> {
        self.reason.get().copied()
    }

    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }
}
