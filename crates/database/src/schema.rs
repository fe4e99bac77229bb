//! The embedded migrations.

use std::collections::HashMap;

use sqlx::migrate::{Migration, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, SqlSafeStr};

use crate::{Error, statement};

/// Names the lock among advisory locks of two numbers: one process migrates at a time.
const LOCK_CLASS: i32 = 10_403;

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

/// What a migration did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The numbers of the migrations, in order.
    pub migrations: Vec<i64>,
    /// Whether the database was empty before.
    pub is_first: bool,
}

/// Brings the tables up to date. Forward only; repeated calls do nothing; two at once wait for
/// each other. Each migration is a transaction: one that is interrupted leaves no trace.
///
/// # Errors
/// [`Error::RunAtWork`] if tables would change beneath a run.
pub async fn migrate(pool: &PgPool) -> Result<Step, Error> {
    let mut connection = alone(pool).await?;
    let migrated = migrate_alone(&mut connection).await;
    // Its settings and its lock end with it.
    drop(connection.close().await);
    migrated
}

/// A connection that nobody else has who migrates, to be closed afterwards.
pub(crate) async fn alone(pool: &PgPool) -> Result<PoolConnection<Postgres>, Error> {
    let failed = |source| Error::statement("preparing the migration", source);
    let mut connection = pool.acquire().await.map_err(failed)?;
    // Whoever comes second waits for the first; a large table may take its time.
    sqlx::raw_sql("set statement_timeout = 0; set lock_timeout = '10min'")
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    sqlx::query("select pg_advisory_lock($1, 0)")
        .bind(LOCK_CLASS)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    Ok(connection)
}

/// What [`migrate`] would do.
///
/// # Errors
/// As `migrate` itself, but for a run that is at work.
pub async fn next_step(pool: &PgPool) -> Result<Step, Error> {
    let applied = statement(pool, "reading the applied migrations", || async {
        applied(&mut *pool.acquire().await?).await
    });
    step(&applied.await?)
}

async fn migrate_alone(connection: &mut PgConnection) -> Result<Step, Error> {
    let failed = |source| Error::statement("preparing the migration", source);
    let step = step(&applied(connection).await.map_err(failed)?)?;
    if step.migrations.is_empty() {
        return Ok(step);
    }
    // A run of the version before would go on writing what it takes the tables for.
    if let Some((command, since)) = run_at_work(connection).await.map_err(failed)? {
        return Err(Error::RunAtWork { command, since });
    }
    // Readers of the tables may hold a migration up, but not for ever.
    let limit = sqlx::raw_sql("set lock_timeout = '60s'");
    limit.execute(&mut *connection).await.map_err(failed)?;
    let migrations = migrations(connection).await.map_err(failed)?;
    migrations.run(connection).await.map_err(Error::Migration)?;
    Ok(step)
}

/// The migrations as the server can carry them out: one that was built without lz4 compresses
/// documents by its own method, which takes more room and is no other difference.
pub async fn migrations(connection: &mut PgConnection) -> Result<Migrator, sqlx::Error> {
    let (has_lz4,): (bool,) = sqlx::query_as(
        "select coalesce(bool_or('lz4' = any(enumvals)), false) from pg_settings
         where name = 'default_toast_compression'",
    )
    .fetch_one(connection)
    .await?;
    let as_carried_out = |migration: &Migration| {
        let mut migration = migration.clone();
        if !has_lz4 {
            let sql = migration.sql.as_str().replace(" compression lz4", "");
            migration.sql = AssertSqlSafe(sql).into_sql_str();
        }
        migration
    };
    Ok(Migrator::with_migrations(MIGRATIONS.iter().map(as_carried_out).collect()))
}

/// The oldest run that lives: its command, and since when. None before there are runs.
async fn run_at_work(
    connection: &mut PgConnection,
) -> Result<Option<(String, String)>, sqlx::Error> {
    let (can_be_known,): (bool,) = sqlx::query_as(
        "select to_regclass('etl.run') is not null and to_regproc('etl.is_run_alive') is not null",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !can_be_known {
        return Ok(None);
    }
    sqlx::query_as(
        "select command, to_char(started_at at time zone 'Asia/Taipei', 'YYYY-MM-DD HH24:MI')
         from etl.run where state = 'running' and etl.is_run_alive(run_id)
         order by started_at limit 1",
    )
    .fetch_optional(connection)
    .await
}

/// Compares the database's tables with this program's.
pub async fn schema_state(pool: &PgPool) -> Result<SchemaState, Error> {
    statement(pool, "reading the applied migrations", || async {
        Ok(state(&applied(&mut *pool.acquire().await?).await?))
    })
    .await
}

/// The migrations that a database has, with their checksums.
type Applied = HashMap<i64, Vec<u8>>;

async fn applied(connection: &mut PgConnection) -> Result<Applied, sqlx::Error> {
    let (has_table,): (bool,) =
        sqlx::query_as("select to_regclass('_sqlx_migrations') is not null")
            .fetch_one(&mut *connection)
            .await?;
    if !has_table {
        return Ok(Applied::new());
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select version, checksum from _sqlx_migrations where success")
            .fetch_all(connection)
            .await?;
    Ok(applied.into_iter().collect())
}

fn state(applied: &Applied) -> SchemaState {
    let known: HashMap<i64, &[u8]> =
        MIGRATIONS.iter().map(|migration| (migration.version, &*migration.checksum)).collect();
    let foreign = applied
        .iter()
        .filter(|(version, checksum)| known.get(version) != Some(&checksum.as_slice()))
        .map(|(version, _)| *version)
        .min();
    if let Some(version) = foreign {
        return SchemaState::Foreign { version };
    }
    match known.len() - applied.len() {
        0 => SchemaState::Current,
        missing => SchemaState::Outdated { missing },
    }
}

/// What a database lacks.
fn step(applied: &Applied) -> Result<Step, Error> {
    if let SchemaState::Foreign { version } = state(applied) {
        return Err(Error::SchemaForeign { version });
    }
    let known = MIGRATIONS.iter().map(|migration| migration.version);
    let migrations = known.filter(|version| !applied.contains_key(version)).collect();
    Ok(Step { migrations, is_first: applied.is_empty() })
}

/// Refuses a database whose tables are older or newer than this program.
pub async fn require_current(pool: &PgPool) -> Result<(), Error> {
    match schema_state(pool).await? {
        SchemaState::Current => Ok(()),
        SchemaState::Outdated { missing } => Err(Error::SchemaOutdated { missing }),
        SchemaState::Foreign { version } => Err(Error::SchemaForeign { version }),
    }
}
