-- The ledger of work: runs, windows, items, rejections.
--
-- A window is one question to 104 (company, source, hours of one date). Its items are the ids
-- that 104 listed for it. P1 can be checked by anyone: for every closed window
-- listed = stored + absent + rejected, a check constraint holds it.
--
-- Leases: a process works on a window only under a lease, whose number (lease_no) grows with
-- each taker. Each transaction locks the window's row first and compares the number, so that a
-- process that slept through the end of its lease can't write.

-- One schedule for windows and files: growing gaps, then only by `etl104 retry`.
create function etl.next_attempt_at(failed_before integer) returns timestamptz
language sql stable parallel safe
return pg_catalog.now() + case failed_before
    when 0 then interval '5 minutes'
    when 1 then interval '15 minutes'
    when 2 then interval '1 hour'
    when 3 then interval '4 hours' end;
comment on function etl.next_attempt_at is
'When work that failed is taken up again, by the failures before this one; null after the fifth.
失敗的工作何時再試(依先前失敗次數);第五次失敗後為空。';

create table etl.run (
    run_id uuid not null,
    command text not null,
    state text not null default 'running',
    started_at timestamptz not null default now(),
    heartbeat_at timestamptz not null default now(),
    ended_at timestamptz,
    exit_code smallint,
    program_version text not null,
    transform_version integer not null,
    windows_closed bigint not null default 0,
    windows_failed bigint not null default 0,
    listed bigint not null default 0,
    stored bigint not null default 0,
    absent bigint not null default 0,
    rejected bigint not null default 0,
    files_stored bigint not null default 0,
    files_unavailable bigint not null default 0,
    files_failed bigint not null default 0,
    calls bigint not null default 0,
    throttled bigint not null default 0,
    failure text,
    remedy text,
    constraint run_pkey primary key (run_id),
    constraint run_state_known check (state in
        ('running', 'complete', 'partial', 'budget_spent', 'nothing_due', 'held_elsewhere', 'stopped', 'failed', 'lost')),
    constraint run_ends_with_its_state check ((state = 'running') = (ended_at is null))
);
create index run_started_at on etl.run (started_at desc);
comment on table etl.run is
'One row a run of a command that works: run, retry, reprocess. Grain: run.
每次執行工作指令(run、retry、reprocess)一列。';
comment on column etl.run.run_id is 'Id of the run; sorts by time (UUID version 7).
執行編號,可依時間排序(UUID 第 7 版)。';
comment on column etl.run.command is 'The command, such as run or retry windows.
指令,例如 run 或 retry windows。';
comment on column etl.run.state is 'running; complete; partial (something failed and is open); budget_spent (a --max-… was reached); nothing_due; held_elsewhere (other processes held all work); stopped (by a signal, cleanly); failed; lost (the process vanished).
running 執行中;complete 完成;partial 部分失敗待處理;budget_spent 額度用畢;nothing_due 無待辦;held_elsewhere 由其他程序處理中;stopped 收到訊號後正常停止;failed 失敗;lost 程序消失。';
comment on column etl.run.started_at is 'When it began.
開始時間。';
comment on column etl.run.heartbeat_at is 'Last sign of life.
最近一次心跳。';
comment on column etl.run.ended_at is 'When it ended; null while it runs.
結束時間;執行中為空。';
comment on column etl.run.exit_code is 'Exit code of the process, see the README.
程序結束碼,見 README。';
comment on column etl.run.program_version is 'Version of etl104.
etl104 版本。';
comment on column etl.run.transform_version is 'Version of the rules that read resumes.
履歷解讀規則的版本。';
comment on column etl.run.windows_closed is 'Windows that this run closed.
本次結案的時窗數。';
comment on column etl.run.windows_failed is 'Windows that failed in this run.
本次失敗的時窗數。';
comment on column etl.run.listed is 'Ids that this run newly listed.
本次新列出的履歷編號數。';
comment on column etl.run.stored is 'Items that this run brought to stored.
本次存妥的項目數。';
comment on column etl.run.absent is 'Items that 104 listed and no longer had.
104 已列出但已無資料的項目數。';
comment on column etl.run.rejected is 'Items that this run rejected.
本次拒收的項目數。';
comment on column etl.run.files_stored is 'Files (photos, attachments) stored by this run.
本次存妥的檔案數(照片、附件)。';
comment on column etl.run.files_unavailable is 'Files that 104 no longer gives.
104 已不提供的檔案數。';
comment on column etl.run.files_failed is 'File tasks that failed and stay open.
失敗而仍待處理的檔案工作數。';
comment on column etl.run.calls is 'Calls to 104, token calls and retries included.
對 104 的呼叫次數,含權杖與重試。';
comment on column etl.run.throttled is 'Calls that 104 answered by throttling (429).
被 104 限流(429)的次數。';
comment on column etl.run.failure is 'The first failure, in words, without personal data.
第一個失敗原因(不含個人資料)。';
comment on column etl.run.remedy is 'What to do about it.
處理方式。';

