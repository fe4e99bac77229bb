//! Reprocesses that are not finished.

use model::CompanyNo;
use serde::Serialize;
use sqlx::PgPool;

use super::Moment;
use super::filter::named;
use crate::Error;

/// One unfinished reprocess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ReprocessRow {
    /// The company.
    pub company_no: String,
    /// Whom it concerns, as the flags of the command; empty for everyone.
    pub selection: String,
    /// The version of the rules that read resumes.
    pub transform_version: i32,
    /// People done.
    pub people: i64,
    /// When it was begun.
    pub begun_at: Moment,
    /// When it moved last.
    pub moved_at: Moment,
    /// Whether a live run works on it.
    pub is_running: bool,
}

/// The unfinished ones, the oldest first; no companies means all of them.
pub async fn reprocesses(
    pool: &PgPool,
    companies: &[CompanyNo],
) -> Result<Vec<ReprocessRow>, Error> {
    sqlx::query_as(
        "select company_no, selection, transform_version, people, begun_at, moved_at,
                etl.is_run_alive(run_id) as is_running
         from etl.reprocess where $1::text[] is null or company_no = any($1)
         order by begun_at, company_no, selection",
    )
    .bind(named(companies))
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading unfinished reprocesses"))
}
