-- The change feed: what happened to people's rows, for a system that follows them.
--
-- A reader keeps one number, and asks for what has a higher one. So a lower number must never become visible
-- after a higher one was read, however many processes write. A sequence can't promise that: its numbers are given
-- when a statement runs, and seen when its transaction commits, in another order. Here the numbers come from
-- a row: whoever changes it holds it until their commit, and the next one waits and counts on from there. So numbers
-- are given in the order of commits, and none is left out by a transaction that was taken back. The row is
-- changed by the last statement of each transaction that has something to tell: it is held for one
-- commit, and whoever waits for it holds nothing that its holder could still want.
--
-- The feed is no part of what follows from raw: it tells what was written here, and when. It has no partitions,
-- for its order is one over all companies, and no foreign key, for it tells of people who are gone.

create table etl.change_counter (
    is_only boolean not null default true,
    last_no bigint not null default 0,
    constraint change_counter_is_one_row primary key (is_only),
    constraint change_counter_is_only check (is_only),
    constraint change_counter_counts_up check (last_no >= 0)
);
comment on table etl.change_counter is
'One row: the number of the newest change, see recruiting.change. Whoever numbers changes holds it until their commit.
僅一列：最新變更的編號，見 recruiting.change；編號者持有此列直到交易提交。';
comment on column etl.change_counter.is_only is 'Always true; makes a second row impossible.
恆為真，使第二列不可能存在。';
comment on column etl.change_counter.last_no is 'Number of the newest change, kept or not; 0 if there was none.
最新變更的編號（不論該列是否仍保留）；尚無變更則為 0。';

create table recruiting.change (
    change_no bigint not null,
    company_no text not null,
    resume_id text not null,
    kind text not null,
    changed_fields text[] not null,
    document_id bigint,
    job_no text,
    applied_text text,
    unnumbered_job_name text,
    applied_on date,
    file_role text,
    file_item_no integer,
    file_state text,
    run_id uuid not null,
    changed_at timestamptz not null,
    constraint change_pkey primary key (change_no),
    constraint change_no_from_1 check (change_no >= 1),
    constraint change_kind_known check (kind in ('new', 'changed', 'applied', 'file', 'removed')),
    constraint change_names_what_changed check ((kind = 'changed') = (changed_fields <> '{}')),
    constraint change_names_the_document check ((kind = 'removed') = (document_id is null)),
    constraint change_names_the_application check (
        (kind = 'applied') = (job_no is not null) and (job_no is null) = (applied_text is null)
        and (job_no is null) = (unnumbered_job_name is null) and (kind = 'applied' or applied_on is null)),
    constraint change_names_the_file check (
        (kind = 'file') = (file_role is not null) and (file_role is null) = (file_item_no is null)
        and (file_role is null) = (file_state is null)),
    constraint change_file_state_known check (file_state in ('stored', 'pending', 'unavailable', 'foreign_link', 'too_large'))
);
create index change_person on recruiting.change (company_no, resume_id);
create index change_changed_at on recruiting.change using brin (changed_at);
comment on table recruiting.change is
'The change feed: what happened to people''s rows, numbered. A lower number never appears after a higher one was read: whoever applies all rows up to a number by reading the person''s rows as they are then has missed nothing up to it. Not told: that a resume was listed again and shows the same. Rows may be deleted from the oldest on. Grain: one thing that happened to one person.
變更摘要：人員資料列所發生之事，依序編號。較小的編號絕不會在較大者被讀取後才出現；依編號逐列讀取該人目前資料者，不會遺漏任何變更。再次列出而內容相同者不計。可自最舊者起刪除。';
comment on column recruiting.change.change_no is 'Number, in the order of commits; without gaps until rows are deleted.
編號，依交易提交順序；刪除資料列前不會有缺號。';
comment on column recruiting.change.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.change.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.change.kind is 'new (the person has rows now); changed (their rows say something else); applied (a row in application is new); file (a file was stored, or turned out not to be had); removed (no document is accepted any more: all rows are gone).
new 新增人員；changed 內容變更；applied 新增應徵紀錄；file 檔案已存或無法取得；removed 已無可接受的文件，資料列全數移除。';
comment on column recruiting.change.changed_fields is 'What says something else: table.column, or the table for lists, as in candidate_version; candidate_version or candidate_change itself if the past alone is told otherwise, candidate_source if another source lists the resume. Empty for other kinds.
變更之處：table.column，清單則為表名，同 candidate_version；僅過往歷程不同者為 candidate_version 或 candidate_change，另有來源列出者為 candidate_source。其他種類為空。';
comment on column recruiting.change.document_id is 'The newest document; for applied the one that showed the application first, for file the one that holds the link. Null for removed.
最新文件；applied 為首次顯示該應徵的文件，file 為含有連結的文件。removed 為空。';
comment on column recruiting.change.job_no is 'Applied: the application''s job_no.
applied：應徵的 job_no。';
comment on column recruiting.change.applied_text is 'Applied: the application''s applied_text.
applied：應徵的 applied_text。';
comment on column recruiting.change.unnumbered_job_name is 'Applied: the application''s unnumbered_job_name.
applied：應徵的 unnumbered_job_name。';
comment on column recruiting.change.applied_on is 'Applied: date of the application, if it could be read.
applied：應徵日期；無法判讀為空。';
comment on column recruiting.change.file_role is 'File: its role in resume_file.
file：resume_file 的 role。';
comment on column recruiting.change.file_item_no is 'File: its item_no in resume_file.
file：resume_file 的 item_no。';
comment on column recruiting.change.file_state is 'File: its state from then on; pending if one that was stored is lost.
file：此後的狀態；曾存而遺失者為 pending。';
comment on column recruiting.change.run_id is 'The run that wrote the rows.
寫入資料列的執行。';
comment on column recruiting.change.changed_at is 'When they were written, by the database''s clock.
寫入時間（資料庫時鐘）。';

-- Whoever is there already is new, in the order of loading: a reader who begins at 0 misses nobody.
insert into recruiting.change (change_no, company_no, resume_id, kind, changed_fields, document_id, run_id, changed_at)
select row_number() over (order by _etl_loaded_at, company_no, resume_id), company_no, resume_id, 'new', '{}',
    document_id, _etl_run_id, _etl_loaded_at
from recruiting.candidate;
insert into etl.change_counter (last_no) select count(*) from recruiting.change;
