//! Connections with limits, so that nothing waits or runs forever.

use std::path::PathBuf;
use std::time::Duration;

use network::{Finding, Way, look};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Row};
use tokio::time::{Instant, sleep, timeout};

use crate::error::trouble;
use crate::patience::answered;
use crate::protection::protected;
use crate::{Error, is_connection_loss};

/// A server that does not answer for so long at the start is not there; one that is starting, or
/// out of connections, is waited for so long.
const FIRST_CONNECTION: Duration = Duration::from_secs(10);
/// The pool's own first connection is waited for so long.
const SOON: Duration = Duration::from_millis(250);
/// Before it is asked again.
const STARTING: Duration = Duration::from_millis(250);
/// A connection at rest that does not answer a ping for so long is dead.
const PING: Duration = Duration::from_secs(5);

/// How to reach the database.
#[derive(Clone)]
pub struct Settings {
    /// `postgres://…`; may hold a password, so it is never printed.
    pub url: String,
    /// A certificate authority of the company's own, PEM.
    pub ca_file: Option<PathBuf>,
    /// Beyond this machine people's data may cross the network in the clear.
    pub may_be_plain: bool,
    /// Connections at most.
    pub max_connections: u32,
    /// How long work under way waits for a connection, and for the answer to a statement; what
    /// was lost is done again for twice as long: long enough for a restart.
    pub patience: Duration,
}

impl Settings {
    /// The given URL with the usual limits: 12 connections, 30 s of patience.
    pub fn new(url: String) -> Self {
        Self {
            url,
            ca_file: None,
            may_be_plain: false,
            max_connections: 12,
            patience: Duration::from_secs(30),
        }
    }
}

/// Opens the pool, with one connection: the server answers.
///
/// Every session gets limits: a dropped query future goes on running on the server, so
/// `statement_timeout`, `lock_timeout` and `idle_in_transaction_session_timeout` end it;
/// `client_connection_check_interval` frees the locks of a killed process, and the keepalives
/// those of a host that vanished.
///
/// A connection of the pool is tried before each use: one that is dead, or leads to a server that
/// became read-only, gives way to a new one.
///
/// # Errors
/// [`Error::Url`], [`Error::NoWay`], [`Error::Unavailable`] or [`Error::Refused`].
pub async fn connect(settings: &Settings) -> Result<PgPool, Error> {
    open(settings, Use::Work).await
}

/// The same for one long look that changes nothing: no statement is cut for how long it takes, and
/// a server that can only be read, such as a standby, is as good as any.
///
/// # Errors
/// As those of [`connect`].
pub async fn connect_to_read(settings: &Settings) -> Result<PgPool, Error> {
    open(settings, Use::LongRead).await
}

/// What connections are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Work,
    LongRead,
}

impl Use {
    /// The limits of a session that differ.
    fn limits(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Work => &[
                ("statement_timeout", "10min"),
                // Between two statements nothing here takes seconds. A process that is paused inside a
                // transaction must not hold its rows and people for longer than its leases live.
                ("idle_in_transaction_session_timeout", "20s"),
            ],
            // It holds no row. Between two tables what was read goes to its place, which may be slow.
            Self::LongRead => &[
                ("statement_timeout", "0"),
                ("idle_in_transaction_session_timeout", "10min"),
                ("default_transaction_read_only", "on"),
            ],
        }
    }
}

impl Settings {
    /// What is wrong with them, as far as it shows before a connection.
    ///
    /// # Errors
    /// [`Error::Url`] or [`Error::InTheClear`].
    pub fn check(&self) -> Result<(), Error> {
        protected(self).map(drop)
    }
}

async fn open(settings: &Settings, purpose: Use) -> Result<PgPool, Error> {
    let options = protected(settings)?
        .application_name("etl104")
        // A slow statement is no news for whoever reads a run's log.
        .disable_statement_logging()
        .options(purpose.limits().iter().copied())
        .options([
            ("lock_timeout", "60s"),
            ("tcp_keepalives_idle", "30s"),
            ("tcp_keepalives_interval", "10s"),
            ("tcp_keepalives_count", "3"),
            ("timezone", "UTC"),
            // By default a schema with the role's name comes first, and any may be made: the table of
            // the applied migrations would be looked for there.
            ("search_path", "public"),
            // A plan kept from when a table was empty scans it whole once it has grown: a first
            // run of 4 700 resumes took 32 s, and takes 10 s with plans made anew.
            ("plan_cache_mode", "force_custom_plan"),
            // What is guessed of partitions without statistics calls for compiling, which takes longer than
            // the statement: a third of all processor time of the tests went there.
            ("jit", "off"),
        ]);
    let ping = PING.min(settings.patience / 4);
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.patience)
        // Waiting is no news; failing is.
        .acquire_slow_threshold(settings.patience)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // Not on every platform (it needs POLLRDHUP), so a refusal is no failure.
                let asked = sqlx::query("set client_connection_check_interval = '1s'");
                drop(asked.execute(&mut *connection).await);
                Ok(())
            })
        })
        // The pool's own tests of a connection wait for ever when it has fallen silent.
        .test_before_acquire(false)
        .before_acquire(move |connection, _| {
            Box::pin(answered(ping, async move {
                Ok(is_writable(connection).await? || purpose == Use::LongRead)
            }))
        })
        .after_release(move |connection, _| {
            Box::pin(answered(ping, async {
                connection.ping().await?;
                // Else each keeps room for the largest batch that ever went through it.
                connection.shrink_buffers();
                Ok(true)
            }))
        })
        .connect_lazy_with(options.clone());
    // A connection of its own tells at once what the pool would only time out on.
    match timeout(SOON, pool.acquire()).await {
        // Dropped, it would be tried in the background, and whoever asks next would open another one.
        Ok(Ok(mut first)) => first.return_to_pool().await,
        _ => first_connection(&options, FIRST_CONNECTION.min(settings.patience)).await?,
    }
    Ok(pool)
}

async fn is_writable(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let row = sqlx::raw_sql("show transaction_read_only").fetch_one(connection).await?;
    Ok(row.try_get::<&str, _>(0)? == "off")
}

async fn first_connection(options: &PgConnectOptions, limit: Duration) -> Result<(), Error> {
    let until = Instant::now() + limit;
    loop {
        let error = match answered(limit, options.connect()).await {
            Ok(first) => {
                drop(answered(limit, first.close()).await);
                return Ok(());
            }
            Err(error) => error,
        };
        match &error {
            sqlx::Error::Database(_) if !is_connection_loss(&error) => {
                return Err(Error::Refused(error));
            }
            sqlx::Error::Database(_) if Instant::now() + STARTING < until => sleep(STARTING).await,
            _ => return Err(away(options, error).await),
        }
    }
}

/// Nobody could be reached: why, as far as it can be found out.
async fn away(options: &PgConnectOptions, source: sqlx::Error) -> Error {
    match trouble(&source) {
        Some(trouble) if options.get_socket().is_none() => {
            let way = Way::to_postgres(options.get_host(), options.get_port());
            let finding = Finding::new(way.clone(), look(&way, trouble).await);
            Error::NoWay { finding: Box::new(finding), source }
        }
        Some(_) | None => Error::Unavailable(source),
    }
}
