//! `Retry-After`: seconds or an HTTP date (RFC 9110, section 10.2.3).

use std::time::Duration;

use jiff::Timestamp;

/// A hint is cut to ten years, so that what is counted with it stays within every clock.
const LONGEST: Duration = Duration::from_hours(10 * 366 * 24);

/// How long to wait from `now`, which is the moment by the clock of whoever wrote the hint: a date
/// means nothing by a clock that is wrong. Zero, past and unreadable values are no hint.
pub(crate) fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if let Ok(seconds) = value.parse::<f64>() {
        // NaN, infinity and what is negative are none; what no duration holds is a very long one.
        let seconds = Some(seconds).filter(|seconds| seconds.is_finite() && *seconds > 0.0)?;
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST)
    } else {
        Duration::try_from(date(value)?.duration_since(now)).ok()?
    };
    (!wait.is_zero()).then_some(wait.min(LONGEST))
}

/// The moment that a date names, be it in `Retry-After` or in `Date`.
pub(crate) fn date(value: &str) -> Option<Timestamp> {
    Some(jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, seconds: Option<f64>) {
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        assert_eq!(parse(value, now).map(|wait| wait.as_secs_f64()), seconds, "{value}");
    }

    #[test]
    fn seconds_and_dates_are_hints() {
        check("3", Some(3.0));
        check(" 1.5 ", Some(1.5));
        check("Sun, 22 Nov 2026 08:00:10 GMT", Some(10.0));
        check("86400", Some(86_400.0));
        check("31536000", Some(31_536_000.0));
    }

    #[test]
    fn what_is_absurd_is_bounded() {
        let most = Some(LONGEST.as_secs_f64());
        check("1e12", most);
        check("1e30", most);
        check("99999999999999999999999999", most);
        check("Thu, 01 Jan 2099 00:00:00 GMT", most);
    }

    #[test]
    fn zero_past_and_nonsense_are_none() {
        for value in
            ["0", "0.0", "-5", "-1e30", "", "soon", "NaN", "inf", "1e999", "2h", "2099-01-01"]
        {
            check(value, None);
        }
        check("Sun, 22 Nov 2026 08:00:00 GMT", None);
        check("Sun, 22 Nov 2026 07:59:00 GMT", None);
    }
}
