//! Plans carried out, round after round, with whatever outcome: no gap, nothing twice, no overlap.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use model::{CompanyNo, Source, Window, hour_start, taiwan_date_hour};
use proptest::prelude::*;

use super::{DueWindow, Horizon, Known, Reason, State, plan, settled_until};

const START: Date = date(2026, 11, 19);
const SETTLE: Duration = Duration::from_mins(5);
const RECHECKS: [Duration; 2] = [Duration::from_hours(1), Duration::from_hours(24)];

fn company() -> CompanyNo {
    "1".parse().unwrap()
}

/// How one window's work ended.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Closed,
    FailedFor(i64),
    FailedForGood,
    Killed,
    NeverTaken,
}

fn any_ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        4 => Just(Ending::Closed),
        2 => (1_i64..300).prop_map(Ending::FailedFor),
        1 => Just(Ending::FailedForGood),
        1 => Just(Ending::Killed),
        1 => Just(Ending::NeverTaken),
    ]
}

/// What earlier versions, other widths and other settings may have left behind: for a source, a date and hours.
fn any_known() -> impl Strategy<Value = (usize, i8, u8, u8, u8, i64)> {
    (0_usize..3, -2_i8..4, 0_u8..24, 1_u8..24, 0_u8..5, -500_i64..500)
}

type Hour = (Source, Date, u8);

fn hours(window: &Window) -> impl Iterator<Item = Hour> + use<> {
    let (source, on) = (window.source(), window.date());
    (window.start_hour()..window.end_hour()).map(move |hour| (source, on, hour))
}

/// A ledger without overlaps, save that what was superseded may lie anywhere.
fn ledger(rows: Vec<(usize, i8, u8, u8, u8, i64)>, now: Timestamp) -> Vec<Known> {
    let mut taken: BTreeSet<Hour> = BTreeSet::new();
    let mut ledger: Vec<Known> = Vec::new();
    for (source, day, start, length, state, minutes) in rows {
        let on = START + jiff::Span::new().days(day);
        let end = (start + length).min(24);
        let window = Window::new(company(), Source::ALL[source], on, start, end).unwrap();
        let moment = now + SignedDuration::from_mins(minutes);
        let (state, listed, next) = match state {
            0 => (State::Open, None, None),
            1 => (State::Failed, None, Some(moment)),
            2 => (State::Failed, None, None),
            3 => (State::Closed, Some(moment.min(now)), None),
            _ => (State::Superseded, None, None),
        };
        if state != State::Superseded {
            if hours(&window).any(|hour| taken.contains(&hour)) {
                continue;
            }
            taken.extend(hours(&window));
        }
        let (last_listed_at, next_attempt_at, asked_at) = (listed, next, listed);
        ledger.push(Known { window, state, last_listed_at, next_attempt_at, asked_at });
    }
    ledger
}

fn horizon(now: Timestamp) -> Horizon {
    Horizon {
        company: company(),
        sources: Source::ALL.to_vec(),
        start_on: START,
        until: settled_until(now, SETTLE),
        recheck_after: RECHECKS.to_vec(),
    }
}

fn planned(ledger: &[Known], now: Timestamp) -> Vec<DueWindow> {
    plan(&horizon(now), ledger, now).into_iter().flat_map(|group| group.windows).collect()
}

/// All hours that are settled, of all sources.
fn settled(now: Timestamp) -> Vec<Hour> {
    let (last, last_hour) = taiwan_date_hour(settled_until(now, SETTLE));
    let dates = START.series(jiff::Span::new().days(1)).take_while(|on| *on <= last);
    let hours = dates
        .flat_map(|on| (0..if on == last { last_hour } else { 24 }).map(move |hour| (on, hour)));
    let hours: Vec<_> = hours.collect();
    Source::ALL
        .into_iter()
        .flat_map(|source| hours.iter().map(move |(on, hour)| (source, *on, *hour)))
        .collect()
}

