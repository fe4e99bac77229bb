//! The group roles of those who read: `etl104_analyst` and `etl104_recruiter`.
//!
//! Roles belong to the whole server, and the right to make them often to its administrator alone: without it
//! everything else works, and the administrator is told what to do.

use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use crate::Error;
use crate::schema::alone;

/// The group roles, in the order in which they see more.
pub const ROLES: [&str; 2] = ["etl104_analyst", "etl104_recruiter"];

static GRANTS: &str = include_str!("roles.sql");

/// Whether the group roles are there, and may read what is meant for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roles {
    /// They are, and may.
    Granted,
    /// This user may not make roles.
    Missing {
        /// What an administrator of the server has to run; then `migrate` grants the rest.
        sql: String,
    },
}

/// Makes the group roles if they are missing, and grants them what they may read. Repeated calls do nothing.
///
/// # Errors
/// If the database fails, or this user does not own the tables.
pub async fn grant_roles(pool: &PgPool) -> Result<Roles, Error> {
    let mut connection = alone(pool).await?;
    let granted = grant(&mut connection).await;
    drop(connection.close().await);
    granted
}

async fn grant(connection: &mut PgConnection) -> Result<Roles, Error> {
    let failed = |source| Error::statement("making the group roles", source);
    let missing: Vec<String> =
        sqlx::query_scalar("select role from unnest($1) as role where to_regrole(role) is null")
            .bind(ROLES)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
    let statements: Vec<String> =
        missing.iter().map(|role| format!("create role {role} nologin;")).collect();
    for statement in &statements {
        match sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut *connection).await {
            Ok(_) => {}
            Err(error) if has_code(&error, &["42710", "23505"]) => {} // another warehouse's migrate was first
            Err(error) if has_code(&error, &["42501"]) => {
                return Ok(Roles::Missing { sql: statements.join("\n") });
            }
            Err(error) => return Err(failed(error)),
        }
    }
    let granted = sqlx::raw_sql(GRANTS).execute(connection).await;
    granted.map_err(|source| {
        Error::statement("granting the group roles what they may read", source)
    })?;
    Ok(Roles::Granted)
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| codes.contains(&&*code))
}
