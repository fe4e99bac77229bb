//! A value of a column, as Postgres sends it: its length, and its bytes.

use std::io::{self, Write};

use jiff::{Timestamp, civil};
use serde::Serializer;
use serde::ser::{Error as _, Impossible, Serialize, SerializeSeq, SerializeTuple};
use serde_json::Error;
use serde_json::ser::{CharEscape, Formatter};

use super::row::{unwritten, unwritten_wholes};
use crate::person::array::{ELEMENTS_FROM, TEXT_OID};
use crate::person::column::Type;
use crate::person::json::Storable;

/// The bytes of a length.
pub(super) const LENGTH: usize = 4;
/// That of null.
const NULL: [u8; LENGTH] = (-1_i32).to_be_bytes();
/// The version of how `jsonb` is sent.
const JSONB: u8 = 1;
/// Postgres counts days and microseconds from here.
const EPOCH_ON: civil::Date = civil::date(2000, 1, 1);
const EPOCH_MICROSECOND: i64 = 946_684_800_000_000;

/// Writes a value for a column of a type.
pub(super) fn write(
    bytes: &mut Vec<u8>,
    kind: Type,
    value: &(impl Serialize + ?Sized),
) -> Result<(), Error> {
    let begin = bytes.len();
    bytes.extend_from_slice(&NULL);
    if kind == Type::Json {
        json(bytes, value)?;
        if bytes.get(begin + LENGTH..) == Some(b"\x01null") {
            bytes.truncate(begin + LENGTH);
            return Ok(());
        }
    } else if !value.serialize(Value { kind, bytes: &mut *bytes })? {
        return Ok(());
    }
    let length = i32::try_from(bytes.len() - begin - LENGTH).map_err(Error::custom)?;
    if let Some(place) = bytes.get_mut(begin..).and_then(<[u8]>::first_chunk_mut) {
        *place = length.to_be_bytes();
    }
    Ok(())
}

fn json(bytes: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
    bytes.push(JSONB);
    value.serialize(&mut serde_json::Serializer::with_formatter(bytes, Shown::default()))
}

/// The bytes of a value that is no JSON; whether it is one, and not null.
struct Value<'a> {
    kind: Type,
    bytes: &'a mut Vec<u8>,
}

impl Value<'_> {
    /// A number that its column can not hold goes as long as it is: Postgres refuses the row, and it is known whose.
    fn number(self, number: i64) -> Result<bool, Error> {
        let mut put = |bytes: &[u8]| {
            self.bytes.extend_from_slice(bytes);
            Ok(true)
        };
        match self.kind {
            Type::SmallInt => match i16::try_from(number) {
                Ok(number) => put(&number.to_be_bytes()),
                Err(_beyond) => put(&number.to_be_bytes()),
            },
            Type::Integer => match i32::try_from(number) {
                Ok(number) => put(&number.to_be_bytes()),
                Err(_beyond) => put(&number.to_be_bytes()),
            },
            Type::BigInt => put(&number.to_be_bytes()),
            _ => Err(Error::custom("a number in a column of another type")),
        }
    }

    /// No text of Postgres can hold NUL; whoever reads documents has replaced it with a note already.
    fn text(self, text: &str) {
        if text.contains('\0') {
            self.bytes.extend_from_slice(text.replace('\0', "\u{fffd}").as_bytes());
        } else {
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }
}

impl<'a> Serializer for Value<'a> {
    type Ok = bool;
    type Error = Error;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Impossible<bool, Error>;
    type SerializeTupleVariant = Impossible<bool, Error>;
    type SerializeMap = Impossible<bool, Error>;
    type SerializeStruct = Impossible<bool, Error>;
    type SerializeStructVariant = Impossible<bool, Error>;

    fn serialize_none(self) -> Result<bool, Error> {
        Ok(false)
    }

