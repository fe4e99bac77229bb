//! What the text between two quotes means.

use std::borrow::Cow;

use super::token::{Quoted, plain};

/// One stretch of a string.
enum Piece<'a> {
    /// Text without escapes.
    Plain(&'a str),
    /// What an escape stands for.
    Char(char),
    /// Half of a surrogate pair without its other half: no character at all.
    LoneSurrogate(u16),
}

/// The text that an escaped string stands for, fit to be stored: what Postgres refuses (NUL and
/// lone surrogates) becomes U+FFFD. The flag says whether anything did.
pub(super) fn storable(Quoted { inner, is_escaped }: Quoted<'_>) -> (Cow<'_, str>, bool) {
    if !is_escaped {
        return (Cow::Borrowed(inner), false);
    }
    let mut text = String::with_capacity(inner.len());
    let mut is_repaired = false;
    pieces(inner, |piece| match piece {
        Piece::Plain(plain) => text.push_str(plain),
        Piece::Char('\0') | Piece::LoneSurrogate(_) => {
            text.push(char::REPLACEMENT_CHARACTER);
            is_repaired = true;
        }
        Piece::Char(char) => text.push(char),
    });
    (Cow::Owned(text), is_repaired)
}

/// The exact meaning of an escaped string as bytes: UTF-8, and a lone surrogate in the three
/// bytes that UTF-8 would give it (WTF-8). Different meanings give different bytes.
pub(crate) fn meaning(Quoted { inner, is_escaped }: Quoted<'_>) -> Cow<'_, [u8]> {
    if !is_escaped {
        return Cow::Borrowed(inner.as_bytes());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    pieces(inner, |piece| match piece {
        Piece::Plain(plain) => bytes.extend_from_slice(plain.as_bytes()),
        Piece::Char(char) => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        Piece::LoneSurrogate(unit) => {
            let [high, low] = unit.to_be_bytes();
            bytes.extend([
                0xe0 | (high >> 4),
                0x80 | ((high & 0x0f) << 2) | (low >> 6),
                0x80 | (low & 0x3f),
            ]);
        }
    });
    Cow::Owned(bytes)
}

/// Hands out the stretches of a string in order. It came from the tokenizer: its escapes are
/// well formed.
fn pieces<'a>(inner: &'a str, mut found: impl FnMut(Piece<'a>)) {
    let mut rest = inner;
    loop {
        // Nothing but escapes ends what is plain here.
        let (before, escape) = rest.split_at(plain(rest.as_bytes()));
        if !before.is_empty() {
            found(Piece::Plain(before));
        }
        let mut chars = escape.chars();
        let char = match chars.nth(1) {
            Some('u') => {
                let unit = hex(escape);
                rest = escape.get(6..).unwrap_or_default();
                found(match char::from_u32(u32::from(unit)) {
                    Some(char) => Piece::Char(char),
                    None => match low_half(unit, rest) {
                        Some(char) => {
                            rest = rest.get(6..).unwrap_or_default();
                            Piece::Char(char)
                        }
                        None => Piece::LoneSurrogate(unit),
                    },
                });
                continue;
            }
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(itself) => itself,
            None => return,
        };
        found(Piece::Char(char));
        rest = chars.as_str();
    }
}

/// The number that an escape of four hexadecimal digits at the start of the text gives.
fn hex(text: &str) -> u16 {
    let digits = text.chars().skip(2).take(4).filter_map(|digit| digit.to_digit(16));
    digits.filter_map(|digit| u16::try_from(digit).ok()).fold(0, |unit, digit| (unit << 4) | digit)
}

/// The character that a surrogate and the escape after it stand for, if they are a pair.
fn low_half(high: u16, rest: &str) -> Option<char> {
    let low = rest.starts_with("\\u").then(|| hex(rest))?;
    char::decode_utf16([high, low]).next()?.ok().filter(|_| (0xdc00..0xe000).contains(&low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(inner: &str) -> Quoted<'_> {
        Quoted { inner, is_escaped: inner.contains('\\') }
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (raw, text, is_repaired) in [
            ("", "", false),
            ("王小明", "王小明", false),
            (r#"a\"b\\c\/d"#, "a\"b\\c/d", false),
            (r"\b\f\n\r\t", "\u{8}\u{c}\n\r\t", false),
            (r"\u738b\u5c0f", "王小", false),
            (r"\ud83d\ude00!", "😀!", false),
            (r"\ud83d", "\u{fffd}", true),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}", true),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀", true),
            (r"\ud83dx", "\u{fffd}x", true),
            (r"\ud83d\u0041", "\u{fffd}A", true),
            (r"\ud83d\n", "\u{fffd}\n", true),
            (r"a\u0000b", "a\u{fffd}b", true),
        ] {
            assert_eq!(storable(quoted(raw)), (text.into(), is_repaired), "{raw}");
        }
    }

    #[test]
    fn meanings_differ_as_strings_differ() {
        assert_eq!(meaning(quoted(r"\u738b")), meaning(quoted("王")));
        assert_eq!(meaning(quoted(r"\ud83d\ude00")), meaning(quoted("😀")));
        assert_eq!(meaning(quoted(r"\uD83D")), meaning(quoted(r"\ud83d")));
        assert_eq!(*meaning(quoted(r"\ud83d")), [0xed, 0xa0, 0xbd]);
        assert_ne!(meaning(quoted(r"\ud83d")), meaning(quoted(r"\ud83e")));
        assert_ne!(meaning(quoted(r"\ud83d")), meaning(quoted(r"\ufffd")));
        assert_ne!(meaning(quoted(r"\u0000")), meaning(quoted(r"\ufffd")));
    }
}
