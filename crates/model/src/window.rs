//! The stretch of hours that one listing covers.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use crate::{CompanyNo, Source};

/// Taiwan time: UTC+8, without daylight saving since 1980. Windows use the fixed offset.
const TAIWAN: Offset = jiff::tz::offset(8);

/// What one listing asks: a company, a source, and a half-open range of hours on one date,
/// Taiwan time. One window is one stream and one row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    company: CompanyNo,
    source: Source,
    date: Date,
    start_hour: u8,
    end_hour: u8,
}

impl Window {
    /// A window over the hours `[start_hour, end_hour)` of `date`, Taiwan time.
    ///
    /// # Errors
    /// Unless `start_hour < end_hour <= 24`.
    pub fn new(
        company: CompanyNo,
        source: Source,
        date: Date,
        start_hour: u8,
        end_hour: u8,
    ) -> Result<Self, InvalidWindow> {
        if start_hour < end_hour && end_hour <= 24 {
            Ok(Self { company, source, date, start_hour, end_hour })
        } else {
            Err(InvalidWindow)
        }
    }

    /// The company that is asked for.
    pub fn company(&self) -> &CompanyNo {
        &self.company
    }

    /// The source that is asked for.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The date, Taiwan time.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The first hour, 0 to 23.
    pub fn start_hour(&self) -> u8 {
        self.start_hour
    }

    /// The hour after the last, 1 to 24.
    pub fn end_hour(&self) -> u8 {
        self.end_hour
    }

    /// How many hours it covers, 1 to 24.
    pub fn hours(&self) -> u8 {
        self.end_hour - self.start_hour
    }

    /// The moment at which it begins.
    pub fn starts_at(&self) -> Timestamp {
        hour_start(self.date, self.start_hour)
    }

    /// The moment at which it ends (exclusive).
    pub fn ends_at(&self) -> Timestamp {
        hour_start(self.date, self.end_hour)
    }

    /// The same question asked for each half of the hours; `None` for a single hour.
    pub fn halves(&self) -> Option<(Self, Self)> {
        if self.hours() < 2 {
            return None;
        }
        let middle = self.start_hour + self.hours() / 2;
        let first = Self { end_hour: middle, ..self.clone() };
        let second = Self { start_hour: middle, ..self.clone() };
        Some((first, second))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {:02}-{:02}",
            self.company, self.source, self.date, self.start_hour, self.end_hour
        )
    }
}

/// The moment at which an hour (0 to 24) of a date begins in Taiwan.
pub fn hour_start(date: Date, hour: u8) -> Timestamp {
    let midnight = TAIWAN.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(if date.year() < 1970 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    midnight
        .checked_add(jiff::SignedDuration::from_hours(i64::from(hour)))
        .unwrap_or(Timestamp::MAX)
}

/// The date and the hour (0 to 23) of a moment in Taiwan.
pub fn taiwan_date_hour(moment: Timestamp) -> (Date, u8) {
    let civil = moment.to_zoned(TimeZone::fixed(TAIWAN)).datetime();
    (civil.date(), u8::try_from(civil.hour()).unwrap_or(0))
}

/// The hours are reversed, empty, or beyond 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidWindow;

impl fmt::Display for InvalidWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a window's hours run forward within one date, from 0 to 24")
    }
}

impl std::error::Error for InvalidWindow {}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn window(start: u8, end: u8) -> Result<Window, InvalidWindow> {
        Window::new("1".parse().unwrap(), Source::Applied, date(2026, 11, 22), start, end)
    }

    #[test]
    fn hours_are_those_of_taiwan() {
        let window = window(9, 24).unwrap();
        assert_eq!(window.starts_at().to_string(), "2026-11-22T01:00:00Z");
        assert_eq!(window.ends_at().to_string(), "2026-11-22T16:00:00Z");
        assert_eq!(taiwan_date_hour(window.starts_at()), (date(2026, 11, 22), 9));
        assert_eq!(taiwan_date_hour(window.ends_at()), (date(2026, 11, 23), 0));
    }

    #[test]
    fn reversed_or_empty_hours_are_refused() {
        for (start, end) in [(9, 9), (10, 9), (0, 25)] {
            assert_eq!(window(start, end), Err(InvalidWindow));
        }
    }

    #[test]
    fn halves_cover_the_whole() {
        let (first, second) = window(9, 12).unwrap().halves().unwrap();
        assert_eq!((first.start_hour(), first.end_hour()), (9, 10));
        assert_eq!((second.start_hour(), second.end_hour()), (10, 12));
        assert_eq!(window(9, 10).unwrap().halves(), None);
    }
}
