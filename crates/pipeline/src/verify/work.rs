//! What must hold of file tasks, of runs and of what they hold. One entry, one statement, one name.

use model::{Check, Repair};

/// A run that works no more: its advisory lock is free, and its heart has not just beaten.
macro_rules! gone {
    ($run:literal) => {
        concat!(
            "(not etl.is_run_alive(",
            $run,
            ") and not exists (
                 select from etl.run as beating
                 where beating.run_id = ",
            $run,
            " and beating.state = 'running'
                   and beating.heartbeat_at > now() - interval '1 minute'))"
        )
    };
}

/// Tasks whose document is gone.
macro_rules! task_without_document {
    () => {
        "not exists (
             select from raw.resume_document as document
             where document.document_id = task.document_id
               and document.company_no = task.company_no and document.resume_id = task.resume_id)"
    };
}

/// Settled tasks of which no receipt tells.
macro_rules! without_receipt {
    () => {
        "task.state in ('stored', 'unavailable', 'too_large') and not exists (
             select from raw.document_file as receipt
             where receipt.document_id = task.document_id and receipt.role = task.role
               and receipt.item_no = task.item_no
               and receipt.window_ends_at = task.window_ends_at
               -- another slot may have brought the same content back
               and receipt.outcome in (task.state, 'stored'))"
    };
}

/// Receipts of slots that no task knows.
macro_rules! without_task {
    () => {
        "raw.document_file as receipt
         where not exists (
             select from etl.file_task as task
             where task.company_no = receipt.company_no and task.resume_id = receipt.resume_id
               and task.document_id = receipt.document_id and task.role = receipt.role
               and task.item_no = receipt.item_no)"
    };
}

/// Runs that rows name.
macro_rules! named_runs {
    () => {
        "(select company_no, _etl_run_id as run_id from recruiting.candidate
          union select company_no, run_id from etl.rejection
          union select company_no, run_id from etl.file_upload
          union select company_no, failed_run_id from etl.file_task where failed_run_id is not null
         ) as named
         where not exists (select from etl.run where run.run_id = named.run_id)"
    };
}

