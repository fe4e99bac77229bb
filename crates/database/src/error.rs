//! What can go wrong with the database, and what to do about it.

use sqlx::Error as SqlxError;

/// A failure of the database, or of its state.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection URL can't be read.
    #[error("the database URL can't be read")]
    Url(#[source] SqlxError),
    /// The server can't be reached or does not answer in time.
    #[error("the database can't be reached")]
    Unavailable(#[source] SqlxError),
    /// The server refused the user or the database's name.
    #[error("the database refused the connection")]
    Refused(#[source] SqlxError),
    /// A statement failed.
    #[error("{operation} failed")]
    Statement {
        /// What was being done.
        operation: &'static str,
        /// Postgres' answer.
        #[source]
        source: SqlxError,
    },
    /// A migration failed.
    #[error("the migration failed")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database's tables are older than the program.
    #[error("the database is not up to date: {missing} migrations are missing")]
    SchemaOutdated {
        /// How many are missing.
        missing: usize,
    },
    /// The database's tables are newer than the program, or were changed.
    #[error("the database was migrated by another version of etl104 (migration {version})")]
    SchemaForeign {
        /// The first migration that this program does not know, or knows otherwise.
        version: i64,
    },
    /// The database belongs to another environment of 104.
    #[error("the database holds data of {bound}, and the settings say {asked}")]
    OtherEnvironment {
        /// What the first run bound it to.
        bound: String,
        /// What the settings ask for.
        asked: String,
    },
}

impl Error {
    /// Sorts a failed statement: a lost connection is not the statement's fault.
    pub fn statement(operation: &'static str, source: SqlxError) -> Self {
        if is_connection_loss(&source) {
            Self::Unavailable(source)
        } else {
            Self::Statement { operation, source }
        }
    }

    /// What a human can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Url(_) => {
                "write [database] url as postgres://user@host:port/name (or url_file, or DATABASE_URL)"
            }
            Self::Unavailable(_) => {
                "check that Postgres runs and that [database] url names its host and port, then run again"
            }
            Self::Refused(_) => {
                "check the user, the password and the database's name in [database] url"
            }
            Self::Statement { .. } | Self::Migration(_) => {
                "see the cause; check the user's rights and the server's log"
            }
            Self::SchemaOutdated { .. } => "run `etl104 migrate`",
            Self::SchemaForeign { .. } => {
                "use the version of etl104 that migrated it, or a newer one"
            }
            Self::OtherEnvironment { .. } => {
                "use another database for this environment, or correct [api] environment"
            }
        }
    }

    /// Whether it is about the settings, and not about the server (exit code 2, not 7).
    pub fn is_settings(&self) -> bool {
        match self {
            Self::Url(_)
            | Self::SchemaOutdated { .. }
            | Self::SchemaForeign { .. }
            | Self::OtherEnvironment { .. } => true,
            Self::Unavailable(_)
            | Self::Refused(_)
            | Self::Statement { .. }
            | Self::Migration(_) => false,
        }
    }
}

/// The connection was lost or could not be had; nothing is known of the statement.
pub fn is_connection_loss(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::Protocol(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => true,
        SqlxError::Database(refused) => {
            // 08: connection; 57P: shutdown, crash, not yet accepting; 53300: too many clients;
            // 25006: read-only after a failover; 53100: disk full.
            refused.code().is_some_and(|code| {
                code.starts_with("08")
                    || code.starts_with("57P")
                    || code.starts_with("53")
                    || code == "25006"
                    || code == "25P03"
            })
        }
        _ => false,
    }
}

/// The same transaction may succeed when it is done again: a lost connection, a serialization
/// failure (40001), a deadlock (40P01) or a lock not had in time (55P03).
pub fn is_worth_repeating(error: &SqlxError) -> bool {
    let code = match error {
        SqlxError::Database(refused) => refused.code(),
        _ => None,
    };
    is_connection_loss(error)
        || code.is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "55P03"))
}

/// Postgres refused the values of a statement, and would take others: which code it gave, and which
/// constraint it named. Its own words are left out, since they may quote the values.
pub fn refusal_of_values(error: &SqlxError) -> Option<String> {
    let SqlxError::Database(refused) = error else { return None };
    let code = refused.code()?;
    // 22: data; 23: constraints; 54: limits of size and depth.
    if !["22", "23", "54"].iter().any(|class| code.starts_with(class)) {
        return None;
    }
    let constraint = refused.constraint().map(|name| format!(", constraint {name}"));
    Some(format!("SQLSTATE {code}{}", constraint.unwrap_or_default()))
}
