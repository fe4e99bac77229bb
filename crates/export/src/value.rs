//! What a column holds, and one value of it as it came from Postgres.

use std::str;

use crate::error::Error;

/// What a column holds. Other types come as their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `boolean`
    Flag,
    /// `smallint`
    Int16,
    /// `integer`
    Int32,
    /// `bigint`
    Int64,
    /// `real`, `double precision`
    Float,
    /// `numeric`, with precision and scale where they are declared.
    Decimal(Option<(u16, u16)>),
    /// `text` and all that has no kind of its own.
    Text,
    /// `date`
    Date,
    /// `timestamptz`
    Moment,
    /// `text[]`, as JSON text.
    Texts,
    /// `jsonb`, `json` and arrays of other things than text, as JSON text.
    Json,
    /// `bytea`
    Bytes,
}

/// One value. Dates and moments beyond all time (`infinity`) are null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// None.
    Null,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// A floating number.
    Float(f64),
    /// A number in decimal digits; or `NaN`, `Infinity`, `-Infinity`.
    Decimal(&'a str),
    /// Text.
    Text(&'a str),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01, UTC.
    Moment(i64),
    /// A list of texts, as JSON text.
    Texts(&'a str),
    /// JSON text on one line.
    Json(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// From 1970-01-01 to 2000-01-01, from where Postgres counts.
const DAYS: i32 = 10_957;
const MICROSECONDS: i64 = 10_957 * 86_400_000_000;

impl Kind {
    /// The kind of a type, and the expression by which a column `$` of it is selected.
    pub(crate) fn of(type_name: &str, modifier: i32) -> (Self, &'static str) {
        match type_name {
            "bool" => (Self::Flag, "$"),
            "int2" => (Self::Int16, "$"),
            "int4" => (Self::Int32, "$"),
            "int8" => (Self::Int64, "$"),
            "float4" | "float8" => (Self::Float, "$::float8"),
            "numeric" => (Self::Decimal(precision_and_scale(modifier)), "$::text"),
            "date" => (Self::Date, "$"),
            "timestamptz" => (Self::Moment, "$"),
            "bytea" => (Self::Bytes, "$"),
            "jsonb" | "json" => (Self::Json, "$::jsonb::text"),
            "_text" => (Self::Texts, "to_json($)::text"),
            array if array.starts_with('_') => (Self::Json, "to_json($)::text"),
            _ => (Self::Text, "$::text"),
        }
    }

    /// Reads a value in Postgres' binary format.
    pub(crate) fn value(self, field: Option<&[u8]>) -> Result<Value<'_>, Error> {
        let Some(bytes) = field else { return Ok(Value::Null) };
        Ok(match self {
            Self::Flag => Value::Flag(fixed::<1>(bytes)? != [0]),
            Self::Int16 => Value::Int(i16::from_be_bytes(fixed(bytes)?).into()),
            Self::Int32 => Value::Int(i32::from_be_bytes(fixed(bytes)?).into()),
            Self::Int64 => Value::Int(i64::from_be_bytes(fixed(bytes)?)),
            Self::Float => Value::Float(f64::from_be_bytes(fixed(bytes)?)),
            Self::Date => match i32::from_be_bytes(fixed(bytes)?) {
                i32::MIN | i32::MAX => Value::Null,
                days => Value::Date(days.saturating_add(DAYS)),
            },
            Self::Moment => match i64::from_be_bytes(fixed(bytes)?) {
                i64::MIN | i64::MAX => Value::Null,
                microseconds => Value::Moment(microseconds.saturating_add(MICROSECONDS)),
            },
            Self::Bytes => Value::Bytes(bytes),
            Self::Decimal(_) => Value::Decimal(text(bytes)?),
            Self::Text => Value::Text(text(bytes)?),
            Self::Texts => Value::Texts(text(bytes)?),
            Self::Json => Value::Json(text(bytes)?),
        })
    }
}

/// How Postgres keeps `numeric(precision, scale)`.
fn precision_and_scale(modifier: i32) -> Option<(u16, u16)> {
    let packed = u32::try_from(modifier).ok()?.checked_sub(4)?;
    let (precision, scale) = (packed >> 16, packed & 0x7ff);
    // A negative scale, which has its eleventh bit set, rounds to tens: as a number it is whole.
    let scale = if scale >= 0x400 { 0 } else { scale };
    Some((u16::try_from(precision).ok()?, u16::try_from(scale).ok()?))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_length| Error::Wire("a number has another length"))
}

fn text(bytes: &[u8]) -> Result<&str, Error> {
    str::from_utf8(bytes).map_err(|_bytes| Error::Wire("a text is no UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_postgres_sends_them() {
        let read = |kind: Kind, bytes: &'static [u8]| kind.value(Some(bytes)).unwrap();
        assert_eq!(read(Kind::Int16, &[0xff, 0xfe]), Value::Int(-2));
        assert_eq!(read(Kind::Flag, &[1]), Value::Flag(true));
        assert_eq!(read(Kind::Date, &[0; 4]), Value::Date(10_957));
        assert_eq!(read(Kind::Date, &[0x7f, 0xff, 0xff, 0xff]), Value::Null);
        assert_eq!(read(Kind::Moment, &[0; 8]), Value::Moment(946_684_800_000_000));
        assert_eq!(read(Kind::Text, "名".as_bytes()), Value::Text("名"));
        assert_eq!(Kind::Text.value(None).unwrap(), Value::Null);
        assert!(Kind::Int64.value(Some(&[0])).is_err() && Kind::Text.value(Some(&[0xff])).is_err());
    }

    #[test]
    fn types_have_kinds_and_all_others_are_text() {
        assert_eq!(Kind::of("numeric", ((10 << 16) | 2) + 4).0, Kind::Decimal(Some((10, 2))));
        assert_eq!(Kind::of("numeric", -1).0, Kind::Decimal(None));
        assert_eq!(Kind::of("uuid", -1), (Kind::Text, "$::text"));
        assert_eq!(Kind::of("_int4", -1), (Kind::Json, "to_json($)::text"));
    }
}
