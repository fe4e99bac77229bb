//! A column's values until there is a row group of them.

use std::borrow::Cow;

use bytes::Bytes;
use export::{EncodeError, Kind, Value};
use parquet::basic::Type as Physical;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;

use crate::schema::types;

/// What a value costs beside its bytes: its levels, and its place among the others.
const EACH: usize = 40;

/// Values, and the levels that tell which are null and where lists begin.
#[derive(Debug)]
pub(crate) struct Column {
    kind: Kind,
    is_required: bool,
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

#[derive(Debug)]
enum Values {
    Flags(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Doubles(Vec<f64>),
    /// All bytes one after the other, and where each ends.
    Bytes(Vec<u8>, Vec<usize>),
}

impl Values {
    /// The bytes of texts; what others take is counted for all alike.
    fn bytes(&self) -> usize {
        if let Self::Bytes(all, _) = self { all.len() } else { 0 }
    }
}

impl Column {
    pub(crate) fn new(column: &export::Column) -> Self {
        let values = match types(column.kind).0 {
            Physical::BOOLEAN => Values::Flags(Vec::new()),
            Physical::INT32 => Values::Int32(Vec::new()),
            Physical::INT64 => Values::Int64(Vec::new()),
            Physical::DOUBLE => Values::Doubles(Vec::new()),
            _ => Values::Bytes(Vec::new(), Vec::new()),
        };
        let (kind, is_required) = (column.kind, column.is_required);
        Self { kind, is_required, values, definitions: Vec::new(), repetitions: Vec::new() }
    }

    /// Adds a row's value, and tells what memory it takes.
    pub(crate) fn add(&mut self, value: Value<'_>) -> Result<usize, EncodeError> {
        match value {
            Value::Texts(json) => return self.add_list(json),
            Value::Null if self.is_required => return Err(EncodeError::Misfit),
            Value::Null => {
                self.definitions.push(0);
                if self.kind == Kind::Texts {
                    self.repetitions.push(0);
                }
                return Ok(EACH);
            }
            _ if self.kind == Kind::Texts => return Err(EncodeError::Misfit),
            _ => {}
        }
        if !self.is_required {
            self.definitions.push(1);
        }
        let before = self.values.bytes();
        match (&mut self.values, value) {
            (Values::Flags(flags), Value::Flag(flag)) => flags.push(flag),
            (Values::Int32(numbers), Value::Int(number)) => {
                numbers.push(i32::try_from(number).map_err(|_range| EncodeError::Misfit)?);
            }
            (Values::Int32(numbers), Value::Date(days)) => numbers.push(days),
            (Values::Int64(numbers), Value::Int(number) | Value::Moment(number)) => {
                numbers.push(number);
            }
            (Values::Int64(numbers), Value::Decimal(digits)) => {
                numbers.push(unscaled(digits, self.kind).ok_or(EncodeError::Misfit)?);
            }
            (Values::Doubles(numbers), Value::Float(number)) => numbers.push(number),
            (Values::Doubles(numbers), Value::Decimal(digits)) => {
                numbers.push(digits.parse().map_err(|_digits| EncodeError::Misfit)?);
            }
            (Values::Bytes(all, ends), Value::Text(text) | Value::Json(text)) => {
                all.extend_from_slice(text.as_bytes());
                ends.push(all.len());
            }
            (Values::Bytes(all, ends), Value::Bytes(bytes)) => {
                all.extend_from_slice(bytes);
                ends.push(all.len());
            }
            _ => return Err(EncodeError::Misfit),
        }
        Ok(EACH + self.values.bytes() - before)
    }

    /// A list: its levels say whether it is null, empty, or has an element, which may be null.
    fn add_list(&mut self, json: &str) -> Result<usize, EncodeError> {
        let Values::Bytes(all, ends) = &mut self.values else { return Err(EncodeError::Misfit) };
        let elements: Vec<Option<Cow<'_, str>>> =
            serde_json::from_str(json).map_err(|_nested| EncodeError::Misfit)?;
        let is_there = i16::from(!self.is_required);
        if elements.is_empty() {
            self.definitions.push(is_there);
            self.repetitions.push(0);
        }
        for (position, element) in elements.iter().enumerate() {
            self.repetitions.push(i16::from(position > 0));
            self.definitions.push(is_there + 1 + i16::from(element.is_some()));
            if let Some(text) = element {
                all.extend_from_slice(text.as_bytes());
                ends.push(all.len());
            }
        }
        Ok(json.len() + EACH * elements.len().max(1))
    }

    /// Writes what was collected, and is empty again.
    pub(crate) fn write(&mut self, to: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let definitions = std::mem::take(&mut self.definitions);
        let repetitions = std::mem::take(&mut self.repetitions);
        let is_list = self.kind == Kind::Texts;
        let definitions = (!self.is_required || is_list).then_some(definitions.as_slice());
        let repetitions = is_list.then_some(repetitions.as_slice());
        macro_rules! write {
            ($writer:expr, $values:expr) => {
                $writer.write_batch(&std::mem::take($values), definitions, repetitions)?
            };
        }
        match (&mut self.values, to) {
            (Values::Flags(flags), ColumnWriter::BoolColumnWriter(writer)) => {
                write!(writer, flags)
            }
            (Values::Int32(numbers), ColumnWriter::Int32ColumnWriter(writer)) => {
                write!(writer, numbers)
            }
            (Values::Int64(numbers), ColumnWriter::Int64ColumnWriter(writer)) => {
                write!(writer, numbers)
            }
            (Values::Doubles(numbers), ColumnWriter::DoubleColumnWriter(writer)) => {
                write!(writer, numbers)
            }
            (Values::Bytes(all, ends), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let mut slices = slices(std::mem::take(all), &std::mem::take(ends));
                write!(writer, &mut slices)
            }
            _ => return Err(ParquetError::General("a column has another type".to_owned())),
        };
        Ok(())
    }
}

fn slices(all: Vec<u8>, ends: &[usize]) -> Vec<ByteArray> {
    let all = Bytes::from(all);
    let mut begin = 0;
    let slice = |&end: &usize| ByteArray::from(all.slice(std::mem::replace(&mut begin, end)..end));
    ends.iter().map(slice).collect()
}

/// `-1.50` of a scale of 2 as -150.
fn unscaled(digits: &str, kind: Kind) -> Option<i64> {
    let Kind::Decimal(Some((_, scale))) = kind else { return None };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    format!("{whole}{fraction:0<width$}", width = usize::from(scale)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_lose_their_point_and_nothing_else() {
        let kind = Kind::Decimal(Some((10, 2)));
        assert_eq!(unscaled("-1.50", kind), Some(-150));
        assert_eq!(unscaled("7", kind), Some(700));
        assert_eq!(unscaled("NaN", kind), None);
    }
}
