//! When a person could start, in words (`jobRequirement.startDateOpt`): `錄取後7日內`, `隨時`.

use jiff::civil::Date;
use model::DatePrecision;

use super::dates::{date, digits};
use super::fold;

/// When a person could start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// On a date.
    On(Date, DatePrecision),
    /// So many days after being hired.
    After(u16),
}

/// Words for "at once".
const AT_ONCE: [&str; 6] = ["隨時", "立即", "立刻", "馬上", "即日", "錄取後即可"];

/// The words around the date or the days.
const AROUND: [&str; 12] = [
    "可上班",
    "可到職",
    "可報到",
    "可開始上班",
    "開始上班",
    "上班",
    "到職",
    "報到",
    "之後",
    "以後",
    "後",
    "起",
];

/// What a notice may be counted in, in days.
const UNITS: [(&str, u16); 8] = [
    ("個月", 30),
    ("個星期", 7),
    ("個禮拜", 7),
    ("星期", 7),
    ("週", 7),
    ("周", 7),
    ("日", 1),
    ("天", 1),
];

/// Longer notice is none.
const MOST: u16 = 3_650;

/// Reads the words for a start.
pub(crate) fn read(words: &str) -> Option<Start> {
    let folded = fold::width(words);
    if let Some((on, precision)) = date(&folded).or_else(|| date(bare(&folded))) {
        return Some(Start::On(on, precision));
    }
    let plain = fold::numerals(&fold::compact(words));
    if let Some(days) = notice(&plain) {
        return Some(Start::After(days));
    }
    let is_at_once = AT_ONCE.iter().any(|at_once| plain.contains(at_once));
    let has_number = plain.contains(|char: char| char.is_ascii_digit());
    (is_at_once && !has_number).then_some(Start::After(0))
}

/// The text without the words that may follow a date.
fn bare(text: &str) -> &str {
    let mut bare = text.trim();
    while let Some(shorter) = AROUND.iter().find_map(|around| bare.strip_suffix(around)) {
        bare = shorter.trim_end();
    }
    bare
}

/// The days in words that hold exactly one number and its unit.
fn notice(plain: &str) -> Option<u16> {
    if plain.contains("半個月") && !plain.contains(|char: char| char.is_ascii_digit()) {
        return Some(15);
    }
    let start = plain.find(|char: char| char.is_ascii_digit())?;
    let (before, rest) = plain.split_at(start);
    let (number, rest) = digits(rest);
    let (unit, after) =
        UNITS.iter().find_map(|(name, days)| Some((*days, rest.strip_prefix(name)?)))?;
    if before.ends_with(['月', '年', '/', '-', '.'])
        || after.contains(|char: char| char.is_ascii_digit() || char == '半')
    {
        return None;
    }
    number.parse::<u16>().ok()?.checked_mul(unit).filter(|days| *days <= MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(words: &str, expected: &str) {
        let read = match read(words) {
            Some(Start::On(on, precision)) => format!("{on} {}", precision.as_str()),
            Some(Start::After(days)) => format!("{days} days"),
            None => "-".to_owned(),
        };
        assert_eq!(read, expected, "{words}");
    }

    #[test]
    fn notice_in_days() {
        for (words, expected) in [
            ("錄取後7日內", "7 days"),
            ("錄取後７天可上班", "7 days"),
            ("錄取後兩週內", "14 days"),
            ("錄取後一個月內", "30 days"),
            ("1個月", "30 days"),
            ("錄取後半個月", "15 days"),
            ("錄取後三個月可上班", "90 days"),
            ("隨時", "0 days"),
            ("隨時可上班", "0 days"),
            ("可立即上班", "0 days"),
            ("立即", "0 days"),
            ("錄取後隨時可上班", "0 days"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn dates() {
        for (words, expected) in [
            ("2026-12-01", "2026-12-01 day"),
            ("2026/12", "2026-12-01 month"),
            ("2026年12月1日後可上班", "2026-12-01 day"),
            ("2026/12/01 起", "2026-12-01 day"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn the_rest_stays_words() {
        for words in [
            "",
            "面議",
            "12月1日",
            "錄取後2週~1個月",
            "1個月半",
            "99999日",
            "9999個月",
            "7",
            "畢業後",
        ] {
            check(words, "-");
        }
    }

    proptest! {
        #[test]
        fn never_panics(words in r"(錄取後|[0-9]{1,6}|[日天週內半/-]|個月|隨時|.){0,8}") {
            read(&words);
        }
    }
}
