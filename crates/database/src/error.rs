//! What can go wrong with the database, and what to do about it.

use network::{Finding, Trouble};
use sqlx::Error as SqlxError;
use sqlx::migrate::MigrateError;

/// A failure of the database, or of its state.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection URL can't be read.
    #[error("the database URL can't be read")]
    Url(#[source] SqlxError),
    /// The connection would cross the network in the clear.
    #[error("people's data would cross the network to {host} in the clear")]
    InTheClear {
        /// The server's.
        host: String,
    },
    /// The server can't be reached, does not answer in time, or can't serve for now.
    #[error("{}", Absence::of(.0).words())]
    Unavailable(#[source] SqlxError),
    /// No connection could be opened, and what is in the way was found.
    #[error("no connection to the database: {finding}")]
    NoWay {
        /// What is in the way.
        finding: Box<Finding>,
        /// The driver's error.
        #[source]
        source: SqlxError,
    },
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
    Migration(#[source] MigrateError),
    /// A run is at work, and a migration would change the tables beneath it.
    #[error("`etl104 {command}` is at work since {since} (Taiwan time)")]
    RunAtWork {
        /// Its command.
        command: String,
        /// When it began.
        since: String,
    },
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

    /// The driver's error beneath, if there is one.
    pub(crate) fn source_of_driver(&self) -> Option<&SqlxError> {
        match self {
            Self::Url(source)
            | Self::Unavailable(source)
            | Self::Refused(source)
            | Self::NoWay { source, .. }
            | Self::Statement { source, .. }
            | Self::Migration(
                MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _),
            ) => Some(source),
            Self::InTheClear { .. }
            | Self::Migration(_)
            | Self::RunAtWork { .. }
            | Self::SchemaOutdated { .. }
            | Self::SchemaForeign { .. }
            | Self::OtherEnvironment { .. } => None,
        }
    }

    /// What a human can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoWay { finding, .. } => finding.remedy(),
            _ => self.usual_remedy().to_owned(),
        }
    }

    fn usual_remedy(&self) -> &'static str {
        match self {
            Self::Url(_) => {
                "write [database] url as postgres://user@host:port/name (or url_file, or DATABASE_URL)"
            }
            Self::InTheClear { .. } => {
                "take sslmode out of [database] url, so that TLS is used and verified; only in a network \
                 that you trust: [database] allow_plain_text = true"
            }
            Self::Unavailable(error) | Self::NoWay { source: error, .. } => {
                Absence::of(error).remedy()
            }
            Self::Refused(_) => {
                "check the user, the password and the database's name in [database] url"
            }
            Self::Migration(MigrateError::Dirty(_)) => {
                "another program left this migration half done: restore the backup, or see what it \
                 did and delete its row from _sqlx_migrations; then run `etl104 migrate` again"
            }
            Self::Migration(_) if self.lacks_rights() => {
                "the user of [database] url must own the database, or may create schemas in it and \
                 tables in its schema public: grant that, then run `etl104 migrate` again"
            }
            Self::Migration(_) if self.is_locked_out() => {
                "somebody holds locks on the tables: end what reads or writes them (see \
                 pg_stat_activity), then run `etl104 migrate` again; nothing was changed"
            }
            Self::Migration(_) => {
                "see the cause and the server's log; the migrations before it stand, this one left \
                 no trace; once it is mended, run `etl104 migrate` again"
            }
            Self::RunAtWork { .. } => {
                "wait until it ends or stop it (`etl104 runs list` shows it), then run \
                 `etl104 migrate` again; nothing was changed"
            }
            Self::Statement { .. } => "see the cause; check the user's rights and the server's log",
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
            | Self::InTheClear { .. }
            | Self::SchemaOutdated { .. }
            | Self::SchemaForeign { .. }
            | Self::OtherEnvironment { .. }
            | Self::Migration(MigrateError::Dirty(_)) => true,
            Self::Migration(_) => self.lacks_rights(),
            Self::Unavailable(_)
            | Self::NoWay { .. }
            | Self::Refused(_)
            | Self::Statement { .. }
            | Self::RunAtWork { .. } => false,
        }
    }

    /// Whether the server, or somebody on it, is in the way for now: later it may succeed.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NoWay { .. } | Self::RunAtWork { .. })
            || self.source_of_driver().is_some_and(is_worth_repeating)
    }

    fn lacks_rights(&self) -> bool {
        self.source_of_driver().is_some_and(|error| has_code(error, "42501"))
    }

    fn is_locked_out(&self) -> bool {
        self.source_of_driver().is_some_and(|error| has_code(error, "55P03"))
    }
}

