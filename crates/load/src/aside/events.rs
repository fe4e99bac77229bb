//! What the change feed is told after the swap, and which notes come and go, once all tables are compared.

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

/// Prepares what the change feed is told after the swap, once all tables are compared, and counts notes that come and go.
pub async fn prepare_events(
    conn: &mut PgConnection,
    plan: &Plan,
    compared: &Compared,
) -> Result<(Outcome, Vec<NoteChanges>), Error> {
    let differing: i64 = sqlx::query_scalar(safe(format!(
        "select count(distinct resume_id) from {}",
        plan.own("difference")
    )))
    .fetch_one(&mut *conn)
    .await
    .map_err(during("count people whose rows differ"))?;
    let differing = differing.unsigned_abs();
    for statement in events(plan) {
        conn.execute(safe(statement)).await.map_err(during("prepare the change feed"))?;
    }
    let outcome = Outcome {
        written: compared.new + differing,
        restamped: compared.differing.saturating_sub(differing),
    };
    Ok((outcome, notes(conn, plan).await?))
}

/// In the order in which a person's events are told: the person, their applications, their files. Those of one
/// person stand together.
fn events(plan: &Plan) -> [String; 2] {
    let (event, compared, told) = (plan.own("event"), plan.own("compared"), plan.own("told"));
    let difference = plan.own("difference");
    // Only rows that differ can be news of somebody of whom rows stand.
    let concerned = |table: &str| {
        format!(
            "(c.is_new or c.resume_id in (select resume_id from {difference} where table_name = '{table}'))"
        )
    };
    let (of_applications, of_files) = (concerned("application"), concerned("resume_file"));
    let (applications, files) = (plan.built("application"), plan.built("resume_file"));
    let company = plan.company();
    let history: Vec<String> = HISTORY.iter().map(|table| format!("'{table}'")).collect();
    let history = history.join(", ");
    // The past is named if it alone differs: each change of a person adds to it.
    let table = format!(
        "create table {event} as
         with field as (
             select *, bool_or(field not in ({history})) over (partition by resume_id) as is_of_today from {told}
         ), changed as (
             select resume_id, array_agg(field order by table_place, field) as fields from field
             where not is_of_today or field not in ({history}) group by 1
         ), happened as (
             select 1 as turn, resume_id,
                 case when is_removed then 'removed' when is_new then 'new' else 'changed' end as kind,
                 case when is_removed then '{{}}' else coalesce(fields, '{{}}') end as changed_fields, document_id,
                 null as job_no, null as applied_text, null as unnumbered_job_name, null::date as applied_on,
                 null as file_role, null::integer as file_item_no, null as file_state
             from {compared} left join changed using (resume_id)
             where is_new or is_removed or fields is not null
             union all
             select 2, f.resume_id, 'applied', '{{}}', f.document_id, f.job_no, f.applied_text,
                 f.unnumbered_job_name, f.applied_on, null, null, null
             from {applications} as f join {compared} as c using (resume_id)
             where {of_applications} and not exists (
                 select from recruiting.application as s
                 where s.company_no = '{company}' and s.resume_id = f.resume_id and s.job_no = f.job_no
                   and s.applied_text = f.applied_text and s.unnumbered_job_name = f.unnumbered_job_name)
             union all
             select 3, f.resume_id, 'file', '{{}}', f.document_id, null, null, null, null, f.role, f.item_no, f.state
             from {files} as f join {compared} as c using (resume_id)
             left join recruiting.resume_file as s on s.company_no = '{company}' and s.resume_id = f.resume_id
                 and s.document_id = f.document_id and s.role = f.role and s.item_no = f.item_no
             where {of_files} and case when s.state is null then f.state <> 'pending'
                        else (f.state, f.sha256) is distinct from (s.state, s.sha256) end
         )
         select row_number() over (
                 order by resume_id, turn, job_no, applied_text, file_role, file_item_no) as place,
             resume_id, kind, changed_fields, document_id, job_no, applied_text, unnumbered_job_name,
             applied_on, file_role, file_item_no, file_state
         from happened"
    );
    [table, format!("alter table {event} add primary key (place)")]
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
