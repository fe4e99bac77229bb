//! The change feed: what happened to people's rows, numbered in the order of commits.
//!
//! [`Event`] is what happened, before it has a number; [`write()`] numbers what a transaction has to
//! tell; [`read`] gives the [`Change`]s after a number, and [`people`] the rows of people as they are now.

mod event;
mod people;
mod read;

use model::CompanyNo;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::{Error, during};
use crate::person::json::Rows;

pub use event::Event;
pub use people::{Person, people};
pub use read::{Change, Page, read};

/// Whoever changes the counter holds it until the commit, and who comes next counts on from there: numbers
/// are given in the order in which transactions become visible. A counter that a half-restored backup left behind
/// its changes, or without its row, counts on from them.
///
/// `$1` the events, numbered from 1; `$2` how many they are; `$3` the company, `$4` the run.
const WRITE: &str = "
    with counted as (
        insert into etl.change_counter as counter (last_no)
        select coalesce(max(change_no), 0) + $2 from recruiting.change
        on conflict (is_only) do update
        set last_no = greatest(counter.last_no, excluded.last_no - $2) + $2
        returning last_no - $2 as before_no
    )
    insert into recruiting.change (
        change_no, company_no, resume_id, kind, changed_fields, document_id, job_no, applied_text,
        unnumbered_job_name, applied_on, file_role, file_item_no, file_state, run_id, changed_at)
    select counted.before_no + told.change_no, $3, told.resume_id, told.kind, told.changed_fields,
        told.document_id, told.job_no, told.applied_text, told.unnumbered_job_name, told.applied_on,
        told.file_role, told.file_item_no, told.file_state, $4, clock_timestamp()
    from counted cross join json_populate_recordset(null::recruiting.change, $1::json) as told
    order by told.change_no";

/// Numbers what a transaction has to tell, and writes it down; nothing if that is nothing.
///
/// Call it last in the transaction, and commit then: all others who have something to tell wait
/// until it ends. Whatever else is to be locked is locked before.
pub async fn write(
    conn: &mut PgConnection,
    company: &CompanyNo,
    run_id: Uuid,
    events: impl IntoIterator<Item = &Event>,
) -> Result<(), Error> {
    let mut rows = Rows::default();
    let mut count: i64 = 0;
    for event in events {
        count += 1;
        rows.push(&Numbered { change_no: count, event }).map_err(Error::Rows)?;
    }
    let Some(rows) = rows.text() else { return Ok(()) };
    sqlx::query(WRITE)
        .bind(rows)
        .bind(count)
        .bind(company.as_str())
        .bind(run_id)
        .execute(conn)
        .await
        .map_err(during("tell the change feed"))?;
    Ok(())
}

/// An event with its place in the transaction.
#[derive(Serialize)]
struct Numbered<'a> {
    change_no: i64,
    #[serde(flatten)]
    event: &'a Event,
}
