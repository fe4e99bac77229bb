//! Fields that the contract does not name: names and types, never values.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::{CompanyNo, Resume};
use serde_json::Value;
use sqlx::PgConnection;

use super::content::unknown_fields;
use crate::error::{Error, during};

/// A name that is longer is cut: it stands in a key.
const LONGEST_PATH_CHARS: usize = 200;

/// A known field is touched at most once an hour, and always in one order: many transactions
/// meet in few rows.
const NOTE: &str = "
    insert into etl.unknown_field (company_no, json_path, json_type, first_seen_at, last_seen_at)
    select $1, json_path, json_type, $4, $4
    from unnest($2::text[], $3::text[]) as seen (json_path, json_type)
    where not exists (
        select from etl.unknown_field known
        where known.company_no = $1 and known.json_path = seen.json_path
          and known.json_type = seen.json_type
          and known.first_seen_at <= $4 and known.last_seen_at >= $4 - interval '1 hour')
    order by json_path, json_type
    on conflict (company_no, json_path, json_type) do update
    set first_seen_at = least(unknown_field.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(unknown_field.last_seen_at, excluded.last_seen_at)";

/// Unknown fields of a batch.
#[derive(Default)]
pub(super) struct Unknown(BTreeSet<(String, &'static str)>);

impl Unknown {
    /// Adds those of a document: an object from path to value, where the path of a field in a
    /// list holds `[]` and its value is the array of all items' values.
    pub(super) fn add(&mut self, resume: &Resume) {
        let Some(Value::Object(fields)) = unknown_fields(resume) else { return };
        for (path, value) in fields {
            let name: String = path.chars().take(LONGEST_PATH_CHARS).collect();
            match value {
                Value::Array(items) if path.contains("[]") => {
                    self.0.extend(items.iter().map(|item| (name.clone(), json_type(item))));
                }
                value => drop(self.0.insert((name, json_type(&value)))),
            }
        }
    }

    pub(super) async fn write(
        &self,
        conn: &mut PgConnection,
        company: &CompanyNo,
        seen_at: Timestamp,
    ) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (paths, types): (Vec<String>, Vec<&str>) = self
            .0
            .iter()
            .map(|(path, json_type)| (path.replace('\0', "\u{fffd}"), *json_type))
            .unzip();
        sqlx::query(NOTE)
            .bind(company.as_str())
            .bind(&paths)
            .bind(&types)
            .bind(seen_at.to_sqlx())
            .execute(conn)
            .await
            .map_err(during("note unknown fields"))?;
        Ok(())
    }
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
