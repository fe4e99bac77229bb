//! What the ledger knows of one resume, for its story: numbers, states and codes.

use model::{CompanyNo, ResumeId};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool};

use super::Moment;
use crate::Error;

/// A window that listed the resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct ListingTrace {
    /// Number of the window.
    pub window_id: i64,
    /// matched, applied or saved.
    pub source: String,
    /// The window's first moment.
    pub starts_at: Moment,
    /// The moment after its last one.
    pub ends_at: Moment,
    /// The item's state.
    pub state: String,
    /// The document that it showed.
    pub document_id: Option<i64>,
    /// When 104 listed it.
    pub listed_at: Moment,
    /// When its item was settled.
    pub settled_at: Option<Moment>,
}

/// A file task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct TaskTrace {
    /// Number of the task.
    pub task_id: i64,
    /// The document that holds the link.
    pub document_id: i64,
    /// headshot, attachment or project.
    pub role: String,
    /// Item within its list, from 1.
    pub item_no: i32,
    /// How far it came.
    pub state: String,
    /// Runs that failed on it.
    pub attempts: i32,
    /// Why it failed.
    pub failure: Option<String>,
    /// The run that failed on it last.
    pub failed_run_id: Option<String>,
    /// When it was opened first.
    pub created_at: Moment,
    /// When it was settled.
    pub closed_at: Option<Moment>,
}

/// A rejection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct RejectionTrace {
    /// Number of the rejection.
    pub rejection_id: i64,
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
    /// When.
    pub rejected_at: Moment,
    /// When a later try resolved it.
    pub resolved_at: Option<Moment>,
}

/// A run that had to do with the resume, as far as the rows that are left name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct RunTrace {
    /// Its id.
    pub run_id: String,
    /// The command.
    pub command: String,
    /// How it ended, or `running`.
    pub state: String,
    /// When it began.
    pub started_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
}

/// What the ledger knows of one resume, each part in the order of its moments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerTrace {
    /// Windows that listed it.
    pub listings: Vec<ListingTrace>,
    /// Its file tasks.
    pub tasks: Vec<TaskTrace>,
    /// Its rejections.
    pub rejections: Vec<RejectionTrace>,
    /// Runs that rejected it, failed on a file of it, or wrote its rows last, and those of commands
    /// that list which were at work when it was listed.
    pub runs: Vec<RunTrace>,
}

const LISTINGS: &str = "
    select window_id, source, starts_at, ends_at, item.state, item.document_id, listed_at, settled_at
    from etl.window_item as item join etl.fetch_window using (window_id)
    where item.company_no = $1 and item.resume_id = $2
    order by listed_at, ends_at, window_id";

/// What 104 says itself is left out: whatever it is, it is not ours to repeat here.
const TASKS: &str = "
    select task_id, document_id, role, item_no, state, attempts,
           split_part(failure, '; 104 says: ', 1) as failure,
           failed_run_id::text as failed_run_id, created_at, closed_at
    from etl.file_task where company_no = $1 and resume_id = $2
    order by created_at, document_id, role, item_no";

const REJECTIONS: &str = "
    select rejection_id, window_id, document_id, run_id::text as run_id, code,
           split_part(reason, '; 104 says: ', 1) as reason, rejected_at,
           resolved_at
    from etl.rejection where company_no = $1 and resume_id = $2 order by rejection_id";

/// A run that lists leaves no mark on its items: it is one of those that were at work at that moment.
const RUNS: &str = "
    select run_id::text as run_id, command, state, started_at, ended_at
    from etl.run
    where run_id in (
            select run_id from etl.rejection where company_no = $1 and resume_id = $2
            union select failed_run_id from etl.file_task where company_no = $1 and resume_id = $2
            union select _etl_run_id from recruiting.candidate
                where company_no = $1 and resume_id = $2)
       or (command in ('run', 'retry windows') or command like 'backfill%') and exists (
            select from etl.window_item as item
            where item.company_no = $1 and item.resume_id = $2
              and item.listed_at between run.started_at and coalesce(run.ended_at, now()))
    order by started_at";

/// What the ledger knows of one resume.
pub async fn trace(
    pool: &PgPool,
    company: &CompanyNo,
    resume_id: &ResumeId,
) -> Result<LedgerTrace, Error> {
    Ok(LedgerTrace {
        listings: rows(pool, LISTINGS, company, resume_id).await?,
        tasks: rows(pool, TASKS, company, resume_id).await?,
        rejections: rows(pool, REJECTIONS, company, resume_id).await?,
        runs: rows(pool, RUNS, company, resume_id).await?,
    })
}

async fn rows<T>(
    pool: &PgPool,
    statement: &'static str,
    company: &CompanyNo,
    resume_id: &ResumeId,
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    sqlx::query_as(statement)
        .bind(company.as_str())
        .bind(resume_id.as_str())
        .fetch_all(pool)
        .await
        .map_err(Error::statement("reading what the ledger knows of a resume"))
}
