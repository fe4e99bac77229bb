//! Rows into the bytes of a file.

use std::error::Error as StdError;
use std::io;

use crate::value::Value;

/// Makes a file of rows, in order: [`begin`](Encoder::begin) once, each [`row`](Encoder::row),
/// [`end`](Encoder::end) once. What is written to `out` is taken away between two calls.
pub trait Encoder: Send {
    /// What stands before the first row.
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// A row, a value for each column of the relation.
    fn row(&mut self, row: &[Value<'_>], out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// What stands behind the last row.
    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

/// Why rows can't be written. Holds nothing of a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A date or a moment lies outside of the years 0 to 9999.
    #[error("a date or a moment lies outside of the years 0 to 9999")]
    Range,
    /// A value is none of its column's kind.
    #[error("a value does not fit its column")]
    Misfit,
    /// The format's library refuses.
    #[error("the format refuses it")]
    Format(#[source] Box<dyn StdError + Send + Sync>),
    /// Memory could not be written to.
    #[error(transparent)]
    Memory(#[from] io::Error),
}

impl From<serde_json::Error> for EncodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Format(Box::new(error))
    }
}

/// A number that JSON and spreadsheets have no word for.
pub(crate) fn is_finite(digits: &str) -> bool {
    digits.ends_with(|c: char| c.is_ascii_digit())
}
