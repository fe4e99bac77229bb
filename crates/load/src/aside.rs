//! A company's tables built anew beside those that stand, and swapped.
//!
//! [`begin`], then [`build`] for all people, whose rows are [`Gathered`] and [`copy`] writes. Once all are there the
//! [`CANDIDATE`] gets its indexes, and [`compare_people`] says whose rows are compared; each other of the [`tables`] gets
//! its indexes and its foreign key, and [`compare_table`] compares any. [`sum_up`], and [`swap`]: readers see the tables as
//! they were, or the new ones. After it [`tell`] until nobody is left of whom something is to be told, [`drop_some`] side by
//! side, and [`drop_all`]. Nothing is locked for long: whom others write meanwhile is taken over as they stand, and is among
//! [`people_again`], whom the caller recomputes in place. What a killed process left is among [`leftovers`].

mod compare;
mod events;
mod feed;
mod keys;
mod portion;
mod swap;

use model::{CompanyNo, ResumeId};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

use crate::error::{Error, during};
use crate::person::table::TABLES;
use crate::person::{Interpret, Recompute, hold_writers_off};
use crate::schema::SchemaName;

pub use crate::person::built::Built;
pub use compare::{Compared, compare_people, compare_table};
pub use events::{Outcome, sum_up};
pub use feed::{Untold, next_untold, tell};
pub use keys::{add_foreign_key, add_indexes, finish_table, in_order_of_keys};
pub use portion::{Gathered, Portion, Rows, copy};
pub use swap::{readers, swap};

/// What is built, and where.
#[derive(Clone, Debug)]
pub struct Plan {
    schema: SchemaName,
    company: CompanyNo,
    run_id: Uuid,
}

impl Plan {
    /// The tables of a company, built by a run.
    pub fn new(company: &CompanyNo, run_id: Uuid) -> Result<Self, Error> {
        // A run may build those of several companies, one after another.
        let name = format!("aside_{}_{company}", run_id.simple());
        let schema =
            name.parse().map_err(|_malformed| Error::Unexpected("a malformed number of a run"))?;
        Ok(Self { schema, company: company.clone(), run_id })
    }

    /// Whose tables.
    pub fn company(&self) -> &CompanyNo {
        &self.company
    }

    /// The run that builds.
    pub fn run_id(&self) -> Uuid {
        self.run_id
    }

    /// A table of the schema, as SQL takes it: one that is built, under the name of its partition.
    fn built(&self, table: &str) -> String {
        format!("\"{}\".\"{table}_{}\"", self.schema, self.company)
    }

    /// A table that keeps what is known of the building.
    fn own(&self, table: &str) -> String {
        format!("\"{}\".\"{table}\"", self.schema)
    }
}

/// Names of tables in statements are those of this program; a schema's is checked, a company's has digits alone.
fn safe(statement: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(statement)
}

/// The table to whose rows the others refer.
pub const CANDIDATE: &str = "candidate";

/// The tables, by name.
pub fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

/// What somebody made upon the company's partitions themselves, and a swap would lose: the names.
pub async fn strangers(conn: &mut PgConnection, company: &CompanyNo) -> Result<Vec<String>, Error> {
    sqlx::query_scalar("select etl.strangers_to_partitions($1)")
        .bind(company.as_str())
        .fetch_all(conn)
        .await
        .map_err(during("look what rests on the company's partitions"))
}

/// Makes the bare tables, which autovacuum leaves alone until they stand: it would come to them half full. Nobody else
/// writes in this moment: whoever does so later is known by it.
pub async fn begin(conn: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
    hold_writers_off(conn, &plan.company).await?;
    sqlx::query("select etl.begin_aside($1, $2, $3)")
        .bind(plan.schema.as_str())
        .bind(plan.company.as_str())
        .bind(plan.run_id)
        .execute(&mut *conn)
        .await
        .map_err(during("make tables beside those that stand"))?;
    for table in tables() {
        let statement =
            format!("alter table {} set (autovacuum_enabled = false)", plan.built(table));
        conn.execute(safe(statement))
            .await
            .map_err(during("make tables beside those that stand"))?;
    }
    Ok(())
}

/// People's rows for the bare tables. Each person once; give tens or hundreds at a time. Reads what is kept of them without
/// a lock. Unknown fields are noted.
pub async fn build(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    resume_ids: &[ResumeId],
    interpret: &Interpret<'_>,
) -> Result<(Vec<Built>, Rows), Error> {
    crate::person::built::build(conn, settings, resume_ids, interpret).await
}

