//! What runs learnt about 104 that speaks against the contract.

use model::CompanyNo;
use serde::Serialize;
use sqlx::PgPool;

use super::Moment;
use super::filter::named;
use crate::Error;

/// An assumption on 104 that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct BrokenAssumption {
    /// The company at which it was seen.
    pub company_no: String,
    /// The assumption's number, such as `A-12`.
    pub assumption: String,
    /// What was seen.
    pub finding: String,
    /// How often.
    pub times_seen: i64,
    /// When last.
    pub last_seen_at: Moment,
}

/// Assumptions that did not hold, the latest first; 50 at most.
pub async fn broken_assumptions(
    pool: &PgPool,
    companies: &[CompanyNo],
) -> Result<Vec<BrokenAssumption>, Error> {
    sqlx::query_as(
        "select company_no, assumption, finding, times_seen, last_seen_at
         from etl.contract_observation
         where not is_held and ($1::text[] is null or company_no = any($1))
         order by last_seen_at desc, assumption limit 50",
    )
    .bind(named(companies))
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading what was learnt about 104"))
}

/// An assumption on 104 that held wherever a run saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct HeldAssumption {
    /// The company at which it was seen.
    pub company_no: String,
    /// The assumption's number, such as `A-12`.
    pub assumption: String,
    /// What was seen last.
    pub finding: String,
    /// When last.
    pub last_seen_at: Moment,
}

/// Assumptions that held and never broke, by number; one finding each.
pub async fn held_assumptions(
    pool: &PgPool,
    companies: &[CompanyNo],
) -> Result<Vec<HeldAssumption>, Error> {
    sqlx::query_as(
        "select distinct on (company_no, assumption) company_no, assumption, finding, last_seen_at
         from etl.contract_observation as seen
         where is_held and ($1::text[] is null or company_no = any($1))
           and not exists (
               select from etl.contract_observation as other
               where other.company_no = seen.company_no and other.assumption = seen.assumption
                 and not other.is_held)
         order by company_no, assumption, last_seen_at desc",
    )
    .bind(named(companies))
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading what was learnt about 104"))
}

/// How many fields 104 sends that the contract does not name.
pub async fn unknown_fields(pool: &PgPool, companies: &[CompanyNo]) -> Result<i64, Error> {
    let (fields,): (i64,) = sqlx::query_as(
        "select count(distinct json_path) from etl.unknown_field
         where $1::text[] is null or company_no = any($1)",
    )
    .bind(named(companies))
    .fetch_one(pool)
    .await
    .map_err(Error::statement("counting the unknown fields"))?;
    Ok(fields)
}
