//! What runs learn about the assumptions on 104.

use database::statement;
use model::CompanyNo;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::Error;
use crate::report::Moment;

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

/// A finding on an assumption, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Finding {
    /// What was seen.
    pub finding: String,
    /// When first.
    pub first_seen_at: Moment,
    /// When last.
    pub last_seen_at: Moment,
    /// How often.
    pub times_seen: i64,
}

/// What was seen of an assumption, the first first: the first hard evidence stands.
pub async fn findings(
    executor: impl PgExecutor<'_>,
    company: &CompanyNo,
    assumption: &str,
) -> Result<Vec<Finding>, Error> {
    sqlx::query_as(
        "select finding, first_seen_at, last_seen_at, times_seen
         from etl.contract_observation
         where company_no = $1 and assumption = $2
         order by first_seen_at, finding",
    )
    .bind(company.as_str())
    .bind(assumption)
    .fetch_all(executor)
    .await
    .map_err(Error::statement("reading observations"))
}

/// Under which reading of old windows a company's tables stand, and since when.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// `then` or `now`.
    pub reading: String,
    /// Since when all of them do.
    pub stands_since: Moment,
}

/// Under which reading of old windows a company's tables stand; `None` if none ever took effect.
pub async fn standing(
    executor: impl PgExecutor<'_>,
    company: &CompanyNo,
) -> Result<Option<Standing>, Error> {
    sqlx::query_as("select reading, stands_since from etl.old_windows where company_no = $1")
        .bind(company.as_str())
        .fetch_optional(executor)
        .await
        .map_err(Error::statement("reading how old windows are read"))
}

/// Notes that all tables of a company stand under a reading now.
pub async fn stand(
    pool: &PgPool,
    company: &CompanyNo,
    reading: &str,
    run_id: Uuid,
) -> Result<(), Error> {
    let ask = || {
        sqlx::query(
            "insert into etl.old_windows (company_no, reading, run_id) values ($1, $2, $3)
             on conflict (company_no) do update set
                 reading = excluded.reading, run_id = excluded.run_id, stands_since = now()",
        )
        .bind(company.as_str())
        .bind(reading)
        .bind(run_id)
        .execute(pool)
    };
    statement(pool, "noting how old windows are read", ask).await?;
    Ok(())
}
