//! The changes after a number.

use model::CompanyNo;
use serde::Serialize;
use sqlx::{FromRow, PgConnection, Row};

use crate::moment::Moment;

/// A row of `recruiting.change`, as far as it is no word of a person or of 104.
#[derive(Clone, Debug, Serialize, FromRow)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct Change {
    pub change_no: i64,
    pub company_no: String,
    pub resume_id: String,
    pub kind: String,
    pub changed_fields: Vec<String>,
    pub document_id: Option<i64>,
    /// 104's number of the job; `None` if it gave none, or a word that is no number.
    pub job_no: Option<String>,
    /// The day, as `2026-11-22`.
    pub applied_on: Option<String>,
    pub file_role: Option<String>,
    pub file_item_no: Option<i32>,
    pub file_state: Option<String>,
    pub run_id: String,
    pub changed_at: Moment,
}

/// Changes in their order, and where the feed begins and ends.
#[derive(Clone, Debug)]
pub struct Page {
    /// The changes.
    pub changes: Vec<Change>,
    /// The oldest number that is kept.
    pub oldest_no: Option<i64>,
    /// The newest number that was given, kept or not.
    pub last_no: i64,
}

/// One statement, so that all of it shows one moment. What stands for a job's number may be any word of
/// 104's: only a number is shown.
const READ: &str = "
    select counter.last_no, (select min(change_no) from recruiting.change) as oldest_no, page.*
    from etl.change_counter as counter
    left join lateral (
        select change_no, company_no, resume_id, kind, changed_fields, document_id,
            case when job_no ~ '^[0-9A-Za-z]{1,12}$' then job_no end as job_no,
            applied_on::text as applied_on, file_role, file_item_no, file_state,
            run_id::text as run_id, changed_at
        from recruiting.change
        where change_no > $1 and (company_no = any($2) or $2 = '{}')
        order by change_no limit $3
    ) as page on true
    order by page.change_no";

/// The next changes after a number, those of some companies or, if none is named, of all; fewer than
/// `limit` at the end. Outside of a transaction, so that it may be asked again.
///
/// # Errors
/// The driver's: the caller names the operation.
pub async fn read(
    conn: &mut PgConnection,
    after: i64,
    companies: &[CompanyNo],
    limit: i64,
) -> Result<Page, sqlx::Error> {
    let companies: Vec<&str> = companies.iter().map(CompanyNo::as_str).collect();
    let rows = sqlx::query(READ).bind(after).bind(companies).bind(limit).fetch_all(conn).await?;
    let first = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    let (oldest_no, last_no) = (first.try_get("oldest_no")?, first.try_get("last_no")?);
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.try_get::<Option<i64>, _>("change_no")?.is_some() {
            changes.push(Change::from_row(row)?);
        }
    }
    Ok(Page { changes, oldest_no, last_no })
}
