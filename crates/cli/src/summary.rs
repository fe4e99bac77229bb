//! What a run says at its end: one JSON object, or a few lines for people.

use std::time::Duration;

use pipeline::report::OpenWork;
use pipeline::tally::{Failure, FailureKind, Tally};
use pipeline::verdict::{RunState, verdict};
use resumes::Report;
use serde::Serialize;

use crate::commands::work::GoOn;
use crate::exit;
use crate::taiwan::in_taiwan;

mod people;

pub(crate) use people::state_words;

/// The summary of a run, as `--output json` prints it on the last line. A contract: keys are
/// added, never changed, while `schema` is 1.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    schema: u8,
    command: &'static str,
    run_id: Option<String>,
    /// The name by which whoever started it knows it.
    run_label: Option<String>,
    state: RunState,
    exit_code: u8,
    counts: Counts,
    open: Option<Open>,
    calls: u64,
    calls_per_second: f64,
    throttled: u64,
    seconds: f64,
    failures: Vec<Failed>,
    /// 104 asks to stay away until then (RFC 3339, Taiwan time).
    come_back_at: Option<String>,
    resume_command: Option<String>,
}

/// What this run did.
#[derive(Debug, Serialize)]
struct Counts {
    windows_closed: u64,
    windows_failed: u64,
    /// Due, and left to the processes that hold them.
    windows_held: u64,
    windows_unconfirmed: u64,
    listed: u64,
    stored: u64,
    absent: u64,
    rejected: u64,
    people_written: u64,
    people_unchanged: u64,
    files_stored: u64,
    files_unavailable: u64,
    files_failed: u64,
    files_left: u64,
    file_bytes: u64,
}

/// What is open now, whoever left it; absent if the database can't be asked.
#[derive(Debug, Serialize)]
struct Open {
    windows: i64,
    windows_failed: i64,
    items: i64,
    files: i64,
    files_left_out: i64,
    rejections: i64,
}

/// A failure of this run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failed {
    kind: &'static str,
    at: String,
    what: String,
    remedy: String,
}

impl Summary {
    /// Puts together what a run did, what is open, and how to go on.
    pub(crate) fn new(command: &'static str, report: &Report, tally: &Tally, go_on: GoOn) -> Self {
        let seconds = round(report.elapsed.as_secs_f64());
        Self {
            schema: 1,
            command,
            run_id: report.run_id.map(|id| id.to_string()),
            run_label: report.run_label.clone(),
            state: report.verdict.state,
            exit_code: report.verdict.exit_code,
            counts: Counts::of(tally),
            open: report.open.map(Open::of),
            calls: report.calls,
            calls_per_second: rate(report.calls, report.elapsed),
            throttled: report.throttled,
            seconds,
            come_back_at: come_back_at(tally),
            failures: Failed::all(tally),
            resume_command: match go_on {
                GoOn::By(command) => Some(command),
                GoOn::IfStopped(command) => is_unfinished(report.verdict.state).then_some(command),
                GoOn::Nothing => None,
            },
        }
    }

    /// Of a command that did nothing: a program that reads the last line finds an object there too.
    pub(crate) fn refused(command: &'static str, failure: exit::Failure) -> Self {
        let tally = Tally::default();
        for failure in failure.into_counted() {
            tally.fail(failure);
        }
        let (verdict, elapsed) = (verdict(&tally, None), Duration::ZERO);
        let report = Report {
            run_id: None,
            run_label: None,
            verdict,
            calls: 0,
            throttled: 0,
            elapsed,
            open: None,
        };
        Self::new(command, &report, &tally, GoOn::Nothing)
    }
}

impl Counts {
    fn of(tally: &Tally) -> Self {
        Self {
            windows_closed: tally.windows_closed.get(),
            windows_failed: tally.windows_failed.get(),
            windows_held: tally.windows_held.get(),
            windows_unconfirmed: tally.windows_unconfirmed.get(),
            listed: tally.listed.get(),
            stored: tally.stored.get(),
            absent: tally.absent.get(),
            rejected: tally.rejected.get(),
            people_written: tally.people_written.get(),
            people_unchanged: tally.people_unchanged.get(),
            files_stored: tally.files_stored.get(),
            files_unavailable: tally.files_unavailable.get(),
            files_failed: tally.files_failed.get(),
            files_left: tally.files_left.get(),
            file_bytes: tally.file_bytes.get(),
        }
    }
}

impl Open {
    fn of(open: OpenWork) -> Self {
        let OpenWork { windows, windows_failed, items, files, files_left_out, rejections, .. } =
            open;
        Self { windows, windows_failed, items, files, files_left_out, rejections }
    }
}

impl Failed {
    /// All that failed.
    pub(crate) fn all(tally: &Tally) -> Vec<Self> {
        tally.failures().into_iter().map(Self::of).collect()
    }

    fn of(failure: Failure) -> Self {
        let Failure { kind, at, what, remedy, come_back_at: _ } = failure;
        Self { kind: kind_name(kind), at, what, remedy }
    }
}

fn kind_name(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unexpected => "unexpected",
        FailureKind::Warehouse => "warehouse",
        FailureKind::Credentials => "credentials",
        FailureKind::Settings => "settings",
        FailureKind::Unavailable => "unavailable",
        FailureKind::Partial => "partial",
    }
}

/// The latest moment that any failure names.
fn come_back_at(tally: &Tally) -> Option<String> {
    let latest = tally.failures().into_iter().filter_map(|failure| failure.come_back_at).max()?;
    Some(in_taiwan(latest))
}

/// Whether the same command would go on where this run stopped.
fn is_unfinished(state: RunState) -> bool {
    match state {
        RunState::BudgetSpent | RunState::HeldElsewhere | RunState::Stopped | RunState::Failed => {
            true
        }
        RunState::Complete | RunState::NothingDue | RunState::Partial => false,
    }
}

/// Calls a second, to two places. Over a second at least: two calls of a run of half a second are
/// no rate of four.
fn rate(calls: u64, elapsed: Duration) -> f64 {
    let seconds = elapsed.as_secs_f64().max(1.0);
    if calls == 0 { 0.0 } else { (as_float(calls) / seconds * 100.0).round() / 100.0 }
}

fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn as_float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests;
