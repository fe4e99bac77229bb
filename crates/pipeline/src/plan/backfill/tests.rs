//! Backfills, planned and stopped and planned again: no gap in the range, and nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use model::{Source, Window, hour_start};
use proptest::prelude::*;

use super::{Order, Past, Refetch, Width, plan};
use crate::plan::{DueWindow, Known, Reason, State};

const FIRST: Date = date(2026, 10, 1);
const BEGAN: &str = "2026-11-20T00:00:00Z";

fn began() -> Timestamp {
    BEGAN.parse().unwrap()
}

fn past(from: (Date, u8), until: (Date, u8)) -> Past {
    Past {
        company: "1".parse().unwrap(),
        sources: vec![Source::Matched, Source::Applied],
        from: hour_start(from.0, from.1),
        until: hour_start(until.0, until.1),
        refetch: Refetch::Missing,
        width: Width::Day,
        order: Order::OldestFirst,
        since: began(),
    }
}

fn window(source: Source, on: Date, start: u8, end: u8) -> Window {
    Window::new("1".parse().unwrap(), source, on, start, end).unwrap()
}

/// A window that was worked on so many hours before the backfill began.
fn known(window: Window, state: State, hours_before: i64) -> Known {
    let listed = Some(began() - SignedDuration::from_hours(hours_before));
    Known { window, state, last_listed_at: listed, next_attempt_at: None, asked_at: listed }
}

/// `date start-end source how`, a line a window.
fn shown(past: &Past, known: &[Known]) -> Vec<String> {
    let windows = plan(past, known).into_iter().flat_map(|group| group.windows);
    windows
        .map(|DueWindow { window, reason }| {
            let how = match reason {
                Reason::Due => "due",
                Reason::Recheck => "recheck",
                Reason::Relist { .. } => "relist",
                Reason::Refetch { .. } => "refetch",
            };
            let (start, end) = (window.start_hour(), window.end_hour());
            format!("{} {start}-{end} {} {how}", window.date(), window.source().as_str())
        })
        .collect()
}

#[test]
fn a_range_is_whole_days_and_the_ends_of_its_first_and_last_date() {
    let mut past = past((FIRST, 22), (date(2026, 10, 3), 2));
    past.sources = vec![Source::Applied];
    let mut days = [
        "2026-10-01 22-24 applied due",
        "2026-10-02 0-24 applied due",
        "2026-10-03 0-2 applied due",
    ];
    assert_eq!(shown(&past, &[]), days);
    past.order = Order::NewestFirst;
    days.reverse();
    assert_eq!(shown(&past, &[]), days);
    past.width = Width::Hour;
    past.order = Order::OldestFirst;
    let hours = shown(&past, &[]);
    assert_eq!(hours.len(), 28);
    assert_eq!(hours.first().map(String::as_str), Some("2026-10-01 22-23 applied due"));
}

#[test]
fn what_is_held_is_listed_again_and_what_is_begun_taken_up_whatever_its_gap() {
    let mut failed = known(window(Source::Applied, FIRST, 12, 24), State::Failed, 100);
    failed.next_attempt_at = Some(began() + SignedDuration::from_hours(9));
    let ledger = [
        known(window(Source::Applied, FIRST, 0, 12), State::Closed, 100),
        failed,
        known(window(Source::Matched, FIRST, 0, 24), State::Superseded, 100),
        known(window(Source::Matched, FIRST, 6, 8), State::Open, -1),
    ];
    let past = past((FIRST, 0), (date(2026, 10, 2), 0));
    assert_eq!(
        shown(&past, &ledger),
        [
            "2026-10-01 0-12 applied relist",
            "2026-10-01 0-6 matched due",
            "2026-10-01 6-8 matched due",
            "2026-10-01 8-24 matched due",
            "2026-10-01 12-24 applied relist",
        ]
    );
}

#[test]
fn windows_that_reach_into_the_range_are_taken_whole_and_others_left_alone() {
    let ledger = [
        known(window(Source::Applied, FIRST, 0, 24), State::Closed, 100),
        known(window(Source::Applied, date(2026, 10, 2), 0, 24), State::Closed, 100),
    ];
    let mut past = past((FIRST, 5), (FIRST, 10));
    assert_eq!(
        shown(&past, &ledger),
        ["2026-10-01 0-24 applied relist", "2026-10-01 5-10 matched due"]
    );
    past.refetch = Refetch::All;
    assert_eq!(
        shown(&past, &ledger),
        ["2026-10-01 0-24 applied refetch", "2026-10-01 5-10 matched refetch"]
    );
}

#[test]
fn sources_of_the_same_hours_are_worked_on_together_whatever_is_to_be_done() {
    let ledger = [known(window(Source::Applied, FIRST, 0, 24), State::Closed, 100)];
    let groups = plan(&past((FIRST, 0), (date(2026, 10, 2), 0)), &ledger);
    assert_eq!(groups.len(), 1);
    let sources: Vec<Source> = groups[0].windows.iter().map(|due| due.window.source()).collect();
    assert_eq!(sources, [Source::Applied, Source::Matched], "the richest first");
}

type Hour = (Source, Date, u8);

fn hours(window: &Window) -> impl Iterator<Item = Hour> + use<> {
    let (source, on) = (window.source(), window.date());
    (window.start_hour()..window.end_hour()).map(move |hour| (source, on, hour))
}

