//! Throttles in a row: what a storm of 429s may cost a run.
//!
//! A single call has its own budget, but a storm meets every call there is: counted by each of them
//! apart, it would last as long as the sum of all budgets.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::call::CallKind;
use crate::config::RetryBudget;
use crate::error::Ending;

/// The storms of one credential. Those for resumes count apart from those for lists, or each list that is answered
/// would give resumes that never are another budget; those for files too, which 104 may hold to a limit of their
/// own while it answers all others. Files that are throttled never end a run: while 104 throttles everything, the
/// other calls find that out for themselves.
#[derive(Default)]
pub(crate) struct Storms {
    lists: Storm,
    resumes: Storm,
    files: Storm,
}

/// How a storm stands after a call was throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// It can be waited out.
    Bearable,
    /// No file is worth a call in this run; others may be.
    NoMoreFiles,
    /// Nothing is.
    Hopeless,
}

impl Outlook {
    /// How far its end reaches, once it can't be waited out.
    pub(crate) fn ending(self) -> Option<Ending> {
        match self {
            Self::Bearable => None,
            Self::NoMoreFiles => Some(Ending::FailWindow),
            Self::Hopeless => Some(Ending::StopRun),
        }
    }
}

/// What a call knows of its storm when it starts: the gusts so far.
#[derive(Clone, Copy)]
pub(crate) struct Forecast(u64);

#[derive(Default)]
struct Storm(Mutex<State>);

#[derive(Default)]
struct State {
    /// Gusts so far. Calls that were under way together and are all throttled make one gust.
    gusts: u64,
    in_a_row: u32,
    began: Option<Instant>,
    /// The end of the wait with which it was over.
    spent_until: Option<Instant>,
}

impl Storms {
    fn of(&self, kind: CallKind) -> &Storm {
        match kind {
            CallKind::Token | CallKind::List => &self.lists,
            CallKind::Batch | CallKind::Resume => &self.resumes,
            CallKind::File => &self.files,
        }
    }

    /// To be taken when a call starts.
    pub(crate) fn forecast(&self, kind: CallKind) -> Forecast {
        Forecast(self.of(kind).state().gusts)
    }

    /// 104 answered that call otherwise than with a throttle.
    pub(crate) fn answered(&self, kind: CallKind) {
        self.of(kind).over();
    }

    /// 104 throttled a call, and everyone waits so long from now.
    pub(crate) fn throttled(
        &self,
        kind: CallKind,
        at_start: Forecast,
        wait: Duration,
        limits: RetryBudget,
    ) -> Outlook {
        if self.of(kind).gust(at_start, wait, limits) {
            return Outlook::Bearable;
        }
        match kind {
            CallKind::File => Outlook::NoMoreFiles,
            CallKind::Token | CallKind::List | CallKind::Batch | CallKind::Resume => {
                Outlook::Hopeless
            }
        }
    }

    /// Whether calls of that kind were throttled so long that none is made any more; and how long
    /// to stay away.
    pub(crate) fn spent(&self, kind: CallKind) -> Option<(Outlook, Duration)> {
        if let Some(wait) = self.lists.spent().max(self.resumes.spent()) {
            return Some((Outlook::Hopeless, wait));
        }
        match kind {
            CallKind::File => self.files.spent().map(|wait| (Outlook::NoMoreFiles, wait)),
            CallKind::Token | CallKind::List | CallKind::Batch | CallKind::Resume => None,
        }
    }
}

impl Storm {
    fn over(&self) {
        let mut state = self.state();
        state.in_a_row = 0;
        state.began = None;
    }

    /// One more throttle, of a call that had seen so many gusts; `false` once the budget is spent.
    fn gust(&self, Forecast(seen): Forecast, wait: Duration, limits: RetryBudget) -> bool {
        let mut state = self.state();
        if seen == state.gusts {
            state.gusts += 1;
            state.in_a_row += 1;
        }
        let now = Instant::now();
        let began = *state.began.get_or_insert(now);
        let lasts = now.duration_since(began).saturating_add(wait);
        let is_spent = state.in_a_row >= limits.max_attempts || lasts >= limits.max_elapsed;
        if is_spent || state.spent_until.is_some() {
            state.spent_until = state.spent_until.max(now.checked_add(wait));
        }
        state.spent_until.is_none()
    }

    fn spent(&self) -> Option<Duration> {
        let until = self.state().spent_until?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMITS: RetryBudget =
        RetryBudget { max_attempts: 3, max_elapsed: Duration::from_mins(5) };

    #[tokio::test(start_paused = true)]
    async fn calls_that_were_under_way_together_count_once() {
        let storms = Storms::default();
        for _ in 0..2 {
            let together = storms.forecast(CallKind::Batch);
            for kind in [CallKind::Batch, CallKind::Resume, CallKind::Batch] {
                let outlook = storms.throttled(kind, together, SECOND, LIMITS);
                assert_eq!(outlook, Outlook::Bearable);
            }
        }
        storms.answered(CallKind::Resume);
        for outlook in [Outlook::Bearable, Outlook::Bearable, Outlook::Hopeless] {
            let now = storms.forecast(CallKind::Batch);
            assert_eq!(storms.throttled(CallKind::Batch, now, SECOND, LIMITS), outlook);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn lists_that_are_answered_give_resumes_no_other_budget() {
        let storms = Storms::default();
        for outlook in [Outlook::Bearable, Outlook::Bearable, Outlook::Hopeless] {
            let now = storms.forecast(CallKind::Batch);
            assert_eq!(storms.throttled(CallKind::Batch, now, SECOND, LIMITS), outlook);
            storms.answered(CallKind::List);
        }
        assert_eq!(storms.spent(CallKind::List), Some((Outlook::Hopeless, SECOND)));
    }

    #[tokio::test(start_paused = true)]
    async fn its_time_is_bounded_whatever_the_count() {
        let storms = Storms::default();
        let now = storms.forecast(CallKind::List);
        let minutes = Duration::from_mins(2);
        assert_eq!(storms.throttled(CallKind::List, now, minutes, LIMITS), Outlook::Bearable);
        tokio::time::advance(minutes * 2).await;
        let now = storms.forecast(CallKind::List);
        assert_eq!(storms.throttled(CallKind::List, now, minutes, LIMITS), Outlook::Hopeless);
        let year = Duration::from_hours(24 * 365);
        let calm = Storms::default();
        let now = calm.forecast(CallKind::List);
        assert_eq!(calm.throttled(CallKind::List, now, year, LIMITS), Outlook::Hopeless);
        assert_eq!(calm.spent(CallKind::Token), Some((Outlook::Hopeless, year)));
    }

    #[tokio::test(start_paused = true)]
    async fn files_that_are_throttled_alone_are_left_alone() {
        let storms = Storms::default();
        for outlook in [Outlook::Bearable, Outlook::Bearable, Outlook::NoMoreFiles] {
            assert!(storms.spent(CallKind::File).is_none());
            let now = storms.forecast(CallKind::File);
            assert_eq!(storms.throttled(CallKind::File, now, SECOND, LIMITS), outlook);
            storms.answered(CallKind::Batch);
        }
        assert_eq!(storms.spent(CallKind::File), Some((Outlook::NoMoreFiles, SECOND)));
        assert_eq!(storms.spent(CallKind::List), None);
        let now = storms.forecast(CallKind::List);
        assert_eq!(storms.throttled(CallKind::List, now, SECOND, LIMITS), Outlook::Bearable);
    }
}
