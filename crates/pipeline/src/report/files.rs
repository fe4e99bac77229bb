//! File tasks, as the ledger has them; never their tokens.

use serde::Serialize;
use sqlx::PgPool;

use super::{Filter, Moment};
use crate::Error;

/// Which file tasks a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Open and failed ones, by an index of their own.
    Unsettled,
    /// All of them, or those of the filter's states.
    Any,
}

/// One file task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct FileRow {
    /// Number of the task.
    pub task_id: i64,
    /// The company.
    pub company_no: String,
    /// The resume.
    pub resume_id: String,
    /// headshot, attachment or project.
    pub role: String,
    /// Item within its list, from 1.
    pub item_no: i32,
    /// How far it came.
    pub state: String,
    /// The document that holds the link.
    pub document_id: i64,
    /// The newest window that showed the document.
    pub window_id: i64,
    /// Runs that failed on it.
    pub attempts: i32,
    /// Taken up again from then on; null for an open or failed one that only `retry` takes up.
    pub next_attempt_at: Option<Moment>,
    /// Why it failed.
    pub failure: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// When it was opened first.
    pub created_at: Moment,
    /// When it was settled.
    pub closed_at: Option<Moment>,
}

/// File tasks, the newest first; `since` looks at when they were opened.
pub async fn files(
    pool: &PgPool,
    which: FileState,
    filter: &Filter,
) -> Result<Vec<FileRow>, Error> {
    let asked = match which {
        FileState::Unsettled => sqlx::query_as(
            "select task_id, company_no, resume_id, role, item_no, state, document_id, window_id,
                    attempts, next_attempt_at, failure, remedy, created_at, closed_at
             from etl.file_task
             where state in ('open', 'failed')
               and ($1::text[] is null or company_no = any($1))
               and ($2::text[] is null or state = any($2))
               and ($3::timestamptz is null or created_at >= $3)
             order by task_id desc limit $4",
        ),
        FileState::Any => sqlx::query_as(
            "select task_id, company_no, resume_id, role, item_no, state, document_id, window_id,
                    attempts, next_attempt_at, failure, remedy, created_at, closed_at
             from etl.file_task
             where ($1::text[] is null or company_no = any($1))
               and ($2::text[] is null or state = any($2))
               and ($3::timestamptz is null or created_at >= $3)
             order by task_id desc limit $4",
        ),
    };
    asked
        .bind(filter.companies())
        .bind(filter.states())
        .bind(filter.since())
        .bind(filter.limit())
        .fetch_all(pool)
        .await
        .map_err(Error::statement("listing the file tasks"))
}

/// One file task by its number.
pub async fn file(pool: &PgPool, task_id: i64) -> Result<Option<FileRow>, Error> {
    sqlx::query_as(
        "select task_id, company_no, resume_id, role, item_no, state, document_id, window_id,
                attempts, next_attempt_at, failure, remedy, created_at, closed_at
         from etl.file_task where task_id = $1",
    )
    .bind(task_id)
    .fetch_optional(pool)
    .await
    .map_err(Error::statement("reading a file task"))
}