    fn serialize_unit(self) -> Result<bool, Error> {
        Ok(false)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<bool, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<bool, Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<bool, Error> {
        self.serialize_str(variant)
    }

    fn serialize_str(self, text: &str) -> Result<bool, Error> {
        match self.kind {
            Type::Text => self.text(text),
            Type::Date => {
                let day: civil::Date = text.parse().map_err(Error::custom)?;
                let days = day.since(EPOCH_ON).map_err(Error::custom)?.get_days();
                self.bytes.extend_from_slice(&days.to_be_bytes());
            }
            Type::Moment => {
                let moment: Timestamp = text.parse().map_err(Error::custom)?;
                let microseconds = moment.as_microsecond() - EPOCH_MICROSECOND;
                self.bytes.extend_from_slice(&microseconds.to_be_bytes());
            }
            _ => return Err(Error::custom("a text in a column of another type")),
        }
        Ok(true)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<bool, Error> {
        match self.kind {
            Type::Bytes | Type::Uuid => self.bytes.extend_from_slice(bytes),
            _ => return Err(Error::custom("bytes in a column of another type")),
        }
        Ok(true)
    }

    fn serialize_bool(self, is: bool) -> Result<bool, Error> {
        match self.kind {
            Type::Boolean => self.bytes.push(u8::from(is)),
            _ => return Err(Error::custom("a boolean in a column of another type")),
        }
        Ok(true)
    }

    fn serialize_i8(self, number: i8) -> Result<bool, Error> {
        self.number(number.into())
    }

    fn serialize_i16(self, number: i16) -> Result<bool, Error> {
        self.number(number.into())
    }

    fn serialize_i32(self, number: i32) -> Result<bool, Error> {
        self.number(number.into())
    }

    fn serialize_i64(self, number: i64) -> Result<bool, Error> {
        self.number(number)
    }

    fn serialize_u8(self, number: u8) -> Result<bool, Error> {
        self.number(number.into())
    }

    fn serialize_u16(self, number: u16) -> Result<bool, Error> {
        self.number(number.into())
    }

    fn serialize_u32(self, number: u32) -> Result<bool, Error> {
        self.number(number.into())
    }

    fn serialize_u64(self, number: u64) -> Result<bool, Error> {
        self.number(i64::try_from(number).map_err(Error::custom)?)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Elements<'a>, Error> {
        if self.kind != Type::Array {
            return Err(Error::custom("a list in a column that holds one value"));
        }
        Ok(Elements::begin(self.bytes))
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'a>, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<bool, Error> {
        Err(Error::custom("an object in a column that holds one value"))
    }

    unwritten!("a value that no column holds":
        serialize_f32(f32), serialize_f64(f64), serialize_char(char), serialize_unit_struct(&'static str));

    unwritten_wholes!("an object in a column that holds one value":
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_struct(&'static str, usize) -> Self::SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant);
}

/// The elements of an array of texts.
struct Elements<'a> {
    bytes: &'a mut Vec<u8>,
    begin: usize,
    count: i32,
    has_null: bool,
}

impl<'a> Elements<'a> {
    /// Room for what is said of the array as a whole, which is known at its end.
    fn begin(bytes: &'a mut Vec<u8>) -> Self {
        let begin = bytes.len();
        bytes.resize(begin + ELEMENTS_FROM, 0);
        Self { bytes, begin, count: 0, has_null: false }
    }
}

impl SerializeSeq for Elements<'_> {
    type Ok = bool;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), Error> {
        let begin = self.bytes.len();
        write(self.bytes, Type::Text, element)?;
        self.count += 1;
        self.has_null |= self.bytes.get(begin..) == Some(&NULL);
        Ok(())
    }

    /// Dimensions, whether an element is null, the elements' type; of the one dimension its length, and where it begins.
    fn end(self) -> Result<bool, Error> {
        let dimensions = i32::from(self.count > 0);
        let of_whole = [dimensions, self.has_null.into(), TEXT_OID, self.count, 1];
        if self.count == 0 {
            // An empty array has no dimension.
            self.bytes.truncate(self.begin + 3 * size_of::<i32>());
        }
        let places = self.bytes.get_mut(self.begin..).unwrap_or_default();
        for (place, said) in places.chunks_exact_mut(size_of::<i32>()).zip(of_whole) {
            place.copy_from_slice(&said.to_be_bytes());
        }
        Ok(true)
    }
}

impl SerializeTuple for Elements<'_> {
    type Ok = bool;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), Error> {
        SerializeSeq::serialize_element(self, element)
    }

    fn end(self) -> Result<bool, Error> {
        SerializeSeq::end(self)
    }
}

/// JSON as Postgres shows `jsonb`, but for the order of an object's fields.
#[derive(Default)]
struct Shown(Storable);

impl Formatter for Shown {
    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(column: &str, value: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, Type::of(column), value).unwrap();
        let (length, value) = bytes.split_at(LENGTH);
        assert_eq!(length, i32::try_from(value.len()).unwrap().to_be_bytes());
        value.to_vec()
    }

    #[test]
    fn values_are_those_that_postgres_sends() {
        assert_eq!(written("degree_rank", &-2), [0xff, 0xfe]);
        assert_eq!(written("item_no", &258), [0, 0, 1, 2]);
        assert_eq!(written("document_id", &258), [0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(written("start_on", &"2000-01-02"), [0, 0, 0, 1]);
        assert_eq!(written("start_on", &"1999-12-31"), [0xff; 4]);
        assert_eq!(written("valid_from", &"2000-01-01T00:00:00.000257Z"), [0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(written("full_name", &"a\0甲"), "a\u{fffd}甲".as_bytes());
        assert_eq!(written("before", &json!("x\"\n\0")), b"\x01\"x\\\"\\n\\ufffd\"");
        assert_eq!(written("before", &json!([null, {"a": 1}])), b"\x01[null, {\"a\": 1}]");
    }

    #[test]
    fn an_array_says_how_long_it_is_and_whether_an_element_is_null() {
        let none: [&str; 0] = [];
        assert_eq!(written("content", &none), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25]);
        let whole = |has_null, length| {
            let of_whole = [0, 0, 0, 1, 0, 0, 0, has_null, 0, 0, 0, 25, 0, 0, 0, length];
            [of_whole.as_slice(), &[0, 0, 0, 1]].concat()
        };
        let a = [0, 0, 0, 1, b'a'];
        assert_eq!(written("content", &["a"]), [whole(0, 1), a.to_vec()].concat());
        let with_null = [whole(1, 2), NULL.to_vec(), a.to_vec()].concat();
        assert_eq!(written("content", &[None, Some("a")]), with_null);
    }

    #[test]
    fn null_has_a_length_alone() {
        for (column, value) in [("full_name", json!(null)), ("before", json!(null))] {
            let mut bytes = Vec::new();
            write(&mut bytes, Type::of(column), &value).unwrap();
            assert_eq!(bytes, NULL);
        }
    }

    #[test]
    fn a_number_that_a_column_can_not_hold_is_left_to_postgres() {
        assert_eq!(written("degree_rank", &40_000).len(), 8);
        assert_eq!(written("item_no", &3_000_000_000_i64).len(), 8);
    }

    #[test]
    fn a_value_of_another_type_than_the_column_is_refused() {
        for (column, value) in [
            ("item_no", json!("1")),
            ("full_name", json!(1)),
            ("is_current", json!("t")),
            ("start_on", json!("soon")),
            ("full_name", json!(["x"])),
        ] {
            assert!(write(&mut Vec::new(), Type::of(column), &value).is_err(), "{column} {value}");
        }
    }
}
