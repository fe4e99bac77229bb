//! What must hold of every warehouse at rest, whatever happened to it: the promises, asked in SQL.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use crate::{StoredObject, TestDatabase};

/// Each with the statement that counts what breaks it.
const INVARIANTS: [(&str, &str); 19] = [
    (
        "a window's counts are those of its items (P1)",
        "select count(*) from etl.fetch_window as counted
         cross join lateral (
             select count(*) as listed, count(*) filter (where state = 'stored') as stored,
                 count(*) filter (where state = 'absent') as absent,
                 count(*) filter (where state = 'rejected') as rejected
             from etl.window_item where window_id = counted.window_id) as items
         where (counted.listed, counted.stored, counted.absent, counted.rejected)
             <> (items.listed, items.stored, items.absent, items.rejected)",
    ),
    (
        "a closed window has no open item (P1)",
        "select count(*) from etl.window_item join etl.fetch_window using (window_id)
         where fetch_window.state in ('closed', 'empty_unconfirmed')
           and window_item.state in ('listed', 'kept')",
    ),
    (
        "no two windows that count share an hour",
        "select count(*) from etl.fetch_window as one
         join etl.fetch_window as other using (company_no, source, window_on)
         where one.window_id < other.window_id
           and one.start_hour < other.end_hour and other.start_hour < one.end_hour
           and 'superseded' not in (one.state, other.state)",
    ),
    (
        "a failed window says why and what helps (P5)",
        "select count(*) from etl.fetch_window
         where state = 'failed' and (coalesce(failure, '') = '' or coalesce(remedy, '') = '')",
    ),
    (
        "a failed file task says why and what helps (P5)",
        "select count(*) from etl.file_task
         where state = 'failed' and (coalesce(failure, '') = '' or coalesce(remedy, '') = '')",
    ),
    (
        "only a backfill leaves files out",
        "select count(*) from etl.file_task
         where state = 'open' and next_attempt_at is null and not is_backfill",
    ),
    (
        "nobody holds work",
        "select (select count(*) from etl.fetch_window where lease_run_id is not null)
              + (select count(*) from etl.file_task where lease_run_id is not null)",
    ),
    (
        "a kept or stored item has a document of its own resume, and the sighting of its window (P2)",
        "select count(*) from etl.window_item as item
         where state in ('kept', 'stored') and not exists (
             select from raw.resume_document join raw.sighting using (company_no, resume_id, document_id)
             where resume_document.document_id = item.document_id
               and resume_document.company_no = item.company_no
               and resume_document.resume_id = item.resume_id
               and sighting.window_id = item.window_id)",
    ),
    (
        "a rejected item has its rejection, with what was refused (P5)",
        "select count(*) from etl.window_item as item
         where state = 'rejected' and not exists (
             select from etl.rejection
             where rejection.company_no = item.company_no
               and (rejection.resume_id = item.resume_id
                    or rejection.resume_id is null and rejection.window_id = item.window_id)
               and rejection.resolved_at is null and coalesce(remedy, '') <> ''
               and (payload is not null or document_id is not null))",
    ),
    (
        "whoever is stored is a candidate",
        "select count(*) from (
             select company_no, resume_id from etl.window_item where state = 'stored'
             except select company_no, resume_id from recruiting.candidate) as missing",
    ),
    (
        "a candidate is told of, after whatever took them out",
        "select count(*) from recruiting.candidate as person
         where 'new' is distinct from (
             select kind from recruiting.change
             where company_no = person.company_no and resume_id = person.resume_id
               and kind in ('new', 'removed')
             order by change_no desc limit 1)",
    ),
    (
        "changes are numbered without a gap, and up to their counter",
        "select count(*) from (
             select max(change_no) - min(change_no) + 1 - count(*) as gaps, max(change_no) as newest
             from recruiting.change having count(*) > 0) as numbered
         where gaps <> 0 or newest <> (select last_no from etl.change_counter)",
    ),
    (
        "a candidate has one current version",
        "select count(*) from recruiting.candidate as person
         where (select count(*) from recruiting.candidate_version
                where company_no = person.company_no and resume_id = person.resume_id
                  and is_current) <> 1",
    ),
    (
        "one window shows nobody the same twice in a row",
        "select count(*) from (
             select document_id, lag(document_id) over (
                 partition by company_no, resume_id, window_id
                 order by first_fetched_at, sighting_id) as before
             from raw.sighting) as shown
         where document_id = before",
    ),
    (
        "a settled file task has its receipt, of its window",
        "select count(*) from etl.file_task as task
         where state in ('stored', 'unavailable', 'too_large') and not exists (
             select from raw.document_file as receipt
             where receipt.document_id = task.document_id and receipt.role = task.role
               and receipt.item_no = task.item_no
               and receipt.window_ends_at = task.window_ends_at and receipt.outcome = task.state)",
    ),
    (
        "a settled file task keeps no token (P6)",
        "select count(*) from etl.file_task where closed_at is not null and token is not null",
    ),
    (
        "a file that is shown as stored has an object's row of that key",
        "select count(*) from recruiting.resume_file as shown
         where state = 'stored' and not exists (
             select from raw.file_object
             where file_object.company_no = shown.company_no and file_object.sha256 = shown.sha256
               and file_object.object_key = shown.object_key)",
    ),
    (
        "a pending file has an open task",
        "select count(*) from recruiting.resume_file as shown
         where state = 'pending' and not exists (
             select from etl.file_task as task
             where task.company_no = shown.company_no and task.resume_id = shown.resume_id
               and task.document_id = shown.document_id and task.role = shown.role
               and task.item_no = shown.item_no and task.state in ('open', 'failed'))",
    ),
    (
        "a run that failed says why and what helps (P5)",
        "select count(*) from etl.run
         where state in ('failed', 'partial') and (coalesce(failure, '') = '' or coalesce(remedy, '') = '')
           and windows_failed + files_failed + rejected = 0",
    ),
];

impl TestDatabase {
    /// Holds the warehouse to its promises, once no process works on it any more. What is unfinished or failed
    /// is allowed, as long as it says so.
    pub async fn assert_sound(&self) {
        let mut broken = Vec::new();
        for (what, offenders) in INVARIANTS {
            let counted = sqlx::query_scalar(AssertSqlSafe(offenders)).fetch_one(self.pool()).await;
            let offenders: i64 = counted.unwrap_or_else(|error| panic!("{what}: {error}"));
            if offenders != 0 {
                broken.push(format!("{what}: broken {offenders} times"));
            }
        }
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// The same, and that each row of an object points to one of its size; with `exactly`, that nothing else
    /// lies there either.
    pub async fn assert_sound_with(&self, objects: &[StoredObject], exactly: bool) {
        self.assert_sound().await;
        let rows: Vec<(String, i64)> = self
            .rows("select object_key, size_bytes from raw.file_object where lost_at is null")
            .await;
        let mut lying: BTreeMap<&str, u64> =
            objects.iter().map(|object| (object.key.as_str(), object.size)).collect();
        for (key, size) in &rows {
            let found = lying.remove(key.as_str());
            assert_eq!(found, u64::try_from(*size).ok(), "the object of a row: {key}");
        }
        assert!(!exactly || lying.is_empty(), "objects that no row points to: {lying:?}");
    }
}
