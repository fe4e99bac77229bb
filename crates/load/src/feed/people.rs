//! People's rows as they are now, for whoever follows the feed.

use std::sync::LazyLock;

use model::Redacted;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::person::table::{Kind, TABLES, Table};

/// Tables that are not shown: the protected group, and the past, which holds what was protected.
const NOT_SHOWN: [&str; 3] = ["candidate_sensitive", "candidate_version", "candidate_change"];

/// Columns that are not shown: the key, which stands beside; what nobody has read yet, which may be of the
/// protected group; and how the rows came about.
const LEFT_OUT: [&str; 9] = [
    "company_no",
    "resume_id",
    "unknown_fields",
    "_etl_run_id",
    "_etl_extracted_at",
    "_etl_loaded_at",
    "_etl_transform_version",
    "_etl_notes",
    "_etl_fingerprint",
];

/// `$1` companies and `$2` resumes, in pairs; `$3` the columns that are left out. Rows of a list come in the order of
/// their keys.
static PEOPLE: LazyLock<String> = LazyLock::new(|| {
    let shown = TABLES.iter().filter(|table| !NOT_SHOWN.contains(&table.name));
    let tables: Vec<String> = shown.map(rows_of).collect();
    format!(
        "select c.company_no, c.resume_id, jsonb_build_object({})::text
         from recruiting.candidate as c
         join unnest($1::text[], $2::text[]) as asked (company_no, resume_id)
             using (company_no, resume_id)",
        tables.join(", ")
    )
});

fn rows_of(Table { name, kind, .. }: &Table) -> String {
    let rows = match kind {
        Kind::OneRow => "to_jsonb(t) - $3::text[]",
        _ => "coalesce(jsonb_agg(to_jsonb(t) - $3::text[] order by t), '[]')",
    };
    format!(
        "'{name}', (select {rows} from recruiting.{name} as t
             where t.company_no = c.company_no and t.resume_id = c.resume_id)"
    )
}

/// A person's rows, as one JSON object by table.
#[derive(Clone, Debug)]
pub struct Person {
    /// The company.
    pub company_no: String,
    /// The resume.
    pub resume_id: String,
    /// The rows. Personal data.
    pub rows: Redacted<String>,
}

/// The rows of people as they are now, without the protected group and the past; nothing of people who have
/// none. Each person once.
///
/// # Errors
/// The driver's: the caller names the operation.
pub async fn people(
    conn: &mut PgConnection,
    people: &[(&str, &str)],
) -> Result<Vec<Person>, sqlx::Error> {
    let (companies, resumes): (Vec<&str>, Vec<&str>) = people.iter().copied().unzip();
    let rows: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(PEOPLE.as_str()))
        .bind(companies)
        .bind(resumes)
        .bind(LEFT_OUT)
        .fetch_all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(company_no, resume_id, rows)| {
            let rows = Redacted::new(rows);
            Person { company_no, resume_id, rows }
        })
        .collect())
}
