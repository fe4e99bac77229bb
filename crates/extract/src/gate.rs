//! The gate before every call: one at a time, evenly spaced, each with a slot of the pace.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::lanes::{Lanes, Priority, Turn};
use crate::pace::{Pace, PaceError};

/// What stands between a call that is ready and its start.
///
/// The spacing counts from the moment at which the last call really left, after its slot and its
/// connection. A limiter that counts permissions instead would let two calls start together when
/// the first had to wait for its slot.
pub(crate) struct Gate {
    lanes: Lanes,
    pace: Arc<dyn Pace>,
    spacing: Duration,
    last_start: Mutex<Option<Instant>>,
    connecting: watch::Sender<usize>,
}

impl Gate {
    pub(crate) fn new(pace: Arc<dyn Pace>, spacing: Duration) -> Self {
        Self {
            lanes: Lanes::default(),
            pace,
            spacing,
            last_start: Mutex::new(None),
            connecting: watch::Sender::new(0),
        }
    }

    /// Waits for a turn: whoever holds it is alone in the gate.
    pub(crate) async fn enter(&self, priority: Priority) -> Turn {
        self.lanes.enter(priority).await
    }

    /// Waits for the spacing, then for a slot of the pace. The call starts when this returns.
    pub(crate) async fn slot(&self) -> Result<(), PaceError> {
        let last_start = *self.last_start();
        if let Some(last_start) = last_start {
            tokio::time::sleep_until(last_start + self.spacing).await;
        }
        self.pace.slot().await?;
        *self.last_start() = Some(Instant::now());
        Ok(())
    }

    /// Tells every process of a throttle; returns how long the wait will be.
    pub(crate) async fn throttled(&self, hint: Option<Duration>) -> Result<Duration, PaceError> {
        self.pace.throttled(hint).await
    }

    /// Counts one connection as being opened until the guard is dropped.
    pub(crate) fn connecting(self: &Arc<Self>) -> Connecting {
        self.connecting.send_modify(|count| *count += 1);
        Connecting(Arc::clone(self))
    }

    /// Resolves when no connection is being opened.
    pub(crate) async fn settled(&self) {
        // It fails only without a sender, and `self` holds that.
        drop(self.connecting.subscribe().wait_for(|count| *count == 0).await);
    }

    fn last_start(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.last_start.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is being opened.
pub(crate) struct Connecting(Arc<Gate>);

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.connecting.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalPace;

    const SPACING: Duration = Duration::from_millis(350);

    #[tokio::test(start_paused = true)]
    async fn starts_are_evenly_spaced_even_after_a_wait_for_the_slot() {
        let pace = Arc::new(LocalPace::new());
        let gate = Gate::new(Arc::<LocalPace>::clone(&pace), SPACING);
        let begin = Instant::now();
        let mut starts = Vec::new();
        for call in 0..5 {
            let turn = gate.enter(Priority::Resume).await;
            if call == 2 {
                pace.throttled(Some(Duration::from_secs(3))).await.unwrap();
            }
            gate.slot().await.unwrap();
            starts.push(begin.elapsed().as_millis());
            drop(turn);
        }
        assert_eq!(starts, [0, 350, 3350, 3700, 4050]);
    }

    #[tokio::test]
    async fn settled_waits_for_every_connection() {
        let gate = Arc::new(Gate::new(Arc::new(LocalPace::new()), SPACING));
        gate.settled().await;
        let opening = (gate.connecting(), gate.connecting());
        let mut settled = std::pin::pin!(gate.settled());
        assert!(futures::poll!(&mut settled).is_pending());
        drop(opening.0);
        assert!(futures::poll!(&mut settled).is_pending());
        drop(opening.1);
        settled.await;
    }
}
