//! What the comparison came to: what the change feed is to be told of applications and of files, one by one; how many people
//! are concerned; and which notes come and go.

use sqlx::{Executor, PgConnection};

use super::compare::Compared;
use super::{Plan, safe};
use crate::error::{Error, during};
use crate::person::NoteChanges;

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
