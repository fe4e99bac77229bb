//! The rows of people that stand, as Postgres sends them.

use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Either, PgConnection, Row, ValueRef};

use super::copy::Cells;
use super::table::{TABLES, Table};
use crate::error::{Error, during};

/// The rows that stand, table by table in the order of [`TABLES`].
#[derive(Default)]
pub(super) struct Stands(Vec<Vec<PgRow>>);

impl Stands {
    /// Reads the rows of the people whom `whose` names for each table, all at once: most of what a small
    /// transaction takes is the way to Postgres and back.
    pub(super) async fn read<'p>(
        conn: &mut PgConnection,
        company_no: &str,
        whose: impl Fn(&Table) -> Vec<&'p str>,
    ) -> Result<Self, Error> {
        let (mut questions, mut asked) = (Vec::new(), Vec::new());
        for (place, table) in TABLES.iter().enumerate() {
            let people = whose(table);
            if people.is_empty() {
                continue;
            }
            questions.push(question(table, &quoted(company_no), &quoted(&array(&people))));
            asked.push(place);
        }
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let mut rows = Vec::new();
        rows.resize_with(TABLES.len(), Vec::new);
        // Safe: whatever is no constant is quoted.
        let mut answers = sqlx::raw_sql(AssertSqlSafe(questions.join(";"))).fetch_many(conn);
        let mut done = 0;
        let failed = || during("read rows of people");
        while let Some(answer) = answers.try_next().await.map_err(failed())? {
            match answer {
                Either::Left(_end_of_a_statement) => done += 1,
                Either::Right(row) => {
                    let place = asked.get(done / STATEMENTS);
                    if let Some(rows) = place.and_then(|place| rows.get_mut(*place)) {
                        rows.push(row);
                    }
                }
            }
        }
        Ok(Self(rows))
    }

    /// Those of a table, by its place in [`TABLES`].
    pub(super) fn of(&self, place: usize) -> Result<Vec<Cells<'_>>, Error> {
        let rows = self.0.get(place).map(Vec::as_slice).unwrap_or_default();
        rows.iter().map(|row| cells(row).map_err(during("read a row of a person"))).collect()
    }
}

/// How many statements a question is made of.
const STATEMENTS: usize = 3;

/// By a cursor, for several statements at once are answered in texts otherwise. Each person is looked up by the key:
/// `offset 0` keeps Postgres from weighing a list of people.
fn question(table: &Table, company_no: &str, people: &str) -> String {
    let (name, columns) = (table.name, table.columns.join(", "));
    format!(
        "declare stands binary cursor for
         select stands.* from (select distinct unnest({people}::text[])) as person (resume_id)
         cross join lateral (
             select {columns} from recruiting.{name}
             where company_no = {company_no} and resume_id = person.resume_id offset 0) as stands;
         fetch all from stands; close stands"
    )
}

fn cells(row: &PgRow) -> Result<Cells<'_>, sqlx::Error> {
    (0..row.len())
        .map(|column| {
            let value = row.try_get_raw(column)?;
            if value.is_null() {
                return Ok(None);
            }
            value.as_bytes().map(Some).map_err(sqlx::Error::Decode)
        })
        .collect()
}

/// As a literal of SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// As an array of texts.
fn array(texts: &[&str]) -> String {
    let quoted =
        texts.iter().map(|text| format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")));
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_id_holds_stays_an_id() {
        assert_eq!(quoted(&array(&["1", r#"a'b"c\{}"#])), r#"'{"1","a''b\"c\\{}"}'"#);
    }
}
