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

/// Opens tasks, in the transaction that loads the resumes, each slot once. A settled task is opened again only
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
    if wanted.is_empty() {
        return Ok(0);
    }
    let slots = Slots::of(wanted);
    let token = |task: &NewFileTask| task.token.as_ref().map(|(token, _)| token.expose().clone());
    let tokens: Vec<Option<String>> = wanted.iter().map(token).collect();
    let fetched_at = |task: &NewFileTask| task.token.as_ref().map(|(_, at)| at.to_sqlx());
    let fetched_at: Vec<_> = wanted.iter().map(fetched_at).collect();
    let (opened,): (i64,) = sqlx::query_as(
        "with wanted as (
             select * from unnest($2::text[], $3::bigint[], $4::text[], $5::integer[], $6::bigint[], $7::timestamptz[],
                     $8::text[], $9::timestamptz[])
                 as wanted (resume_id, document_id, role, item_no, window_id, window_ends_at, token, token_fetched_at)
         ), counted as (
             select count(*) as opened
             from wanted left join etl.file_task as task on task.company_no = $1
                  and (task.resume_id, task.document_id, task.role, task.item_no)
                      = (wanted.resume_id, wanted.document_id, wanted.role, wanted.item_no)
             where task.state is null or task.state not in ('open', 'failed')
         ), opened as (
             insert into etl.file_task as task
                 (company_no, resume_id, document_id, role, item_no, window_id,
                  window_ends_at, token, token_fetched_at, is_backfill, next_attempt_at)
             select $1, resume_id, document_id, role, item_no, window_id,
                 window_ends_at, token, token_fetched_at, $10, case when not $11 then now() end
             from wanted order by resume_id, document_id, role, item_no
             on conflict (company_no, resume_id, document_id, role, item_no) do update set
                 state = case when task.state = 'failed' then 'failed' else 'open' end,
                 closed_at = null,
                 attempts = case when task.state in ('open', 'failed') then task.attempts else 0 end,
                 next_attempt_at = case
                     when task.state = 'failed'
                         or task.state = 'open' and task.next_attempt_at is not null
                         then task.next_attempt_at
                     when task.state = 'open' and excluded.token is null then null
                     else excluded.next_attempt_at end,
                 is_backfill = case
                     when task.state not in ('open', 'failed') then excluded.is_backfill
                     when excluded.token is null then task.is_backfill
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
         select opened from counted",
    )
    .bind(company.as_str())
    .bind(&slots.resume_ids)
    .bind(&slots.document_ids)
    .bind(&slots.roles)
    .bind(&slots.item_nos)
    .bind(&slots.window_ids)
    .bind(&slots.window_ends)
    .bind(&tokens)
    .bind(&fetched_at)
    .bind(opening.is_backfill)
    .bind(opening.is_left_out)
    .fetch_one(conn)
    .await
    .map_err(Error::statement("opening file tasks"))?;
    Ok(u64::try_from(opened).unwrap_or(0))
}

/// Opens tasks of slots that have none, many at once. Gives the people of whom a task stands that [`open`] may have to
/// open again, person by person: it was settled, or is of an older window.
pub async fn open_new(
    conn: &mut PgConnection,
    company: &CompanyNo,
    wanted: &[NewFileTask],
) -> Result<Vec<String>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let slots = Slots::of(wanted);
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
    .bind(&slots.resume_ids)
    .bind(&slots.document_ids)
    .bind(&slots.roles)
    .bind(&slots.item_nos)
    .bind(&slots.window_ids)
    .bind(&slots.window_ends)
    .fetch_all(conn)
    .await
    .map_err(Error::statement("opening file tasks"))
}

/// What tasks are opened of, a list a column.
struct Slots<'t> {
    resume_ids: Vec<&'t str>,
    document_ids: Vec<i64>,
    roles: Vec<&'t str>,
    item_nos: Vec<i32>,
    window_ids: Vec<i64>,
    window_ends: Vec<jiff_sqlx::Timestamp>,
}

impl<'t> Slots<'t> {
    fn of(wanted: &'t [NewFileTask]) -> Self {
        let item_no = |task: &NewFileTask| i32::try_from(task.item_no).unwrap_or(i32::MAX);
        Self {
            resume_ids: wanted.iter().map(|task| task.resume_id.as_str()).collect(),
            document_ids: wanted.iter().map(|task| task.document_id).collect(),
            roles: wanted.iter().map(|task| task.role.as_str()).collect(),
            item_nos: wanted.iter().map(item_no).collect(),
            window_ids: wanted.iter().map(|task| task.window_id).collect(),
            window_ends: wanted.iter().map(|task| task.window_ends_at.to_sqlx()).collect(),
        }
    }
}
