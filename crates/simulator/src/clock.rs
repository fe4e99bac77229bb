//! Taiwan time: moments as seconds, and the clock that may be stopped.

use std::sync::Mutex;
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::locked::locked;

/// Seconds since 1970-01-01 00:00 on a Taiwan wall clock (a fixed +08:00).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(pub(crate) i64);

/// Seconds of one day.
pub(crate) const DAY: i64 = 86_400;

impl Moment {
    /// So many seconds into a date; more than a day reaches into the next.
    pub(crate) fn on(date: Date, seconds: i64) -> Self {
        Self(days(date) * DAY + seconds)
    }

    /// The date it falls on.
    pub(crate) fn date(self) -> Date {
        date_of(self.0.div_euclid(DAY))
    }
}

impl From<DateTime> for Moment {
    fn from(at: DateTime) -> Self {
        let (hours, minutes, seconds) =
            (i64::from(at.hour()), i64::from(at.minute()), i64::from(at.second()));
        Self::on(at.date(), hours * 3600 + minutes * 60 + seconds)
    }
}

/// Days since 1970-01-01.
pub(crate) fn days(date: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    date.since(epoch).map_or(0, |span| i64::from(span.get_days()))
}

/// The inverse of [`days`], held within the calendar.
pub(crate) fn date_of(days: i64) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    let span = jiff::Span::new().try_days(days).unwrap_or_default();
    epoch.saturating_add(span)
}

/// What time it is at 104: the machine's clock, or a moment that was set, from which it stands still or goes on at
/// a speed of its own.
#[derive(Debug)]
pub(crate) struct Clock {
    set: Mutex<Option<(Moment, Instant)>>,
    speed: u32,
}

impl Clock {
    pub(crate) fn new(set: Option<DateTime>, speed: u32) -> Self {
        Self { set: Mutex::new(set.map(|at| (at.into(), Instant::now()))), speed }
    }

    pub(crate) fn set(&self, now: DateTime) {
        *locked(&self.set) = Some((now.into(), Instant::now()));
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the simulated service reads the clock"
    )]
    pub(crate) fn now(&self) -> Moment {
        match *locked(&self.set) {
            Some((Moment(seconds), since)) => {
                let passed = since.elapsed().as_millis() * u128::from(self.speed) / 1_000;
                Moment(seconds.saturating_add(i64::try_from(passed).unwrap_or(0)))
            }
            None => Offset::constant(8).to_datetime(Timestamp::now()).into(),
        }
    }

    /// The same as HTTP's `Date` has it.
    pub(crate) fn http_date(&self) -> Option<String> {
        let utc = Timestamp::from_second(self.now().0 - 8 * 3_600).ok()?;
        Some(utc.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_stands_still_or_runs() {
        let noon = Date::constant(2025, 8, 22).at(12, 0, 0, 0);
        let (still, fast) = (Clock::new(Some(noon), 0), Clock::new(Some(noon), 3_600));
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(still.now(), Moment::from(noon));
        assert!(fast.now().0 >= Moment::from(noon).0 + 60);
        assert_eq!(still.http_date().as_deref(), Some("Fri, 22 Aug 2025 04:00:00 GMT"));
    }

    #[test]
    fn days_and_dates_are_inverse() {
        for date in
            [Date::constant(1970, 1, 1), Date::constant(1961, 12, 31), Date::constant(2025, 2, 28)]
        {
            assert_eq!(date_of(days(date)), date);
        }
        assert_eq!(Moment::on(Date::constant(2025, 1, 1), DAY).date(), Date::constant(2025, 1, 2));
    }
}
