//! What can go wrong with the ledger.

use sqlx::Error as SqlxError;

/// A failure of the ledger.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The lease went to another process; this one must not write.
    #[error("another process took over {what}")]
    LeaseLost {
        /// The window or task.
        what: String,
    },
}

impl database::Work for Error {
    fn driver_error(&self) -> Option<&SqlxError> {
        match self {
            Self::Database(error) => error.driver_error(),
            Self::LeaseLost { .. } => None,
        }
    }
}

impl Error {
    /// Names the operation of a failed statement.
    pub(crate) fn statement(operation: &'static str) -> impl FnOnce(SqlxError) -> Self {
        move |source| Self::Database(database::Error::statement(operation, source))
    }

    /// What a human can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Database(error) => error.remedy(),
            Self::LeaseLost { .. } => "nothing: the other process goes on with it".to_owned(),
        }
    }
}