/// What is in the way, if the driver's error is about the way.
pub(crate) fn trouble(error: &SqlxError) -> Option<Trouble> {
    match error {
        // It has no type of its own.
        SqlxError::Tls(error) if error.to_string() == "server does not support TLS" => {
            Some(Trouble::TlsNotOffered)
        }
        SqlxError::Io(_) | SqlxError::Tls(_) => Trouble::of(error),
        _ => None,
    }
}

fn has_code(error: &SqlxError, code: &str) -> bool {
    matches!(error, SqlxError::Database(refused) if refused.code().as_deref() == Some(code))
}

/// Why the server does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    Unreachable,
    Silent,
    /// It answers, though not to as many as ask.
    NoneFree,
    OutOfConnections,
    DiskFull,
    OutOfMemory,
    ReadOnly,
    NotAccepting,
}

impl Absence {
    fn of(error: &SqlxError) -> Self {
        match error {
            SqlxError::Database(refused) => match refused.code().as_deref() {
                Some("53300") => Self::OutOfConnections,
                Some("53100") => Self::DiskFull,
                Some(code) if code.starts_with("53") => Self::OutOfMemory,
                Some("25006") => Self::ReadOnly,
                Some(code) if code.starts_with("57P") => Self::NotAccepting,
                _ => Self::Unreachable,
            },
            SqlxError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Self::Silent,
            SqlxError::PoolTimedOut => Self::NoneFree,
            _ => Self::Unreachable,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "the database can't be reached",
            Self::Silent => "the database does not answer",
            Self::NoneFree => "no connection to the database came free in time",
            Self::OutOfConnections => "the database has no connection left",
            Self::DiskFull => "the disk of the database server is full",
            Self::OutOfMemory => "the database server is out of resources",
            Self::ReadOnly => "the database is read-only",
            Self::NotAccepting => "the database is starting or stopping",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "check that Postgres runs and that [database] url names its host and port, then run again"
            }
            Self::Silent => {
                "check that Postgres runs, that [database] url names its host and port, and the \
                 network between, then run again"
            }
            Self::NoneFree => {
                "lighten the load of the database server, or raise its max_connections or the \
                 connection limit of the role or database (a run takes up to 13), then run again"
            }
            Self::OutOfConnections => {
                "end other clients, or raise max_connections of the server or the connection limit \
                 of the role or database (a run takes up to 13), then run again"
            }
            Self::DiskFull => "free space on the disk of the database server, then run again",
            Self::OutOfMemory => {
                "see the server's log for what it lacks (memory, locks), give it more, then run again"
            }
            Self::ReadOnly => {
                "point [database] url at the primary (this server may be a standby after a \
                 failover), or make it writable, then run again"
            }
            Self::NotAccepting => "wait until Postgres is up (see its log), then run again",
        }
    }
}

/// What to do about a driver's error if the server can't serve; `None` if the statement itself is
/// to blame.
pub fn remedy_if_away(error: &SqlxError) -> Option<&'static str> {
    is_connection_loss(error).then(|| Absence::of(error).remedy())
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
    // A check without a name is that of a partition: the table has none for these rows.
    if code == "23514" && refused.constraint().is_none() {
        return None;
    }
    // 22: data; 23: constraints; 54: limits of size and depth.
    if !["22", "23", "54"].iter().any(|class| code.starts_with(class)) {
        return None;
    }
    let constraint = refused.constraint().map(|name| format!(", constraint {name}"));
    Some(format!("SQLSTATE {code}{}", constraint.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_told_from_refusal() {
        let io = |kind| Error::Unavailable(SqlxError::Io(std::io::Error::from(kind)));
        let silent = io(std::io::ErrorKind::TimedOut);
        let refused = io(std::io::ErrorKind::ConnectionRefused);
        assert_eq!(silent.to_string(), "the database does not answer");
        assert_eq!(refused.to_string(), "the database can't be reached");
        for error in [silent, refused] {
            assert!(error.remedy().contains("[database] url") && error.is_passing());
        }
    }

    #[test]
    fn a_pool_that_waits_in_vain_is_no_silent_server() {
        let error = Error::Unavailable(SqlxError::PoolTimedOut);
        assert!(error.remedy().contains("connection limit") && error.is_passing());
    }

    #[test]
    fn a_run_at_work_is_no_matter_of_settings() {
        let error = Error::RunAtWork { command: "run".into(), since: "2026-11-22 10:07".into() };
        assert!(error.is_passing() && !error.is_settings());
    }
}
