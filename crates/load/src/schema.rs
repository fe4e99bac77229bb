//! Names of schemas beside `recruiting` that hold the same tables.

use std::fmt;
use std::str::FromStr;

/// Schemas that mean something to etl104, or to Postgres.
const TAKEN: [&str; 7] =
    ["recruiting", "recruiting_partition", "raw", "etl", "mart", "public", "information_schema"];

/// What Postgres keeps of a name.
const LONGEST: usize = 63;

/// The name of a schema: lower-case letters, digits and `_`, so that nobody has to quote it, and it
/// may stand in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaName(String);

/// Why a name can't be that of a schema beside `recruiting`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaNameError {
    /// It would need quotes, or be cut.
    #[error("write at most 63 lower-case letters (a to z), digits and _, a letter first")]
    Malformed,
    /// It is one of those that etl104 or Postgres lives in.
    #[error("this schema is in use by etl104 or by Postgres: take another name")]
    Taken,
}

impl SchemaName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SchemaName {
    type Err = SchemaNameError;

    fn from_str(text: &str) -> Result<Self, SchemaNameError> {
        let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if text.len() > LONGEST
            || !text.starts_with(|c: char| c.is_ascii_lowercase())
            || !text.chars().all(is_known)
        {
            return Err(SchemaNameError::Malformed);
        }
        if TAKEN.contains(&text) || text.starts_with("pg_") {
            return Err(SchemaNameError::Taken);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_no_quotes_and_belongs_to_nobody() {
        let read = |text: &str| text.parse::<SchemaName>().map(|name| name.to_string());
        assert_eq!(read("as_of_2026_11").as_deref(), Ok("as_of_2026_11"));
        let malformed =
            ["", "1", "_a", "January", "a-b", "a b", "a\"; drop schema raw; --", "一月", "a.b"];
        for text in malformed.map(str::to_owned).into_iter().chain(["a".repeat(64)]) {
            assert_eq!(read(&text), Err(SchemaNameError::Malformed), "{text}");
        }
        for text in ["recruiting", "raw", "etl", "mart", "public", "pg_temp", "information_schema"]
        {
            assert_eq!(read(text), Err(SchemaNameError::Taken), "{text}");
        }
    }
}
