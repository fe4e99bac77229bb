//! Rows as JSON that Postgres takes.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

/// Writes compact JSON with U+FFFD for NUL, which no text of Postgres can hold. Whoever reads
/// documents replaces it with a note already; here one that slipped through can't spoil the batch.
#[derive(Default)]
pub(super) struct Storable(CompactFormatter);

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

/// The bytes of a value, and no list of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A value of JSON with the fields of its objects as `jsonb` keeps them: by the length of their names, then by the names.
pub(super) fn as_jsonb<S: serde::Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| (name.len(), *name));
            to.collect_map(fields.into_iter().map(|(name, value)| (name, AsJsonb(value))))
        }
        Value::Array(items) => to.collect_seq(items.iter().map(AsJsonb)),
        plain => plain.serialize(to),
    }
}

struct AsJsonb<'a>(&'a Value);

impl Serialize for AsJsonb<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_jsonb(self.0, serializer)
    }
}

/// The same of one that may be absent.
#[expect(clippy::ref_option, reason = "serde asks for it")]
pub(super) fn as_jsonb_or_null<S: serde::Serializer>(
    value: &Option<Value>,
    to: S,
) -> Result<S::Ok, S::Error> {
    as_jsonb(value.as_ref().unwrap_or(&Value::Null), to)
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
    fn fields_are_in_the_order_of_jsonb() {
        let value = serde_json::json!([{"bb": 1, "c": {"zz": 1, "y": 2}, "aaa": 3, "ab": 4}]);
        let text = serde_json::to_string(&AsJsonb(&value)).unwrap();
        assert_eq!(text, r#"[{"c":{"y":2,"zz":1},"ab":4,"bb":1,"aaa":3}]"#);
    }
}
