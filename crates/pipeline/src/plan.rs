//! The planner: a pure function from what the ledger knows to what is due.
//!
//! It asks for the fewest windows that cover what is due: a whole day for a past date, one
//! joined window for today's closed hours, newest first, and never overlaps a window that the
//! ledger already has.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::{CompanyNo, Source, Window, hour_start, taiwan_date_hour};

pub mod backfill;

/// What the ledger knows of one window.
#[derive(Clone, Debug)]
pub struct Known {
    /// The window.
    pub window: Window,
    /// How far it came.
    pub state: State,
    /// The latest listing that succeeded.
    pub last_listed_at: Option<Timestamp>,
    /// When a failed window may be taken up again; `None` if only by `retry`.
    pub next_attempt_at: Option<Timestamp>,
    /// Since when all that it lists was asked for: its first listing, or the latest one at which a
    /// backfill asked for everything again.
    pub asked_at: Option<Timestamp>,
}

/// How far a window came, as far as planning goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Work remains.
    Open,
    /// It failed and may be taken up again.
    Failed,
    /// Closed, or empty and unconfirmed.
    Closed,
    /// Others covered it; it counts as absent.
    Superseded,
}

/// What to plan for.
#[derive(Clone, Debug)]
pub struct Horizon {
    /// The company.
    pub company: CompanyNo,
    /// Its sources.
    pub sources: Vec<Source>,
    /// The first date to cover, Taiwan time.
    pub start_on: Date,
    /// Cover up to this moment (exclusive); later hours are not asked for.
    pub until: Timestamp,
    /// Looks again at a closed window so long after its end.
    pub recheck_after: Vec<Duration>,
}

/// Why a window is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Never asked, or begun and not finished, or failed and its gap has passed.
    Due,
    /// Closed, and a recheck's time has come.
    Recheck,
    /// A backfill lists it again, unless it was listed since that moment, and asks for ids that are
    /// new to it.
    Relist {
        /// When the backfill began.
        since: Timestamp,
    },
    /// A backfill lists it and asks for all that it lists, unless that was done since that moment.
    Refetch {
        /// When the backfill began.
        since: Timestamp,
    },
}

/// One window that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueWindow {
    /// The window.
    pub window: Window,
    /// Why.
    pub reason: Reason,
}

/// Windows over the same hours: their sources are worked on one after another, the richest first
/// (applied, saved, matched), so that an id fetched for one is not fetched again for the next, and
/// an applicant's contact data is not lost to a match of the same hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Between one and three windows that differ in their source alone.
    pub windows: Vec<DueWindow>,
}

/// The end of the last hour that is due: hours end, settle, and only then are asked for.
pub fn settled_until(now: Timestamp, settle: Duration) -> Timestamp {
    let settle = SignedDuration::try_from(settle).unwrap_or(SignedDuration::ZERO);
    let (date, hour) = taiwan_date_hour(now.checked_sub(settle).unwrap_or(Timestamp::MIN));
    hour_start(date, hour)
}

/// What is due now: first what was never covered or not finished, newest first, then rechecks.
pub fn plan(horizon: &Horizon, known: &[Known], now: Timestamp) -> Vec<Group> {
    let mut due = Vec::new();
    for &source in &horizon.sources {
        let of_source: Vec<&Known> =
            known.iter().filter(|known| known.window.source() == source).collect();
        due.extend(of_source.iter().filter_map(|known| again(horizon, known, now)));
        due.extend(uncovered(horizon, source, &of_source));
    }
    group(due)
}

/// Whether a known window is to be worked on again.
fn again(horizon: &Horizon, known: &Known, now: Timestamp) -> Option<DueWindow> {
    let reason = match known.state {
        State::Open => Reason::Due,
        State::Failed if known.next_attempt_at.is_some_and(|moment| moment <= now) => Reason::Due,
        State::Closed if is_recheck_due(horizon, known, now) => Reason::Recheck,
        State::Failed | State::Closed | State::Superseded => return None,
    };
    Some(DueWindow { window: known.window.clone(), reason })
}

/// A recheck is due when its moment has passed and the window was not listed since. Missed ones
/// collapse into one; a window first listed long after its end has none.
fn is_recheck_due(horizon: &Horizon, known: &Known, now: Timestamp) -> bool {
    let Some(listed_at) = known.last_listed_at else { return false };
    horizon.recheck_after.iter().any(|&after| {
        SignedDuration::try_from(after)
            .ok()
            .and_then(|after| known.window.ends_at().checked_add(after).ok())
            .is_some_and(|moment| listed_at < moment && moment <= now)
    })
}

/// New windows for the hours that no window covers.
fn uncovered(horizon: &Horizon, source: Source, known: &[&Known]) -> Vec<DueWindow> {
    free_stretches(known, hour_start(horizon.start_on, 0), horizon.until)
        .into_iter()
        .filter_map(|(date, start, end)| {
            Window::new(horizon.company.clone(), source, date, start, end)
                .ok()
                .map(|window| DueWindow { window, reason: Reason::Due })
        })
        .collect()
}

/// The longest stretches of hours of one date, within `[from, until)`, that no known window covers.
fn free_stretches(known: &[&Known], from: Timestamp, until: Timestamp) -> Vec<(Date, u8, u8)> {
    let mut covered: BTreeMap<Date, u32> = BTreeMap::new();
    for known in known.iter().filter(|known| known.state != State::Superseded) {
        *covered.entry(known.window.date()).or_default() |= hours_mask(&known.window);
    }
    let (first_date, first_hour) = taiwan_date_hour(from);
    let (last_date, last_hour) = taiwan_date_hour(until);
    let mut free = Vec::new();
    let mut date = first_date;
    while date <= last_date {
        let start = if date == first_date { first_hour } else { 0 };
        let end = if date == last_date { last_hour } else { 24 };
        let mask = covered.get(&date).copied().unwrap_or(0);
        free.extend(free_runs(mask, start, end).into_iter().map(|(start, end)| (date, start, end)));
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    free
}

fn hours_mask(window: &Window) -> u32 {
    (window.start_hour()..window.end_hour()).fold(0, |mask, hour| mask | 1 << hour)
}

/// The longest stretches of hours in `[start, end)` that are not in the mask.
fn free_runs(mask: u32, start: u8, end: u8) -> Vec<(u8, u8)> {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for hour in (start..end).filter(|hour| mask & (1 << hour) == 0) {
        match runs.last_mut() {
            Some((_, run_end)) if *run_end == hour => *run_end += 1,
            _ => runs.push((hour, hour + 1)),
        }
    }
    runs
}

/// Due ones before rechecks, newest first.
fn group(due: Vec<DueWindow>) -> Vec<Group> {
    group_by(due, |due| {
        let window = &due.window;
        let newest_first = (Reverse(window.date()), Reverse(window.end_hour()));
        (due.reason, newest_first, window.start_hour())
    })
}

/// Joins windows of the same key, which must tell hours apart; groups in the order of their keys.
fn group_by<K: Ord>(due: Vec<DueWindow>, key: impl Fn(&DueWindow) -> K) -> Vec<Group> {
    let mut groups: BTreeMap<K, Vec<DueWindow>> = BTreeMap::new();
    for due in due {
        groups.entry(key(&due)).or_default().push(due);
    }
    groups
        .into_values()
        .map(|mut windows| {
            windows.sort_by_key(|due| Reverse(due.window.source()));
            Group { windows }
        })
        .collect()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod rounds_test;
