//! File tasks in the ledger: opened with the resume, taken under a lease, settled with the
//! receipt.

mod opening;

use database::statement;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::resume::FileRole;
use model::{CompanyNo, Redacted, ResumeId, Window};
use sqlx::{PgConnection, PgPool};

use crate::Error;
use crate::run::LEASE;
use crate::window::{Ledger, rebuilt};

pub use opening::{NewFileTask, Opening, open, open_new};

/// Tasks are looked for among so many times as many as people are asked for; who has more files is
/// taken in two parts.
const FILES_EACH: i64 = 10;

/// A file task under a lease.
#[derive(Clone, Debug)]
pub struct FileTask {
    /// Number of the task.
    pub task_id: i64,
    /// The resume.
    pub resume_id: ResumeId,
    /// The document that holds the link.
    pub document_id: i64,
    /// Which field the link stood in.
    pub role: FileRole,
    /// Item within its list, from 1.
    pub item_no: u32,
    /// Number of the window to ask again.
    pub window_id: i64,
    /// The window to ask again.
    pub window: Window,
    /// The token and when it was received.
    pub token: Option<(Redacted<String>, Timestamp)>,
    generation: i64,
}

/// Where a file task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The bytes are held.
    Stored,
    /// 104 no longer gives it.
    Unavailable,
    /// It is larger than the settings allow.
    TooLarge,
}

/// Whose tasks a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// All, those of live hours first.
    Everyones,
    /// Those that a backfill opened.
    Backfills,
}

/// Tasks of backfills that stand open and whose time has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// Files.
    pub files: i64,
    /// Calls that would give all of them fresh tokens, ten resumes of a window each.
    pub renewals: i64,
    /// Of these calls, the ones for tokens that are stale already.
    pub stale_renewals: i64,
}

/// What a backfill that fetches files finds open, whichever backfill left it. A token that was
/// received before `oldest` is stale.
pub async fn waiting(
    pool: &PgPool,
    company: &CompanyNo,
    oldest: Timestamp,
) -> Result<Waiting, Error> {
    let ask = || {
        sqlx::query_as(
            "with of_window as (
                 select count(*) as files, count(distinct resume_id) as people,
                     count(distinct resume_id) filter (
                         where token_fetched_at is null or token_fetched_at < $2) as stale
                 from etl.file_task
                 where company_no = $1 and is_backfill and state in ('open', 'failed')
                   and next_attempt_at <= now()
                 group by window_id
             )
             select coalesce(sum(files), 0)::bigint as files,
                 coalesce(sum((people + 9) / 10), 0)::bigint as renewals,
                 coalesce(sum((stale + 9) / 10), 0)::bigint as stale_renewals
             from of_window",
        )
        .bind(company.as_str())
        .bind(oldest.to_sqlx())
        .fetch_one(pool)
    };
    Ok(statement(pool, "counting the open file tasks", ask).await?)
}

impl Ledger {
    /// Takes tasks of a company whose time has come: all that are due of up to `people` resumes of
    /// one window, so that one call can give them fresh tokens. Live hours go before a backfill,
    /// then the oldest; others' live leases are passed over.
    pub async fn take_files(
        &self,
        company: &CompanyNo,
        people: i64,
        whose: Whose,
    ) -> Result<Vec<FileTask>, Error> {
        // In a transaction, so that a lost answer leaves no task leased that nobody works on.
        let rows: Vec<TaskRow> = database::transaction(self.pool(), || async {
            let mut tx =
                self.pool().begin().await.map_err(Error::statement("beginning a transaction"))?;
            let rows = sqlx::query_as(
                "with free as (
                 select task_id, resume_id, window_id, is_backfill, next_attempt_at
                 from etl.file_task
                 where company_no = $1 and state in ('open', 'failed') and (is_backfill or not $5)
                   and next_attempt_at <= now() and failed_run_id is distinct from $3
                   and (lease_run_id is null or lease_expires_at < now()
                        or not etl.is_run_alive(lease_run_id))
                 order by is_backfill, next_attempt_at, task_id limit $6
                 for update skip locked
             ), placed as (
                 select *, row_number() over (order by is_backfill, next_attempt_at, task_id)
                     as place
                 from free
             ), people as (
                 select resume_id, window_id, is_backfill from placed
                 where (window_id, is_backfill)
                     = (select window_id, is_backfill from placed where place = 1)
                 group by resume_id, window_id, is_backfill order by min(place) limit $2
             ), taken as (
                 update etl.file_task as task set
                     lease_no = lease_no + 1, lease_run_id = $3,
                     lease_expires_at = now() + make_interval(secs => $4)
                 from placed join people using (resume_id, window_id, is_backfill)
                 where task.task_id = placed.task_id
                 returning task.*
             )
             select taken.task_id, taken.resume_id, taken.document_id, taken.role, taken.item_no,
                    taken.window_id, taken.token, taken.token_fetched_at, taken.lease_no,
                    window_.source, window_.window_on, window_.start_hour, window_.end_hour
             from taken join etl.fetch_window as window_ using (window_id)
             order by taken.task_id",
            )
            .bind(company.as_str())
            .bind(people)
            .bind(self.run_id())
            .bind(LEASE.as_secs_f64())
            .bind(whose == Whose::Backfills)
            .bind(people * FILES_EACH)
            .fetch_all(&mut *tx)
            .await
            .map_err(Error::statement("taking file tasks"))?;
            Ok::<_, Error>((tx, rows))
        })
        .await?;
        Ok(rows.into_iter().filter_map(|row| row.task(company)).collect())
    }

    /// The task failed and stays open. If the file itself is to blame, it is taken up again after
    /// 5, 15, 60, 240 minutes, after five runs only by `retry`; if 104 or the storage was away,
    /// by the next run.
    pub async fn fail_file(
        &self,
        task: &FileTask,
        failure: &str,
        remedy: &str,
        is_its_own: bool,
    ) -> Result<(), Error> {
        let ask = || {
            sqlx::query(
            "update etl.file_task set
                 state = 'failed', attempts = attempts + $5::integer,
                 next_attempt_at = case when $5 = 1 then etl.next_attempt_at(attempts)
                     else now() end,
                 failed_run_id = lease_run_id, failure = $3, remedy = $4, lease_run_id = null, lease_expires_at = null
             where task_id = $1 and lease_no = $2 and lease_run_id = $6",
        )
        .bind(task.task_id)
        .bind(task.generation)
        .bind(failure)
        .bind(remedy)
        .bind(i32::from(is_its_own))
        .bind(self.run_id())
        .execute(self.pool())
        };
        statement(self.pool(), "failing a file task", ask).await?;
        Ok(())
    }

    /// Gives tasks back untouched.
    pub async fn release_files(&self, tasks: &[FileTask]) -> Result<(), Error> {
        let ids: Vec<i64> = tasks.iter().map(|task| task.task_id).collect();
        let ask = || {
            sqlx::query(
                // A row that a loading resume holds stays leased until this run is closed.
                "update etl.file_task set lease_run_id = null, lease_expires_at = null
             where task_id in (select task_id from etl.file_task
                 where task_id = any($1) and lease_run_id = $2 for update skip locked)",
            )
            .bind(&ids)
            .bind(self.run_id())
            .execute(self.pool())
        };
        statement(self.pool(), "releasing file tasks", ask).await?;
        Ok(())
    }
}

