//! Words brought into one form before they are compared.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

/// Compatible forms made one (`４` is `4`, `～` is `~`, `（` is `(`), trimmed.
pub(crate) fn width(text: &str) -> String {
    compatible(text).trim().to_owned()
}

/// The same in lower case, without any white space.
pub(crate) fn compact(text: &str) -> String {
    let compatible = compatible(text);
    let visible = compatible.chars().filter(|char| !char.is_whitespace());
    let mut compact = String::with_capacity(compatible.len());
    visible.for_each(|char| push_lower(char, &mut compact));
    compact
}

/// For search: compatible forms made one, lower case, each stretch of white space one blank.
pub(crate) fn term(text: &str) -> String {
    let compatible = compatible(text);
    let mut term = String::with_capacity(compatible.len());
    for word in compatible.split_whitespace() {
        if !term.is_empty() {
            term.push(' ');
        }
        word.chars().for_each(|char| push_lower(char, &mut term));
    }
    term
}

/// Most letters by far: they have neither a compatible form nor, but for ASCII, cases.
fn is_usual(char: char) -> bool {
    char.is_ascii() || matches!(char, '\u{4e00}'..='\u{9fff}')
}

fn push_lower(char: char, out: &mut String) {
    if is_usual(char) {
        out.push(char.to_ascii_lowercase());
    } else {
        out.extend(char.to_lowercase());
    }
}

/// Compatible forms made one. Most words have none, which is seen quicker than it is done.
fn compatible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_usual) {
        return Cow::Borrowed(text);
    }
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfkc().collect()),
    }
}

/// Chinese numerals below a hundred as digits: 三 is 3, 十二 is 12, 二十 is 20; 半 stays.
pub(crate) fn numerals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<char> = Vec::new();
    for char in text.chars() {
        if char == '十' || unit(char).is_some() {
            run.push(char);
        } else {
            flush(&mut run, &mut out);
            out.push(char);
        }
    }
    flush(&mut run, &mut out);
    out
}

/// Writes one run of numerals as digits, or as it is if it is no number below a hundred.
fn flush(run: &mut Vec<char>, out: &mut String) {
    let number = match run.as_slice() {
        ['十'] => Some(10),
        [ones] => unit(*ones),
        ['十', ones] => unit(*ones).map(|ones| 10 + ones),
        [tens, '十'] => unit(*tens).map(|tens| tens * 10),
        [tens, '十', ones] => unit(*tens).zip(unit(*ones)).map(|(tens, ones)| tens * 10 + ones),
        _ => None,
    };
    match number {
        Some(number) => out.push_str(&number.to_string()),
        None => out.extend(run.iter()),
    }
    run.clear();
}

fn unit(char: char) -> Option<u32> {
    Some(match char {
        '一' => 1,
        '二' | '兩' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::canonical_combining_class;

    use super::*;

    #[test]
    fn forms_become_one() {
        assert_eq!(compact(" ４０，０００～ ５萬　元 "), "40,000~5萬元");
        assert_eq!(width("　２０２０－０３ "), "2020-03");
        assert_eq!(term(" Ｃ＋＋　 Programming\n語言 "), "c++ programming 語言");
        assert_eq!(term(" \u{3000}"), "");
    }

    #[test]
    fn usual_letters_have_one_form() {
        for letter in ('\0'..=char::MAX).filter(|letter| is_usual(*letter)) {
            assert!(is_nfkc_quick([letter].into_iter()) == IsNormalized::Yes, "{letter:?}");
            assert!(letter.to_lowercase().eq([letter.to_ascii_lowercase()]), "{letter:?}");
            // None of them combines with the one before it, or changes places with it.
            assert_eq!(canonical_combining_class(letter), 0, "{letter:?}");
        }
    }

    #[test]
    fn numerals_become_digits() {
        for (text, digits) in [
            ("一個月", "1個月"),
            ("兩週", "2週"),
            ("十年以上", "10年以上"),
            ("十二年", "12年"),
            ("二十年", "20年"),
            ("二十五年", "25年"),
            ("一二三", "一二三"),
            ("十十", "十十"),
            ("半年", "半年"),
        ] {
            assert_eq!(numerals(text), digits);
        }
    }
}
