//! Wages in 104's words: `面議`, `月薪 40000~50000元`, `年薪 800000元以上`, `時薪 200元`.

use model::resume::{Wage, WageKind};

use super::dates::digits;
use super::fold;

/// What the words of a wage begin with, by kind.
const KINDS: [(&str, WageKind); 10] = [
    ("月薪", WageKind::Monthly),
    ("年薪", WageKind::Yearly),
    ("日薪", WageKind::Daily),
    ("時薪", WageKind::Hourly),
    ("每月", WageKind::Monthly),
    ("每年", WageKind::Yearly),
    ("每日", WageKind::Daily),
    ("每小時", WageKind::Hourly),
    ("論件計酬", WageKind::Piecework),
    ("按件計酬", WageKind::Piecework),
];

/// What may follow an amount instead, longest first.
const SUFFIXES: [(&str, WageKind); 6] = [
    ("/小時", WageKind::Hourly),
    ("/時", WageKind::Hourly),
    ("/月", WageKind::Monthly),
    ("/年", WageKind::Yearly),
    ("/日", WageKind::Daily),
    ("/天", WageKind::Daily),
];

/// Words that leave the amount open.
const NEGOTIABLE: [&str; 6] = ["面議", "面談", "公司規定", "可議", "另議", "待議"];

/// Between the two bounds of a range.
const RANGE: [char; 9] = ['~', '-', '–', '—', '−', '〜', '∼', '至', '到'];

/// No wage is beyond this; a bound beyond it is a slip.
const MOST: i128 = 1_000_000_000_000;

/// Which bound an amount is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Least,
    Most,
}

/// Reads the words of a wage. Amounts without a kind stay words: nobody can compare them.
pub(crate) fn read(words: &str) -> Option<Wage> {
    let mut plain = fold::compact(words);
    for noise in [",", "$", "ntd", "twd", "nt", "新台幣", "新臺幣", "台幣", "約", ":", "(含)"]
    {
        plain = plain.replace(noise, "");
    }
    amounts(&plain).or_else(|| {
        let is_open = NEGOTIABLE.iter().any(|open| plain.contains(open));
        is_open.then(|| Wage { kind: Some(WageKind::Negotiable), ..Wage::default() })
    })
}

