//! The rows of people that stand, as texts of their columns.

use std::borrow::Cow;

use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Either, PgConnection, Row, ValueRef};

use super::table::{TABLES, Table};
use crate::error::{Error, during};

/// The values of a row in the order of its table's columns; `None` is null.
pub(super) type Cells<'r> = Vec<Option<Cow<'r, str>>>;

/// The rows that stand, table by table in the order of [`TABLES`].
#[derive(Default)]
pub(super) struct Stands(Vec<Vec<PgRow>>);

impl Stands {
    /// Reads the rows of the people whom `whose` names for each table, all by one question: most of what a small
    /// transaction takes is the way to Postgres and back.
    pub(super) async fn read<'p>(
        conn: &mut PgConnection,
        company_no: &str,
        whose: impl Fn(&Table) -> Vec<&'p str>,
    ) -> Result<Self, Error> {
        let (mut question, mut asked) = (String::new(), Vec::new());
        for (place, table) in TABLES.iter().enumerate() {
            let people = whose(table);
            if people.is_empty() {
                continue;
            }
            question += &format!(
                "select {} from recruiting.{} where company_no = {} and resume_id = any ({});",
                table.columns.join(", "),
                table.name,
                quoted(company_no),
                quoted(&array(&people)),
            );
            asked.push(place);
        }
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let mut rows = Vec::new();
        rows.resize_with(TABLES.len(), Vec::new);
        // A question without parameters is answered in texts. Safe: whatever is no constant is quoted.
        let mut answers = sqlx::raw_sql(AssertSqlSafe(question)).fetch_many(conn);
        let mut asked = asked.into_iter();
        let mut table = asked.next();
        let failed = || during("read rows of people");
        while let Some(answer) = answers.try_next().await.map_err(failed())? {
            match answer {
                Either::Left(_end_of_a_table) => table = asked.next(),
                Either::Right(row) => {
                    if let Some(rows) = table.and_then(|place| rows.get_mut(place)) {
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

fn cells(row: &PgRow) -> Result<Cells<'_>, sqlx::Error> {
    (0..row.len())
        .map(|column| {
            let value = row.try_get_raw(column)?;
            if value.is_null() {
                return Ok(None);
            }
            let text = value.as_str().map_err(sqlx::Error::Decode)?;
            Ok(Some(Cow::Borrowed(text)))
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
