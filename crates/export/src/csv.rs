//! CSV as RFC 4180 has it: UTF-8, a header, `\r\n`; null is an empty field, empty text is `""`.

use std::io::Write;

use crate::encode::{EncodeError, Encoder};
use crate::moment::{write_date, write_moment};
use crate::relation::Relation;
use crate::value::Value;

/// What a spreadsheet takes for the beginning of a formula; full-width forms too, as some do under
/// East Asian settings.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// Writes CSV.
#[derive(Clone, Debug)]
pub struct Csv {
    names: Vec<String>,
    has_bom: bool,
    is_raw: bool,
    cell: Vec<u8>,
}

impl Csv {
    /// For a relation, text made safe for spreadsheets: what would begin a formula is preceded by
    /// `'`. Numbers are left alone.
    pub fn new(relation: &Relation) -> Self {
        let names = relation.columns.iter().map(|column| column.name.clone()).collect();
        Self { names, has_bom: false, is_raw: false, cell: Vec::new() }
    }

    /// Whether the file begins with the mark by which Excel knows UTF-8.
    #[must_use]
    pub fn bom(self, has_bom: bool) -> Self {
        Self { has_bom, ..self }
    }

    /// Whether text is written as it is, formulas or not.
    #[must_use]
    pub fn raw_text(self, is_raw: bool) -> Self {
        Self { is_raw, ..self }
    }

    fn field(&mut self, value: Value<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match value {
            Value::Null => {}
            Value::Flag(flag) => write!(out, "{flag}")?,
            Value::Int(number) => write!(out, "{number}")?,
            Value::Float(number) => write!(out, "{number}")?,
            Value::Decimal(digits) => out.extend_from_slice(digits.as_bytes()),
            Value::Date(days) => write_date(out, days)?,
            Value::Moment(microseconds) => write_moment(out, microseconds)?,
            Value::Bytes(bytes) => {
                out.extend_from_slice(b"\\x");
                bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
            }
            Value::Texts(json) | Value::Json(json) => write_text(out, json.as_bytes()),
            Value::Text(text) if !self.is_raw && text.starts_with(FORMULA) => {
                self.cell.clear();
                self.cell.push(b'\'');
                self.cell.extend_from_slice(text.as_bytes());
                write_text(out, &self.cell);
            }
            Value::Text(text) => write_text(out, text.as_bytes()),
        }
        Ok(())
    }
}

impl Encoder for Csv {
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.has_bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        for (position, name) in self.names.iter().enumerate() {
            separate(position, out);
            write_text(out, name.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn row(&mut self, row: &[Value<'_>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for (position, value) in row.iter().enumerate() {
            separate(position, out);
            self.field(*value, out)?;
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn end(&mut self, _out: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }
}

fn separate(position: usize, out: &mut Vec<u8>) {
    if position > 0 {
        out.push(b',');
    }
}

/// Quoted where it has to be, and where a reader would take it for null.
fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    let must_be_quoted = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if !text.is_empty() && !text.iter().any(must_be_quoted) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::relation::Column;
    use crate::value::Kind;

    fn relation() -> Relation {
        let columns = vec![Column::of("a", Kind::Text), Column::of("b,c", Kind::Int64)];
        Relation { name: Name::new("mart", "x"), columns, comment: None }
    }

    fn written(mut csv: Csv, rows: &[&[Value<'_>]]) -> String {
        let mut out = Vec::new();
        csv.begin(&mut out).unwrap();
        for row in rows {
            csv.row(row, &mut out).unwrap();
        }
        csv.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// One cell of text, safe for spreadsheets.
    fn cell(text: &str) -> String {
        let all = written(Csv::new(&relation()), &[&[Value::Text(text)]]);
        all.strip_prefix("a,\"b,c\"\r\n").unwrap().strip_suffix("\r\n").unwrap().to_owned()
    }

    #[test]
    fn text_is_quoted_where_it_must_be_and_null_differs_from_empty() {
        assert_eq!(cell("台北"), "台北");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"no\"\nplease"), "\"say \"\"no\"\"\nplease\"");
        assert_eq!(cell(""), "\"\"");
        let nulls = written(Csv::new(&relation()), &[&[Value::Null, Value::Int(-3)]]);
        assert_eq!(nulls, "a,\"b,c\"\r\n,-3\r\n");
    }

    #[test]
    fn what_begins_a_formula_is_made_text_and_numbers_stay() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("+886912345678", "'+886912345678"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝ＨＹＰＥＲ", "'＝ＨＹＰＥＲ"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
            ("a=b", "a=b"),
            ("'=1", "'=1"),
        ] {
            assert_eq!(cell(text), safe);
        }
        let numbers = [Value::Float(-0.5), Value::Decimal("-1.50"), Value::Int(-1)];
        let seen = written(Csv::new(&relation()), &[&numbers]);
        assert!(seen.ends_with("-0.5,-1.50,-1\r\n"), "{seen}");
        let raw = written(Csv::new(&relation()).raw_text(true), &[&[Value::Text("=1")]]);
        assert!(raw.ends_with("\n=1\r\n"), "{raw}");
    }

    #[test]
    fn other_values_are_written_as_programs_read_them() {
        let row = [
            Value::Flag(true),
            Value::Date(0),
            Value::Moment(0),
            Value::Bytes(&[0, 255]),
            Value::Texts(r#"["a","b"]"#),
            Value::Json(r#"{"n": -1}"#),
        ];
        let seen = written(Csv::new(&relation()).bom(true), &[&row]);
        assert_eq!(
            seen,
            "\u{feff}a,\"b,c\"\r\ntrue,1970-01-01,1970-01-01T08:00:00+08:00,\\x00ff,\
             \"[\"\"a\"\",\"\"b\"\"]\",\"{\"\"n\"\": -1}\"\r\n"
        );
    }
}
