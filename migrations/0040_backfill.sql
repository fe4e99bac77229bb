-- Backfills: work on the past that somebody asked for, bounded, and gone on with however it ended.
--
-- A backfill's windows are windows like any other. Its own row says what was asked for, since when
-- (a window listed or asked since then is done), and the command that goes on. Windows that only a
-- backfill asked for are marked: a scheduled run, whose business begins at the company's start_on,
-- does not take them up.

create table etl.backfill (
    backfill_id bigint generated always as identity,
    company_no text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    refetch text not null,
    width text not null,
    files text not null,
    is_newest_first boolean not null,
    command text not null,
    state text not null,
    started_at timestamptz not null default now(),
    worked_at timestamptz not null default now(),
    ended_at timestamptz,
    windows_planned integer,
    run_id uuid not null,
    constraint backfill_pkey primary key (backfill_id),
    constraint backfill_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint backfill_runs_forward check (starts_at < ends_at),
    constraint backfill_refetch_known check (refetch in ('missing', 'all')),
    constraint backfill_width_known check (width in ('day', 'hour')),
    constraint backfill_files_known check (files in ('now', 'later', 'none')),
    constraint backfill_state_known check (state in ('listed', 'open', 'complete')),
    constraint backfill_ends_with_its_state check ((state = 'complete') = (ended_at is not null))
);
create unique index backfill_unfinished on etl.backfill (company_no, starts_at, ends_at, refetch, width)
    where state <> 'complete';
comment on table etl.backfill is
'One row a backfill: a range of hours of a company that somebody asked for, whatever number of runs worked on it. Grain: backfill.
每個回補工作一列:使用者要求補取的公司與時段,不論分幾次執行。';
comment on column etl.backfill.backfill_id is 'Number of the backfill.
回補編號。';
comment on column etl.backfill.company_no is 'Company (統編, 8 digits).
公司統一編號(8 碼)。';
comment on column etl.backfill.starts_at is 'Start of the first hour.
第一個小時的起始時刻。';
comment on column etl.backfill.ends_at is 'End of the last hour, exclusive.
最後一個小時的結束時刻(不含)。';
comment on column etl.backfill.refetch is 'missing (what was never fetched, and ids that closed windows did not list before); all (whatever is listed is asked for again).
missing 只取未曾取得者與已結案時窗的新編號;all 凡列出者一律重新取得。';
comment on column etl.backfill.width is 'How hours that no window covers are asked for: day (longest stretches of a date) or hour.
未涵蓋時段的詢問單位:day 以日為主的最長連續時段;hour 逐小時。';
comment on column etl.backfill.files is 'When its files are fetched: now, later (by the next run), none (only by retry files).
檔案取得時機:now 立即;later 由下次 run;none 僅以 retry files。';
comment on column etl.backfill.is_newest_first is 'Whether the newest hours come first.
是否由最新時段開始。';
comment on column etl.backfill.command is 'The command that goes on with it.
接續此回補的指令。';
comment on column etl.backfill.state is 'listed (a dry run kept its listings, and nobody began to fetch); open (begun and not finished); complete.
listed 試算已保存清單、尚未開始取得;open 已開始未完成;complete 完成。';
comment on column etl.backfill.started_at is 'When it began: windows listed (or, under all, asked) since then are done.
開始時間;此後列出(或 all 時重新取得)的時窗視為完成。';
comment on column etl.backfill.worked_at is 'When a run took it up last.
最近一次執行接手的時間。';
comment on column etl.backfill.ended_at is 'When nothing of it was left.
全部完成的時間。';
comment on column etl.backfill.windows_planned is 'Windows that it comes to, done ones included.
總時窗數(含已完成)。';
comment on column etl.backfill.run_id is 'The run that took it up last.
最近一次接手的執行。';

alter table etl.fetch_window add column is_of_backfill boolean not null default false;
comment on column etl.fetch_window.is_of_backfill is 'A backfill opened it, and nobody else worked on it since: while it is unfinished and lies before the company''s start_on, run leaves it alone.
由回補開啟且其後無其他執行接手;未完成且早於 start_on 時,run 不處理。';

alter table etl.fetch_window add column refetched_at timestamptz;
comment on column etl.fetch_window.refetched_at is 'When a backfill (refetch all) last set all that it lists back to be asked again; null if never.
回補(refetch all)最近一次將所列編號全部設為重新取得的時間;未曾則為空。';

create index fetch_window_ends_at on etl.fetch_window (company_no, ends_at);

-- Windows that reach into the range and are done since the backfill began.
create function etl.windows_done(backfill etl.backfill) returns integer
language sql stable
return (
    select count(*)::integer from etl.fetch_window
    where fetch_window.company_no = backfill.company_no
      and fetch_window.starts_at < backfill.ends_at and fetch_window.ends_at > backfill.starts_at
      and fetch_window.state in ('closed', 'empty_unconfirmed')
      and case backfill.refetch
          when 'all' then greatest(fetch_window.first_listed_at, fetch_window.refetched_at)
          else fetch_window.last_listed_at end >= backfill.started_at);
comment on function etl.windows_done is
'How many windows of a backfill are done.
某回補已完成的時窗數。';
