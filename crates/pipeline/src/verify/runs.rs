//! What must hold of runs, and of what they hold. One entry, one statement, one name.

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

/// What must hold of runs.
pub(super) static RUNS: [Check; 5] = [
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
    Check {
        name: "installation",
        holds: "a database with windows is bound to its environment",
        offenders: "
            select distinct company_no, null::text as resume_id, 'etl.installation is empty' as example
            from etl.fetch_window where not exists (select from etl.installation)",
        repair: Repair::ByHand(
            "see that [api] names the environment that this database is of: the next `etl104 run` binds it",
        ),
    },
];
