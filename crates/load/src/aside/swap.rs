//! The new tables take the place of the old: the one short transaction that readers may notice.

use sqlx::{Executor, PgConnection};

use super::{Plan, safe, tables};
use crate::error::{Error, during};
use crate::person::hold_writers_off;
use crate::person::table::TABLES;

/// Takes over whom others wrote since the beginning, and whoever is to stay as they stand; then puts the new tables in the
/// place of the old. Writers of the company are held off from the first step to the commit, readers from the last, which waits
/// no longer than a tenth of a second: then it fails with Postgres' 55P03, and is to be tried again. Gives how many people
/// were taken over.
pub async fn swap(conn: &mut PgConnection, plan: &Plan) -> Result<u64, Error> {
    hold_vacuum_off(conn, plan).await?;
    let_vacuum_come(conn, plan).await?;
    hold_writers_off(conn, &plan.company).await?;
    let company = &plan.company;
    for statement in [
        // Far below `deadlock_timeout`: it is the swap that gives way, never a reader.
        "set local lock_timeout = '100ms'".to_owned(),
        // Other hands than etl104's know nothing of that lock.
        format!("lock table recruiting_partition.candidate_{company} in share row exclusive mode"),
        // From here on ages count from this transaction.
        "select pg_current_xact_id()".to_owned(),
    ] {
        conn.execute(safe(statement)).await.map_err(during("swap the tables"))?;
    }
    let taken_over = take_over(conn, plan).await?;
    sqlx::query("select etl.swap_aside($1, $2)")
        .bind(plan.schema.as_str())
        .bind(plan.company.as_str())
        .execute(conn)
        .await
        .map_err(during("swap the tables"))?;
    Ok(taken_over)
}

/// Autovacuum may be at work for minutes: it gives way to whoever waits for a lock for `deadlock_timeout`, a second as a
/// rule, and the swap waits for none so long. Nobody reads or writes with this lock.
async fn hold_vacuum_off(conn: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
    let company = &plan.company;
    let both = tables()
        .flat_map(|table| [format!("recruiting_partition.{table}_{company}"), plan.built(table)]);
    let both: Vec<String> = both.collect();
    for statement in [
        "set local lock_timeout = '10s'".to_owned(),
        format!("lock table {} in share update exclusive mode", both.join(", ")),
    ] {
        conn.execute(safe(statement)).await.map_err(during("swap the tables"))?;
    }
    Ok(())
}

/// From the swap on it comes to the new tables as it did to those that stand, whatever somebody said of these.
async fn let_vacuum_come(conn: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
    let company = &plan.company;
    let (names, built): (Vec<&str>, Vec<String>) =
        tables().map(|table| (table, plan.built(table))).unzip();
    let statements: Vec<String> = sqlx::query_scalar(
        "select format('alter table %s %s', built, coalesce(
                    (select format('set (%s)', option) from unnest(c.reloptions) as option
                     where option like 'autovacuum_enabled=%'),
                    'reset (autovacuum_enabled)'))
         from unnest($1, $2) as of_table (name, built)
         join pg_class c on c.oid = format('recruiting_partition.%I', name || '_' || $3)::regclass",
    )
    .bind(names)
    .bind(built)
    .bind(company.as_str())
    .fetch_all(&mut *conn)
    .await
    .map_err(during("look how autovacuum treats the tables"))?;
    for statement in statements {
        conn.execute(safe(statement))
            .await
            .map_err(during("let autovacuum come to the new tables"))?;
    }
    Ok(())
}

/// Who is in the way of a swap, in words: number of the server's process, role, since when (by UTC). Whoever holds a lock
/// upon the tables, or looks at the database as it was.
pub async fn readers(conn: &mut PgConnection) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(
        "select format('process %s of role %s%s', pid, coalesce(usename, '?'),
                    ' since ' || to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'))
         from pg_stat_activity as session
         where datname = current_database() and pid <> pg_backend_pid()
           and (backend_xmin is not null or exists (
               select from pg_locks as held join pg_class as c on c.oid = held.relation
               where held.pid = session.pid and held.granted
                 and c.relnamespace = 'recruiting'::regnamespace))
         order by xact_start limit 5",
    )
    .fetch_all(conn)
    .await
    .map_err(during("look who reads the tables"))
}

/// The rows of whom others wrote since the beginning, and of whoever is to stay as they are, as they stand. Whoever is
/// taken over is recomputed in place later, and what is to be told of them, too.
async fn take_over(conn: &mut PgConnection, plan: &Plan) -> Result<u64, Error> {
    let (left, again, compared) =
        (plan.own("left_as_it_is"), plan.own("again"), plan.own("compared"));
    let company = &plan.company;
    // A writer that was under way at the beginning counts: it may have waited for us with a number that it had before.
    // The whole number of a row's transaction follows from its age; what is frozen is older than anything.
    let touched = format!(
        "insert into {left} select c.resume_id
         from recruiting_partition.candidate_{company} as c, etl.aside as begun
         where begun.schema_name = $1 and not pg_visible_in_snapshot(
             greatest(pg_current_xact_id()::text::bigint - age(c.xmin), 3)::text::xid8, begun.begun_snapshot)
         on conflict do nothing"
    );
    let failed = || during("take over whom others wrote");
    sqlx::query(safe(touched))
        .bind(plan.schema.as_str())
        .execute(&mut *conn)
        .await
        .map_err(failed())?;
    let taken_over: i64 = sqlx::query_scalar(safe(format!("select count(*) from {left}")))
        .fetch_one(&mut *conn)
        .await
        .map_err(failed())?;
    if taken_over == 0 {
        return Ok(0);
    }
    let mut statements = vec![
        format!("analyze {left}"),
        format!("insert into {again} select resume_id from {left} on conflict do nothing"),
        format!("delete from {compared} where resume_id in (select resume_id from {left})"),
        // Their other rows go with them.
        format!(
            "delete from {} where company_no = '{company}'
               and resume_id in (select resume_id from {left})",
            plan.built("candidate")
        ),
    ];
    statements.extend(TABLES.iter().map(|table| {
        let (built, name, columns) = (plan.built(table.name), table.name, table.columns.join(", "));
        format!(
            "insert into {built} ({columns}) select {columns}
             from {left} as l join recruiting_partition.{name}_{company} as t using (resume_id)
             where t.company_no = '{company}'"
        )
    }));
    for statement in statements {
        conn.execute(safe(statement)).await.map_err(failed())?;
    }
    Ok(taken_over.unsigned_abs())
}
