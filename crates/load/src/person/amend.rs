//! Writes the rows that differ, and no others.
//!
//! What follows no more is taken out, what says something else is changed where it stands, and what is missing is put in,
//! by a statement each a table. A row that is changed keeps its key: no foreign key is looked up for it, and
//! an index is touched only if it holds what changed. Values go as one array a column.

use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, postgres::PgArguments};

use super::array::{Values, element_sql};
use super::column::Type;
use super::copy::Cells;
use super::differ::{Differing, DifferingRow};
use super::table::{TABLES, Table};
use crate::error::{Error, during};

/// Writes the differing rows of those people whom `is_written` names.
pub(super) async fn amend(
    conn: &mut PgConnection,
    company_no: &str,
    tables: &[Differing<'_>],
    is_written: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    let mut work = Vec::new();
    for differing in tables {
        let rows = differing.rows.iter().filter(|row| is_written(row.resume_id()));
        let work_of = Work::of(differing, rows);
        if !work_of.is_empty() {
            work.push(work_of);
        }
    }
    if work.is_empty() {
        return Ok(());
    }
    plan(conn, ONCE).await?;
    for table in &work {
        table.take_out(conn, company_no).await?;
    }
    for table in &work {
        table.change(conn, company_no).await?;
        table.put_in(conn, company_no).await?;
    }
    plan(conn, ANEW).await
}

/// What is to be done to a table.
struct Work<'d, 'r> {
    table: &'static Table,
    types: &'d [Type],
    gone: Vec<&'d Cells<'r>>,
    changed: Vec<&'d Cells<'r>>,
    /// The places of the columns that differ in some of the changed rows.
    columns: Vec<usize>,
    new: Vec<&'d Cells<'r>>,
}

impl<'d, 'r> Work<'d, 'r> {
    fn of(differing: &'d Differing<'r>, rows: impl Iterator<Item = &'d DifferingRow<'r>>) -> Self {
        let (table, types) = (differing.table, differing.types.as_slice());
        let (gone, changed, new) = (Vec::new(), Vec::new(), Vec::new());
        let mut work = Self { table, types, gone, changed, columns: Vec::new(), new };
        for row in rows {
            match (&row.follows, &row.stands) {
                (Some(follows), Some(_)) => {
                    work.changed.push(follows);
                    work.columns.extend(&row.columns);
                }
                (Some(follows), None) => work.new.push(follows),
                (None, Some(stands)) => work.gone.push(stands),
                (None, None) => {}
            }
        }
        work.columns.sort_unstable();
        work.columns.dedup();
        work
    }

    fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.changed.is_empty() && self.new.is_empty()
    }

    async fn take_out(&self, conn: &mut PgConnection, company_no: &str) -> Result<(), Error> {
        let Table { name, .. } = self.table;
        let key = self.rest_of_key();
        let statement = format!(
            "delete from recruiting.{name} as t using {} where t.company_no = $1 and {}",
            self.given(&key),
            self.same(&key),
        );
        self.execute(conn, statement, company_no, &self.gone, &key).await
    }

    async fn change(&self, conn: &mut PgConnection, company_no: &str) -> Result<(), Error> {
        let Table { name, .. } = self.table;
        let key = self.rest_of_key();
        let set: Vec<String> = self
            .columns
            .iter()
            .map(|place| format!("{} = {}", self.name(*place), self.value(*place)))
            .collect();
        let given = [key.as_slice(), &self.columns].concat();
        let statement = format!(
            "update recruiting.{name} as t set {} from {} where t.company_no = $1 and {}",
            set.join(", "),
            self.given(&given),
            self.same(&key),
        );
        self.execute(conn, statement, company_no, &self.changed, &given).await
    }

    async fn put_in(&self, conn: &mut PgConnection, company_no: &str) -> Result<(), Error> {
        let Table { name, columns, .. } = self.table;
        let given: Vec<usize> = (1..columns.len()).collect();
        let values: Vec<String> = given.iter().map(|place| self.value(*place)).collect();
        let statement = format!(
            "insert into recruiting.{name} ({}) select $1, {} from {}",
            columns.join(", "),
            values.join(", "),
            self.given(&given),
        );
        self.execute(conn, statement, company_no, &self.new, &given).await
    }

    /// The places of the key's columns behind the company.
    fn rest_of_key(&self) -> Vec<usize> {
        (1..self.table.key.len()).collect()
    }

    fn name(&self, place: usize) -> &'static str {
        self.table.columns.get(place).copied().unwrap_or_default()
    }

    fn kind(&self, place: usize) -> Type {
        self.types.get(place).copied().unwrap_or(Type::Text)
    }

    /// A given value as its column takes it.
    fn value(&self, place: usize) -> String {
        let name = self.name(place);
        if self.kind(place) == Type::Array {
            format!("f.{name}::text[]")
        } else {
            format!("f.{name}")
        }
    }

    /// The rows that are given: `$1` is the company, and each column an array behind it.
    fn given(&self, places: &[usize]) -> String {
        let arrays: Vec<String> = places
            .iter()
            .enumerate()
            .map(|(number, place)| format!("${}::{}[]", number + 2, element_sql(self.kind(*place))))
            .collect();
        let names: Vec<&str> = places.iter().map(|place| self.name(*place)).collect();
        format!("unnest({}) as f ({})", arrays.join(", "), names.join(", "))
    }

    /// That a row has the key that is given.
    fn same(&self, key: &[usize]) -> String {
        let same =
            key.iter().map(|place| format!("t.{} = {}", self.name(*place), self.value(*place)));
        same.collect::<Vec<_>>().join(" and ")
    }

    async fn execute(
        &self,
        conn: &mut PgConnection,
        statement: String,
        company_no: &str,
        rows: &[&Cells<'_>],
        places: &[usize],
    ) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        // Safe: it is made of the names of tables and columns alone.
        let mut query: Query<'_, Postgres, PgArguments> =
            sqlx::query(AssertSqlSafe(statement)).bind(company_no);
        for place in places {
            query = query.bind(Values::new(self.kind(*place), rows, *place));
        }
        query.execute(conn).await.map_err(during("write rows of people"))?;
        Ok(())
    }
}

/// Whether each row's foreign key is looked up is no question of plans; planning it anew for each row, as
/// sessions do otherwise, takes as long as all the rest. The plan that stays goes by the key, however few people
/// there are when it is made.
const ONCE: &str = "set local plan_cache_mode = auto; set local enable_seqscan = off";
/// As the session does otherwise.
const ANEW: &str = "set local plan_cache_mode to default; set local enable_seqscan to default";

async fn plan(conn: &mut PgConnection, how: &'static str) -> Result<(), Error> {
    sqlx::raw_sql(how).execute(conn).await.map_err(during("say how to plan"))?;
    Ok(())
}

/// Takes people out of all tables: the others follow `candidate`.
pub(super) async fn remove(
    conn: &mut PgConnection,
    company_no: &str,
    resume_ids: &[&str],
) -> Result<(), Error> {
    match TABLES.first() {
        Some(candidate) => delete(conn, candidate, company_no, resume_ids).await,
        None => Ok(()),
    }
}

async fn delete(
    conn: &mut PgConnection,
    table: &Table,
    company_no: &str,
    resume_ids: &[&str],
) -> Result<(), Error> {
    if resume_ids.is_empty() {
        return Ok(());
    }
    sqlx::query(table.delete)
        .bind(company_no)
        .bind(resume_ids)
        .execute(conn)
        .await
        .map_err(during("take out rows of people"))?;
    Ok(())
}
