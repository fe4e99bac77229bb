//! Rejections, as the ledger has them; the payload only by itself.

use model::Redacted;
use serde::Serialize;
use sqlx::PgPool;

use super::{Filter, Moment};
use crate::Error;

/// Which rejections a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionState {
    /// Those that no later try resolved.
    Open,
    /// Those that a later try resolved.
    Resolved,
    /// All.
    Any,
}

/// One rejection, without its payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct RejectionRow {
    /// Number of the rejection.
    pub rejection_id: i64,
    /// The company.
    pub company_no: String,
    /// The id it concerns.
    pub resume_id: Option<String>,
    /// The window that was being fetched.
    pub window_id: Option<i64>,
    /// The raw document, if it was kept.
    pub document_id: Option<i64>,
    /// The run that rejected it.
    pub run_id: String,
    /// Why, as a closed list.
    pub code: String,
    /// Why, in words.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
    /// Bytes of payload that are kept.
    pub payload_bytes: Option<i32>,
    /// When.
    pub rejected_at: Moment,
    /// When a later try resolved it.
    pub resolved_at: Option<Moment>,
}

/// Rejections, the newest first; `since` looks at when they happened, and the filter's states
/// are codes.
pub async fn rejections(
    pool: &PgPool,
    which: RejectionState,
    filter: &Filter,
) -> Result<Vec<RejectionRow>, Error> {
    let is_open = match which {
        RejectionState::Open => Some(true),
        RejectionState::Resolved => Some(false),
        RejectionState::Any => None,
    };
    sqlx::query_as(
        "select rejection_id, company_no, resume_id, window_id, document_id, run_id::text, code,
                reason, remedy, octet_length(payload) as payload_bytes, rejected_at, resolved_at
         from etl.rejection
         where ($1::text[] is null or company_no = any($1))
           and ($2::text[] is null or code = any($2))
           and ($3::timestamptz is null or rejected_at >= $3)
           and ($4::boolean is null or (resolved_at is null) = $4)
         order by rejection_id desc limit $5",
    )
    .bind(filter.companies())
    .bind(filter.states())
    .bind(filter.since())
    .bind(is_open)
    .bind(filter.limit())
    .fetch_all(pool)
    .await
    .map_err(Error::statement("listing the rejections"))
}

/// One rejection by its number.
pub async fn rejection(pool: &PgPool, rejection_id: i64) -> Result<Option<RejectionRow>, Error> {
    sqlx::query_as(
        "select rejection_id, company_no, resume_id, window_id, document_id, run_id::text, code,
                reason, remedy, octet_length(payload) as payload_bytes, rejected_at, resolved_at
         from etl.rejection where rejection_id = $1",
    )
    .bind(rejection_id)
    .fetch_optional(pool)
    .await
    .map_err(Error::statement("reading a rejection"))
}

/// The bytes that were refused. Personal data.
pub async fn rejection_payload(
    pool: &PgPool,
    rejection_id: i64,
) -> Result<Option<Redacted<Vec<u8>>>, Error> {
    let found: Option<(Option<Vec<u8>>,)> =
        sqlx::query_as("select payload from etl.rejection where rejection_id = $1")
            .bind(rejection_id)
            .fetch_optional(pool)
            .await
            .map_err(Error::statement("reading a payload"))?;
    Ok(found.and_then(|(payload,)| payload).map(Redacted::new))
}
