//! Total experience in words (`seniority`): `3年以上`, `1年(含)以下`.

use super::dates::digits;
use super::fold;

/// Years of experience: at least, and at most (`None` for an open end).
pub(crate) type Years = (u16, Option<u16>);

/// No career is longer; a number beyond it is none of years.
const MOST: u16 = 100;

/// Words that may follow the years.
const AROUND: [&str; 3] = ["工作經驗", "工作經歷", "經驗"];

/// Reads the words of a total experience.
pub(crate) fn read(words: &str) -> Option<Years> {
    let plain = fold::numerals(&fold::compact(words)).replace("(含)", "").replace('含', "");
    if ["無", "無經驗者"].contains(&plain.as_str())
        || (plain.starts_with('無') || plain.starts_with("沒有")) && plain.ends_with("經驗")
    {
        return Some((0, Some(0)));
    }
    let plain = plain.strip_prefix("總年資").unwrap_or(&plain);
    let plain = AROUND.iter().find_map(|after| plain.strip_suffix(after)).unwrap_or(plain);
    if let Some(rest) = ["未滿", "不到", "少於"].iter().find_map(|less| plain.strip_prefix(less))
    {
        return at_most(rest);
    }
    let (first, rest) = digits(plain);
    let first = years(first)?;
    if rest.starts_with("個月") || rest.starts_with('.') || rest.contains("個月") {
        return with_months(first, rest);
    }
    let rest = rest.strip_prefix('年').unwrap_or(rest);
    if let Some(rest) = rest.strip_prefix("以上") {
        let rest = rest.strip_prefix(['~', '-', '、', ',']).unwrap_or(rest);
        let rest = rest.strip_prefix("未滿").unwrap_or(rest);
        return match at_most(rest) {
            Some((_, Some(most))) if most >= first => Some((first, Some(most))),
            _ => rest.is_empty().then_some((first, None)),
        };
    }
    if let Some(rest) = rest.strip_prefix(['~', '-', '–', '至', '到']) {
        let (_, second) = at_most(rest)?;
        let second = second?;
        return Some((first.min(second), Some(first.max(second))));
    }
    match rest {
        "" => Some((first, Some(first))),
        "以下" | "以內" | "內" => Some((0, Some(first))),
        _ => None,
    }
}

/// `5年`, `5年以下`, `5年未滿` or `5` as an upper bound.
fn at_most(text: &str) -> Option<Years> {
    let (number, rest) = digits(text);
    let rest = rest.strip_prefix('年').unwrap_or(rest);
    ["", "以下", "以內", "未滿"].contains(&rest).then(|| Some((0, Some(years(number)?))))?
}

/// `3年6個月`, `3.5年`, `18個月`: between two whole years.
fn with_months(first: u16, rest: &str) -> Option<Years> {
    let (whole, months) = if rest == "個月" {
        (first / 12, first % 12)
    } else if let Some(fraction) = rest.strip_prefix('.') {
        let fraction = fraction.strip_suffix('年').unwrap_or(fraction);
        (first, fraction.parse().ok()?)
    } else {
        let months = rest.strip_prefix('年')?.strip_suffix("個月")?;
        (first, months.parse().ok()?)
    };
    Some((whole, Some(whole + u16::from(months > 0))))
}

fn years(digits: &str) -> Option<u16> {
    digits.parse().ok().filter(|years| *years <= MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        for (words, expected) in [
            ("3年以上", Some((3, None))),
            ("１０年（含）以上", Some((10, None))),
            ("十年以上", Some((10, None))),
            ("1年(含)以下", Some((0, Some(1)))),
            ("1年以下", Some((0, Some(1)))),
            ("未滿1年", Some((0, Some(1)))),
            ("3~5年", Some((3, Some(5)))),
            ("3年~5年", Some((3, Some(5)))),
            ("5-3年", Some((3, Some(5)))),
            ("3年以上5年以下", Some((3, Some(5)))),
            ("3年(含)以上未滿5年", Some((3, Some(5)))),
            ("3年以上5年未滿", Some((3, Some(5)))),
            ("3年以上~5年(含)以下", Some((3, Some(5)))),
            ("無工作經驗", Some((0, Some(0)))),
            ("無經驗", Some((0, Some(0)))),
            ("3", Some((3, Some(3)))),
            ("3年", Some((3, Some(3)))),
            ("總年資 5~6年", Some((5, Some(6)))),
            ("8年工作經驗", Some((8, Some(8)))),
            ("0", Some((0, Some(0)))),
            ("3.5年", Some((3, Some(4)))),
            ("3.0", Some((3, Some(3)))),
            ("3年6個月", Some((3, Some(4)))),
            ("6個月", Some((0, Some(1)))),
            ("24個月", Some((2, Some(2)))),
            ("", None),
            ("年", None),
            ("以上", None),
            ("資深", None),
            ("3年多", None),
            ("3年以上很多", None),
            ("65536年以上", None),
            ("2019年以上", None),
            ("3~年", None),
            ("無限", None),
        ] {
            assert_eq!(read(words), expected, "{words}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(words in r"(未滿|無|[0-9]{1,6}|[年~.十含]|個月|以上|以下|.){0,8}") {
            if let Some((least, Some(most))) = read(&words) {
                prop_assert!(least <= most);
            }
        }
    }
}
