//! How far a reprocess has come, so that one that was stopped or killed goes on behind what it did.
//!
//! People are taken in the order of their ids, and the position moves only behind those whose
//! transactions are committed. A finished reprocess leaves nothing behind.

use database::{statement, transaction};
use jiff::Timestamp;
use model::{CompanyNo, ResumeId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::Error;

/// What is reprocessed.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Whose people.
    pub company: &'a CompanyNo,
    /// Which of them, as the flags of the command.
    pub selection: &'a str,
    /// By which version of the rules that read resumes.
    pub transform_version: i32,
    /// By which version of the rules that make rows of what was read.
    pub rows_version: i32,
}

/// Where a reprocess stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its number.
    pub reprocess_id: i64,
    /// The last person done; `None` before the first.
    pub after: Option<ResumeId>,
    /// What it changed so far, as the caller wrote it down.
    pub counts: Option<String>,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// Takes up the unfinished reprocess of a subject, or begins one: a new one, one of another version
/// of any rules, and, with `restart`, any begins at the first person.
///
/// `None`: a live run works on it.
pub async fn begin(
    pool: &PgPool,
    subject: Subject<'_>,
    run_id: Uuid,
    restart: bool,
) -> Result<Option<Position>, Error> {
    let Subject { company, selection, transform_version, rows_version } = subject;
    let taken: Option<Row> = transaction(pool, || async {
        let failed = || Error::statement("taking up a reprocess");
        let mut tx = pool.begin().await.map_err(failed())?;
        sqlx::query(
            "insert into etl.reprocess
                 (company_no, selection, transform_version, run_id, rows_version)
             values ($1, $2, $3, $4, $5) on conflict do nothing",
        )
        .bind(company.as_str())
        .bind(selection)
        .bind(transform_version)
        .bind(run_id)
        .bind(rows_version)
        .execute(&mut *tx)
        .await
        .map_err(failed())?;
        let taken = sqlx::query_as(
            "update etl.reprocess set
                 run_id = $4, transform_version = $3, rows_version = $5,
                 resume_id = case when is_new then null else resume_id end,
                 people = case when is_new then 0 else people end,
                 counts = case when is_new then null else counts end,
                 begun_at = case when is_new then now() else begun_at end
             from (select reprocess_id as taken,
                          $6 or transform_version <> $3 or rows_version <> $5 as is_new
                   from etl.reprocess where company_no = $1 and selection = $2
                     and (run_id = $4 or not etl.is_run_alive(run_id))
                   for update) as found
             where reprocess_id = taken
             returning reprocess_id, resume_id, counts::text as counts, begun_at",
        )
        .bind(company.as_str())
        .bind(selection)
        .bind(transform_version)
        .bind(run_id)
        .bind(rows_version)
        .bind(restart)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed())?;
        Ok::<_, Error>((tx, taken))
    })
    .await?;
    Ok(taken.map(|row| Position {
        reprocess_id: row.reprocess_id,
        after: row.resume_id.and_then(|id| id.parse().ok()),
        counts: row.counts,
        begun_at: row.begun_at.to_jiff(),
    }))
}

#[derive(sqlx::FromRow)]
struct Row {
    reprocess_id: i64,
    resume_id: Option<String>,
    counts: Option<String>,
    begun_at: jiff_sqlx::Timestamp,
}

/// Moves it behind a person, all before whom are done.
pub async fn advance(
    pool: &PgPool,
    reprocess_id: i64,
    run_id: Uuid,
    after: &ResumeId,
    people: u64,
    counts: &str,
) -> Result<(), Error> {
    let ask = || {
        sqlx::query(
            "update etl.reprocess set resume_id = $3, people = $4, counts = $5::jsonb, moved_at = now()
             where reprocess_id = $1 and run_id = $2",
        )
        .bind(reprocess_id)
        .bind(run_id)
        .bind(after.as_str())
        .bind(i64::try_from(people).unwrap_or(i64::MAX))
        .bind(counts)
        .execute(pool)
    };
    statement(pool, "writing down how far a reprocess has come", ask).await?;
    Ok(())
}

/// It is finished: nothing of it stays; and if it was everyone's, nothing of unfinished parts either.
pub async fn finish(pool: &PgPool, reprocess_id: i64, run_id: Uuid) -> Result<(), Error> {
    let ask = || {
        sqlx::query(
            "with finished as (
                 delete from etl.reprocess where reprocess_id = $1 and run_id = $2
                 returning company_no, selection
             )
             delete from etl.reprocess as part using finished
             where finished.selection = '' and part.company_no = finished.company_no
               and part.reprocess_id <> $1 and not etl.is_run_alive(part.run_id)",
        )
        .bind(reprocess_id)
        .bind(run_id)
        .execute(pool)
    };
    statement(pool, "finishing a reprocess", ask).await?;
    Ok(())
}
