//! Rows on their way into the bare tables: gathered over many people until a table has enough of them.

use std::collections::BTreeMap;

use model::ResumeId;
use sqlx::PgConnection;

use super::Plan;
use crate::error::{Error, during};
use crate::person::copy::CopyRows;

/// Bytes of one COPY: each is a transaction, and a larger one takes memory, once for each table.
const ENOUGH: usize = 512 * 1024;

/// Rows of some people, by table.
#[derive(Default)]
pub struct Rows(pub(crate) BTreeMap<&'static str, CopyRows>);

impl Rows {
    /// Adds the rows of others.
    pub fn append(&mut self, others: Self) {
        for (table, rows) in others.0 {
            self.0.entry(table).or_default().append(rows);
        }
    }
}

/// Rows of one table that are copied together.
pub struct Portion {
    table: &'static str,
    rows: CopyRows,
}

/// Rows that wait for others of their table.
#[derive(Default)]
pub struct Gathered(Rows);

impl Gathered {
    /// Adds rows, and gives the portions that are full.
    pub fn add(&mut self, rows: Rows) -> Vec<Portion> {
        let mut full = Vec::new();
        self.0.append(rows);
        for (&table, rows) in &mut self.0.0 {
            if rows.len() >= ENOUGH {
                full.push(Portion { table, rows: std::mem::take(rows) });
            }
        }
        full
    }

    /// What is left once there are no more people.
    pub fn rest(self) -> Vec<Portion> {
        let rest = self.0.0.into_iter().filter(|(_, rows)| !rows.is_empty());
        rest.map(|(table, rows)| Portion { table, rows }).collect()
    }
}

impl Portion {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Two parts of it; of a single row, whose it is.
    pub fn halves(self) -> Result<Result<[Self; 2], ResumeId>, Error> {
        let Self { table, rows } = self;
        Ok(match rows.halves() {
            Ok(halves) => Ok(halves.map(|rows| Self { table, rows })),
            Err(row) => Err(row.resume_id()?),
        })
    }
}

/// Writes rows into their bare table.
pub async fn copy(conn: &mut PgConnection, plan: &Plan, portion: &Portion) -> Result<(), Error> {
    let Portion { table, rows } = portion;
    rows.copy(conn, &plan.built(table)).await.map_err(during("copy rows of people"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_wait_until_a_table_has_enough() {
        let (mut gathered, mut copied, mut given) = (Gathered::default(), Vec::new(), 0);
        let long = "字".repeat(1_000);
        for number in 0..400 {
            let mut rows = Rows::default();
            for (table, text) in [("candidate_narrative", long.as_str()), ("skill", "字")] {
                let row = json!({"company_no": "1", "resume_id": number.to_string(), "text": text});
                let of_table = rows.0.entry(table).or_default();
                of_table.push(&row).unwrap();
                given += of_table.len();
            }
            copied.extend(gathered.add(rows));
        }
        assert!(copied.len() > 1, "{}", copied.len());
        for portion in &copied {
            assert_eq!(portion.table, "candidate_narrative");
            assert!((ENOUGH..2 * ENOUGH).contains(&portion.rows.len()));
        }
        let rest = gathered.rest();
        let tables: Vec<&str> = rest.iter().map(|portion| portion.table).collect();
        assert_eq!(tables, ["candidate_narrative", "skill"]);
        copied.extend(rest);
        let sizes = copied.iter().map(Portion::bytes);
        assert_eq!(sizes.sum::<u64>(), given as u64);
    }
}
