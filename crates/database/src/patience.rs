//! What is done again when Postgres went away, for how long, and what became of a commit whose
//! answer was lost.
//!
//! One number rules it: the pool's patience, its time limit for a connection. A statement that is
//! not answered within it counts as lost, since a connection may fall silent without an end; a
//! transaction, which waits for locks, within four times as long. What was lost is done again
//! until twice the patience has passed since. So nothing waits for ever, and a restart of Postgres is
//! ridden out.

use std::io;
use std::time::Duration;

use sqlx::{ConnectOptions, Connection, PgPool, Postgres, Transaction};
use tokio::time::{Instant, sleep, timeout};

use crate::error::{Error, is_connection_loss, is_worth_repeating};

/// A transaction may take so many times the patience.
const TRANSACTION: u32 = 4;
/// One that is known to take long may take as long as the session lets a statement.
const LONG_TRANSACTION: Duration = Duration::from_mins(10);
/// What was lost is done again for so many times the patience.
const IN_ALL: u32 = 2;
/// The pauses between; the last one stays.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
/// To tell why no connection was to be had, another one is tried for so long.
const EXPLANATION: Duration = Duration::from_secs(2);

/// An error of work in a transaction.
pub trait Work: From<Error> {
    /// The driver's error, if it was one: it says whether the same may succeed when done again.
    fn driver_error(&self) -> Option<&sqlx::Error>;
}

impl Work for Error {
    fn driver_error(&self) -> Option<&sqlx::Error> {
        self.source_of_driver()
    }
}

