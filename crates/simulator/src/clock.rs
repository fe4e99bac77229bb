//! Taiwan time: moments as seconds, and the clock that may be stopped.

use std::sync::Mutex;

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

/// What time it is at 104: the machine's clock, or a moment that stands still until it is set again.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Option<Moment>>);

impl Clock {
    pub(crate) fn new(fixed: Option<DateTime>) -> Self {
        Self(Mutex::new(fixed.map(Moment::from)))
    }

    pub(crate) fn set(&self, now: DateTime) {
        *locked(&self.0) = Some(now.into());
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the simulated service reads the clock"
    )]
    pub(crate) fn now(&self) -> Moment {
        locked(&self.0).unwrap_or_else(|| Offset::constant(8).to_datetime(Timestamp::now()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
