//! How often and how long: the budget of one call, and the breaker of all.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::call::CallKind;
use crate::config::RetryBudget;

/// The longest back-off delay.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// What one call may still spend. Waits for a turn or a slot are not counted: a file may have to
/// let many resumes pass.
pub(crate) struct Budget {
    limits: RetryBudget,
    attempts: u32,
    spent: Duration,
    delays: ExponentialBackoff,
}

impl Budget {
    pub(crate) fn new(limits: RetryBudget, first_backoff: Duration) -> Self {
        let delays = ExponentialBuilder::new()
            .with_min_delay(first_backoff)
            .with_max_delay(LONGEST_BACKOFF)
            .with_factor(2.0)
            .without_max_times()
            .build();
        Self { limits, attempts: 0, spent: Duration::ZERO, delays }
    }

    /// Counts an attempt that took so long.
    pub(crate) fn attempted(&mut self, took: Duration) {
        self.attempts += 1;
        self.spent += took;
    }

    /// Attempts made so far.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The delay before the next attempt: full jitter, at least 104's `hint`. `None` when
    /// `most_attempts` or the budget is spent.
    pub(crate) fn back_off(
        &mut self,
        hint: Option<Duration>,
        most_attempts: u32,
    ) -> Option<Duration> {
        if self.attempts >= most_attempts {
            return None;
        }
        let ceiling = self.delays.next().unwrap_or(LONGEST_BACKOFF);
        let delay = ceiling.mul_f64(fastrand::f64()).max(hint.unwrap_or_default());
        self.wait(delay).then_some(delay)
    }

    /// Takes a wait out of the budget; `false` when it does not fit, or no attempt is left for
    /// after it.
    pub(crate) fn wait(&mut self, delay: Duration) -> bool {
        let fits = self.attempts < self.limits.max_attempts
            && self.spent + delay < self.limits.max_elapsed;
        if fits {
            self.spent += delay;
        }
        fits
    }
}

/// Opens after ten failures in a row, over all calls, and stays open: for this run 104 is away.
///
/// Resumes are counted apart as well: 104 may go on listing while it answers no resume.
#[derive(Default)]
pub(crate) struct Breaker {
    calls: AtomicU32,
    resumes: AtomicU32,
}

/// Failures in a row that open the breaker.
const MOST_FAILURES: u32 = 10;

impl Breaker {
    /// 104 answered as it should, if only with a refusal.
    pub(crate) fn answered(&self, kind: CallKind) {
        if self.is_open() {
            return;
        }
        self.calls.store(0, Ordering::Relaxed);
        match kind {
            CallKind::Batch | CallKind::Resume => self.resumes.store(0, Ordering::Relaxed),
            CallKind::Token | CallKind::List | CallKind::File => {}
        }
    }

    /// No answer, or none that can be used.
    pub(crate) fn failed(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// None of the resumes of a batch could be had, not one by one either.
    pub(crate) fn resumes_failed(&self) {
        self.resumes.fetch_add(1, Ordering::Relaxed);
    }

    /// Ten failures in a row were seen.
    pub(crate) fn is_open(&self) -> bool {
        let count = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        count(&self.calls).max(count(&self.resumes)) >= MOST_FAILURES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(max_attempts: u32, max_elapsed: Duration) -> Budget {
        Budget::new(RetryBudget { max_attempts, max_elapsed }, SECOND)
    }

    #[test]
    fn attempts_are_bounded() {
        let mut budget = budget(3, SECOND * 1000);
        for _ in 0..2 {
            budget.attempted(Duration::ZERO);
            assert!(budget.back_off(None, 8).is_some());
        }
        budget.attempted(Duration::ZERO);
        assert_eq!(budget.back_off(None, 8), None);
        assert_eq!(budget.attempts(), 3);
    }

    #[test]
    fn a_short_patience_ends_sooner() {
        let mut budget = budget(8, SECOND * 1000);
        budget.attempted(Duration::ZERO);
        assert_eq!(budget.back_off(None, 1), None);
    }

    #[test]
    fn time_is_bounded_and_a_refused_wait_costs_nothing() {
        let mut budget = budget(100, SECOND * 10);
        budget.attempted(SECOND * 4);
        assert!(!budget.wait(SECOND * 6));
        assert!(budget.wait(SECOND * 5));
        budget.attempted(SECOND);
        assert_eq!(budget.back_off(None, 100), None);
    }

    #[test]
    fn delays_double_under_full_jitter_and_obey_the_hint() {
        for _ in 0..100 {
            let mut budget = budget(100, SECOND * 100_000);
            for doubling in 0..10 {
                budget.attempted(Duration::ZERO);
                let ceiling = (SECOND * (1 << doubling)).min(LONGEST_BACKOFF);
                assert!(budget.back_off(None, 100).unwrap() <= ceiling);
            }
            assert_eq!(budget.back_off(Some(SECOND * 77), 100), Some(SECOND * 77));
        }
    }

    #[test]
    fn the_breaker_opens_after_ten_in_a_row_and_stays_open() {
        let breaker = Breaker::default();
        for _ in 0..9 {
            breaker.failed();
        }
        breaker.answered(CallKind::File);
        for _ in 0..9 {
            breaker.failed();
        }
        assert!(!breaker.is_open());
        breaker.failed();
        breaker.answered(CallKind::File);
        assert!(breaker.is_open());
    }

    #[test]
    fn listings_do_not_hide_that_no_resume_is_answered() {
        let breaker = Breaker::default();
        for _ in 0..9 {
            breaker.resumes_failed();
            breaker.answered(CallKind::List);
        }
        breaker.answered(CallKind::Batch);
        for _ in 0..10 {
            assert!(!breaker.is_open());
            breaker.resumes_failed();
            breaker.answered(CallKind::List);
        }
        assert!(breaker.is_open());
    }
}
