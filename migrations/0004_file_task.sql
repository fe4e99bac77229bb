-- Photos and files are fetched by a second stream, so that resumes are readable long before
-- their files are in. A task is one slot of one document; it is opened in the transaction that
-- loads the resume and closed in the one that records the receipt (raw.document_file).

create table etl.file_task (
    task_id bigint generated always as identity,
    company_no text not null,
    resume_id text not null,
    document_id bigint not null,
    role text not null,
    item_no integer not null,
    window_id bigint not null,
    window_ends_at timestamptz not null,
    token text,
    token_fetched_at timestamptz,
    state text not null default 'open',
    attempts integer not null default 0,
    next_attempt_at timestamptz default now(),
    failure text,
    remedy text,
    failed_run_id uuid,
    lease_no bigint not null default 0,
    lease_run_id uuid,
    lease_expires_at timestamptz,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    constraint file_task_pkey primary key (task_id),
    constraint file_task_slot_is_fetched_once unique (company_no, resume_id, document_id, role, item_no),
    constraint file_task_role_known check (role in ('headshot', 'attachment', 'project')),
    constraint file_task_state_known check (state in ('open', 'failed', 'stored', 'unavailable', 'too_large')),
    constraint file_task_item_no_from_1 check (item_no >= 1),
    constraint file_task_failed_says_why check (state <> 'failed' or failure is not null),
    constraint file_task_closed_has_its_time
        check ((state in ('stored', 'unavailable', 'too_large')) = (closed_at is not null))
);
create index file_task_open on etl.file_task (next_attempt_at, task_id) where state in ('open', 'failed');
create index file_task_leased on etl.file_task (lease_run_id) where lease_run_id is not null;
comment on table etl.file_task is
'One row a file to fetch: a slot (role, item_no) of a document. Grain: slot of a document.
每個待取得的檔案一列:某文件的某個欄位(role、item_no)。';
comment on column etl.file_task.task_id is 'Number of the task.
工作編號。';
comment on column etl.file_task.company_no is 'Company (統編).
公司統一編號。';
comment on column etl.file_task.resume_id is 'The resume.
履歷編號。';
comment on column etl.file_task.document_id is 'The document that holds the link.
含有連結的原始文件。';
comment on column etl.file_task.role is 'headshot, attachment or project.
headshot 照片、attachment 附件、project 作品。';
comment on column etl.file_task.item_no is 'Item within its list, from 1.
清單中的項次(自 1 起)。';
comment on column etl.file_task.window_id is 'The newest window that showed the document: asked again for a fresh token.
最近顯示此文件的時窗;需要新權杖時再次詢問。';
comment on column etl.file_task.window_ends_at is 'End of that window; the receipt carries it.
該時窗的結束時刻,收據亦記錄。';
comment on column etl.file_task.token is 'The file token of the latest answer; it expires. Cleared when the task closes.
最近一次取得的檔案權杖(會過期);結案時清除。';
comment on column etl.file_task.token_fetched_at is 'When the token was received.
權杖取得時間。';
comment on column etl.file_task.state is 'open; failed (will be tried again, see failure); stored; unavailable (104 no longer gives it); too_large.
open 待處理;failed 失敗待重試(見 failure);stored 已存;unavailable 104 已不提供;too_large 過大。';
comment on column etl.file_task.attempts is 'Runs that failed on it.
失敗的執行次數。';
comment on column etl.file_task.next_attempt_at is 'Taken up again from then on; null: only by retry.
自此時起再試;空值表示僅能以 retry 重試。';
comment on column etl.file_task.failure is 'Why it failed, in words.
失敗原因。';
comment on column etl.file_task.remedy is 'What to do about it.
處理方式。';
comment on column etl.file_task.failed_run_id is 'The run in which it failed last; that run leaves it alone.
最近一次失敗的執行;該次執行不再重試。';
comment on column etl.file_task.lease_no is 'Grows with each process that takes the task.
每次被程序取得即遞增。';
comment on column etl.file_task.lease_run_id is 'The run that holds it.
目前持有的執行。';
comment on column etl.file_task.lease_expires_at is 'Until when, unless renewed.
持有期限(會續期)。';
comment on column etl.file_task.created_at is 'When it was opened first.
首次建立時間。';
comment on column etl.file_task.closed_at is 'When it was settled.
結案時間。';
