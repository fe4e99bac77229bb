//! Connections with limits, so that nothing waits or runs forever.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};

use crate::Error;

/// A server that does not answer for so long at the start is not there.
const FIRST_CONNECTION: Duration = Duration::from_secs(10);

/// How to reach the database.
#[derive(Clone)]
pub struct Settings {
    /// `postgres://…`; may hold a password, so it is never printed.
    pub url: String,
    /// A certificate authority of the company's own, PEM.
    pub ca_file: Option<PathBuf>,
    /// Connections at most.
    pub max_connections: u32,
    /// How long work under way waits for a connection before the database counts as unavailable:
    /// long enough for a restart.
    pub acquire_timeout: Duration,
}

impl Settings {
    /// The given URL with the usual limits: 12 connections, 30 s to get one.
    pub fn new(url: String) -> Self {
        Self { url, ca_file: None, max_connections: 12, acquire_timeout: Duration::from_secs(30) }
    }
}

/// Opens the pool and proves with one connection that the server answers.
///
/// Every session gets limits: a dropped query future goes on running on the server, so
/// `statement_timeout`, `lock_timeout` and `idle_in_transaction_session_timeout` end it, and
/// `client_connection_check_interval` frees the locks of a killed process.
///
/// # Errors
/// [`Error::Url`], [`Error::Unavailable`] or [`Error::Refused`].
pub async fn connect(settings: &Settings) -> Result<PgPool, Error> {
    let mut options = PgConnectOptions::from_str(&settings.url)
        .map_err(Error::Url)?
        .application_name("etl104")
        // A slow statement is no news for whoever reads a run's log.
        .disable_statement_logging()
        .options([
            ("statement_timeout", "10min"),
            ("lock_timeout", "60s"),
            // Between two statements nothing here takes seconds. A process that is paused inside a
            // transaction must not hold its rows and people for longer than its leases live.
            ("idle_in_transaction_session_timeout", "20s"),
            ("timezone", "UTC"),
            // A plan kept from when a table was empty scans it whole once it has grown: a first
            // run of 4 700 resumes took 32 s, and takes 10 s with plans made anew.
            ("plan_cache_mode", "force_custom_plan"),
        ]);
    if let Some(ca_file) = &settings.ca_file {
        options = options.ssl_root_cert(ca_file);
    }
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        // Waiting is no news; failing is.
        .acquire_slow_threshold(settings.acquire_timeout)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // Not on every platform (it needs POLLRDHUP), so a refusal is no failure.
                let asked = sqlx::query("set client_connection_check_interval = '1s'");
                drop(asked.execute(&mut *connection).await);
                Ok(())
            })
        })
        .connect_lazy_with(options.clone());
    // A connection of its own tells at once what the pool would only time out on.
    let first = tokio::time::timeout(FIRST_CONNECTION, options.connect()).await;
    match first {
        Ok(Ok(first)) => {
            drop(first.close().await);
            Ok(pool)
        }
        Ok(Err(refused @ sqlx::Error::Database(_))) if !crate::is_connection_loss(&refused) => {
            Err(Error::Refused(refused))
        }
        Ok(Err(error)) => Err(Error::Unavailable(error)),
        Err(_elapsed) => Err(Error::Unavailable(sqlx::Error::PoolTimedOut)),
    }
}
