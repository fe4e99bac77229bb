//! Rows on their way into the bare tables: gathered over many people until there are enough of them.

use std::collections::BTreeMap;

use model::ResumeId;
use sqlx::PgConnection;

use super::Plan;
use crate::error::{Error, during};
use crate::person::copy::{self, CopyRows};

/// Bytes of rows that wait, of all tables. When there are more, the table that has most is copied: in time that is a tenth.
/// Few large COPYs are better than many: for each, Postgres makes a thousand places for rows, and drops them at its end.
const WAITING: usize = 10 * 1024 * 1024;

/// Rows of some people, by table.
#[derive(Default)]
pub struct Rows(BTreeMap<&'static str, Vec<CopyRows>>);

impl Rows {
    pub(crate) fn of(rows: BTreeMap<&'static str, CopyRows>) -> Self {
        Self(rows.into_iter().map(|(table, rows)| (table, vec![rows.fitted()])).collect())
    }

    /// Adds the rows of others.
    pub fn append(&mut self, others: Self) {
        for (table, rows) in others.0 {
            self.0.entry(table).or_default().extend(rows);
        }
    }

    fn bytes(&self) -> usize {
        self.0.values().map(|rows| bytes(rows)).sum()
    }
}

fn bytes(rows: &[CopyRows]) -> usize {
    rows.iter().map(CopyRows::len).sum()
}

/// Rows of one table that are copied together, as they were made.
pub struct Portion {
    table: &'static str,
    rows: Vec<CopyRows>,
}

/// Rows that wait for others of their table.
#[derive(Default)]
pub struct Gathered(Rows);

impl Gathered {
    /// Adds rows, and gives what no longer waits.
    pub fn add(&mut self, rows: Rows) -> Vec<Portion> {
        self.0.append(rows);
        let mut waiting = self.0.bytes();
        let mut portions = Vec::new();
        while waiting > WAITING {
            let most = self.0.0.iter().max_by_key(|(_, rows)| bytes(rows));
            let Some((&table, _)) = most else { break };
            let portion = Portion { table, rows: self.0.0.remove(table).unwrap_or_default() };
            waiting -= bytes(&portion.rows);
            portions.push(portion);
        }
        portions
    }

    /// What is left once there are no more people.
    pub fn rest(self) -> Vec<Portion> {
        self.0.0.into_iter().map(|(table, rows)| Portion { table, rows }).collect()
    }
}

impl Portion {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        bytes(&self.rows) as u64
    }

    /// Two parts of it; of a single row, whose it is.
    pub fn halves(mut self) -> Result<Result<[Self; 2], ResumeId>, Error> {
        let table = self.table;
        let of = |rows| Self { table, rows };
        if self.rows.len() > 1 {
            let rest = self.rows.split_off(self.rows.len() / 2);
            return Ok(Ok([self, of(rest)]));
        }
        let rows = self.rows.pop().unwrap_or_default();
        Ok(match rows.halves() {
            Ok(halves) => Ok(halves.map(|rows| of(vec![rows]))),
            Err(row) => Err(row.resume_id()?),
        })
    }
}

/// Writes rows into their bare table.
pub async fn copy(conn: &mut PgConnection, plan: &Plan, portion: &Portion) -> Result<(), Error> {
    let Portion { table, rows } = portion;
    copy::copy(conn, &plan.built(table), rows).await.map_err(during("copy rows of people"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(number: usize, text: &str) -> CopyRows {
        let mut rows = CopyRows::default();
        let row = json!({"company_no": "1", "resume_id": number.to_string(), "text": text});
        rows.push(&row).unwrap();
        rows
    }

    #[test]
    fn the_table_with_most_rows_is_copied_when_too_many_wait() {
        let (mut gathered, mut copied, mut given) = (Gathered::default(), Vec::new(), 0);
        let long = "字".repeat(10_000);
        for number in 0..1_000 {
            let of = [("candidate_narrative", long.as_str()), ("skill", "字")];
            let rows = of.map(|(table, text)| (table, row(number, text)));
            given += rows.iter().map(|(_, rows)| rows.len()).sum::<usize>();
            let portions = gathered.add(Rows::of(rows.into()));
            assert!(gathered.0.bytes() <= WAITING);
            copied.extend(portions);
        }
        assert!(copied.len() > 1, "{}", copied.len());
        for portion in &copied {
            assert_eq!(portion.table, "candidate_narrative");
        }
        let rest = gathered.rest();
        let tables: Vec<&str> = rest.iter().map(|portion| portion.table).collect();
        assert_eq!(tables, ["candidate_narrative", "skill"]);
        copied.extend(rest);
        let sizes = copied.iter().map(Portion::bytes);
        assert_eq!(sizes.sum::<u64>(), given as u64);
    }

    #[test]
    fn a_portion_is_halved_until_one_row_is_left() {
        let mut together = row(1, "字");
        for number in 2..=3 {
            let row = json!({"company_no": "1", "resume_id": number.to_string(), "text": "字"});
            together.push(&row).unwrap();
        }
        let mut parts =
            vec![Portion { table: "skill", rows: vec![together, row(4, "字"), row(5, "字")] }];
        let mut alone = Vec::new();
        while let Some(part) = parts.pop() {
            match part.halves().unwrap() {
                Ok([first, second]) => parts.extend([second, first]),
                Err(resume_id) => alone.push(resume_id.to_string()),
            }
        }
        assert_eq!(alone, ["1", "2", "3", "4", "5"]);
    }
}