/// Before the keys are there: people of whom Postgres refused a row are to stay as they stand, and to be recomputed in place
/// after the swap.
pub async fn leave_out(
    conn: &mut PgConnection,
    plan: &Plan,
    resume_ids: &[&str],
) -> Result<(), Error> {
    if resume_ids.is_empty() {
        return Ok(());
    }
    for table in tables() {
        let statement = format!("delete from {} where resume_id = any($1)", plan.built(table));
        sqlx::query(safe(statement))
            .bind(resume_ids)
            .execute(&mut *conn)
            .await
            .map_err(during("leave people out of a rebuild"))?;
    }
    note(conn, plan, "left_as_it_is", resume_ids).await?;
    note(conn, plan, "again", resume_ids).await
}

/// People who are to be recomputed in place after the swap.
pub async fn note_again(
    conn: &mut PgConnection,
    plan: &Plan,
    resume_ids: &[&str],
) -> Result<(), Error> {
    note(conn, plan, "again", resume_ids).await
}

async fn note(
    conn: &mut PgConnection,
    plan: &Plan,
    table: &str,
    resume_ids: &[&str],
) -> Result<(), Error> {
    if resume_ids.is_empty() {
        return Ok(());
    }
    let table = plan.own(table);
    let statement =
        format!("insert into {table} select distinct unnest($1::text[]) on conflict do nothing");
    sqlx::query(safe(statement))
        .bind(resume_ids)
        .execute(conn)
        .await
        .map_err(during("note people of a rebuild"))?;
    Ok(())
}

/// Waits until nobody looks at the database as it was before the new tables were full: such a look would find them half
/// empty after the swap. Postgres itself waits for this when it builds an index without locking; so one is built. Outside
/// of a transaction.
pub async fn outlast_old_snapshots(conn: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
    let table = plan.own("watermark");
    for statement in [
        format!("create table if not exists {table} (is_full boolean)"),
        format!("create index concurrently on {table} (is_full)"),
    ] {
        conn.execute(safe(statement))
            .await
            .map_err(during("wait for readers of the old tables"))?;
    }
    Ok(())
}

/// The next of the people who are to be recomputed in place; empty when there are none.
pub async fn people_again(
    conn: &mut PgConnection,
    plan: &Plan,
    after: Option<&ResumeId>,
    limit: u32,
) -> Result<Vec<ResumeId>, Error> {
    let again = plan.own("again");
    let statement =
        format!("select resume_id from {again} where resume_id > $1 order by resume_id limit $2");
    let ids: Vec<String> = sqlx::query_scalar(safe(statement))
        .bind(after.map_or("", ResumeId::as_str))
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await
        .map_err(during("list people who are recomputed"))?;
    ids.iter()
        .map(|id| id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id")))
        .collect()
}

/// Drops some of the old tables, or of the new ones that were not swapped: any but [`CANDIDATE`], to which they refer.
pub async fn drop_some(conn: &mut PgConnection, plan: &Plan, tables: &[&str]) -> Result<(), Error> {
    let of = |table: &&str| {
        let name = format!("\"{table}_{}\"", plan.company);
        format!("\"{0}\".{name}, \"{0}_before\".{name}", plan.schema)
    };
    let tables: Vec<String> = tables.iter().map(of).collect();
    conn.execute(safe(format!("drop table if exists {}", tables.join(", "))))
        .await
        .map_err(during("drop the tables that were built or replaced"))?;
    Ok(())
}

/// Drops what is left of them, and all that was noted.
pub async fn drop_all(conn: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
    sqlx::query("select etl.drop_aside($1)")
        .bind(plan.schema.as_str())
        .execute(conn)
        .await
        .map_err(during("drop the tables that were built or replaced"))?;
    Ok(())
}

/// What a process that is dead left behind: whether its tables were swapped.
pub async fn leftovers(conn: &mut PgConnection) -> Result<Vec<(Plan, bool)>, Error> {
    let left: Vec<(String, Uuid, bool)> = sqlx::query_as(
        "select company_no, run_id, swapped_at is not null from etl.aside
         where not exists (
             select from etl.run
             where run.run_id = aside.run_id and run.state = 'running' and etl.is_run_alive(run.run_id))
         order by begun_at",
    )
    .fetch_all(conn)
    .await
    .map_err(during("look for tables that were left"))?;
    left.into_iter()
        .map(|(company, run_id, is_swapped)| {
            let company = company
                .parse()
                .map_err(|_malformed| Error::Unexpected("a malformed company number"))?;
            Ok((Plan::new(&company, run_id)?, is_swapped))
        })
        .collect()
}