/// Holds a task's row until the transaction ends, after comparing the lease. The person must be
/// locked before: whoever loads a resume holds the person first, then its tasks.
///
/// # Errors
/// [`Error::LeaseLost`] if another process took the task meanwhile.
pub async fn hold(conn: &mut PgConnection, task: &FileTask) -> Result<(), Error> {
    let (lease_no,): (i64,) =
        sqlx::query_as("select lease_no from etl.file_task where task_id = $1 for update")
            .bind(task.task_id)
            .fetch_one(conn)
            .await
            .map_err(Error::statement("locking a file task"))?;
    if lease_no == task.generation {
        Ok(())
    } else {
        Err(Error::LeaseLost { what: format!("file task {}", task.task_id) })
    }
}

/// Settles a task, in the transaction that records its receipt. The token is forgotten.
pub async fn settle(
    conn: &mut PgConnection,
    task: &FileTask,
    settled: Settled,
) -> Result<(), Error> {
    let state = match settled {
        Settled::Stored => "stored",
        Settled::Unavailable => "unavailable",
        Settled::TooLarge => "too_large",
    };
    sqlx::query(
        "update etl.file_task set
             state = $2, closed_at = now(), token = null, attempts = 0, next_attempt_at = null,
             failure = null, remedy = null, failed_run_id = null,
             lease_run_id = null, lease_expires_at = null
         where task_id = $1",
    )
    .bind(task.task_id)
    .bind(state)
    .execute(conn)
    .await
    .map_err(Error::statement("settling a file task"))?;
    Ok(())
}

/// Takes failed tasks up again at once, and those that were left out. Returns how many.
pub async fn retry_failed(pool: &PgPool, company: &CompanyNo) -> Result<u64, Error> {
    let ask = || {
        sqlx::query(
            "update etl.file_task set attempts = 0, next_attempt_at = now()
         where company_no = $1
           and (state = 'failed' or state = 'open' and next_attempt_at is null)",
        )
        .bind(company.as_str())
        .execute(pool)
    };
    Ok(statement(pool, "reopening failed file tasks", ask).await?.rows_affected())
}

#[derive(sqlx::FromRow)]
struct TaskRow {
    task_id: i64,
    resume_id: String,
    document_id: i64,
    role: String,
    item_no: i32,
    window_id: i64,
    token: Option<String>,
    token_fetched_at: Option<jiff_sqlx::Timestamp>,
    lease_no: i64,
    source: String,
    window_on: jiff_sqlx::Date,
    start_hour: i16,
    end_hour: i16,
}

impl TaskRow {
    /// `None` only for a row that the tables' constraints make impossible.
    fn task(self, company: &CompanyNo) -> Option<FileTask> {
        let date = self.window_on.to_jiff();
        Some(FileTask {
            task_id: self.task_id,
            resume_id: self.resume_id.parse().ok()?,
            document_id: self.document_id,
            role: FileRole::from_name(&self.role)?,
            item_no: u32::try_from(self.item_no).ok()?,
            window_id: self.window_id,
            window: rebuilt(company, &self.source, date, self.start_hour, self.end_hour)?,
            token: self
                .token
                .zip(self.token_fetched_at)
                .map(|(token, at)| (Redacted::new(token), at.to_jiff())),
            generation: self.lease_no,
        })
    }
}