/// A kind and its amounts.
fn amounts(plain: &str) -> Option<Wage> {
    let named = KINDS.iter().find_map(|(name, kind)| Some((*kind, plain.strip_prefix(name)?)));
    let (mut kind, rest) = named.map_or((None, plain), |(kind, rest)| (Some(kind), rest));
    if kind == Some(WageKind::Piecework) && rest.is_empty() {
        return Some(Wage { kind, ..Wage::default() });
    }
    let (first, mut rest) = amount(rest)?;
    let mut second = None;
    if let Some(after) = rest.strip_prefix(RANGE) {
        let (most, after) = amount(after)?;
        second = Some(most);
        rest = after;
    }
    let mut bound = None;
    while !rest.is_empty() {
        if let Some((suffix, after)) =
            SUFFIXES.iter().find_map(|(name, kind)| Some((*kind, rest.strip_prefix(name)?)))
        {
            if *kind.get_or_insert(suffix) != suffix {
                return None;
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix("以上").or_else(|| rest.strip_prefix('起'))
        {
            (bound, rest) = (Some(Bound::Least), after);
        } else if let Some(after) = rest.strip_prefix("以下").or_else(|| rest.strip_prefix("以內"))
        {
            (bound, rest) = (Some(Bound::Most), after);
        } else if ["可議", "可面議", "(可議)", "(可面議)", "面議"].contains(&rest) {
            rest = "";
        } else {
            return None;
        }
    }
    let (min, max) = match (second, bound) {
        (Some(second), None) => {
            let first = first.in_unit_of(second);
            let (first, second) = (first.dollars()?, second.dollars()?);
            (Some(first.min(second)), Some(first.max(second)))
        }
        (None, None) => (Some(first.dollars()?), Some(first.dollars()?)),
        (None, Some(Bound::Least)) => (Some(first.dollars()?), None),
        (None, Some(Bound::Most)) => (None, Some(first.dollars()?)),
        (Some(_), Some(_)) => return None,
    };
    let kind = kind?;
    let months = match kind {
        WageKind::Monthly => Some(1),
        WageKind::Yearly => Some(12),
        _ => None,
    };
    let monthly = |bound: Option<i64>| bound.zip(months).map(|(bound, months)| bound / months);
    Some(Wage { kind: Some(kind), min, max, monthly_min: monthly(min), monthly_max: monthly(max) })
}

/// One amount as written: `4.5萬` is 45 000 ten-thousandths, times 10 000.
#[derive(Clone, Copy)]
struct Amount {
    /// Ten-thousandths of the number before the unit.
    number: i128,
    /// 萬, 千 or k as a factor.
    unit: Option<i128>,
}

impl Amount {
    /// In `4-5萬` the unit belongs to both.
    fn in_unit_of(self, other: Self) -> Self {
        let is_bare = self.unit.is_none() && self.number < 1_000 * 10_000;
        if is_bare { Self { unit: other.unit, ..self } } else { self }
    }

    /// Whole dollars; `None` for a fraction or an absurd size.
    fn dollars(self) -> Option<i64> {
        let scaled = self.number.checked_mul(self.unit.unwrap_or(1))?;
        let dollars = scaled / 10_000;
        (scaled % 10_000 == 0 && dollars <= MOST).then(|| i64::try_from(dollars).ok())?
    }
}

/// The amount at the start, with its unit and 元, and the rest.
fn amount(text: &str) -> Option<(Amount, &str)> {
    let (whole, mut rest) = digits(text);
    let mut fraction = "";
    if let Some(after) = rest.strip_prefix('.') {
        (fraction, rest) = digits(after);
    }
    let is_number = (1..=15).contains(&whole.len()) && fraction.len() <= 4;
    let number = is_number.then(|| format!("{whole}{fraction:0<4}").parse().ok())??;
    let units = [("萬", 10_000), ("千", 1_000), ("k", 1_000)];
    let unit = units.iter().find_map(|(name, factor)| Some((*factor, rest.strip_prefix(name)?)));
    let (unit, rest) = unit.map_or((None, rest), |(factor, rest)| (Some(factor), rest));
    Some((Amount { number, unit }, rest.strip_prefix('元').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(words: &str, expected: &str) {
        let bound = |bound: Option<i64>| bound.map_or("-".to_owned(), |bound| bound.to_string());
        let read = match read(words) {
            Some(wage) => {
                let kind = wage.kind.map_or("-", WageKind::as_str);
                let bounds = [wage.min, wage.max, wage.monthly_min, wage.monthly_max].map(bound);
                format!("{kind} {}", bounds.join(" "))
            }
            None => "unread".to_owned(),
        };
        assert_eq!(read, expected, "{words}");
    }

    #[test]
    fn forms_of_104() {
        for (words, expected) in [
            ("面議", "negotiable - - - -"),
            ("依公司規定", "negotiable - - - -"),
            ("待遇面議(經常性薪資達4萬元或以上)", "negotiable - - - -"),
            ("月薪面議", "negotiable - - - -"),
            ("月薪 40000~50000元", "monthly 40000 50000 40000 50000"),
            ("月薪 40,000元以上", "monthly 40000 - 40000 -"),
            ("月薪40000元以下", "monthly - 40000 - 40000"),
            ("年薪 800000元以上", "yearly 800000 - 66666 -"),
            ("年薪 600000~800000元", "yearly 600000 800000 50000 66666"),
            ("日薪 1500元", "daily 1500 1500 - -"),
            ("時薪 200元", "hourly 200 200 - -"),
            ("時薪 200~250元", "hourly 200 250 - -"),
            ("論件計酬", "piecework - - - -"),
            ("論件計酬 500元", "piecework 500 500 - -"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn other_hands() {
        for (words, expected) in [
            ("月薪 ４０，０００～５０，０００元", "monthly 40000 50000 40000 50000"),
            ("月薪4萬-5萬", "monthly 40000 50000 40000 50000"),
            ("月薪 4-5萬", "monthly 40000 50000 40000 50000"),
            ("月薪：4.5萬", "monthly 45000 45000 45000 45000"),
            ("月薪 4萬5", "unread"),
            ("月薪40000元–50000元", "monthly 40000 50000 40000 50000"),
            ("月薪 40000至50000元", "monthly 40000 50000 40000 50000"),
            ("月薪 50000~40000元", "monthly 40000 50000 40000 50000"),
            ("40000~50000元/月", "monthly 40000 50000 40000 50000"),
            ("NT$ 40,000 元/月以上", "monthly 40000 - 40000 -"),
            ("200元/小時", "hourly 200 200 - -"),
            ("月薪 40k", "monthly 40000 40000 40000 40000"),
            ("月薪 40000元(含)以上", "monthly 40000 - 40000 -"),
            ("月薪 40000元起，可議", "monthly 40000 - 40000 -"),
            ("月薪 0元", "monthly 0 0 0 0"),
        ] {
            check(words, expected);
        }
    }

    #[test]
    fn what_can_not_be_compared_stays_words() {
        for words in [
            "",
            "月薪",
            "40000",
            "4萬-5萬",
            "月薪 40000/年",
            "月薪 四萬",
            "月薪 40000~",
            "月薪 ~50000",
            "月薪 99999999999999999999元",
            "月薪 999999999999萬",
            "月薪 1000000000001元",
            "月薪 200.5元",
            "月薪 4.55555萬",
            "月薪 40000~50000元以上",
            "月薪 -40000元",
            "月薪 40000元左右",
            "高薪",
        ] {
            check(words, "unread");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_orders_its_bounds(
            words in r"(月薪|年薪|[0-9]{1,20}|[,.~萬元k/月起]|以上|以下|.){0,8}"
        ) {
            let wage = read(&words).unwrap_or_default();
            if let (Some(min), Some(max)) = (wage.min, wage.max) {
                prop_assert!(min <= max);
            }
        }
    }
}
