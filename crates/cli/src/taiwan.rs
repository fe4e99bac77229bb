//! Times as people in Taiwan read and write them: UTC+8, hours as windows have them.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use model::hour_start;

use crate::exit::Failure;
use crate::settings::duration;

/// Taiwan time: UTC+8 without daylight saving.
const TAIWAN: Offset = jiff::tz::offset(8);

/// The host's clock, for `--since 24h` and an expected end: what is shown, not what is done.
#[expect(clippy::disallowed_methods, reason = "the edge of the program: logic takes `now`")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A moment in Taiwan time, to the minute: `2026-11-22 10:05`.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(TAIWAN)).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment for programs: `2026-11-22T10:05:09+08:00`.
pub(crate) fn in_taiwan(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(TAIWAN)).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Reads `2026-11-22T10` (an hour) or `2026-11-22` (midnight), Taiwan time.
pub(crate) fn parse_hour(text: &str) -> Result<Timestamp, String> {
    let (date, hour) = text.split_once(['T', ' ']).unwrap_or((text, "0"));
    let hour = hour.strip_suffix(":00").unwrap_or(hour);
    let date: Option<Date> =
        Some(date).filter(|date| date.len() == 10).and_then(|date| date.parse().ok());
    let hour = hour.parse::<u8>().ok().filter(|hour| *hour <= 24 && !text.ends_with('T'));
    match (date, hour) {
        (Some(date), Some(hour)) => Ok(hour_start(date, hour)),
        _ => Err("write a date with an hour, as in 2026-11-22T10 (Taiwan time)".to_owned()),
    }
}

/// Refuses a half-open range of `--from` and `--to` that does not run forward.
pub(crate) fn runs_forward(from: Timestamp, to: Timestamp) -> Result<(), Failure> {
    if from < to {
        return Ok(());
    }
    let how = if from == to { "is no later than" } else { "lies before" };
    Err(Failure::asked(
        format!("--to {} {how} --from {}", moment(to), moment(from)),
        "`--from` is the first hour or date, and `--to` the one after the last (Taiwan time)",
    ))
}

/// Reads a moment as [`parse_hour`] does, or RFC 3339 with its zone.
pub(crate) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    text.parse().or_else(|_no_rfc_3339| parse_hour(text)).map_err(|_neither| {
        "write a date such as 2026-11-01 or 2026-11-01T09 (Taiwan time), or RFC 3339 such as \
         2026-11-01T09:30:00+08:00"
            .to_owned()
    })
}

/// Reads a moment as [`parse_hour`] does, or a duration back from now, as in `24h` or `7d`.
pub(crate) fn parse_since(text: &str) -> Result<Timestamp, String> {
    if let Ok(back) = duration(text)
        && let Ok(back) = SignedDuration::try_from(back)
        && let Ok(since) = now().checked_sub(back)
    {
        return Ok(since);
    }
    parse_hour(text).map_err(|_not_an_hour| {
        "write a duration such as 24h or 7d, or a date such as 2026-11-22 or 2026-11-22T10 \
         (Taiwan time)"
            .to_owned()
    })
}

/// A duration for people: `4 s`, `3 min 05 s`, `2 h 10 min`.
pub(crate) fn span(seconds: f64) -> String {
    let whole = SignedDuration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default().as_secs();
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_taiwan() {
        let utc = |text| parse_hour(text).map(|at| at.to_string());
        assert_eq!(utc("2026-11-22T10").as_deref(), Ok("2026-11-22T02:00:00Z"));
        assert_eq!(utc("2026-11-22T10:00").as_deref(), Ok("2026-11-22T02:00:00Z"));
        assert_eq!(utc("2026-11-22").as_deref(), Ok("2026-11-21T16:00:00Z"));
        assert_eq!(utc("2026-11-22T24").as_deref(), Ok("2026-11-22T16:00:00Z"));
        for text in ["", "2026-11-22T", "2026-11-22T25", "2026-11-22T10:30", "22.11.2026", "10"] {
            assert!(parse_hour(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_runs_forward() {
        let hour = |text| parse_hour(text).unwrap();
        assert!(runs_forward(hour("2026-11-22"), hour("2026-11-22T01")).is_ok());
        for to in ["2026-11-22", "2026-11-21T23"] {
            let refused = runs_forward(hour("2026-11-22"), hour(to)).unwrap_err();
            assert_eq!(refused.exit_code(), 2);
        }
    }

    #[test]
    fn moments_are_dates_hours_or_rfc_3339() {
        let utc = |text| parse_moment(text).map(|at| at.to_string());
        assert_eq!(utc("2026-11-22").as_deref(), Ok("2026-11-21T16:00:00Z"));
        assert_eq!(utc("2026-11-22T10").as_deref(), Ok("2026-11-22T02:00:00Z"));
        assert_eq!(utc("2026-11-22T10:30:05+08:00").as_deref(), Ok("2026-11-22T02:30:05Z"));
        assert_eq!(utc("2026-11-22T02:30:05Z").as_deref(), Ok("2026-11-22T02:30:05Z"));
        for text in ["", "yesterday", "2026-11-22T10:30", "2026-13-01"] {
            assert!(parse_moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_shown_in_taiwan_time() {
        assert_eq!(moment("2026-11-21T16:05:00Z".parse().unwrap()), "2026-11-22 00:05");
    }

    #[test]
    fn moments_for_programs_name_their_zone() {
        let shown = in_taiwan("2026-11-21T16:05:09.7Z".parse().unwrap());
        assert_eq!(shown, "2026-11-22T00:05:09+08:00");
    }

    #[test]
    fn spans_are_short() {
        let shown: Vec<String> = [4.24, 59.0, 185.0, 7800.0].into_iter().map(span).collect();
        assert_eq!(shown, ["4.2 s", "59 s", "3 min 05 s", "2 h 10 min"]);
    }
}
