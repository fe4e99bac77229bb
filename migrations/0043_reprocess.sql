-- How far a reprocess has come: one that was killed goes on behind what it did. Who it has come to is
-- the only trace of a person here, so that erasing a person by (company_no, resume_id) may well make it
-- begin anew.

create table etl.reprocess (
    reprocess_id bigint generated always as identity,
    company_no text not null,
    selection text not null,
    transform_version integer not null,
    run_id uuid not null,
    resume_id text,
    people bigint not null default 0,
    counts jsonb,
    begun_at timestamptz not null default now(),
    moved_at timestamptz not null default now(),
    constraint reprocess_pkey primary key (reprocess_id),
    constraint reprocess_is_unfinished_once unique (company_no, selection),
    constraint reprocess_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint reprocess_people_are_not_negative check (people >= 0)
);
create index reprocess_resume on etl.reprocess (company_no, resume_id);
comment on table etl.reprocess is
'Each unfinished reprocess: how far it has come. A finished one leaves no row. Grain: company, selection.
每個未完成的 reprocess 及其進度；完成後不留紀錄。';
comment on column etl.reprocess.reprocess_id is 'Number of the reprocess.
編號。';
comment on column etl.reprocess.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column etl.reprocess.selection is 'Whom it concerns, as the flags of the command; empty for everyone.
處理對象，即指令的旗標；空字串表示所有人。';
comment on column etl.reprocess.transform_version is 'Version of the rules that read resumes; another version begins anew.
履歷解讀規則的版本；版本不同則從頭開始。';
comment on column etl.reprocess.run_id is 'The run that works on it, or did last.
目前或最近處理的執行編號。';
comment on column etl.reprocess.resume_id is 'The last person done: people are taken in the order of this id. Null before the first.
已處理的最後一人；依此編號順序處理。尚未開始為空。';
comment on column etl.reprocess.people is 'People done.
已處理人數。';
comment on column etl.reprocess.counts is 'What it changed so far, counted; no values of people.
至今變更的統計；不含個人資料。';
comment on column etl.reprocess.begun_at is 'When it was begun.
開始時間。';
comment on column etl.reprocess.moved_at is 'When it moved last.
最近推進時間。';
