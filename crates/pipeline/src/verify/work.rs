//! What must hold of file tasks, and of their receipts. One entry, one statement, one name.

use model::{Check, Repair};

/// Tasks whose document is gone.
macro_rules! task_without_document {
    () => {
        "not exists (
             select from raw.resume_document as document
             where document.document_id = task.document_id
               and document.company_no = task.company_no and document.resume_id = task.resume_id)"
    };
}

/// The receipt of a task, as asked for its window.
macro_rules! receipt {
    () => {
        "receipt.document_id = task.document_id and receipt.role = task.role
         and receipt.item_no = task.item_no and receipt.window_ends_at = task.window_ends_at"
    };
}

/// Settled tasks of which no receipt tells.
macro_rules! without_receipt {
    () => {
        concat!(
            "task.state in ('stored', 'unavailable', 'too_large') and not exists (
                 select from raw.document_file as receipt where receipt.outcome = task.state and ",
            receipt!(), ")"
        )
    };
}

/// Receipts of slots that no task knows, of documents that are kept.
macro_rules! without_task {
    () => {
        "raw.document_file as receipt
         join raw.resume_document as document using (document_id, company_no, resume_id)
         where not exists (
             select from etl.file_task as task
             where task.company_no = receipt.company_no and task.resume_id = receipt.resume_id
               and task.document_id = receipt.document_id and task.role = receipt.role
               and task.item_no = receipt.item_no)"
    };
}

/// What must hold of file tasks.
pub(super) static WORK: [Check; 6] = [
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
        repair: Repair::Statements(&[
            concat!(
                "update etl.file_task as task set state = receipt.outcome
                 from raw.document_file as receipt
                 where task.company_no = any($1) and ", receipt!(), " and ", without_receipt!()
            ),
            concat!(
                "update etl.file_task as task set state = 'open', closed_at = null, attempts = 0,
                     next_attempt_at = now(), failed_run_id = null
                 where task.company_no = any($1) and ", without_receipt!(), "
                 returning 'file' as reopened"
            ),
        ]),
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
        name: "task_due",
        holds: "an open file task has its time, unless a backfill left it out",
        offenders: "
            select company_no, resume_id, format('file task %s', task_id) as example
            from etl.file_task where state = 'open' and next_attempt_at is null and not is_backfill",
        repair: Repair::Statements(&["
            update etl.file_task set next_attempt_at = now()
            where company_no = any($1) and state = 'open' and next_attempt_at is null
              and not is_backfill returning 'file' as reopened"]),
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
];
