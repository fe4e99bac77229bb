//! A row: an object whose fields are columns.

use serde::ser::{Error as _, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Error;

use super::value;
use crate::person::column::Type;

/// One row as it is written.
pub(super) struct Row<'a> {
    columns: &'a mut Vec<(String, Type)>,
    bytes: &'a mut Vec<u8>,
    /// Room to read the name of a column in.
    name: &'a mut Vec<u8>,
    /// Whether the columns are not known yet.
    is_first: bool,
    /// How many columns are named.
    named: usize,
    /// The type of the one that was named last.
    kind: Type,
}

impl<'a> Row<'a> {
    /// The next row of a table whose columns are these, if they are known.
    pub(super) fn new(
        columns: &'a mut Vec<(String, Type)>,
        bytes: &'a mut Vec<u8>,
        name: &'a mut Vec<u8>,
    ) -> Self {
        let is_first = columns.is_empty();
        Self { columns, bytes, name, is_first, named: 0, kind: Type::Text }
    }

    /// How many columns follow stands before the row; of the first that is known at its end.
    fn begin(self) -> Result<Self, Error> {
        let count = count(self.columns.len())?;
        self.bytes.extend_from_slice(&count);
        Ok(self)
    }

    /// The next column's type, by its name.
    fn column(&mut self, name: &[u8]) -> Result<Type, Error> {
        if self.is_first {
            let name = str::from_utf8(name).map_err(Error::custom)?;
            self.columns.push((name.to_owned(), Type::of(name)));
        }
        let Some((_, kind)) =
            self.columns.get(self.named).filter(|(expected, _)| expected.as_bytes() == name)
        else {
            return Err(Error::custom("a row has other columns than the first of its table"));
        };
        self.named += 1;
        Ok(*kind)
    }

    fn finish(self) -> Result<(), Error> {
        if self.named != self.columns.len() {
            return Err(Error::custom("a row has fewer columns than the first of its table"));
        }
        // The first row of a table is the first in its bytes.
        if self.is_first
            && let Some(place) = self.bytes.first_chunk_mut()
        {
            *place = count(self.named)?;
        }
        Ok(())
    }
}

fn count(columns: usize) -> Result<[u8; 2], Error> {
    i16::try_from(columns).map(i16::to_be_bytes).map_err(Error::custom)
}

impl SerializeMap for Row<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let mut name = std::mem::take(self.name);
        name.clear();
        value::write(&mut name, Type::Text, key)?;
        self.kind = self.column(name.get(value::LENGTH..).unwrap_or_default())?;
        *self.name = name;
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
        let kind = self.column(name.as_bytes())?;
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
        self.begin()
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self, Error> {
        self.begin()
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
