//! The clock that all processes share.

use jiff::Timestamp;
use sqlx::PgPool;

use crate::Error;

/// What the database's clock shows. All hosts that share the database agree on it, however wrong
/// their own clocks are, and so windows, leases, waits and times of fetching can be compared.
pub async fn now(pool: &PgPool) -> Result<Timestamp, Error> {
    let (now,): (jiff_sqlx::Timestamp,) = sqlx::query_as("select clock_timestamp()")
        .fetch_one(pool)
        .await
        .map_err(|source| Error::statement("asking the database for the time", source))?;
    Ok(now.to_jiff())
}
