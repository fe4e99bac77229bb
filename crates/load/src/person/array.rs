//! The values of a column in some rows, as an array that a statement takes apart again.

use std::borrow::Cow;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres};

use super::column::Type;
use super::copy::Cells;

/// The number of the type `text`.
pub(super) const TEXT_OID: i32 = 25;
/// Where the elements of an array begin: behind what is said of it as a whole, five numbers of four bytes.
pub(super) const ELEMENTS_FROM: usize = 20;

/// The values of a column, by its place in the rows.
pub(super) struct Values<'v, 'r> {
    kind: Type,
    rows: &'v [&'v Cells<'r>],
    place: usize,
}

impl<'v, 'r> Values<'v, 'r> {
    pub(super) fn new(kind: Type, rows: &'v [&'v Cells<'r>], place: usize) -> Self {
        Self { kind, rows, place }
    }

    fn of<'c>(&self, row: &Cells<'c>) -> Option<Cow<'c, [u8]>> {
        let value = row.get(self.place).copied().flatten()?;
        Some(if self.kind == Type::Array { as_text(value).into() } else { value.into() })
    }
}

/// The type of a value within the array, as SQL names it: an array can not hold arrays, and so these are given as texts.
pub(super) fn element_sql(kind: Type) -> &'static str {
    if kind == Type::Array { Type::Text.sql() } else { kind.sql() }
}

/// The numbers of a type, and of the arrays of it.
fn oids(kind: Type) -> (i32, u32) {
    match kind {
        Type::Text | Type::Array => (TEXT_OID, 1009),
        Type::Json => (3802, 3807),
        Type::Boolean => (16, 1000),
        Type::SmallInt => (21, 1005),
        Type::Integer => (23, 1007),
        Type::BigInt => (20, 1016),
        Type::Date => (1082, 1182),
        Type::Moment => (1184, 1185),
        Type::Bytes => (17, 1001),
        Type::Uuid => (2950, 2951),
    }
}

impl sqlx::Type<Postgres> for Values<'_, '_> {
    fn type_info() -> PgTypeInfo {
        <Vec<String> as sqlx::Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Values<'_, '_> {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(oids(self.kind).1)))
    }

    /// One dimension, from 1.
    fn encode_by_ref(&self, to: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let values: Vec<_> = self.rows.iter().map(|row| self.of(row)).collect();
        let has_null = values.iter().any(Option::is_none);
        let length = i32::try_from(values.len())?;
        for said in [1, has_null.into(), oids(self.kind).0, length, 1] {
            to.extend_from_slice(&said.to_be_bytes());
        }
        for value in values {
            let Some(value) = value else {
                to.extend_from_slice(&(-1_i32).to_be_bytes());
                continue;
            };
            to.extend_from_slice(&i32::try_from(value.len())?.to_be_bytes());
            to.extend_from_slice(&value);
        }
        Ok(IsNull::No)
    }
}

/// An array of texts, as SQL writes it.
fn as_text(sent: &[u8]) -> Vec<u8> {
    let mut text = vec![b'{'];
    let mut rest = sent.get(ELEMENTS_FROM..).unwrap_or_default();
    while let Some((length, behind)) = rest.split_first_chunk() {
        if text.len() > 1 {
            text.push(b',');
        }
        let length = usize::try_from(i32::from_be_bytes(*length)).ok();
        let Some((element, behind)) = length.and_then(|length| behind.split_at_checked(length))
        else {
            text.extend_from_slice(b"NULL");
            rest = behind;
            continue;
        };
        text.push(b'"');
        for byte in element {
            if matches!(byte, b'"' | b'\\') {
                text.push(b'\\');
            }
            text.push(*byte);
        }
        text.push(b'"');
        rest = behind;
    }
    text.push(b'}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(of_whole: [i32; 5], elements: &[Option<&str>]) -> Vec<u8> {
        let mut sent: Vec<u8> = of_whole.iter().flat_map(|said| said.to_be_bytes()).collect();
        for element in elements {
            let length = element.map_or(-1, |element| i32::try_from(element.len()).unwrap());
            sent.extend(length.to_be_bytes());
            sent.extend(element.unwrap_or_default().bytes());
        }
        sent
    }

    #[test]
    fn elements_of_an_array_are_written_in_quotes() {
        let elements = [Some("甲,乙"), None, Some("a\"\\"), Some("")];
        let written = as_text(&sent([1, 1, TEXT_OID, 4, 1], &elements));
        assert_eq!(String::from_utf8(written).unwrap(), r#"{"甲,乙",NULL,"a\"\\",""}"#);
        assert_eq!(as_text(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25]), b"{}");
    }

    #[test]
    fn values_are_an_array_as_postgres_takes_it() {
        let rows: [Cells<'_>; 2] = [vec![Some(b"x"), Some(b"y")], vec![Some(b"z"), None]];
        let rows: Vec<&Cells<'_>> = rows.iter().collect();
        let mut written = PgArgumentBuffer::default();
        let values = Values::new(Type::Text, &rows, 1);
        assert!(matches!(values.encode_by_ref(&mut written), Ok(IsNull::No)));
        assert_eq!(**written, sent([1, 1, TEXT_OID, 2, 1], &[Some("y"), None]));
    }
}
