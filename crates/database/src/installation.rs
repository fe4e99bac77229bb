//! A database belongs to one environment of 104.

use std::fmt;

use sqlx::PgPool;

use crate::{Error, statement};

/// An environment of 104, as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `production`, `sandbox` or `custom`.
    pub name: String,
    /// Scheme, host and port of the token address.
    pub token_origin: String,
    /// Scheme, host and port of the resource base.
    pub base_origin: String,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.base_origin)
    }
}

/// Binds the database to the environment, or refuses another one. The first caller binds.
///
/// # Errors
/// As [`require_environment`].
pub async fn bind(pool: &PgPool, asked: &Environment) -> Result<(), Error> {
    let ask = || {
        sqlx::query(
            "insert into etl.installation (environment, token_origin, base_origin)
         values ($1, $2, $3) on conflict do nothing",
        )
        .bind(&asked.name)
        .bind(&asked.token_origin)
        .bind(&asked.base_origin)
        .execute(pool)
    };
    statement(pool, "binding the database to its environment", ask).await?;
    require_environment(pool, asked).await
}

/// Refuses a database that is bound to another environment; one that is free passes.
///
/// Addresses on the loopback are compared by their host alone: a simulator comes back on another
/// port.
///
/// # Errors
/// [`Error::OtherEnvironment`] names both.
pub async fn require_environment(pool: &PgPool, asked: &Environment) -> Result<(), Error> {
    let ask = || {
        sqlx::query_as("select environment, token_origin, base_origin from etl.installation")
            .fetch_optional(pool)
    };
    let bound: Option<(String, String, String)> =
        statement(pool, "reading the database's environment", ask).await?;
    let Some((name, token_origin, base_origin)) = bound else { return Ok(()) };
    let bound = Environment { name, token_origin, base_origin };
    let is_same = bound.name == asked.name
        && is_same_origin(&bound.token_origin, &asked.token_origin)
        && is_same_origin(&bound.base_origin, &asked.base_origin);
    if is_same {
        Ok(())
    } else {
        Err(Error::OtherEnvironment { bound: bound.to_string(), asked: asked.to_string() })
    }
}

fn is_same_origin(one: &str, other: &str) -> bool {
    one == other || (is_loopback(one) && is_loopback(other))
}

fn is_loopback(origin: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|loopback| origin == *loopback || origin.starts_with(&format!("{loopback}:")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulator_may_change_its_port_and_a_host_may_not() {
        assert!(is_same_origin("http://127.0.0.1:1", "http://127.0.0.1:2"));
        assert!(is_same_origin("https://a.example", "https://a.example"));
        assert!(!is_same_origin("https://a.example", "https://b.example"));
        assert!(!is_same_origin("http://127.0.0.1:1", "http://127.0.0.1.example:1"));
    }
}
