//! How a run ended: its state, and the exit code that a scheduler sees.

use serde::Serialize;

use crate::tally::{FailureKind, Tally};

/// Why a run ended before its work did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A `--max-…` budget was reached.
    BudgetSpent,
    /// SIGINT (exit code 130).
    Interrupted,
    /// SIGTERM (exit code 143).
    Terminated,
}

/// How a run ended, as `etl.run.state` and the summary name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// All that was due is done.
    Complete,
    /// Nothing was due.
    NothingDue,
    /// Something failed or was rejected and is open.
    Partial,
    /// A `--max-…` budget was reached; the rest is for the next run.
    BudgetSpent,
    /// Work was due, and other processes held all of it.
    HeldElsewhere,
    /// Stopped by a signal, drained cleanly.
    Stopped,
    /// Stopped by a failure that concerns more than one window.
    Failed,
}

impl RunState {
    /// The name that `etl.run.state` uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::NothingDue => "nothing_due",
            Self::Partial => "partial",
            Self::BudgetSpent => "budget_spent",
            Self::HeldElsewhere => "held_elsewhere",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// A run's state and exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The state.
    pub state: RunState,
    /// The exit code, 0 to 143.
    pub exit_code: u8,
}

/// Decides by precedence: a signal, then 1, 7, 5, 2, 6, 3, 4, 0.
pub fn verdict(tally: &Tally, stop: Option<Stop>) -> Verdict {
    let worst = tally.failures().iter().map(|failure| failure.kind).min();
    let is_partial =
        tally.windows_failed.get() + tally.rejected.get() + tally.files_failed.get() > 0;
    let (state, exit_code) = match (stop, worst) {
        (Some(Stop::Interrupted), _) => (RunState::Stopped, 130),
        (Some(Stop::Terminated), _) => (RunState::Stopped, 143),
        (_, Some(FailureKind::Unexpected)) => (RunState::Failed, 1),
        (_, Some(FailureKind::Warehouse)) => (RunState::Failed, 7),
        (_, Some(FailureKind::Credentials)) => (RunState::Failed, 5),
        (_, Some(FailureKind::Settings)) => (RunState::Failed, 2),
        (_, Some(FailureKind::Unavailable)) => (RunState::Failed, 6),
        (_, Some(FailureKind::Partial)) => (RunState::Partial, 3),
        (_, None) if is_partial => (RunState::Partial, 3),
        (Some(Stop::BudgetSpent), None) => (RunState::BudgetSpent, 0),
        (None, None) if tally.windows_held.get() > 0 && did_nothing(tally) => {
            (RunState::HeldElsewhere, 4)
        }
        (None, None) if tally.windows_due.get() == 0 && did_nothing(tally) => {
            (RunState::NothingDue, 0)
        }
        (None, None) => (RunState::Complete, 0),
    };
    Verdict { state, exit_code }
}

fn did_nothing(tally: &Tally) -> bool {
    let done = [
        &tally.windows_closed,
        &tally.files_stored,
        &tally.files_unavailable,
        &tally.people_written,
        &tally.people_unchanged,
    ];
    done.into_iter().all(|count| count.get() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Failure;

    fn failed(kinds: &[FailureKind]) -> Tally {
        let tally = Tally::default();
        tally.windows_closed.add(1);
        for &kind in kinds {
            let text = String::new;
            let (at, what, remedy) = (text(), text(), text());
            tally.fail(Failure { kind, at, what, remedy, come_back_at: None });
        }
        tally
    }

    #[test]
    fn the_gravest_failure_decides() {
        use FailureKind::{Credentials, Partial, Settings, Unavailable, Unexpected, Warehouse};
        let cases: &[(&[FailureKind], u8)] = &[
            (&[], 0),
            (&[Partial], 3),
            (&[Partial, Unavailable], 6),
            (&[Unavailable, Settings], 2),
            (&[Settings, Credentials], 5),
            (&[Credentials, Warehouse], 7),
            (&[Warehouse, Unexpected, Partial], 1),
        ];
        for (kinds, exit_code) in cases {
            assert_eq!(verdict(&failed(kinds), None).exit_code, *exit_code, "{kinds:?}");
        }
    }

    #[test]
    fn a_signal_outranks_failures_and_a_spent_budget_does_not() {
        let tally = failed(&[FailureKind::Partial]);
        assert_eq!(verdict(&tally, Some(Stop::Interrupted)).exit_code, 130);
        assert_eq!(verdict(&tally, Some(Stop::Terminated)).exit_code, 143);
        assert_eq!(verdict(&tally, Some(Stop::BudgetSpent)).exit_code, 3);
        let spent = verdict(&failed(&[]), Some(Stop::BudgetSpent));
        assert_eq!((spent.state, spent.exit_code), (RunState::BudgetSpent, 0));
    }

    #[test]
    fn work_that_others_hold_is_told_from_no_work() {
        let held = Tally::default();
        held.windows_due.add(3);
        held.windows_held.add(3);
        assert_eq!(verdict(&held, None).exit_code, 4);
        assert_eq!(verdict(&Tally::default(), None).state, RunState::NothingDue);
        held.windows_closed.add(1);
        assert_eq!(verdict(&held, None).state, RunState::Complete);
    }
}
