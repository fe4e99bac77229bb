//! The tokenizer: strict grammar, linear time, no recursion.

/// One token. Containers come before what they hold and know where it ends, so that a reader
/// can skip them; the members of an object are a `String` (the key) and then its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Null,
    Bool(bool),
    /// The literal, exactly as written.
    Number(&'a str),
    String(Quoted<'a>),
    /// An array; the index after its last token.
    Array {
        end: usize,
    },
    /// An object; the index after its last token.
    Object {
        end: usize,
    },
}

impl Token<'_> {
    /// The index after the last token of the value that stands at `at`.
    pub(crate) fn end(self, at: usize) -> usize {
        match self {
            Self::Array { end } | Self::Object { end } => end,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => at + 1,
        }
    }
}

/// A string as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quoted<'a> {
    /// What stands between the quotes, escapes and all.
    pub(super) inner: &'a str,
    /// It has escapes: else it means what it says.
    pub(super) is_escaped: bool,
}

/// The text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The byte at which it stops being JSON.
    pub(crate) offset: usize,
}

/// Takes a whole JSON text apart.
pub(crate) fn tokens(json: &str) -> Result<Vec<Token<'_>>, Malformed> {
    let mut cursor = Cursor { json, bytes: json.as_bytes(), at: 0 };
    cursor.document().ok_or(Malformed { offset: cursor.at })
}

struct Cursor<'a> {
    json: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn document(&mut self) -> Option<Vec<Token<'a>>> {
        let mut tokens = Vec::with_capacity(self.bytes.len() / 16);
        let mut open: Vec<usize> = Vec::new();
        loop {
            // A value is due.
            match self.after_space()? {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    let is_object = bracket == b'{';
                    open.push(tokens.len());
                    tokens.push(if is_object {
                        Token::Object { end: 0 }
                    } else {
                        Token::Array { end: 0 }
                    });
                    let is_empty = self.after_space()? == if is_object { b'}' } else { b']' };
                    if !is_empty {
                        if is_object {
                            self.key(&mut tokens)?;
                        }
                        continue;
                    }
                }
                b'"' => tokens.push(Token::String(self.string()?)),
                b'-' | b'0'..=b'9' => tokens.push(Token::Number(self.number()?)),
                b'n' => tokens.push(self.word("null", Token::Null)?),
                b't' => tokens.push(self.word("true", Token::Bool(true))?),
                b'f' => tokens.push(self.word("false", Token::Bool(false))?),
                _ => return None,
            }
            // A value ended: close what ends with it, until another one is due.
            loop {
                let Some(&container) = open.last() else {
                    return self.after_space().is_none().then_some(tokens);
                };
                let is_object = matches!(tokens.get(container), Some(Token::Object { .. }));
                match (self.after_space()?, is_object) {
                    (b',', true) => {
                        self.at += 1;
                        self.after_space()?;
                        self.key(&mut tokens)?;
                        break;
                    }
                    (b',', false) => {
                        self.at += 1;
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        open.pop();
                        let end = tokens.len();
                        *tokens.get_mut(container)? =
                            if is_object { Token::Object { end } } else { Token::Array { end } };
                    }
                    _ => return None,
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn after_space(&mut self) -> Option<u8> {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
        self.peek()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn key(&mut self, tokens: &mut Vec<Token<'a>>) -> Option<()> {
        tokens.push(Token::String(self.string()?));
        self.after_space()?;
        self.expect(b':')
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Option<Token<'a>> {
        for byte in word.bytes() {
            self.expect(byte)?;
        }
        Some(token)
    }

    fn string(&mut self) -> Option<Quoted<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut is_escaped = false;
        loop {
            self.at += plain(self.bytes.get(self.at..)?);
            match self.peek()? {
                b'"' => {
                    let inner = self.json.get(start..self.at)?;
                    self.at += 1;
                    return Some(Quoted { inner, is_escaped });
                }
                b'\\' => {
                    is_escaped = true;
                    self.at += 1;
                    let escape = self.peek()?;
                    self.at += 1;
                    match escape {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.peek().filter(u8::is_ascii_hexdigit)?;
                                self.at += 1;
                            }
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.json.get(start..self.at)
    }

    fn digits(&mut self) -> Option<()> {
        self.peek().filter(u8::is_ascii_digit)?;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Some(())
    }
}

/// How many bytes of a string pass before the next that means something else than itself.
pub(super) fn plain(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (word, at) in words.iter().zip((0..).step_by(8)) {
        let stops = stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
    8 * words.len() + rest.iter().take_while(is_plain).count()
}

/// The highest bit of each of eight bytes that ends a plain stretch: a quote, a backslash, a control character. Only the
/// lowest of them is to be trusted, since subtracting borrows from the byte above.
fn stops(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let below = |word: u64, limit: u8| word.wrapping_sub(EACH * u64::from(limit)) & !word;
    let equal = |byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    (equal(b'"') | equal(b'\\') | below(word, 0x20)) & (EACH << 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    fn check(json: &str) {
        let theirs = serde_json::from_str::<&RawValue>(json).is_ok();
        assert_eq!(tokens(json).is_ok(), theirs, "{json:?}");
    }

    #[test]
    fn accepts_what_raw_value_accepts() {
        let ill = r#"nul nulll - 01 1. .5 1.5e +1 0x1 " "\" "\x" "\u12" "\u12g4" [ ] [1,] [,1] {
            {"a"} {"a":} {"a":1,} {,} {a:1} {"a":1}} {1:2} [1} {"a":1] 'a' /**/1 NaN Infinity"#;
        let well = r#"null true false 0 -0 1e999 1E+5 -1.25e-7 "" "\"" "\\" "\ud800" "\u0000" [] {}
            [[],{}] {"a":1,"a":[1,{"b":null}]} 123456789012345678901234567890"#;
        let spaced =
            ["", " ", " { \"a\" : [ 1 , { } ] } \r\n", "1 2", "[1 2]", "{\"a\":1 \"b\":2}"];
        let odd = ["\"\t\"", "\"\u{7f}\"", "\u{feff}{}", "\u{a0}1", "\u{c}1", "\"\u{10ffff}\""];
        ill.split_whitespace()
            .chain(well.split_whitespace())
            .chain(spaced)
            .chain(odd)
            .for_each(check);
    }

    #[test]
    fn says_where_it_stops_being_json() {
        assert_eq!(tokens("{\"a\":x}"), Err(Malformed { offset: 5 }));
        assert_eq!(tokens("[1,"), Err(Malformed { offset: 3 }));
    }

    #[test]
    fn what_is_plain_ends_at_the_first_byte_that_is_not() {
        // Beside what ends it stands what differs from that by one bit or one borrow.
        for beside in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0x9f, 0xa2, 0xdc, 0xff] {
            for (byte, at) in (0..=255).flat_map(|byte| (0..20).map(move |at| (byte, at))) {
                let mut bytes = [beside; 20];
                bytes[at] = byte;
                let is_plain = !matches!(byte, b'"' | b'\\' | 0..=0x1f);
                assert_eq!(plain(&bytes), if is_plain { 20 } else { at }, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(tokens(&deep).map(|tokens| tokens.len()), Ok(1_000_000));
    }

    proptest! {
        #[test]
        fn agrees_with_raw_value(json in r#"([\[\]{},:"\\ ]|null|true|-?[01.eE+]{1,4}|"a"|\\u[dD]8[0-9a-f]{2}|.){0,12}"#) {
            check(&json);
        }
    }
}
