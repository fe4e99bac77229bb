//! What the change feed is told after the swap, and which notes come and go.
//!
//! Applications and files are told one by one, and prepared with their tables; what is said of a person follows from all
//! tables. The feed is told by people, of whom all that is told stands together.

use sqlx::{Executor, PgConnection};

use super::compare::Compared;
use super::{Plan, safe};
use crate::error::{Error, during};
use crate::person::NoteChanges;
use crate::person::told::HISTORY;

/// People by what the comparison came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// People who are new, or some of whose rows differ.
    pub written: u64,
    /// People of whom nothing differs but the version of the rules.
    pub restamped: u64,
}

/// Prepares what is told one by one of a table's rows, once the table is compared.
pub(super) async fn prepare(
    conn: &mut PgConnection,
    plan: &Plan,
    table: &str,
) -> Result<(), Error> {
    let (name, events) = match table {
        "application" => ("event_of_application", of_applications(plan)),
        "resume_file" => ("event_of_file", of_files(plan)),
        _ => return Ok(()),
    };
    let name = plan.own(name);
    for statement in
        [format!("create table {name} as {events}"), format!("create index on {name} (resume_id)")]
    {
        conn.execute(safe(statement)).await.map_err(during("prepare the change feed"))?;
    }
    Ok(())
}

/// Only rows that differ can be news of somebody of whom rows stand.
fn concerned(plan: &Plan, table: &str) -> String {
    let difference = plan.own("difference");
    format!(
        "(c.is_new or c.resume_id in (select resume_id from {difference} where table_name = '{table}'))"
    )
}

/// Those that did not stand.
fn of_applications(plan: &Plan) -> String {
    let (built, compared, company) =
        (plan.built("application"), plan.own("compared"), plan.company());
    let concerned = concerned(plan, "application");
    format!(
        "select f.resume_id, f.document_id, f.job_no, f.applied_text, f.unnumbered_job_name, f.applied_on
         from {built} as f join {compared} as c using (resume_id)
         where {concerned} and not exists (
             select from recruiting.application as s
             where s.company_no = '{company}' and s.resume_id = f.resume_id and s.job_no = f.job_no
               and s.applied_text = f.applied_text and s.unnumbered_job_name = f.unnumbered_job_name)"
    )
}

/// Those whose state or content is another. A file that is still to be fetched is no news, unless it was held before.
fn of_files(plan: &Plan) -> String {
    let (built, compared, company) =
        (plan.built("resume_file"), plan.own("compared"), plan.company());
    let concerned = concerned(plan, "resume_file");
    format!(
        "select f.resume_id, f.document_id, f.role, f.item_no, f.state
         from {built} as f join {compared} as c using (resume_id)
         left join recruiting.resume_file as s on s.company_no = '{company}' and s.resume_id = f.resume_id
             and s.document_id = f.document_id and s.role = f.role and s.item_no = f.item_no
         where {concerned} and case when s.state is null then f.state <> 'pending'
                                    else (f.state, f.sha256) is distinct from (s.state, s.sha256) end"
    )
}

/// Says what the comparison came to, and which notes come and go, once all tables are compared.
pub async fn sum_up(
    conn: &mut PgConnection,
    plan: &Plan,
    compared: &Compared,
) -> Result<(Outcome, Vec<NoteChanges>), Error> {
    let (difference, told) = (plan.own("difference"), plan.own("told"));
    conn.execute(safe(format!("create index on {told} (resume_id)")))
        .await
        .map_err(during("prepare the change feed"))?;
    let differing: i64 =
        sqlx::query_scalar(safe(format!("select count(distinct resume_id) from {difference}")))
            .fetch_one(&mut *conn)
            .await
            .map_err(during("count people whose rows differ"))?;
    let differing = differing.unsigned_abs();
    let outcome = Outcome {
        written: compared.new + differing,
        restamped: compared.differing.saturating_sub(differing),
    };
    Ok((outcome, notes(conn, plan).await?))
}

