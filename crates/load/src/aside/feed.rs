//! The change feed is told of everybody whom the swap concerned, some people at a time, of each of whom all that is told
//! stands together.
//!
//! Numbers are given in the order of commits, by one transaction at a time. What it is to say is gathered before, while
//! another one still writes: both cores are at work.

use sqlx::PgConnection;

use super::{Plan, safe};
use crate::error::{Error, during};
use crate::person::told::HISTORY;

/// People of whom the feed is told at once: those after one, up to another, in the order of resume ids.
#[derive(Clone, Debug)]
pub struct Untold {
    after: String,
    last: String,
}

/// The next people of whom the feed is to be told, as many as `limit`: after others, or else after those of whom it is told;
/// `None` when nobody is left.
pub async fn next_untold(
    conn: &mut PgConnection,
    plan: &Plan,
    others: Option<&Untold>,
    limit: u32,
) -> Result<Option<Untold>, Error> {
    let statement = format!(
        "select told.resume_id, max(person.resume_id)
         from (select greatest($1, told_resume_id) as resume_id from etl.aside where schema_name = $2) as told
         cross join lateral (
             select resume_id from {compared} where resume_id > told.resume_id order by resume_id limit $3) as person
         group by 1",
        compared = plan.own("compared")
    );
    let next: Option<(String, String)> = sqlx::query_as(safe(statement))
        .bind(others.map_or("", |others| &others.last))
        .bind(plan.schema.as_str())
        .bind(i64::from(limit))
        .fetch_optional(conn)
        .await
        .map_err(during("look whom the change feed is to be told of"))?;
    Ok(next.map(|(after, last)| Untold { after, last }))
}

/// Tells the change feed of people; `false` if those before them have their turn first: try again. Call it last in a
/// transaction: whoever else has something to tell waits until it ends. Of a person first what is said of themselves, then
/// their applications, then their files. Whom another process told of in the meantime is not told of again.
pub async fn tell(conn: &mut PgConnection, plan: &Plan, people: &Untold) -> Result<bool, Error> {
    let (compared, told) = (plan.own("compared"), plan.own("told"));
    let (applications, files) = (plan.own("event_of_application"), plan.own("event_of_file"));
    let history: Vec<String> = HISTORY.iter().map(|table| format!("'{table}'")).collect();
    let history = history.join(", ");
    // The past is named if it alone differs: each change of a person adds to it. `reached` asks for the row's lock when `next`
    // is known, and sees how far others have come in the meantime.
    let statement = format!(
        "with start as (
             select greatest($1, told_resume_id) as resume_id from etl.aside where schema_name = $5
         ), person as materialized (
             select * from {compared} where resume_id > (select resume_id from start) and resume_id <= $2
         ), field as (
             select *, bool_or(field not in ({history})) over (partition by resume_id) as is_of_today from {told}
             where resume_id > (select resume_id from start) and resume_id <= $2
         ), changed as (
             select resume_id, array_agg(field order by table_place, field) as fields from field
             where not is_of_today or field not in ({history}) group by 1
         ), happened as (
             select 1 as turn, resume_id,
                 case when is_removed then 'removed' when is_new then 'new' else 'changed' end as kind,
                 case when is_removed then '{{}}' else coalesce(fields, '{{}}') end as changed_fields, document_id,
                 null as job_no, null as applied_text, null as unnumbered_job_name, null::date as applied_on,
                 null as role, null::integer as item_no, null as state
             from person left join changed using (resume_id)
             where is_new or is_removed or fields is not null
             union all
             select 2, resume_id, 'applied', '{{}}', event.document_id, job_no, applied_text, unnumbered_job_name,
                 applied_on, null, null, null
             from {applications} as event join person using (resume_id)
             where resume_id > (select resume_id from start) and resume_id <= $2
             union all
             select 3, resume_id, 'file', '{{}}', event.document_id, null, null, null, null, role, item_no, state
             from {files} as event join person using (resume_id)
             where resume_id > (select resume_id from start) and resume_id <= $2
         ), next as materialized (
             select *, row_number() over (
                 order by resume_id, turn, job_no, applied_text, unnumbered_job_name, role, item_no, document_id) as place
             from happened
         ), reached as materialized (
             select told_resume_id from etl.aside
             where schema_name = $5 and (select count(*) from next) >= 0
             for update
         ), moved as (
             update etl.aside set told_resume_id = $2
             where schema_name = $5 and $2 > (select told_resume_id from reached)
               and (select told_resume_id from reached) = (select resume_id from start)
             returning told_resume_id
         ), summed as (
             select count(*) as count from next where exists (select from moved)
         ), counted as (
             insert into etl.change_counter as counter (last_no)
             select coalesce((select max(change_no) from recruiting.change), 0) + count from summed where count > 0
             on conflict (is_only) do update
             set last_no = greatest(counter.last_no, excluded.last_no - (select count from summed))
                           + (select count from summed)
             returning last_no - (select count from summed) as before_no
         ), numbered as (
             insert into recruiting.change (
                 change_no, company_no, resume_id, kind, changed_fields, document_id, job_no, applied_text,
                 unnumbered_job_name, applied_on, file_role, file_item_no, file_state, run_id, changed_at)
             select counted.before_no + place, $3, resume_id, kind, changed_fields, document_id, job_no, applied_text,
                 unnumbered_job_name, applied_on, role, item_no, state, $4, clock_timestamp()
             from counted cross join next
         )
         select exists (select from moved) or exists (select from reached where told_resume_id >= $2)"
    );
    sqlx::query_scalar(safe(statement))
        .bind(&people.after)
        .bind(&people.last)
        .bind(plan.company().as_str())
        .bind(plan.run_id())
        .bind(plan.schema.as_str())
        .fetch_one(conn)
        .await
        .map_err(during("tell the change feed"))
}
