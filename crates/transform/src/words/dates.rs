//! Dates in 104's words (A-25), and words for "until now".

use jiff::civil::Date;
use model::DatePrecision;

use super::fold;

/// The years in which a date is taken for one; `0000-00-00` and `9999-12` are none.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2100;

/// The year before the first of the Republic of China (民國).
const BEFORE_ROC: i16 = 1911;

/// Words that say "until now" when they stand without a date.
const ONGOING: [&str; 10] =
    ["迄今", "至今", "現在", "在職", "目前", "就學中", "在學", "就讀中", "present", "now"];

/// Whether the words say "until now": 迄今, 至今, 仍在職, 現在, 在職中.
pub(crate) fn is_ongoing(words: &str) -> bool {
    let words = fold::compact(words);
    !words.contains(|char: char| char.is_ascii_digit() || "不非未".contains(char))
        && ONGOING.iter().any(|ongoing| words.contains(ongoing))
}

/// Reads `2020-03-05`, `2020/3`, `2020.03`, `202003`, `2020`, `2020年3月5日`, `民國109年3月`, each
/// with or without a time of day, whose zone is ignored.
pub(crate) fn date(words: &str) -> Option<(Date, DatePrecision)> {
    let folded = fold::width(words);
    let (is_roc, rest) = match folded.strip_prefix("中華").unwrap_or(&folded).strip_prefix("民國")
    {
        Some(rest) => (true, rest.trim_start()),
        None => (false, folded.as_str()),
    };
    let (year, rest) = digits(rest);
    let (year, month, day, rest) = match (year.len(), is_roc) {
        (8, false) => {
            let (year, month_day) = year.split_at(4);
            let (month, day) = month_day.split_at(2);
            (number(year)?, Some(month), Some(day), rest)
        }
        (6, false) => {
            let (year, month) = year.split_at(4);
            (number(year)?, Some(month), None, rest)
        }
        (4, false) => parts(number(year)?, rest),
        (3, _) | (1..=2, true) => parts(number(year)?.checked_add(BEFORE_ROC)?, rest),
        _ => return None,
    };
    if !(rest.is_empty() || month.is_some() && is_time(rest)) || !YEARS.contains(&year) {
        return None;
    }
    let precision = match (month, day) {
        (_, Some(_)) => DatePrecision::Day,
        (Some(_), None) => DatePrecision::Month,
        (None, None) => DatePrecision::Year,
    };
    let (month, day) = (number(month.unwrap_or("1"))?, number(day.unwrap_or("1"))?);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some((date, precision))
}

/// A date of which the words give the day.
pub(crate) fn whole_date(words: &str) -> Option<Date> {
    date(words).filter(|(_, precision)| *precision == DatePrecision::Day).map(|(date, _)| date)
}

/// Month and day after a year, as far as they stand there, and what is left.
fn parts(year: i16, rest: &str) -> (i16, Option<&str>, Option<&str>, &str) {
    let Some((month, after_month)) = part(rest, "年") else {
        return (year, None, None, without(rest, &['年']));
    };
    match part(after_month, "月") {
        Some((day, rest)) => (year, Some(month), Some(day), without(rest, &['日', '號'])),
        None => (year, Some(month), None, without(after_month, &['月'])),
    }
}

/// The rest without the word that closes a part, if it stands there.
fn without<'a>(rest: &'a str, words: &[char]) -> &'a str {
    rest.trim_start().strip_prefix(words).unwrap_or(rest)
}

/// One or two digits after a separator.
fn part<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(['-', '/', '.']).or_else(|| rest.strip_prefix(word))?;
    let (digits, rest) = digits(rest.trim_start());
    (1..=2).contains(&digits.len()).then_some((digits, rest))
}

/// A time of day with whatever zone; hour 24 could mean the next day, and is none. 上午 and 下午 stand before it in some locales.
fn is_time(rest: &str) -> bool {
    let rest = rest.strip_prefix('T').unwrap_or(rest).trim_start();
    let rest = ["上午", "下午"].iter().find_map(|half| rest.strip_prefix(half)).unwrap_or(rest);
    let (hour, minutes) = digits(rest.trim_start());
    (1..=2).contains(&hour.len())
        && number(hour).is_some_and(|hour| hour < 24)
        && minutes.starts_with(':')
        && minutes.chars().all(|char| char.is_ascii_digit() || ":.+-Z ".contains(char))
}

/// The digits at the start, and the rest.
pub(super) fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len()))
}