/// What must hold of work and of who does it.
pub(super) static WORK: [Check; 9] = [
    Check {
        name: "task_document",
        holds: "a file task has the document that holds the link",
        offenders: concat!(
            "select task.company_no, task.resume_id, format('file task %s (%s): document %s',
                 task.task_id, task.state, task.document_id) as example
             from etl.file_task as task where ", task_without_document!()
        ),
        // A task says nothing that its document does not say again when it comes.
        repair: Repair::Statements(&[concat!(
            "delete from etl.file_task as task where task.company_no = any($1) and ",
            task_without_document!()
        )]),
    },
    Check {
        name: "task_window",
        holds: "an open file task has the window that is asked for its token",
        offenders: "
            select task.company_no, task.resume_id, format('file task %s: window %s', task.task_id,
                task.window_id) as example
            from etl.file_task as task
            where task.state in ('open', 'failed') and not exists (
                select from etl.fetch_window where window_id = task.window_id)",
        repair: Repair::Statements(&["
            update etl.file_task as task set window_id = shown.window_id
            from raw.sighting as shown
            where task.company_no = any($1) and task.state in ('open', 'failed')
              and not exists (select from etl.fetch_window where window_id = task.window_id)
              and shown.document_id = task.document_id
              and shown.window_ends_at = task.window_ends_at
              and exists (select from etl.fetch_window where window_id = shown.window_id)"]),
    },
    Check {
        name: "task_receipt",
        holds: "a settled file task has the receipt that says what became of the file",
        offenders: concat!(
            "select task.company_no, task.resume_id, format('file task %s (%s): document %s, %s %s',
                 task.task_id, task.state, task.document_id, task.role, task.item_no) as example
             from etl.file_task as task where ", without_receipt!()
        ),
        repair: Repair::Statements(&[concat!(
            "update etl.file_task as task set state = 'open', closed_at = null, attempts = 0,
                 next_attempt_at = now(), failed_run_id = null
             where task.company_no = any($1) and ", without_receipt!()
        )]),
    },
    Check {
        name: "receipt_task",
        holds: "a file's receipt has the task that fetched it",
        offenders: concat!(
            "select receipt.company_no, receipt.resume_id, format('document %s, %s %s (%s)',
                 receipt.document_id, receipt.role, receipt.item_no, receipt.outcome) as example
             from ", without_task!()
        ),
        repair: Repair::Statements(&[concat!(
            "insert into etl.file_task (company_no, resume_id, document_id, role, item_no, window_id,
                 window_ends_at, state, next_attempt_at, closed_at)
             select distinct on (receipt.document_id, receipt.role, receipt.item_no)
                 receipt.company_no, receipt.resume_id, receipt.document_id, receipt.role,
                 receipt.item_no, shown.window_id, receipt.window_ends_at, receipt.outcome, null,
                 receipt.fetched_at
             from (select receipt.* from ", without_task!(), " and receipt.company_no = any($1)) as receipt
             join raw.sighting as shown on shown.document_id = receipt.document_id
                 and shown.window_ends_at = receipt.window_ends_at
             order by receipt.document_id, receipt.role, receipt.item_no, receipt.window_ends_at desc
             on conflict do nothing"
        )]),
    },
    Check {
        name: "task_token",
        holds: "a settled file task keeps no token",
        offenders: "
            select company_no, resume_id, format('file task %s', task_id) as example
            from etl.file_task where closed_at is not null and token is not null",
        repair: Repair::Statements(&["
            update etl.file_task set token = null
            where company_no = any($1) and closed_at is not null and token is not null"]),
    },
    Check {
        name: "lease",
        holds: "work is held by runs that live",
        offenders: concat!(
            "select company_no, null::text as resume_id,
                 format('window %s, held by run %s', window_id, lease_run_id) as example
             from etl.fetch_window where lease_run_id is not null and ", gone!("lease_run_id"), "
             union all
             select company_no, resume_id,
                 format('file task %s, held by run %s', task_id, lease_run_id) as example
             from etl.file_task where lease_run_id is not null and ", gone!("lease_run_id")
        ),
        repair: Repair::Statements(&[
            concat!(
                "update etl.fetch_window set lease_run_id = null, lease_expires_at = null
                 where company_no = any($1) and lease_run_id is not null and ", gone!("lease_run_id")
            ),
            concat!(
                "update etl.file_task set lease_run_id = null, lease_expires_at = null
                 where company_no = any($1) and lease_run_id is not null and ", gone!("lease_run_id")
            ),
        ]),
    },
    Check {
        name: "upload",
        holds: "an upload in parts that has not ended is that of a run that lives",
        offenders: concat!(
            "select company_no, null::text as resume_id, format('upload %s to %s, by run %s',
                 upload_no, storage_url, run_id) as example
             from etl.file_upload where ", gone!("file_upload.run_id")
        ),
        repair: Repair::Uploads,
    },
    Check {
        name: "run_alive",
        holds: "a run that is called running lives",
        // Runs are nobody's alone: each of the companies that are looked at answers for all.
        offenders: concat!(
            "select ($1::text[])[1] as company_no, null::text as resume_id,
                 format('run %s (%s)', run_id, command) as example
             from etl.run where state = 'running' and ", gone!("run.run_id")
        ),
        repair: Repair::Statements(&[concat!(
            "update etl.run set state = 'lost', ended_at = heartbeat_at
             where $1::text[] is not null and state = 'running' and ", gone!("run.run_id")
        )]),
    },
    Check {
        name: "run_known",
        holds: "a run that a row names is in etl.run",
        offenders: concat!(
            "select named.company_no, null::text as resume_id, format('run %s', named.run_id) as example
             from ", named_runs!()
        ),
        // A run's id tells when it began.
        repair: Repair::Statements(&[concat!(
            "insert into etl.run (run_id, command, state, started_at, heartbeat_at, ended_at,
                 program_version, transform_version)
             select distinct on (named.run_id) named.run_id, 'forgotten', 'lost', began.at, began.at,
                 began.at, '', 0
             from (select named.run_id from ", named_runs!(), " and named.company_no = any($1)) as named
             cross join lateral (select to_timestamp(
                 ('x' || left(replace(named.run_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
                 as at) as began
             on conflict do nothing"
        )]),
    },
];