create table etl.fetch_window (
    window_id bigint generated always as identity,
    company_no text not null,
    source text not null,
    window_on date not null,
    start_hour smallint not null,
    end_hour smallint not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    state text not null default 'open',
    is_listed boolean not null default false,
    listed integer not null default 0,
    stored integer not null default 0,
    absent integer not null default 0,
    rejected integer not null default 0,
    list_total bigint,
    list_note text,
    first_listed_at timestamptz,
    last_listed_at timestamptz,
    closed_at timestamptz,
    attempts integer not null default 0,
    next_attempt_at timestamptz,
    failure text,
    remedy text,
    lease_no bigint not null default 0,
    lease_run_id uuid,
    lease_expires_at timestamptz,
    created_at timestamptz not null default now(),
    constraint fetch_window_pkey primary key (window_id),
    constraint fetch_window_is_asked_once unique (company_no, source, window_on, start_hour, end_hour),
    constraint fetch_window_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint fetch_window_source_known check (source in ('matched', 'saved', 'applied')),
    constraint fetch_window_hours_run_forward check (0 <= start_hour and start_hour < end_hour and end_hour <= 24),
    constraint fetch_window_state_known check (state in
        ('open', 'closed', 'empty_unconfirmed', 'failed', 'superseded')),
    constraint fetch_window_counts_are_not_negative check (listed >= 0 and stored >= 0 and absent >= 0 and rejected >= 0),
    constraint fetch_window_closed_adds_up check (state not in ('closed', 'empty_unconfirmed')
        or (is_listed and listed = stored + absent + rejected)),
    constraint fetch_window_closed_has_its_time check ((state in ('closed', 'empty_unconfirmed')) = (closed_at is not null)),
    constraint fetch_window_failed_says_why check (state <> 'failed' or failure is not null)
);
create index fetch_window_open on etl.fetch_window (company_no, window_on) where state in ('open', 'failed');
create index fetch_window_leased on etl.fetch_window (lease_run_id) where lease_run_id is not null;
comment on table etl.fetch_window is
'One row a question to 104: a company, a source, and hours [start_hour, end_hour) of one date, Taiwan time. Closed means: listed = stored + absent + rejected. Grain: window.
每個向 104 提出的時窗一列:公司、來源、某日的 [start_hour, end_hour) 時段(台灣時間)。結案表示 listed = stored + absent + rejected。';
comment on column etl.fetch_window.window_id is 'Number of the window.
時窗編號。';
comment on column etl.fetch_window.company_no is 'Company (統編, 8 digits).
公司統一編號(8 碼)。';
comment on column etl.fetch_window.source is 'matched (by 104), applied (by the person), saved (by the company).
matched 104 配對、applied 主動應徵、saved 公司儲存。';
comment on column etl.fetch_window.window_on is 'Date, Taiwan time.
日期(台灣時間)。';
comment on column etl.fetch_window.start_hour is 'First hour, 0 to 23.
起始小時(0 至 23)。';
comment on column etl.fetch_window.end_hour is 'Hour after the last, 1 to 24.
結束小時(不含;1 至 24)。';
comment on column etl.fetch_window.starts_at is 'Start as a moment.
起始時刻。';
comment on column etl.fetch_window.ends_at is 'End as a moment, exclusive.
結束時刻(不含)。';
comment on column etl.fetch_window.state is 'open (work remains); closed (complete); empty_unconfirmed (104 listed nothing, and nothing older was ever listed, so it may be beyond what 104 answers for); failed (see failure); superseded (other windows covered it).
open 尚有工作;closed 完成;empty_unconfirmed 無資料且早於任何曾列出的時窗,可能超出 104 可查範圍;failed 失敗(見 failure);superseded 已由其他時窗涵蓋。';
comment on column etl.fetch_window.is_listed is 'Whether its ids were listed at least once.
是否曾成功取得編號清單。';
comment on column etl.fetch_window.listed is 'Distinct ids that 104 listed.
104 列出的不重複編號數。';
comment on column etl.fetch_window.stored is 'Items stored.
已存妥的項目數。';
comment on column etl.fetch_window.absent is 'Items that 104 listed and no longer had.
104 已列出但已無資料的項目數。';
comment on column etl.fetch_window.rejected is 'Items rejected, see etl.rejection.
拒收的項目數,見 etl.rejection。';
comment on column etl.fetch_window.list_total is 'The total that 104 gave beside the list; may disagree with listed.
104 於清單旁給的總數,可能與 listed 不符。';
comment on column etl.fetch_window.list_note is 'What was odd about the list (capped, total disagrees).
清單的異常(被截斷、總數不符)。';
comment on column etl.fetch_window.first_listed_at is 'First listing that succeeded.
首次成功列出的時間。';
comment on column etl.fetch_window.last_listed_at is 'Latest listing that succeeded; rechecks move it.
最近成功列出的時間;複查會更新。';
comment on column etl.fetch_window.closed_at is 'When it was closed last.
最近結案時間。';
comment on column etl.fetch_window.attempts is 'Runs that failed on it since it last made progress.
上次進展以來失敗的執行次數。';
comment on column etl.fetch_window.next_attempt_at is 'A failed window is taken up again from then on; null: only by retry.
失敗時窗自此時起再試;空值表示僅能以 retry 重試。';
comment on column etl.fetch_window.failure is 'Why it failed, in words, without personal data.
失敗原因(不含個人資料)。';
comment on column etl.fetch_window.remedy is 'What to do about it.
處理方式。';
comment on column etl.fetch_window.lease_no is 'Grows with each process that takes the window; writes under an older number are refused.
每次被程序取得即遞增;舊號碼的寫入一律拒絕。';
comment on column etl.fetch_window.lease_run_id is 'The run that holds it.
目前持有的執行。';
comment on column etl.fetch_window.lease_expires_at is 'Until when, unless renewed.
持有期限(會續期)。';
comment on column etl.fetch_window.created_at is 'When it was planned first.
首次排入的時間。';

