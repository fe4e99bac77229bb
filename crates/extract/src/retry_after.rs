//! `Retry-After`: seconds or an HTTP date (RFC 9110, section 10.2.3).

use std::time::Duration;

use jiff::Timestamp;

/// How long to wait from `now`. Zero, past and unreadable values are no hint.
pub(crate) fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let moment = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
        Duration::try_from(moment.duration_since(now)).ok()?
    };
    (!wait.is_zero()).then_some(wait)
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
    }

    #[test]
    fn zero_past_and_nonsense_are_none() {
        for value in ["0", "-5", "", "soon", "NaN", "inf", "1e999"] {
            check(value, None);
        }
        check("Sun, 22 Nov 2026 08:00:00 GMT", None);
        check("Sun, 22 Nov 2026 07:59:00 GMT", None);
    }
}
