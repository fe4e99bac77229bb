//! Single numbers and yes or no.

use super::fold;

/// What a yes-or-no field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

/// Reads yes or no out of `true`, `1`, `是`, `Y` and the like.
pub(crate) fn flag(words: &str) -> Option<Flag> {
    match fold::compact(words).as_str() {
        "1" | "1.0" | "true" | "t" | "yes" | "y" | "是" | "有" | "可" => Some(Flag(true)),
        "0" | "0.0" | "false" | "f" | "no" | "n" | "否" | "無" | "不可" => Some(Flag(false)),
        _ => None,
    }
}

/// Reads a whole, non-negative number, with or without thousands separators and 元.
pub(crate) fn whole_number(words: &str) -> Option<i64> {
    let plain = fold::compact(words).replace(',', "");
    let plain = plain.strip_suffix('元').unwrap_or(&plain);
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
    let are_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if are_digits(whole) && fraction.bytes().all(|byte| byte == b'0') {
        return whole.parse().ok();
    }
    // 4.5e4 is 45000: only what a double holds exactly. It rounds what has more than 15 digits, and
    // takes 1e-999 for nothing.
    let number: f64 = plain.parse().ok()?;
    let mantissa = plain.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let is_nothing = !mantissa.contains(|char: char| matches!(char, '1'..='9'));
    let is_exact = number.fract() == 0.0
        && (0.0..9_007_199_254_740_992.0).contains(&number)
        && digits <= 15
        && (number == 0.0) == is_nothing;
    is_exact.then(|| format!("{number:.0}").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        for (words, number) in [
            ("45000", Some(45_000)),
            (" ４５，０００ 元", Some(45_000)),
            ("45000.0", Some(45_000)),
            ("45000.00", Some(45_000)),
            ("4.5e4", Some(45_000)),
            ("0", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("45000.5", None),
            ("-1", None),
            ("1e999", None),
            ("1e17", None),
            ("1e-999", None),
            ("9007199254740990.9", None),
            ("-0", Some(0)),
            ("0e999", Some(0)),
            ("nan", None),
            ("inf", None),
            ("面議", None),
            ("", None),
            (".", None),
            ("true", None),
        ] {
            assert_eq!(whole_number(words), number, "{words}");
        }
    }

    #[test]
    fn flags() {
        for (words, is_set) in [
            ("true", Some(true)),
            ("1", Some(true)),
            ("是", Some(true)),
            ("Ｙ", Some(true)),
            (" False ", Some(false)),
            ("0", Some(false)),
            ("否", Some(false)),
            ("n", Some(false)),
            ("2", None),
            ("maybe", None),
        ] {
            assert_eq!(flag(words).map(|Flag(is_set)| is_set), is_set, "{words}");
        }
    }
}
