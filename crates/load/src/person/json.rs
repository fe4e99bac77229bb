//! Rows as JSON that Postgres takes.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use crate::hex::hex;

/// Writes compact JSON with U+FFFD for NUL, which no text of Postgres can hold. Whoever reads
/// documents replaces it with a note already; here one that slipped through can't spoil the batch.
#[derive(Default)]
struct Storable(CompactFormatter);

impl Formatter for Storable {
    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(0) => writer.write_all(br"\ufffd"),
            other => self.0.write_char_escape(writer, other),
        }
    }
}

/// A growing JSON array of rows.
#[derive(Default)]
pub(crate) struct Rows(Vec<u8>);

impl Rows {
    pub(crate) fn push(&mut self, row: &impl Serialize) -> Result<(), serde_json::Error> {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        row.serialize(&mut Serializer::with_formatter(&mut self.0, Storable::default()))
    }

    /// The array's text; `None` if there is no row.
    pub(crate) fn text(&mut self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push(b']');
        // The serializer writes nothing but UTF-8.
        String::from_utf8(std::mem::take(&mut self.0)).ok()
    }
}

/// Bytes as the text that a `bytea` column reads.
pub(super) fn bytea(bytes: &[u8]) -> String {
    format!(r"\x{}", hex(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_replaced_and_backslashes_stay() {
        let mut rows = Rows::default();
        rows.push(&"a\0b").unwrap();
        rows.push(&r"a\u0000").unwrap();
        assert_eq!(rows.text().unwrap(), r#"["a\ufffdb","a\\u0000"]"#);
    }

    #[test]
    fn bytes_are_hexadecimal() {
        assert_eq!(bytea(&[0, 15, 255]), r"\x000fff");
    }
}