/// Asks one statement outside of a transaction, and again when it was lost. It must be one that
/// can be done twice: the first may have come through.
///
/// # Errors
/// Those of the statement; [`Error::Unavailable`] with its reason when patience is over.
pub async fn statement<T, F, Fut>(
    pool: &PgPool,
    operation: &'static str,
    ask: F,
) -> Result<T, Error>
where
    F: Fn() -> Fut + Send,
    Fut: Future<Output = Result<T, sqlx::Error>> + Send,
{
    let mut patience = Patience::of(pool);
    loop {
        let error = match answered(patience.each, ask()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if !is_worth_repeating(&error) || !patience.pause(operation, &error).await {
            let error = reason(pool, &error).await.unwrap_or(error);
            return Err(Error::statement(operation, error));
        }
    }
}

/// Does a transaction as a unit, commits it, and does it again when it was lost. `work` gives back
/// the open transaction with its result.
///
/// If the answer to the commit is lost, Postgres is asked what became of it, so that the result is
/// that of the transaction which counts. Where it can't say (it has restarted since), the
/// transaction is done again: it must be one that can be done twice.
///
/// # Errors
/// Those of `work` and of the commit.
pub async fn transaction<T, E, F, Fut>(pool: &PgPool, work: F) -> Result<T, E>
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<(Transaction<'static, Postgres>, T), E>> + Send,
    T: Send,
    E: Work + Send,
{
    let patience = Patience::of(pool);
    let limit = patience.each * TRANSACTION;
    within(pool, limit, patience, work).await
}

/// The same for one whose work grows with the warehouse, and whose length says nothing of the server: it counts as
/// lost when its connection does, or after ten minutes.
///
/// # Errors
/// As those of [`transaction`].
pub async fn long_transaction<T, E, F, Fut>(pool: &PgPool, work: F) -> Result<T, E>
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<(Transaction<'static, Postgres>, T), E>> + Send,
    T: Send,
    E: Work + Send,
{
    within(pool, LONG_TRANSACTION, Patience::of(pool), work).await
}

async fn within<T, E, F, Fut>(
    pool: &PgPool,
    limit: Duration,
    mut patience: Patience,
    mut work: F,
) -> Result<T, E>
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<(Transaction<'static, Postgres>, T), E>> + Send,
    T: Send,
    E: Work + Send,
{
    loop {
        let attempt = async {
            let (mut tx, result) = work().await?;
            let mark = Mark::of(&mut tx).await.map_err(|error| E::from(failed(error)))?;
            Ok::<_, E>((tx, result, mark))
        };
        let error: E = match timeout(limit, attempt).await {
            Ok(Ok((tx, result, mark))) => match answered(limit, tx.commit()).await {
                Ok(()) => return Ok(result),
                Err(lost) if is_connection_loss(&lost) => {
                    tracing::warn!(error = %lost, "the answer to a commit was lost");
                    if mark.is_committed(pool, &mut patience).await? {
                        return Ok(result);
                    }
                    failed(lost).into()
                }
                Err(refused) => failed(refused).into(),
            },
            Ok(Err(error)) => error,
            Err(_elapsed) => failed(no_answer()).into(),
        };
        let Some(cause) = error.driver_error().filter(|cause| is_worth_repeating(cause)) else {
            return Err(error);
        };
        if !patience.pause("a transaction", cause).await {
            return Err(match reason(pool, cause).await {
                Some(reason) => failed(reason).into(),
                None => error,
            });
        }
    }
}

fn failed(error: sqlx::Error) -> Error {
    Error::statement("committing a transaction", error)
}

/// How much of it is left for one piece of work.
struct Patience {
    each: Duration,
    until: Option<Instant>,
    pauses: usize,
}

impl Patience {
    fn of(pool: &PgPool) -> Self {
        Self { each: pool.options().get_acquire_timeout(), until: None, pauses: 0 }
    }

    /// Waits before the next attempt; `false` if there is to be none. The first failure starts the
    /// clock.
    async fn pause(&mut self, operation: &'static str, error: &sqlx::Error) -> bool {
        let pause = PAUSES[self.pauses.min(PAUSES.len() - 1)];
        self.pauses += 1;
        let now = Instant::now();
        if now + pause >= *self.until.get_or_insert(now + self.each * IN_ALL) {
            return false;
        }
        tracing::warn!(operation, %error, "the database failed; it is asked again");
        sleep(pause).await;
        true
    }
}

/// A transaction's number, and since when the server runs that gave it: after a failover or on
/// another server the same number may be another's.
struct Mark {
    number: String,
    server: String,
}

impl Mark {
    async fn of(tx: &mut Transaction<'static, Postgres>) -> Result<Self, sqlx::Error> {
        let (number, server) =
            sqlx::query_as("select pg_current_xact_id()::text, pg_postmaster_start_time()::text")
                .fetch_one(&mut **tx)
                .await?;
        Ok(Self { number, server })
    }

    /// What became of the transaction. One that still runs is waited for: the server may not have
    /// noticed yet that nobody listens.
    async fn is_committed(&self, pool: &PgPool, patience: &mut Patience) -> Result<bool, Error> {
        let operation = "asking what became of a commit";
        loop {
            let (fate,): (Option<String>,) = statement(pool, operation, || {
                sqlx::query_as(
                    "select case when pg_postmaster_start_time()::text = $2
                         then pg_xact_status($1::text::xid8) end",
                )
                .bind(&self.number)
                .bind(&self.server)
                .fetch_one(pool)
            })
            .await?;
            if fate.as_deref() != Some("in progress") {
                return Ok(fate.as_deref() == Some("committed"));
            }
            if !patience.pause(operation, &no_answer()).await {
                return Err(Error::Unavailable(no_answer()));
            }
        }
    }
}

/// The answer, unless the connection has fallen silent.
pub(crate) async fn answered<T>(
    limit: Duration,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, asked).await.unwrap_or_else(|_elapsed| Err(no_answer()))
}

fn no_answer() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"))
}

/// Why the time ran out, if it did: neither a pool nor an answer that did not come says so, but a connection of its
/// own may. (A wait for a connection of the pool and one for an answer have the same limit: which of the two ends
/// first is chance.)
async fn reason(pool: &PgPool, error: &sqlx::Error) -> Option<sqlx::Error> {
    let is_out_of_time = match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::TimedOut,
        _ => false,
    };
    if !is_out_of_time {
        return None;
    }
    let connection = match answered(EXPLANATION, pool.connect_options().connect()).await {
        Ok(connection) => connection,
        Err(reason) => return Some(reason),
    };
    drop(answered(EXPLANATION, connection.close()).await);
    None
}
