//! Whether asking in batches pays.
//!
//! If resumes name themselves by numbers that nobody asked by, no batch can be paired, and
//! each costs a call on top of the ten that ask one by one.

use std::sync::atomic::{AtomicU32, Ordering};

/// Batches that could not be paired, in a row, before most are spared.
const ENOUGH: u32 = 3;
/// Then one in so many is tried still, for 104 may change.
const ONE_IN: u32 = 50;

/// What the batches of one client have shown.
#[derive(Default)]
pub(crate) struct BatchHabit {
    unpaired: AtomicU32,
    spared: AtomicU32,
}

impl BatchHabit {
    /// A batch could be paired.
    pub(crate) fn paired(&self) {
        self.unpaired.store(0, Ordering::Relaxed);
    }

    /// A batch held resumes and could not be paired.
    pub(crate) fn unpaired(&self) {
        self.unpaired.fetch_add(1, Ordering::Relaxed);
    }

    /// Ask the next ids in a batch, rather than one by one at once.
    pub(crate) fn is_worth_a_batch(&self) -> bool {
        self.unpaired.load(Ordering::Relaxed) < ENOUGH
            || self.spared.fetch_add(1, Ordering::Relaxed) % ONE_IN == ONE_IN - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_that_never_pair_are_spared_until_one_does() {
        let habit = BatchHabit::default();
        for _ in 0..2 {
            habit.unpaired();
            assert!(habit.is_worth_a_batch());
        }
        habit.unpaired();
        let tried = (0..100).filter(|_| habit.is_worth_a_batch()).count();
        assert_eq!(tried, 2);
        habit.paired();
        assert!(habit.is_worth_a_batch());
    }
}
