//! What can break while loading.

use std::io;
use std::time::Duration;

use tokio::time::timeout;

/// Only a broken world: bad input is data, and comes back in the results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Postgres refused or went away; the transaction is lost and may be tried again as a unit.
    #[error("could not {operation}")]
    Database {
        /// What was being done, in words.
        operation: &'static str,
        /// Postgres' or the connection's own words.
        #[source]
        source: sqlx::Error,
    },
    /// The database holds something that this version of the program never writes.
    #[error("the database holds an unexpected value: {0}")]
    Unexpected(&'static str),
    /// Rows could not be written as JSON.
    #[error("could not write rows as JSON")]
    Rows(#[source] serde_json::Error),
}

impl Error {
    /// Postgres' error, if it was one: its code tells whether trying again can help.
    pub fn database(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Database { source, .. } => Some(source),
            Self::Unexpected(_) | Self::Rows(_) => None,
        }
    }
}

/// Names the operation that an error of the driver belongs to.
pub(crate) fn during(operation: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |source| Error::Database { operation, source }
}

/// A database that is silent for longer is taken for gone: a connection may fall silent without an end.
const SILENT_FOR: Duration = Duration::from_secs(30);

/// The answer to one statement outside of a transaction, unless the database has fallen silent.
pub(crate) async fn answered<T>(
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silent = || sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"));
    timeout(SILENT_FOR, asked).await.unwrap_or_else(|_elapsed| Err(silent()))
}
