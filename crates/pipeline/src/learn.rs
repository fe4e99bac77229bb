//! What runs learn about the assumptions on 104.

use database::statement;
use model::CompanyNo;
use sqlx::PgPool;

use crate::Error;

/// Something seen that speaks for or against an assumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The assumption's number, such as `A-12`.
    pub assumption: &'static str,
    /// What was seen, as one of few sentences, free of personal data.
    pub finding: String,
    /// Whether the assumption held.
    pub is_held: bool,
}

/// Notes an observation, or that it was seen again.
pub async fn observe(pool: &PgPool, company: &CompanyNo, seen: &Observation) -> Result<(), Error> {
    let ask = || {
        sqlx::query(
        "insert into etl.contract_observation as known (company_no, assumption, finding, is_held)
         values ($1, $2, $3, $4)
         on conflict (company_no, assumption, finding) do update set
             last_seen_at = now(), times_seen = known.times_seen + 1",
    )
    .bind(company.as_str())
    .bind(seen.assumption)
    .bind(&seen.finding)
    .bind(seen.is_held)
    .execute(pool)
    };
    statement(pool, "noting an observation", ask).await?;
    Ok(())
}

/// What was seen first of an assumption: the first hard evidence stands.
pub async fn first_finding(
    pool: &PgPool,
    company: &CompanyNo,
    assumption: &str,
) -> Result<Option<String>, Error> {
    let ask = || {
        sqlx::query_as(
            "select finding from etl.contract_observation
         where company_no = $1 and assumption = $2
         order by first_seen_at, finding limit 1",
        )
        .bind(company.as_str())
        .bind(assumption)
        .fetch_optional(pool)
    };
    let first: Option<(String,)> = statement(pool, "reading observations", ask).await?;
    Ok(first.map(|(finding,)| finding))
}
