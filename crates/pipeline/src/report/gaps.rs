//! Which hours are covered, out of one bit an hour: pure arithmetic.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::{hour_start, taiwan_date_hour};
use serde::Serialize;

use super::Moment;

/// Hours in a row that no closed window covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Start of the first one.
    pub from: Moment,
    /// End of the last one.
    pub until: Moment,
    /// How many.
    pub hours: u64,
}

/// The hours of `[from, until)` that the masks leave out, oldest first. A mask has bit `h` set
/// where hour `h` of its date is covered; a date without one is uncovered.
pub(super) fn gaps(masks: &BTreeMap<Date, i32>, from: Date, until: Timestamp) -> Vec<Gap> {
    let (last_date, last_hour) = taiwan_date_hour(until);
    let mut gaps: Vec<Gap> = Vec::new();
    let mut date = from;
    while date <= last_date {
        let mask = masks.get(&date).copied().unwrap_or(0);
        let end = if date == last_date { last_hour } else { 24 };
        for hour in (0..end).filter(|hour| mask & (1 << hour) == 0) {
            let starts_at = Moment(hour_start(date, hour));
            let ends_at = Moment(hour_start(date, hour + 1));
            match gaps.last_mut() {
                Some(gap) if gap.until == starts_at => {
                    gap.until = ends_at;
                    gap.hours += 1;
                }
                _ => gaps.push(Gap { from: starts_at, until: ends_at, hours: 1 }),
            }
        }
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    gaps
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const WHOLE_DAY: i32 = (1 << 24) - 1;

    fn found(masks: &[(Date, i32)], from: Date, until: (Date, u8)) -> Vec<(String, u64)> {
        gaps(&masks.iter().copied().collect(), from, hour_start(until.0, until.1))
            .into_iter()
            .map(|gap| (gap.from.0.to_string(), gap.hours))
            .collect()
    }

    #[test]
    fn nothing_covered_is_one_gap_over_midnight() {
        let all = found(&[], date(2026, 11, 21), (date(2026, 11, 22), 10));
        assert_eq!(all, [("2026-11-20T16:00:00Z".to_owned(), 34)]);
    }

    #[test]
    fn covered_hours_leave_what_lies_between() {
        let masks = [(date(2026, 11, 21), WHOLE_DAY), (date(2026, 11, 22), 0b1001)];
        let all = found(&masks, date(2026, 11, 21), (date(2026, 11, 22), 5));
        assert_eq!(
            all,
            [("2026-11-21T17:00:00Z".to_owned(), 2), ("2026-11-21T20:00:00Z".to_owned(), 1)]
        );
    }

    #[test]
    fn hours_beyond_the_end_are_no_gap() {
        assert!(found(&[], date(2026, 11, 22), (date(2026, 11, 22), 0)).is_empty());
        assert!(found(&[], date(2026, 11, 23), (date(2026, 11, 22), 10)).is_empty());
    }
}
