//! What is due, by small cases and by properties.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use model::{Source, Window, hour_start};
use proptest::prelude::*;

use super::{Group, Horizon, Known, Reason, State, plan, settled_until};

const HOUR: Duration = Duration::from_hours(1);

fn horizon(start_on: Date, until: Timestamp) -> Horizon {
    Horizon {
        company: "1".parse().unwrap(),
        sources: vec![Source::Matched, Source::Applied],
        start_on,
        until,
        recheck_after: vec![HOUR, 24 * HOUR],
    }
}

fn window(source: Source, on: Date, start: u8, end: u8) -> Window {
    Window::new("1".parse().unwrap(), source, on, start, end).unwrap()
}

fn known(window: Window, state: State) -> Known {
    Known { window, state, last_listed_at: None, next_attempt_at: None, asked_at: None }
}

/// `date start-end sources reason`, a line a group.
fn shown(groups: &[Group]) -> Vec<String> {
    groups
        .iter()
        .map(|group| {
            let first = &group.windows[0];
            let sources: Vec<_> =
                group.windows.iter().map(|due| due.window.source().as_str()).collect();
            format!(
                "{} {}-{} {} {:?}",
                first.window.date(),
                first.window.start_hour(),
                first.window.end_hour(),
                sources.join("+"),
                first.reason
            )
        })
        .collect()
}

const TODAY: Date = date(2026, 11, 22);

fn now() -> Timestamp {
    "2026-11-22T02:30:00Z".parse().unwrap() // half past ten in Taiwan
}

fn check(known: &[Known], expected: &[&str]) {
    let until = settled_until(now(), Duration::from_mins(5));
    let groups = plan(&horizon(date(2026, 11, 21), until), known, now());
    assert_eq!(shown(&groups), expected);
}

#[test]
fn an_hour_is_due_when_it_has_settled() {
    for (moment, hour) in [("2026-11-22T02:04:59Z", 9), ("2026-11-22T02:05:00Z", 10)] {
        let until = settled_until(moment.parse().unwrap(), Duration::from_mins(5));
        assert_eq!(until, hour_start(TODAY, hour));
    }
}

#[test]
fn past_dates_are_whole_days_and_todays_hours_one_window_newest_first() {
    check(&[], &["2026-11-22 0-10 applied+matched Due", "2026-11-21 0-24 applied+matched Due"]);
}

#[test]
fn covered_hours_are_not_asked_again() {
    let closed = [
        known(window(Source::Matched, TODAY, 0, 9), State::Closed),
        known(window(Source::Applied, TODAY, 2, 3), State::Closed),
        known(window(Source::Matched, date(2026, 11, 21), 0, 24), State::Closed),
        known(window(Source::Applied, date(2026, 11, 21), 0, 24), State::Superseded),
    ];
    check(
        &closed,
        &[
            "2026-11-22 3-10 applied Due",
            "2026-11-22 9-10 matched Due",
            "2026-11-22 0-2 applied Due",
            "2026-11-21 0-24 applied Due",
        ],
    );
}

#[test]
fn a_failed_window_waits_for_its_gap_and_is_never_overlapped() {
    let mut failed = known(window(Source::Matched, TODAY, 0, 10), State::Failed);
    let rest = [
        known(window(Source::Applied, TODAY, 0, 10), State::Closed),
        known(window(Source::Matched, date(2026, 11, 21), 0, 24), State::Closed),
        known(window(Source::Applied, date(2026, 11, 21), 0, 24), State::Closed),
    ];
    let with = |failed: &Known| [std::slice::from_ref(failed), &rest].concat();
    check(&with(&failed), &[]);
    failed.next_attempt_at = Some(now() + HOUR);
    check(&with(&failed), &[]);
    failed.next_attempt_at = Some(now());
    check(&with(&failed), &["2026-11-22 0-10 matched Due"]);
}

#[test]
fn missed_rechecks_collapse_into_one_and_come_last() {
    let yesterday = date(2026, 11, 20);
    let mut closed = known(window(Source::Matched, yesterday, 0, 24), State::Closed);
    closed.last_listed_at = Some(closed.window.ends_at() + Duration::from_mins(10));
    let expected = [
        "2026-11-22 0-10 applied+matched Due",
        "2026-11-21 0-24 applied+matched Due",
        "2026-11-20 0-24 matched Recheck",
    ];
    check(std::slice::from_ref(&closed), &expected);
    closed.last_listed_at = Some(closed.window.ends_at() + 25 * HOUR);
    check(std::slice::from_ref(&closed), &expected[..2]);
}

proptest! {
    /// Whatever is known: together with the plan every hour is covered once by each source.
    #[test]
    fn the_plan_covers_every_hour_exactly_once(
        spans in proptest::collection::vec((0_i8..4, 0_u8..24, 1_u8..24), 0..12),
        until_hour in 0_u8..24,
    ) {
        let first = date(2026, 11, 19);
        let mut taken = [0_u8; 96];
        let mut known_windows = Vec::new();
        for (day, start, length) in spans {
            let end = (start + length).min(24);
            let slots = (usize::try_from(day).unwrap() * 24 + usize::from(start))
                ..(usize::try_from(day).unwrap() * 24 + usize::from(end));
            if taken[slots.clone()].iter().any(|count| *count > 0) {
                continue;
            }
            taken[slots].iter_mut().for_each(|count| *count += 1);
            let on = first + jiff::Span::new().days(day);
            known_windows.push(known(window(Source::Matched, on, start, end), State::Closed));
        }
        let mut horizon = horizon(first, hour_start(TODAY, until_hour));
        horizon.sources = vec![Source::Matched];
        for group in plan(&horizon, &known_windows, now()) {
            prop_assert_eq!(group.windows.len(), 1);
            let due = &group.windows[0];
            prop_assert_eq!(due.reason, Reason::Due);
            let day = usize::try_from((due.window.date() - first).get_days()).unwrap();
            for hour in due.window.start_hour()..due.window.end_hour() {
                taken[day * 24 + usize::from(hour)] += 1;
            }
        }
        for (slot, count) in taken.iter().enumerate() {
            let is_due = slot < 72 + usize::from(until_hour);
            prop_assert!(*count == 1 || (*count == 0 && !is_due), "hour {} has {}", slot, count);
        }
    }
}