fn number(digits: &str) -> Option<i16> {
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(words: &str, expected: &str) {
        let read = match date(words) {
            Some((date, precision)) => format!("{date} {}", precision.as_str()),
            None => "-".to_owned(),
        };
        assert_eq!(read, expected, "{words}");
    }

    #[test]
    fn western_years() {
        for (words, expected) in [
            ("2020-03", "2020-03-01 month"),
            ("2020-03-05", "2020-03-05 day"),
            ("2020/3", "2020-03-01 month"),
            ("2020/03/05", "2020-03-05 day"),
            ("2020.03", "2020-03-01 month"),
            ("2020.3.5", "2020-03-05 day"),
            ("202003", "2020-03-01 month"),
            ("20200305", "2020-03-05 day"),
            ("2020", "2020-01-01 year"),
            ("2020年", "2020-01-01 year"),
            ("2020年3月", "2020-03-01 month"),
            ("2020年3月5日", "2020-03-05 day"),
            ("2020 年 3 月", "2020-03-01 month"),
            ("２０２０／０３", "2020-03-01 month"),
            (" 2020-03 ", "2020-03-01 month"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn times_of_day_are_left_out() {
        for (words, expected) in [
            ("1990-03-01 00:00:00", "1990-03-01 day"),
            ("1990-03-01T16:00:00.000Z", "1990-03-01 day"),
            ("1990-03-01T16:00:00+08:00", "1990-03-01 day"),
            ("2020-03 00:00", "2020-03-01 month"),
            ("2020/3/5 上午 12:00:00", "2020-03-05 day"),
            ("2020-03-05 noon", "-"),
            ("2020-03-05 23:59:59", "2020-03-05 day"),
            ("2020-03-05 24:00:00", "-"),
            ("2020-03-05T24:00", "-"),
            ("2020-03-05 99:00", "-"),
            ("2020 00:00", "-"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn the_ends_of_months() {
        for (words, expected) in [
            ("2024-02-29", "2024-02-29 day"),
            ("2024-02-29 00:00:00", "2024-02-29 day"),
            ("2000/02/29", "2000-02-29 day"),
            ("2023-02-29", "-"),
            ("2100-02-29", "-"),
            ("民國113年2月29日", "2024-02-29 day"),
            ("民國112年2月29日", "-"),
            ("2020-04-30", "2020-04-30 day"),
            ("2020-04-31", "-"),
            ("2020-12-31 23:59:59", "2020-12-31 day"),
            ("2020-12-32", "-"),
            ("0000-00-00", "-"),
            ("0000-00", "-"),
            ("2020-00-00", "-"),
            ("1900-01-01", "1900-01-01 day"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn years_of_the_republic() {
        for (words, expected) in [
            ("民國109年3月", "2020-03-01 month"),
            ("民國 109 年 3 月 5 日", "2020-03-05 day"),
            ("中華民國85年6月", "1996-06-01 month"),
            ("109年3月", "2020-03-01 month"),
            ("109/03", "2020-03-01 month"),
            ("民國109.03.05", "2020-03-05 day"),
            ("民國109", "2020-01-01 year"),
            ("85年6月", "-"),
            ("民國2020年3月", "-"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn what_is_no_date_stays_words() {
        for words in [
            "",
            "-",
            "2020-13",
            "2020-00",
            "2021-02-29",
            "2020-02-30",
            "0000-00-00 00:00:00",
            "9999-12",
            "1899",
            "2020-",
            "2020-3-",
            "2020-003",
            "20",
            "12345",
            "1583366400000",
            "2020年3月左右",
            "99999999999999999999",
            "二〇二〇年",
            "民國",
            "年",
            "2020-03-05-07",
            "迄今",
        ] {
            check(words, "-");
        }
    }

    #[test]
    fn until_now() {
        for words in ["迄今", "至今", "仍在職", "現在", "在職中", " 目前 ", "Present", "（至今）"]
        {
            assert!(is_ongoing(words), "{words}");
        }
        for words in ["", "2020-03", "離職", "已不在職", "2020-03至今"] {
            assert!(!is_ongoing(words), "{words}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(words in r"(民國|[0-9]{1,9}|[-/.年月日T: ]|.){0,8}") {
            date(&words);
            is_ongoing(&words);
        }

        #[test]
        fn every_day_comes_back(year in 1900_i16..=2100, month in 1_i8..=12, day in 1_i8..=28) {
            let date_made = Date::new(year, month, day).unwrap();
            for words in [format!("{date_made}"), date_made.strftime("%Y/%m/%d 00:00:00").to_string()] {
                prop_assert_eq!(date(&words), Some((date_made, DatePrecision::Day)));
            }
        }
    }
}
