//! The embedded migrations.

use std::collections::HashMap;

use sqlx::PgPool;
use sqlx::migrate::Migrator;

use crate::Error;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How the database's tables relate to this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// They are the same.
    Current,
    /// So many migrations are missing (all of them in an empty database).
    Outdated {
        /// How many.
        missing: usize,
    },
    /// A migration that this program does not know, or knows otherwise, was applied.
    Foreign {
        /// Its number.
        version: i64,
    },
}

/// Brings the tables up to date. Forward only; repeated calls do nothing; two at once wait for
/// each other. Returns how many migrations were applied.
pub async fn migrate(pool: &PgPool) -> Result<usize, Error> {
    let missing = match schema_state(pool).await? {
        SchemaState::Current => 0,
        SchemaState::Outdated { missing } => missing,
        SchemaState::Foreign { version } => return Err(Error::SchemaForeign { version }),
    };
    MIGRATIONS.run(pool).await.map_err(Error::Migration)?;
    Ok(missing)
}

/// Compares the database's tables with this program's.
pub async fn schema_state(pool: &PgPool) -> Result<SchemaState, Error> {
    let failed = |source| Error::statement("reading the applied migrations", source);
    let (has_table,): (bool,) =
        sqlx::query_as("select to_regclass('_sqlx_migrations') is not null")
            .fetch_one(pool)
            .await
            .map_err(failed)?;
    let applied: HashMap<i64, Vec<u8>> = if has_table {
        sqlx::query_as::<_, (i64, Vec<u8>)>(
            "select version, checksum from _sqlx_migrations where success",
        )
        .fetch_all(pool)
        .await
        .map_err(failed)?
        .into_iter()
        .collect()
    } else {
        HashMap::new()
    };
    let known: HashMap<i64, &[u8]> =
        MIGRATIONS.iter().map(|migration| (migration.version, &*migration.checksum)).collect();
    let foreign = applied
        .iter()
        .filter(|(version, checksum)| known.get(version) != Some(&checksum.as_slice()))
        .map(|(version, _)| *version)
        .min();
    if let Some(version) = foreign {
        return Ok(SchemaState::Foreign { version });
    }
    match known.len() - applied.len() {
        0 => Ok(SchemaState::Current),
        missing => Ok(SchemaState::Outdated { missing }),
    }
}

/// Refuses a database whose tables are older or newer than this program.
pub async fn require_current(pool: &PgPool) -> Result<(), Error> {
    match schema_state(pool).await? {
        SchemaState::Current => Ok(()),
        SchemaState::Outdated { missing } => Err(Error::SchemaOutdated { missing }),
        SchemaState::Foreign { version } => Err(Error::SchemaForeign { version }),
    }
}
