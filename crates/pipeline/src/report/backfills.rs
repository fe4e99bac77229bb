//! Backfills that are not finished, with how far they came.

use model::{CompanyNo, Source};
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::Moment;
use super::filter::named;
use crate::Error;
use crate::backfill::LISTINGS_KEEP;
use crate::plan::backfill::{Order, Past, Refetch, Width, plan};
use crate::window::Ledger;

/// A backfill that is not finished.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct BackfillRow {
    /// Its number.
    pub backfill_id: i64,
    /// The company.
    pub company_no: String,
    /// The first hour.
    pub from: Moment,
    /// The end of the last hour, exclusive.
    pub until: Moment,
    /// `missing` or `all`.
    pub refetch: String,
    /// `listed` by a dry run and not begun, or `open`.
    pub state: String,
    /// Whether a process works on it now.
    pub is_running: bool,
    /// When it began.
    pub started_at: Moment,
    /// When a run took it up last.
    pub worked_at: Moment,
    /// Windows that are done.
    pub windows_done: i32,
    /// Windows that it comes to; none if it was stopped before that was known.
    pub windows_planned: Option<i32>,
    /// The command that goes on with it.
    pub resume_command: String,
}

/// The backfills of which something is left to do, the one that was worked on last first. Nothing is
/// left where others did it, as `run` may, nor of a dry run's listings that are too old to go on with.
/// `sources` are those of each company.
pub async fn backfills(
    pool: &PgPool,
    companies: &[CompanyNo],
    sources: &[(CompanyNo, Vec<Source>)],
) -> Result<Vec<BackfillRow>, Error> {
    let rows: Vec<BackfillRow> = sqlx::query_as(
        "select backfill_id, company_no, starts_at as from, ends_at as until, refetch, state,
             etl.is_run_alive(run_id) as is_running, started_at, worked_at,
             etl.windows_done(backfill) as windows_done, windows_planned,
             command as resume_command
         from etl.backfill
         where ($1::text[] is null or company_no = any($1)) and state <> 'complete'
           and not (state = 'listed' and started_at < now() - make_interval(secs => $2))
         order by worked_at desc, backfill_id desc",
    )
    .bind(named(companies))
    .bind(LISTINGS_KEEP.as_secs_f64())
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading the backfills"))?;
    let ledger = Ledger::new(pool.clone(), Uuid::nil());
    let mut unfinished = Vec::new();
    for row in rows {
        let of_company = sources.iter().find(|(no, _)| no.as_str() == row.company_no);
        let is_left = match of_company {
            Some((no, sources)) if !row.is_running => {
                let known = ledger.reaching_into(no, row.from.0, row.until.0).await?;
                !plan(&row.past(no, sources), &known).is_empty()
            }
            _ => true,
        };
        if is_left {
            unfinished.push(row);
        }
    }
    Ok(unfinished)
}

impl BackfillRow {
    /// What it asks for. How new windows are cut, and their order, decide nothing here.
    fn past(&self, company: &CompanyNo, sources: &[Source]) -> Past {
        Past {
            company: company.clone(),
            sources: sources.to_vec(),
            from: self.from.0,
            until: self.until.0,
            refetch: if self.refetch == "all" { Refetch::All } else { Refetch::Missing },
            width: Width::default(),
            order: Order::default(),
            since: self.started_at.0,
        }
    }
}
