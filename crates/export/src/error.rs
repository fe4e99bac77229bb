//! What can break an export.

use crate::encode::EncodeError;

/// Why rows could not be read or written as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Postgres refused or went away.
    #[error("could not {operation}")]
    Database {
        /// What was being done, in words.
        operation: &'static str,
        /// Postgres' or the connection's own words.
        #[source]
        source: sqlx::Error,
    },
    /// Postgres' rows are not what the catalogue announced.
    #[error("Postgres sent rows that can't be read: {0}")]
    Wire(&'static str),
    /// A value does not fit the format.
    #[error("{name} can't be written in this format")]
    Encode {
        /// The table.
        name: String,
        /// Why.
        #[source]
        source: EncodeError,
    },
}

/// Names the operation that an error of the driver belongs to.
pub(crate) fn during(operation: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |source| Error::Database { operation, source }
}