/// What runs and other backfills may have left: source, day, start, length, state, hours before.
fn any_known() -> impl Strategy<Value = (bool, i8, u8, u8, u8, i64)> {
    (any::<bool>(), -1_i8..4, 0_u8..24, 1_u8..24, 0_u8..4, 1_i64..500)
}

fn ledger(rows: Vec<(bool, i8, u8, u8, u8, i64)>) -> Vec<Known> {
    let mut taken: BTreeSet<Hour> = BTreeSet::new();
    let mut ledger: Vec<Known> = Vec::new();
    for (is_applied, day, start, length, state, before) in rows {
        let source = if is_applied { Source::Applied } else { Source::Matched };
        let on = FIRST + jiff::Span::new().days(day);
        let window = window(source, on, start, (start + length).min(24));
        let state = match state {
            0 => State::Open,
            1 => State::Failed,
            2 => State::Closed,
            _ => State::Superseded,
        };
        if state != State::Superseded {
            if hours(&window).any(|hour| taken.contains(&hour)) {
                continue;
            }
            taken.extend(hours(&window));
        }
        ledger.push(known(window, state, before));
    }
    ledger
}

/// How one window's work ended.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Closed,
    Failed,
    /// Listed, its items set back; killed before they were asked for.
    KilledAfterList,
    NeverTaken,
}

fn any_ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        4 => Just(Ending::Closed),
        1 => Just(Ending::Failed),
        1 => Just(Ending::KilledAfterList),
        2 => Just(Ending::NeverTaken),
    ]
}

/// Carries a plan out as the ledger would, and counts the lists and the closes of each hour.
fn carry_out(
    past: &Past,
    ledger: &mut Vec<Known>,
    mut endings: impl Iterator<Item = Ending>,
    now: Timestamp,
    closed: &mut BTreeMap<Hour, u32>,
) -> Result<(), TestCaseError> {
    let due = plan(past, ledger).into_iter().flat_map(|group| group.windows);
    for DueWindow { window, reason } in due.collect::<Vec<_>>() {
        let ending = endings.next().unwrap_or(Ending::Closed);
        let is_it = |known: &&mut Known| known.window == window && known.state != State::Superseded;
        if matches!(ending, Ending::NeverTaken) {
            continue;
        }
        if ledger.iter_mut().find(is_it).is_none() {
            let (last_listed_at, next_attempt_at, asked_at) = (None, None, None);
            let (window, state) = (window.clone(), State::Open);
            ledger.push(Known { window, state, last_listed_at, next_attempt_at, asked_at });
        }
        let known = ledger.iter_mut().find(is_it).unwrap();
        let is_first = known.last_listed_at.is_none();
        match reason {
            Reason::Relist { since } => {
                prop_assert!(known.last_listed_at.is_none_or(|at| at < since), "listed twice");
            }
            Reason::Recheck => prop_assert!(false, "a backfill rechecks nothing"),
            Reason::Due | Reason::Refetch { .. } => {}
        }
        if matches!(ending, Ending::Failed) {
            if known.state == State::Open {
                known.state = State::Failed;
            }
            continue;
        }
        known.last_listed_at = Some(now);
        if is_first || matches!(reason, Reason::Refetch { since } if known.asked_at < Some(since)) {
            known.asked_at = Some(now);
        }
        if matches!(ending, Ending::KilledAfterList) {
            known.state = State::Open;
        } else {
            known.state = State::Closed;
            hours(&window).for_each(|hour| *closed.entry(hour).or_default() += 1);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn rounds_of_stopped_backfills_leave_no_gap_and_do_nothing_twice(
        rows in prop::collection::vec(any_known(), 0..12),
        rounds in prop::collection::vec(prop::collection::vec(any_ending(), 0..10), 1..6),
        from_hour in 0_u8..24,
        hours_long in 1_i64..72,
        is_all in any::<bool>(),
        is_hourly in any::<bool>(),
    ) {
        let mut past = past((FIRST, from_hour), (FIRST, from_hour));
        past.until = past.from + SignedDuration::from_hours(hours_long);
        past.refetch = if is_all { Refetch::All } else { Refetch::Missing };
        past.width = if is_hourly { Width::Hour } else { Width::Day };
        let mut known = ledger(rows);
        let mut closed: BTreeMap<Hour, u32> = BTreeMap::new();
        let mut now = began();
        for endings in rounds {
            now += SignedDuration::from_mins(5);
            carry_out(&past, &mut known, endings.into_iter(), now, &mut closed)?;
        }
        carry_out(&past, &mut known, std::iter::empty(), now, &mut closed)?;
        prop_assert!(plan(&past, &known).is_empty(), "nothing is left");

        let mut covered: BTreeMap<Hour, u32> = BTreeMap::new();
        for known in known.iter().filter(|known| known.state != State::Superseded) {
            hours(&known.window).for_each(|hour| *covered.entry(hour).or_default() += 1);
        }
        prop_assert!(covered.values().all(|count| *count == 1), "an overlap");
        for hour in 0..hours_long {
            let at = past.from + SignedDuration::from_hours(hour);
            let (on, hour) = model::taiwan_date_hour(at);
            for source in [Source::Matched, Source::Applied] {
                prop_assert_eq!(closed.get(&(source, on, hour)), Some(&1), "{} {}", on, hour);
            }
        }
    }
}