/// One plan against the ledger that it was made from.
fn check_plan(
    ledger: &[Known],
    due_windows: &[DueWindow],
    now: Timestamp,
) -> Result<(), TestCaseError> {
    let mut covered: BTreeMap<Hour, u32> = BTreeMap::new();
    for known in ledger.iter().filter(|known| known.state != State::Superseded) {
        hours(&known.window).for_each(|hour| *covered.entry(hour).or_default() += 1);
    }
    for (number, due) in due_windows.iter().enumerate() {
        let of_ledger = ledger
            .iter()
            .find(|known| known.window == due.window && known.state != State::Superseded);
        if let Some(known) = of_ledger {
            match (known.state, due.reason) {
                (State::Open, Reason::Due) => {}
                (State::Failed, Reason::Due) => {
                    prop_assert!(known.next_attempt_at.is_some_and(|at| at <= now), "{due:?}");
                }
                (State::Closed, Reason::Recheck) => {
                    let listed_at = known.last_listed_at.unwrap();
                    let passed = |after: &Duration| {
                        let at = known.window.ends_at() + *after;
                        listed_at < at && at <= now
                    };
                    prop_assert!(RECHECKS.iter().any(passed), "{due:?}");
                }
                _ => prop_assert!(false, "{due:?} of {known:?}"),
            }
        } else {
            prop_assert_eq!(due.reason, Reason::Due);
            hours(&due.window).for_each(|hour| *covered.entry(hour).or_default() += 1);
        }
        prop_assert!(!due_windows[..number].contains(due), "{due:?} is planned twice");
    }
    for hour in settled(now) {
        prop_assert_eq!(covered.get(&hour), Some(&1), "{:?}: a gap, or an overlap", hour);
    }
    prop_assert!(covered.values().all(|count| *count == 1), "an overlap");
    Ok(())
}

/// Carries a plan out, and counts how often each hour was closed.
fn carry_out(
    ledger: &mut Vec<Known>,
    due: Vec<DueWindow>,
    mut endings: impl Iterator<Item = Ending>,
    now: Timestamp,
    closed: &mut BTreeMap<Hour, u32>,
) {
    for DueWindow { window, reason } in due {
        let ending = endings.next().unwrap_or(Ending::Closed);
        if matches!(ending, Ending::NeverTaken) {
            continue;
        }
        let is_it = |known: &&mut Known| known.window == window && known.state != State::Superseded;
        if ledger.iter_mut().find(is_it).is_none() {
            let (last_listed_at, next_attempt_at, asked_at) = (None, None, None);
            let (window, state) = (window.clone(), State::Open);
            ledger.push(Known { window, state, last_listed_at, next_attempt_at, asked_at });
        }
        let known = ledger.iter_mut().find(is_it).unwrap();
        match (ending, reason) {
            (Ending::Closed, _) => {
                if reason == Reason::Due {
                    hours(&window).for_each(|hour| *closed.entry(hour).or_default() += 1);
                }
                known.state = State::Closed;
                known.last_listed_at = Some(now);
            }
            // A closed window whose recheck failed stays closed.
            (Ending::FailedFor(minutes), Reason::Due) => {
                known.state = State::Failed;
                known.next_attempt_at = Some(now + SignedDuration::from_mins(minutes));
            }
            (Ending::FailedForGood, Reason::Due) => {
                known.state = State::Failed;
                known.next_attempt_at = None;
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn rounds_of_plans_leave_no_gap_and_do_nothing_twice(
        rows in prop::collection::vec(any_known(), 0..15),
        rounds in prop::collection::vec((1_i64..2_000, prop::collection::vec(any_ending(), 0..12)), 1..8),
        minute in 0_i64..4_000,
    ) {
        let mut now = hour_start(START, 0) + SignedDuration::from_mins(minute);
        let mut known = ledger(rows, now);
        let mut closed: BTreeMap<Hour, u32> = BTreeMap::new();
        for (minutes, endings) in rounds {
            let due = planned(&known, now);
            check_plan(&known, &due, now)?;
            carry_out(&mut known, due, endings.into_iter(), now, &mut closed);
            now += SignedDuration::from_mins(minutes);
        }
        // What failed for good is retried by hand; then all goes well, and all is done.
        for known in known.iter_mut().filter(|known| known.state == State::Failed) {
            known.next_attempt_at = Some(now);
        }
        let due = planned(&known, now);
        check_plan(&known, &due, now)?;
        carry_out(&mut known, due, std::iter::empty(), now, &mut closed);
        prop_assert!(planned(&known, now).is_empty(), "nothing is left");
        prop_assert!(closed.values().all(|count| *count == 1), "an hour was closed twice");
        for hour in settled(now) {
            let of_hour = known.iter().filter(|known| known.state == State::Closed);
            let windows = of_hour.filter(|known| hours(&known.window).any(|one| one == hour)).count();
            prop_assert_eq!(windows, 1, "{:?}", hour);
        }
    }
}
