//! Writes the rows that differ, and no others.
//!
//! What follows no more is taken out and what says something else is changed where it stands, by a statement each a table;
//! what is missing is put in, by one for all tables. A row that is changed keeps its key: no foreign key is looked up for
//! it, and an index is touched only if it holds what changed. Values go as one array a column.

use std::sync::LazyLock;

use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, postgres::PgArguments};

use super::array::{Values, element_sql};
use super::column::Type;
use super::copy::Cells;
use super::differ::Differing;
use super::table::{TABLES, Table};
use crate::error::{Error, during};

/// Writes the differing rows of those people whom `is_written` names.
pub(super) async fn amend(
    conn: &mut PgConnection,
    company_no: &str,
    tables: &[Differing<'_>],
    is_written: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    let work = |differing| Work::of(differing, &is_written);
    let work: Vec<Work<'_, '_>> = tables.iter().map(work).collect();
    for table in &work {
        table.take_out(conn, company_no).await?;
    }
    for table in &work {
        table.change(conn, company_no).await?;
    }
    put_in(conn, company_no, &work).await
}

/// What is to be done to a table.
struct Work<'d, 'r> {
    table: &'static Table,
    gone: Vec<&'d Cells<'r>>,
    changed: Vec<&'d Cells<'r>>,
    /// The places of the columns that differ in some of the changed rows.
    columns: Vec<usize>,
    new: Vec<&'d Cells<'r>>,
}

impl<'d, 'r> Work<'d, 'r> {
    fn of(differing: &'d Differing<'r>, is_written: impl Fn(&str) -> bool) -> Self {
        let table = differing.table;
        let (gone, changed, new) = (Vec::new(), Vec::new(), Vec::new());
        let mut work = Self { table, gone, changed, columns: Vec::new(), new };
        for row in differing.rows.iter().filter(|row| is_written(row.resume_id())) {
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

    async fn take_out(&self, conn: &mut PgConnection, company_no: &str) -> Result<(), Error> {
        if self.gone.is_empty() {
            return Ok(());
        }
        let (table, key) = (self.table, rest_of_key(self.table));
        let statement = format!(
            "delete from recruiting.{} as t using {} where t.company_no = $1 and {}",
            table.name,
            given(table, &key, FIRST),
            same(table, &key),
        );
        // Safe: it is made of the names of tables and columns alone.
        let query = sqlx::query(AssertSqlSafe(statement)).bind(company_no);
        execute(conn, bind(query, table, &key, &self.gone)).await
    }

    async fn change(&self, conn: &mut PgConnection, company_no: &str) -> Result<(), Error> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let (table, key) = (self.table, rest_of_key(self.table));
        let set: Vec<String> = self
            .columns
            .iter()
            .map(|place| format!("{} = {}", name(table, *place), value(table, *place)))
            .collect();
        let places = [key.as_slice(), &self.columns].concat();
        let statement = format!(
            "update recruiting.{} as t set {} from {} where t.company_no = $1 and {}",
            table.name,
            set.join(", "),
            given(table, &places, FIRST),
            same(table, &key),
        );
        // Safe: it is made of the names of tables and columns alone.
        let query = sqlx::query(AssertSqlSafe(statement)).bind(company_no);
        execute(conn, bind(query, table, &places, &self.changed)).await
    }
}

/// Rows of a small transaction at most: those of ten or twenty new people.
const FEW: usize = 1_000;

/// Puts the rows of all tables in by one statement if they are few, whether or not a table has some: most of what a
/// small transaction takes is the way to Postgres and back, and a statement that is always the same is planned once.
/// Many go table by table: only one table's are held twice.
async fn put_in(
    conn: &mut PgConnection,
    company_no: &str,
    work: &[Work<'_, '_>],
) -> Result<(), Error> {
    let rows: usize = work.iter().map(|table| table.new.len()).sum();
    if rows == 0 {
        return Ok(());
    }
    plan(conn, ONCE).await?;
    if rows <= FEW {
        let mut query = sqlx::query(PUT_IN.as_str()).bind(company_no);
        for Work { table, new, .. } in work {
            query = bind_rows(query, table, new);
        }
        execute(conn, query).await?;
    } else {
        for Work { table, new, .. } in work.iter().filter(|table| !table.new.is_empty()) {
            // Safe: it is made of the names of tables and columns alone.
            let query = sqlx::query(AssertSqlSafe(inserts(&[*table]))).bind(company_no);
            execute(conn, bind_rows(query, table, new)).await?;
        }
    }
    plan(conn, ANEW).await
}

/// What puts rows in is planned once a connection, and so is the lookup of each row's foreign keys: to plan them as often
/// as Postgres does before it keeps a plan takes longer than the work.
const ONCE: &str = "set local plan_cache_mode = force_generic_plan";
/// As Postgres does otherwise: a plan of what joins rows by their keys, made for a table with none, goes through all of
/// the company's.
const ANEW: &str = "set local plan_cache_mode to default";

async fn plan(conn: &mut PgConnection, how: &'static str) -> Result<(), Error> {
    sqlx::raw_sql(how).execute(conn).await.map_err(during("say how to plan"))?;
    Ok(())
}

/// Of all tables, in their order.
static PUT_IN: LazyLock<String> =
    LazyLock::new(|| inserts(&TABLES.iter().collect::<Vec<&Table>>()));

/// A statement that puts rows of some tables in.
fn inserts(tables: &[&Table]) -> String {
    let mut number = FIRST;
    let inserts = tables.iter().map(|table| {
        let (name, columns, places) = (table.name, table.columns.join(", "), behind_company(table));
        let values: Vec<String> = places.iter().map(|place| value(table, *place)).collect();
        let (values, given) = (values.join(", "), given(table, &places, number));
        number += places.len();
        format!(
            "{name} as (insert into recruiting.{name} ({columns}) select $1, {values} from {given})"
        )
    });
    format!("with {} select", inserts.collect::<Vec<_>>().join(", "))
}

/// The rows of a table that a statement of [`inserts`] puts in.
fn bind_rows<'q>(
    query: Query<'q, Postgres, PgArguments>,
    table: &Table,
    rows: &'q [&'q Cells<'q>],
) -> Query<'q, Postgres, PgArguments> {
    bind(query, table, &behind_company(table), rows)
}

