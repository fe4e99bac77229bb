//! File tasks are opened in the transaction that loads the resumes.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::resume::FileRole;
use model::{CompanyNo, Redacted, ResumeId};
use sqlx::PgConnection;

use crate::Error;

/// A file that is wanted: a slot of a document, and what to ask with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFileTask {
    /// The resume.
    pub resume_id: ResumeId,
    /// The document that holds the link.
    pub document_id: i64,
    /// Which field the link stood in.
    pub role: FileRole,
    /// Item within its list, from 1.
    pub item_no: u32,
    /// The newest window that showed the document.
    pub window_id: i64,
    /// End of that window.
    pub window_ends_at: Timestamp,
    /// The token and when it was received, if one is at hand.
    pub token: Option<(Redacted<String>, Timestamp)>,
}

/// How a run opens the tasks of what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// For a backfill: they come after those of live hours.
    pub is_backfill: bool,
    /// Nobody takes them before `retry files` asks for them.
    pub is_left_out: bool,
}

/// Opens tasks, in the transaction that loads the resumes. A settled task is opened again only
/// for a newer window; an open one takes the newer token, and that of a newer window in any case:
/// an older window's leads to the file as it was then. Returns how many were opened.
///
/// One that was left out stays so, however often its person is recomputed, until an answer shows
/// its document again to a run that does not leave files out. And what an answer shows to a
/// schedule is no backfill's any more.
pub async fn open(
    conn: &mut PgConnection,
    company: &CompanyNo,
    wanted: &[NewFileTask],
    opening: Opening,
) -> Result<u64, Error> {
    let mut opened = 0;
    for task in wanted {
        let token = task.token.as_ref().map(|(token, _)| token.expose().as_str());
        let fetched_at = task.token.as_ref().map(|(_, at)| at.to_sqlx());
        let (is_new,): (bool,) = sqlx::query_as(
            "with known as (
                 select state from etl.file_task
                 where company_no = $1 and resume_id = $2 and document_id = $3
                   and role = $4 and item_no = $5
             ), opened as (
                 insert into etl.file_task as task
                     (company_no, resume_id, document_id, role, item_no, window_id,
                      window_ends_at, token, token_fetched_at, is_backfill, next_attempt_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when not $11 then now() end)
                 on conflict (company_no, resume_id, document_id, role, item_no) do update set
                     state = case when task.state = 'failed' then 'failed' else 'open' end,
                     closed_at = null,
                     attempts = case when task.state in ('open', 'failed') then task.attempts else 0 end,
                     next_attempt_at = case
                         when task.state = 'failed'
                             or task.state = 'open' and task.next_attempt_at is not null
                             then task.next_attempt_at
                         when task.state = 'open' and $8 is null then null
                         else excluded.next_attempt_at end,
                     is_backfill = case
                         when task.state not in ('open', 'failed') then excluded.is_backfill
                         when $8 is null then task.is_backfill
                         else task.is_backfill and excluded.is_backfill end,
                     window_id = case when excluded.window_ends_at >= task.window_ends_at
                         then excluded.window_id else task.window_id end,
                     window_ends_at = greatest(task.window_ends_at, excluded.window_ends_at),
                     (token, token_fetched_at) = (
                         select one.token, one.token_fetched_at
                         from (values
                             (task.window_ends_at, task.token, task.token_fetched_at),
                             (excluded.window_ends_at, excluded.token, excluded.token_fetched_at)
                         ) as one (window_ends_at, token, token_fetched_at)
                         order by one.window_ends_at desc, one.token_fetched_at desc nulls last
                         limit 1)
             )
             select coalesce((select state not in ('open', 'failed') from known), true)",
        )
        .bind(company.as_str())
        .bind(task.resume_id.as_str())
        .bind(task.document_id)
        .bind(task.role.as_str())
        .bind(i32::try_from(task.item_no).unwrap_or(i32::MAX))
        .bind(task.window_id)
        .bind(task.window_ends_at.to_sqlx())
        .bind(token)
        .bind(fetched_at)
        .bind(opening.is_backfill)
        .bind(opening.is_left_out)
        .fetch_one(&mut *conn)
        .await
        .map_err(Error::statement("opening a file task"))?;
        opened += u64::from(is_new);
    }
    Ok(opened)
}

/// Opens tasks of slots that have none, many at once. Gives the people of whom a task stands that [`open`] may have to
/// open again, one by one: it was settled, or is of an older window.
pub async fn open_new(
    conn: &mut PgConnection,
    company: &CompanyNo,
    wanted: &[NewFileTask],
) -> Result<Vec<String>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let of = |task: &NewFileTask| task.resume_id.to_string();
    let resume_ids: Vec<String> = wanted.iter().map(of).collect();
    let document_ids: Vec<i64> = wanted.iter().map(|task| task.document_id).collect();
    let roles: Vec<&str> = wanted.iter().map(|task| task.role.as_str()).collect();
    let item_nos: Vec<i32> =
        wanted.iter().map(|task| i32::try_from(task.item_no).unwrap_or(i32::MAX)).collect();
    let window_ids: Vec<i64> = wanted.iter().map(|task| task.window_id).collect();
    let window_ends: Vec<_> = wanted.iter().map(|task| task.window_ends_at.to_sqlx()).collect();
    sqlx::query_scalar(
        "with wanted as (
             select * from unnest($2::text[], $3::bigint[], $4::text[], $5::integer[], $6::bigint[], $7::timestamptz[])
                 as wanted (resume_id, document_id, role, item_no, window_id, window_ends_at)
         ), opened as (
             insert into etl.file_task
                 (company_no, resume_id, document_id, role, item_no, window_id, window_ends_at, is_backfill,
                  next_attempt_at)
             select $1, resume_id, document_id, role, item_no, window_id, window_ends_at, false, now() from wanted
             order by resume_id, document_id, role, item_no
             on conflict do nothing
         )
         select distinct wanted.resume_id
         from wanted join etl.file_task as task using (resume_id, document_id, role, item_no)
         where task.company_no = $1
           and (task.state not in ('open', 'failed') or task.window_ends_at < wanted.window_ends_at)",
    )
    .bind(company.as_str())
    .bind(&resume_ids)
    .bind(&document_ids)
    .bind(&roles)
    .bind(&item_nos)
    .bind(&window_ids)
    .bind(&window_ends)
    .fetch_all(conn)
    .await
    .map_err(Error::statement("opening file tasks"))
}
