//! Durations and sizes as people write them: `5m`, `1d12h`, `100MB`.

use std::time::Duration;

use super::problem::{Wrong, wrong};

/// Reads `90s`, `5m`, `1h`, `7d`, or several of them in a row, as in `1d12h`.
pub(crate) fn duration(text: &str) -> Result<Duration, Wrong> {
    let parts = parts(text).and_then(|parts| {
        parts.into_iter().try_fold(Duration::ZERO, |sum, (number, unit)| {
            let seconds = match unit {
                "s" => 1,
                "m" | "min" => 60,
                "h" => 60 * 60,
                "d" => 24 * 60 * 60,
                _ => return None,
            };
            sum.checked_add(Duration::from_secs(number.checked_mul(seconds)?))
        })
    });
    parts.filter(|sum| *sum <= Duration::from_hours(24 * 3660)).ok_or_else(|| {
        wrong(
            format!("{text:?} is no duration"),
            "write a number and one of s, m, h, d, as in \"90s\", \"5m\", \"1h\" or \"7d\"",
        )
    })
}

/// Reads a number of bytes: `1048576`, `500kB`, `100MB`, `1GiB`.
pub(crate) fn size(text: &str) -> Result<u64, Wrong> {
    let plain = text.trim().parse().ok();
    let with_unit = || match parts(text)?.as_slice() {
        [(number, unit)] => {
            let bytes = match unit.to_lowercase().as_str() {
                "b" => 1,
                "kb" => 1000,
                "mb" => 1000 * 1000,
                "gb" => 1000 * 1000 * 1000,
                "kib" => 1 << 10,
                "mib" => 1 << 20,
                "gib" => 1 << 30,
                _ => return None,
            };
            number.checked_mul(bytes)
        }
        _ => None,
    };
    plain.or_else(with_unit).ok_or_else(|| {
        wrong(
            format!("{text:?} is no size"),
            "write a number of bytes or one with kB, MB, GB, KiB, MiB or GiB, as in \"100MB\"",
        )
    })
}

/// Numbers, each with the letters behind it; `None` for anything else.
fn parts(text: &str) -> Option<Vec<(u64, &str)>> {
    let mut rest = text.trim();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !c.is_ascii_digit());
        let (unit, after) = split_where(after.trim_start(), |c| !c.is_ascii_alphabetic());
        parts.push((number.parse().ok()?, unit));
        rest = after.trim_start();
    }
    (!parts.is_empty()).then_some(parts)
}

fn split_where(text: &str, is_end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_end).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_nothing_else_is() {
        let cases = [
            ("90s", 90),
            ("5m", 300),
            ("1h", 3600),
            ("7d", 604_800),
            ("1d 12h", 129_600),
            ("0s", 0),
        ];
        for (text, seconds) in cases {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "5", "m", "5 minutes", "-5m", "1.5h", "五m", "99999999999999999999d", "40000d"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_nothing_else_is() {
        let cases = [
            ("1048576", 1_048_576),
            ("500kB", 500_000),
            ("100MB", 100_000_000),
            ("100 mb", 100_000_000),
            ("1GiB", 1 << 30),
        ];
        for (text, bytes) in cases {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "100XB", "1MB2MB", "99999999999GB", "1.5MB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