/// The number of the first array of a statement: `$1` is the company.
const FIRST: usize = 2;

/// The places of the columns behind the company.
fn behind_company(table: &Table) -> Vec<usize> {
    (1..table.columns.len()).collect()
}

/// The places of the key's columns behind the company.
fn rest_of_key(table: &Table) -> Vec<usize> {
    (1..table.key.len()).collect()
}

fn name(table: &Table, place: usize) -> &'static str {
    table.columns.get(place).copied().unwrap_or_default()
}

fn kind(table: &Table, place: usize) -> Type {
    Type::of(name(table, place))
}

/// A given value as its column takes it.
fn value(table: &Table, place: usize) -> String {
    let name = name(table, place);
    if kind(table, place) == Type::Array {
        format!("f.{name}::text[]")
    } else {
        format!("f.{name}")
    }
}

/// The rows that are given: each column is an array, the first of them under a number.
fn given(table: &Table, places: &[usize], first: usize) -> String {
    let arrays: Vec<String> = places
        .iter()
        .enumerate()
        .map(|(number, place)| {
            format!("${}::{}[]", number + first, element_sql(kind(table, *place)))
        })
        .collect();
    let names: Vec<&str> = places.iter().map(|place| name(table, *place)).collect();
    format!("unnest({}) as f ({})", arrays.join(", "), names.join(", "))
}

/// That a row has the key that is given.
fn same(table: &Table, key: &[usize]) -> String {
    let same =
        key.iter().map(|place| format!("t.{} = {}", name(table, *place), value(table, *place)));
    same.collect::<Vec<_>>().join(" and ")
}

fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    table: &Table,
    places: &[usize],
    rows: &'q [&'q Cells<'q>],
) -> Query<'q, Postgres, PgArguments> {
    places
        .iter()
        .fold(query, |query, place| query.bind(Values::new(kind(table, *place), rows, *place)))
}

async fn execute(
    conn: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
) -> Result<(), Error> {
    query.execute(conn).await.map_err(during("write rows of people"))?;
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