/// Tells the change feed of the next people whom the swap concerned, as many as `limit`; `false` when nobody is left. Call
/// it last in a transaction: whoever else has something to tell waits until it ends. Of a person first what is said of
/// themselves, then their applications, then their files.
pub async fn tell(conn: &mut PgConnection, plan: &Plan, limit: u32) -> Result<bool, Error> {
    let (compared, told) = (plan.own("compared"), plan.own("told"));
    let (applications, files) = (plan.own("event_of_application"), plan.own("event_of_file"));
    let history: Vec<String> = HISTORY.iter().map(|table| format!("'{table}'")).collect();
    let history = history.join(", ");
    // The past is named if it alone differs: each change of a person adds to it.
    let statement = format!(
        "with begun as (
             select told_resume_id from etl.aside where schema_name = $4 for update
         ), person as materialized (
             select * from {compared} where resume_id > (select told_resume_id from begun)
             order by resume_id limit $1
         ), moved as (
             update etl.aside set told_resume_id = (select max(resume_id) from person)
             where schema_name = $4 and exists (select from person)
         ), field as (
             select *, bool_or(field not in ({history})) over (partition by resume_id) as is_of_today from {told}
             where resume_id > (select told_resume_id from begun) and resume_id <= (select max(resume_id) from person)
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
             where resume_id > (select told_resume_id from begun) and resume_id <= (select max(resume_id) from person)
             union all
             select 3, resume_id, 'file', '{{}}', event.document_id, null, null, null, null, role, item_no, state
             from {files} as event join person using (resume_id)
             where resume_id > (select told_resume_id from begun) and resume_id <= (select max(resume_id) from person)
         ), next as materialized (
             select *, row_number() over (
                 order by resume_id, turn, job_no, applied_text, unnumbered_job_name, role, item_no, document_id) as place
             from happened
         ), summed as (
             select count(*) as count from next
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
             select counted.before_no + place, $2, resume_id, kind, changed_fields, document_id, job_no, applied_text,
                 unnumbered_job_name, applied_on, role, item_no, state, $3, clock_timestamp()
             from counted cross join next
         )
         select exists (select from person)"
    );
    sqlx::query_scalar(safe(statement))
        .bind(i64::from(limit))
        .bind(plan.company().as_str())
        .bind(plan.run_id())
        .bind(plan.schema.as_str())
        .fetch_one(conn)
        .await
        .map_err(during("tell the change feed"))
}

/// Notes that go or come, of those people whose notes may differ.
async fn notes(conn: &mut PgConnection, plan: &Plan) -> Result<Vec<NoteChanges>, Error> {
    let (difference, compared, built) =
        (plan.own("difference"), plan.own("compared"), plan.built("candidate"));
    let company = plan.company();
    let statement = format!(
        "with concerned as (
             select resume_id from {difference} where table_name = 'candidate'
             union all select resume_id from {compared} where is_new or is_removed
         ), noted as (
             select resume_id, note, 1 as one
             from {built} join concerned using (resume_id) cross join jsonb_array_elements(_etl_notes) as note
             union all
             select resume_id, note, -1
             from recruiting.candidate join concerned using (resume_id)
             cross join jsonb_array_elements(_etl_notes) as note
             where company_no = '{company}'
         ), differing as (
             select note ->> 'table' as table_name, note ->> 'column' as column_name, note ->> 'code' as code,
                 sum(one) as more
             from noted group by resume_id, note having sum(one) <> 0
         )
         select table_name, column_name, code, coalesce(-sum(more) filter (where more < 0), 0)::bigint,
             coalesce(sum(more) filter (where more > 0), 0)::bigint
         from differing group by 1, 2, 3 order by 1, 2, 3"
    );
    let rows: Vec<(String, String, String, i64, i64)> =
        sqlx::query_as(safe(statement)).fetch_all(conn).await.map_err(during("compare notes"))?;
    let counted = |(table, column, code, gone, new): (String, String, String, i64, i64)| {
        NoteChanges { table, column, code, gone: gone.unsigned_abs(), new: new.unsigned_abs() }
    };
    Ok(rows.into_iter().map(counted).collect())
}
