//! Dates and moments as ISO 8601 writes them; moments in Taiwan's time.

use std::io::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::offset;

use crate::encode::EncodeError;

/// `2026-11-01`, of days since 1970-01-01.
pub(crate) fn write_date(out: &mut Vec<u8>, days: i32) -> Result<(), EncodeError> {
    let seconds = i64::from(days) * 86_400;
    let day = Timestamp::from_second(seconds).map_err(|_range| EncodeError::Range)?;
    write_day(out, offset(0).to_datetime(day))
}

/// `2026-11-01T09:00:00+08:00`, of microseconds since 1970-01-01, UTC; with a fraction where there
/// is one.
pub(crate) fn write_moment(out: &mut Vec<u8>, microseconds: i64) -> Result<(), EncodeError> {
    let moment = Timestamp::from_microsecond(microseconds).map_err(|_range| EncodeError::Range)?;
    let at = offset(8).to_datetime(moment);
    write_day(out, at)?;
    write!(out, "T{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())?;
    let fraction = at.subsec_nanosecond() / 1000;
    if fraction != 0 {
        write!(out, ".{fraction:06}")?;
    }
    Ok(out.write_all(b"+08:00")?)
}

fn write_day(out: &mut Vec<u8>, at: DateTime) -> Result<(), EncodeError> {
    // Years before the first have no four digits that every reader takes.
    if at.year() < 0 {
        return Err(EncodeError::Range);
    }
    Ok(write!(out, "{:04}-{:02}-{:02}", at.year(), at.month(), at.day())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>) -> Option<String> {
        let mut out = Vec::new();
        write(&mut out).ok()?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn dates_and_moments_are_written_for_taiwan() {
        let date = |days| written(|out| write_date(out, days));
        assert_eq!(date(0).as_deref(), Some("1970-01-01"));
        assert_eq!(date(-719_528).as_deref(), Some("0000-01-01"));
        assert_eq!(date(i32::MAX), None);
        let moment = |microseconds| written(|out| write_moment(out, microseconds));
        assert_eq!(moment(946_684_800_000_000).as_deref(), Some("2000-01-01T08:00:00+08:00"));
        assert_eq!(moment(-1).as_deref(), Some("1970-01-01T07:59:59.999999+08:00"));
        assert_eq!(moment(i64::MAX), None);
    }
}
