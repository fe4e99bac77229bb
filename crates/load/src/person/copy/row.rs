//! A row: an object whose fields are columns.

use serde::ser::{Error as _, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Error;

use super::value;
use crate::person::column::Type;

/// One row as it is written. The rows of a table are of one type, whose fields have their names: of the rows behind the
/// first they are counted, and compared in tests alone.
pub(super) struct Row<'a> {
    columns: &'a mut Vec<(String, Type)>,
    bytes: &'a mut Vec<u8>,
    /// Where the row begins.
    begin: usize,
    /// Whether the columns are not known yet.
    is_first: bool,
    /// How many columns are named.
    named: usize,
    /// The type of the one that was named last.
    kind: Type,
}

impl<'a> Row<'a> {
    /// The next row of a table whose columns are these, if they are known.
    pub(super) fn new(columns: &'a mut Vec<(String, Type)>, bytes: &'a mut Vec<u8>) -> Self {
        let (is_first, begin) = (columns.is_empty(), bytes.len());
        // How many columns follow stands before them.
        bytes.extend_from_slice(&[0; size_of::<i16>()]);
        Self { columns, bytes, begin, is_first, named: 0, kind: Type::Text }
    }

    /// The next column's type.
    fn column(&mut self, name: impl FnOnce() -> Result<String, Error>) -> Result<Type, Error> {
        if self.is_first {
            let name = name()?;
            let kind = Type::of(&name);
            self.columns.push((name, kind));
        } else if cfg!(debug_assertions) {
            let expected = self.columns.get(self.named).map(|(name, _)| name.as_str());
            if expected != Some(name()?.as_str()) {
                return Err(Error::custom(OTHER_COLUMNS));
            }
        }
        let (_, kind) = self.columns.get(self.named).ok_or_else(|| Error::custom(OTHER_COLUMNS))?;
        self.named += 1;
        Ok(*kind)
    }

    fn finish(self) -> Result<(), Error> {
        if self.named != self.columns.len() {
            return Err(Error::custom(OTHER_COLUMNS));
        }
        if let Some(place) = self.bytes.get_mut(self.begin..).and_then(<[u8]>::first_chunk_mut) {
            *place = i16::try_from(self.named).map_err(Error::custom)?.to_be_bytes();
        }
        Ok(())
    }
}

const OTHER_COLUMNS: &str = "a row has other columns than the first of its table";

impl SerializeMap for Row<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.kind = self.column(|| {
            let mut name = Vec::new();
            value::write(&mut name, Type::Text, key)?;
            String::from_utf8(name.split_off(value::LENGTH)).map_err(Error::custom)
        })?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value::write(self.bytes, self.kind, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl SerializeStruct for Row<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let kind = self.column(|| Ok(name.to_owned()))?;
        value::write(self.bytes, kind, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

/// Methods of a serializer for what can not be written.
macro_rules! unwritten {
    ($why:literal: $($method:ident($($kind:ty),*)),* $(,)?) => {
        $(fn $method(self, $(_: $kind),*) -> Result<Self::Ok, Error> {
            Err(Error::custom($why))
        })*
    };
}

/// The same, for what holds other values.
macro_rules! unwritten_wholes {
    ($why:literal: $($method:ident($($kind:ty),*) -> $whole:ty),* $(,)?) => {
        $(fn $method(self, $(_: $kind),*) -> Result<$whole, Error> {
            Err(Error::custom($why))
        })*
    };
}

pub(super) use {unwritten, unwritten_wholes};

impl<'a> Serializer for Row<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Row<'a>;
    type SerializeStruct = Row<'a>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_map(self, _length: Option<usize>) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Error> {
        Err(Error::custom("a row that is no object"))
    }

    unwritten!("a row that is no object":
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64), serialize_f32(f32),
        serialize_f64(f64), serialize_char(char), serialize_str(&str), serialize_bytes(&[u8]), serialize_none(),
        serialize_unit(), serialize_unit_struct(&'static str),
        serialize_unit_variant(&'static str, u32, &'static str));

    unwritten_wholes!("a row that is no object":
        serialize_seq(Option<usize>) -> Self::SerializeSeq,
        serialize_tuple(usize) -> Self::SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant);
}
