-- A schedule goes before work on the past. Among processes: each start time of a schedule says how
-- long a backfill waits for the next one, so that it takes a slot only when no schedule is at work.
-- Among files: tasks that a backfill opened come after those of live hours, or are left out.

alter table etl.pace add column schedule_until timestamptz;
comment on column etl.pace.schedule_until is 'A schedule calls; a backfill gets no start time until then. Moved on with each start time of a schedule.
排程執行正在呼叫,回補須等待至此;排程每次取得開始時間即往後延。';

alter table etl.file_task add column is_backfill boolean not null default false;
comment on column etl.file_task.is_backfill is 'Opened by a backfill, and not shown by a run since: comes after the files of live hours.
由回補建立且其後未再由 run 取得:排在即時時段的檔案之後。';
comment on column etl.file_task.next_attempt_at is 'Taken up again from then on; null: only by retry, since it failed too often or a backfill left it out (state open).
自此時起再試;空值表示僅能以 retry 取得(失敗過多,或狀態為 open 而由回補略過)。';

-- In the order in which tasks are taken. Those for which only retry helps lie in an index of their
-- own, so that nobody reads over them.
drop index etl.file_task_open;
create index file_task_due on etl.file_task (company_no, is_backfill, next_attempt_at, task_id)
where state in ('open', 'failed') and next_attempt_at is not null;
create index file_task_only_by_retry on etl.file_task (company_no, task_id)
where state in ('open', 'failed') and next_attempt_at is null;
