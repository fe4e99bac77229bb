//! One call at a time is in the gate, and resumes go before files.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The lane that a call waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Token, list, batch, resume.
    Resume,
    /// Files, which wait for all of those.
    File,
}

/// Two queues before one gate.
#[derive(Clone, Default)]
pub(crate) struct Lanes(Arc<Mutex<Queues>>);

#[derive(Default)]
struct Queues {
    is_taken: bool,
    resumes: VecDeque<oneshot::Sender<Turn>>,
    files: VecDeque<oneshot::Sender<Turn>>,
}

/// The right to be in the gate; dropping it lets the next one in. Empty once it was given on.
pub(crate) struct Turn(Option<Lanes>);

impl Lanes {
    /// Waits for a turn. A waiter that is dropped gives its place up.
    pub(crate) async fn enter(&self, priority: Priority) -> Turn {
        let turn = {
            let mut queues = self.queues();
            if queues.is_taken {
                let (sender, receiver) = oneshot::channel();
                match priority {
                    Priority::Resume => queues.resumes.push_back(sender),
                    Priority::File => queues.files.push_back(sender),
                }
                receiver
            } else {
                queues.is_taken = true;
                return Turn(Some(self.clone()));
            }
        };
        // No sender is dropped unsent, for the queues live as long as `self`.
        turn.await.unwrap_or(Turn(None))
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(lanes) = self.0.take() else { return };
        loop {
            let next = {
                let mut queues = lanes.queues();
                let next = queues.resumes.pop_front().or_else(|| queues.files.pop_front());
                queues.is_taken = next.is_some();
                next
            };
            let Some(next) = next else { return };
            match next.send(Turn(Some(lanes.clone()))) {
                Ok(()) => return,
                // Its waiter has left: this copy ends without letting anyone in.
                Err(mut refused) => refused.0 = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn resumes_go_before_files_and_each_lane_keeps_its_order() {
        let lanes = Lanes::default();
        let turn = lanes.enter(Priority::File).now_or_never().unwrap();
        let mut waiting: Vec<_> = [
            ("file 1", Priority::File),
            ("file 2", Priority::File),
            ("resume 1", Priority::Resume),
            ("resume 2", Priority::Resume),
        ]
        .into_iter()
        .map(|(name, priority)| {
            let lanes = lanes.clone();
            (name, Box::pin(async move { lanes.enter(priority).await }))
        })
        .collect();
        for (_, waiter) in &mut waiting {
            assert!(waiter.now_or_never().is_none());
        }

        let mut order = Vec::new();
        let mut held = Some(turn);
        while !waiting.is_empty() {
            drop(held.take());
            let next = waiting.iter_mut().position(|(_, waiter)| {
                held = waiter.now_or_never();
                held.is_some()
            });
            order.push(waiting.remove(next.unwrap()).0);
        }
        assert_eq!(order, ["resume 1", "resume 2", "file 1", "file 2"]);
    }

    #[test]
    fn a_waiter_that_left_is_passed_over() {
        let lanes = Lanes::default();
        let turn = lanes.enter(Priority::Resume).now_or_never().unwrap();
        let mut left = Box::pin(lanes.enter(Priority::Resume));
        assert!(left.as_mut().now_or_never().is_none());
        let mut stays = Box::pin(lanes.enter(Priority::File));
        assert!(stays.as_mut().now_or_never().is_none());
        drop(left);
        drop(turn);
        assert!(stays.as_mut().now_or_never().is_some());
        assert!(lanes.enter(Priority::File).now_or_never().is_some(), "the gate is free again");
    }
}
