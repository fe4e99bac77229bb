//! How fast the credentials go.

use serde::Serialize;
use sqlx::PgPool;

use super::Moment;
use crate::Error;

/// The shared pace of one credential.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct PaceRow {
    /// The start of its hash, to tell credentials apart.
    pub credential: String,
    /// Milliseconds between two calls.
    pub interval_ms: f64,
    /// 104 throttled, and all processes wait until then; null once that is past.
    pub throttled_until: Option<Moment>,
    /// Calls that were given a start time so far.
    pub slots: i64,
    /// Times that 104 throttled so far.
    pub throttles: i64,
}

/// The pace of each credential; 50 at most.
pub async fn paces(pool: &PgPool) -> Result<Vec<PaceRow>, Error> {
    sqlx::query_as(
        "select left(encode(credential_hash, 'hex'), 8) as credential, interval_ms,
                case when throttled_until > now() then throttled_until end as throttled_until,
                slots, throttles
         from etl.pace order by next_start_at desc limit 50",
    )
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading the pace"))
}
