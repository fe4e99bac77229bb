//! What a backfill comes to: a pure function from what the ledger knows of a range to its windows.
//!
//! Hours that nothing covers become new windows. Windows that reach into the range and are not
//! finished are taken up at once, whatever their gap: somebody asked. Closed ones are listed again
//! for who is new to them, or for everyone. What was done since the backfill began is done, so
//! that the same plan, made again after a kill, is what is left.

use std::cmp::Reverse;

use jiff::Timestamp;
use model::{CompanyNo, Source, Window};

use super::{DueWindow, Group, Known, Reason, State, free_stretches, group_by};

/// What is asked for of closed windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refetch {
    /// Ids that are new to them.
    #[default]
    Missing,
    /// All ids that are listed.
    All,
}

/// How hours that nothing covers are cut into windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// The longest stretches of a date: one list call a day and source.
    #[default]
    Day,
    /// Each hour by itself: as many list calls, and versions as fine as hours.
    Hour,
}

/// Which hours come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they happened.
    #[default]
    OldestFirst,
    /// What is wanted soonest, as a rule.
    NewestFirst,
}

/// What a backfill is to cover.
#[derive(Clone, Debug)]
pub struct Past {
    /// The company.
    pub company: CompanyNo,
    /// Its sources.
    pub sources: Vec<Source>,
    /// The first hour.
    pub from: Timestamp,
    /// The end of the last hour, exclusive.
    pub until: Timestamp,
    /// What is asked for of closed windows.
    pub refetch: Refetch,
    /// How new windows are cut.
    pub width: Width,
    /// Which hours come first.
    pub order: Order,
    /// When the backfill began: what was done since is done.
    pub since: Timestamp,
}

/// The windows that are left of a backfill, by what the ledger knows of its range.
pub fn plan(past: &Past, known: &[Known]) -> Vec<Group> {
    let mut due = Vec::new();
    for &source in &past.sources {
        let of_source: Vec<&Known> =
            known.iter().filter(|known| known.window.source() == source).collect();
        due.extend(of_source.iter().filter_map(|known| again(past, known)));
        due.extend(uncovered(past, source, &of_source));
    }
    let hours = |due: &DueWindow| {
        let window = &due.window;
        (window.date(), window.start_hour(), Reverse(window.end_hour()))
    };
    let mut groups = group_by(due, hours);
    if past.order == Order::NewestFirst {
        groups.reverse();
    }
    groups
}

/// Whether a known window is to be worked on, and how.
fn again(past: &Past, known: &Known) -> Option<DueWindow> {
    let window = &known.window;
    if window.ends_at() <= past.from || past.until <= window.starts_at() {
        return None;
    }
    let since = past.since;
    let is_since = |moment: Option<Timestamp>| moment.is_some_and(|moment| since <= moment);
    let reason = match (known.state, past.refetch) {
        (State::Superseded, _) => return None,
        (State::Closed, Refetch::Missing) if is_since(known.last_listed_at) => return None,
        (State::Closed, Refetch::All) if is_since(known.asked_at) => return None,
        (State::Open | State::Failed, Refetch::Missing)
            if known.last_listed_at.is_none() || is_since(known.last_listed_at) =>
        {
            Reason::Due
        }
        (State::Open | State::Failed | State::Closed, Refetch::Missing) => Reason::Relist { since },
        (State::Open | State::Failed | State::Closed, Refetch::All) => Reason::Refetch { since },
    };
    Some(DueWindow { window: window.clone(), reason })
}

/// New windows for the hours of the range that no window covers.
fn uncovered(past: &Past, source: Source, known: &[&Known]) -> Vec<DueWindow> {
    let reason = match past.refetch {
        Refetch::Missing => Reason::Due,
        Refetch::All => Reason::Refetch { since: past.since },
    };
    let stretches = free_stretches(known, past.from, past.until).into_iter();
    let cut = stretches.flat_map(|(date, start, end)| {
        let width = match past.width {
            Width::Day => end - start,
            Width::Hour => 1,
        };
        (start..end).step_by(usize::from(width)).map(move |hour| (date, hour, hour + width))
    });
    cut.filter_map(|(date, start, end)| {
        let window = Window::new(past.company.clone(), source, date, start, end).ok()?;
        Some(DueWindow { window, reason })
    })
    .collect()
}

#[cfg(test)]
mod tests;
