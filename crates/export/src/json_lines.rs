//! JSON lines: one object a row, real types, null kept.

use std::io::Write;

use crate::encode::{EncodeError, Encoder, is_finite};
use crate::moment::{write_date, write_moment};
use crate::relation::Relation;
use crate::value::Value;

/// Writes JSON lines.
#[derive(Clone, Debug)]
pub struct JsonLines {
    /// `{"a":` of the first column, `,"b":` of the others.
    keys: Vec<Vec<u8>>,
}

impl JsonLines {
    /// For a relation.
    pub fn new(relation: &Relation) -> Self {
        let key = |(position, name): (usize, &str)| {
            let before = if position == 0 { '{' } else { ',' };
            format!("{before}{}:", serde_json::Value::from(name)).into_bytes()
        };
        let names = relation.columns.iter().map(|column| column.name.as_str());
        Self { keys: names.enumerate().map(key).collect() }
    }
}

impl Encoder for JsonLines {
    fn begin(&mut self, _out: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn row(&mut self, row: &[Value<'_>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for (key, value) in self.keys.iter().zip(row) {
            out.extend_from_slice(key);
            write_value(out, *value)?;
        }
        out.extend_from_slice(b"}\n");
        Ok(())
    }

    fn end(&mut self, _out: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }
}

fn write_value(out: &mut Vec<u8>, value: Value<'_>) -> Result<(), EncodeError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Flag(flag) => write!(out, "{flag}")?,
        Value::Int(number) => write!(out, "{number}")?,
        Value::Float(number) if number.is_finite() => serde_json::to_writer(out, &number)?,
        Value::Float(number) => serde_json::to_writer(out, &number.to_string())?,
        Value::Decimal(digits) if is_finite(digits) => out.extend_from_slice(digits.as_bytes()),
        Value::Decimal(text) | Value::Text(text) => serde_json::to_writer(out, text)?,
        Value::Texts(json) | Value::Json(json) => out.extend_from_slice(json.as_bytes()),
        Value::Date(days) => quoted(out, |out| write_date(out, days))?,
        Value::Moment(microseconds) => quoted(out, |out| write_moment(out, microseconds))?,
        Value::Bytes(bytes) => quoted(out, |out| {
            out.extend_from_slice(b"\\\\x");
            Ok(bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?)
        })?,
    }
    Ok(())
}

fn quoted(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    out.push(b'"');
    write(out)?;
    out.push(b'"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::relation::Column;
    use crate::value::Kind;

    #[test]
    fn each_row_is_an_object_with_its_own_types() {
        let names = ["text", "n", "flag", "list", "nested", "on", "at", "bytes", "sum", "odd", "f"];
        let columns = names.iter().map(|name| Column::of(name, Kind::Text)).collect();
        let relation = Relation { name: Name::new("mart", "x"), columns, comment: None };
        let row = [
            Value::Text("=\"名\"\n"),
            Value::Int(-7),
            Value::Flag(false),
            Value::Texts(r#"["a",null]"#),
            Value::Json(r#"{"a": [1, 2.50]}"#),
            Value::Date(0),
            Value::Moment(1),
            Value::Bytes(&[1]),
            Value::Decimal("-1.50"),
            Value::Decimal("NaN"),
            Value::Float(0.25),
        ];
        let (mut lines, mut out) = (JsonLines::new(&relation), Vec::new());
        lines.begin(&mut out).unwrap();
        lines.row(&row, &mut out).unwrap();
        lines.row(&[Value::Null; 11], &mut out).unwrap();
        lines.end(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let (first, second) = text.split_once('\n').unwrap();
        assert_eq!(
            first,
            r#"{"text":"=\"名\"\n","n":-7,"flag":false,"list":["a",null],"nested":{"a": [1, 2.50]},"on":"1970-01-01","at":"1970-01-01T08:00:00.000001+08:00","bytes":"\\x01","sum":-1.50,"odd":"NaN","f":0.25}"#
        );
        let second: serde_json::Value = serde_json::from_str(second).unwrap();
        assert_eq!(second.as_object().unwrap().len(), 11);
        assert!(names.iter().all(|name| second[name].is_null()));
    }
}