create table etl.window_item (
    window_id bigint not null,
    company_no text not null,
    resume_id text not null,
    position integer not null,
    state text not null default 'listed',
    document_id bigint,
    listed_at timestamptz not null default now(),
    settled_at timestamptz,
    constraint window_item_pkey primary key (window_id, resume_id),
    constraint window_item_window_fkey foreign key (window_id) references etl.fetch_window (window_id),
    constraint window_item_state_known check (state in ('listed', 'kept', 'stored', 'absent', 'rejected')),
    constraint window_item_kept_has_its_document check (state not in ('kept', 'stored') or document_id is not null),
    constraint window_item_settled_has_its_time check ((state in ('stored', 'absent', 'rejected')) = (settled_at is not null))
);
create index window_item_resume on etl.window_item (company_no, resume_id);
create index window_item_open on etl.window_item (window_id, position) where state in ('listed', 'kept');
comment on table etl.window_item is
'One row an id that 104 listed for a window. Grain: window, resume.
104 於某時窗列出的每個履歷編號一列。';
comment on column etl.window_item.window_id is 'The window.
所屬時窗。';
comment on column etl.window_item.company_no is 'Company (統編).
公司統一編號。';
comment on column etl.window_item.resume_id is 'The id that 104 listed.
104 列出的履歷編號。';
comment on column etl.window_item.position is 'Place in the list, from 1.
清單中的次序(自 1 起)。';
comment on column etl.window_item.state is 'listed (to be fetched); kept (raw is stored, tables not yet); stored; absent (104 no longer has it); rejected (see etl.rejection).
listed 待取得;kept 原始資料已存、尚未入表;stored 完成;absent 104 已無資料;rejected 拒收(見 etl.rejection)。';
comment on column etl.window_item.document_id is 'The raw document that this window showed.
本時窗取得的原始文件。';
comment on column etl.window_item.listed_at is 'When it was first listed here.
首次列出的時間。';
comment on column etl.window_item.settled_at is 'When it reached its final state.
到達最終狀態的時間。';

create table etl.rejection (
    rejection_id bigint generated always as identity,
    company_no text not null,
    resume_id text,
    window_id bigint,
    document_id bigint,
    run_id uuid not null,
    code text not null,
    reason text not null,
    remedy text not null,
    payload bytea,
    rejected_at timestamptz not null default now(),
    resolved_at timestamptz,
    constraint rejection_pkey primary key (rejection_id)
);
create index rejection_resume on etl.rejection (company_no, resume_id);
create index rejection_window on etl.rejection (window_id);
create index rejection_open on etl.rejection (rejected_at) where resolved_at is null;
comment on table etl.rejection is
'What was refused, with its payload and the reason; it can be retried. The payload may hold personal data. Grain: rejection.
被拒收的資料、原因與內容,可重試;內容可能含個人資料。';
comment on column etl.rejection.rejection_id is 'Number of the rejection.
拒收編號。';
comment on column etl.rejection.company_no is 'Company (統編).
公司統一編號。';
comment on column etl.rejection.resume_id is 'The id it concerns; null when the answer belonged to none that was asked.
相關的履歷編號;若不屬於任何所問編號則為空。';
comment on column etl.rejection.window_id is 'The window that was being fetched.
當時處理的時窗。';
comment on column etl.rejection.document_id is 'The raw document, if it was kept.
若已保存,為其原始文件。';
comment on column etl.rejection.run_id is 'The run that rejected it.
拒收的執行。';
comment on column etl.rejection.code is 'Why, as a closed list: id_refused, server_error_for_id, stranger, unreadable_answer, not_an_object, unusable_id.
原因代碼:id_refused、server_error_for_id、stranger、unreadable_answer、not_an_object、unusable_id。';
comment on column etl.rejection.reason is 'Why, in words.
原因說明。';
comment on column etl.rejection.remedy is 'What to do about it.
處理方式。';
comment on column etl.rejection.payload is 'The bytes that were refused, or their start. Personal data.
被拒收的位元組(或其開頭);屬個人資料。';
comment on column etl.rejection.rejected_at is 'When.
拒收時間。';
comment on column etl.rejection.resolved_at is 'When a later try succeeded, or the window was asked again.
後續重試成功或重新詢問的時間。';
