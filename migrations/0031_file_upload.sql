-- A large file goes to a bucket in parts, and parts lie there, unlisted and paid for, until their
-- upload is completed or aborted. A process that is killed meanwhile can do neither, and what it
-- leaves is personal data that no row points to. So each upload in parts has a row from before its
-- first part until its end; the next run aborts those whose run lives no more.

create table etl.file_upload (
    upload_no bigint generated always as identity,
    company_no text not null,
    storage_url text not null,
    object_key text not null,
    upload_id text not null,
    run_id uuid not null,
    begun_at timestamptz not null default now(),
    constraint file_upload_pkey primary key (upload_no)
);
create index file_upload_company on etl.file_upload (company_no);
comment on table etl.file_upload is
'One row an upload in parts that was begun and has not ended. Grain: upload. Normally empty between runs.
每個已開始且未結束的分段上傳一列;兩次執行之間通常為空。';
comment on column etl.file_upload.upload_no is 'Number of the upload.
上傳編號。';
comment on column etl.file_upload.company_no is 'Company (統編).
公司統一編號。';
comment on column etl.file_upload.storage_url is '[storage] url under which it was begun; only a run with the same one aborts it.
開始上傳時的 [storage] url;僅相同設定的執行會中止它。';
comment on column etl.file_upload.object_key is 'The key below that URL, by the file''s content.
該位址下的物件鍵(依檔案內容)。';
comment on column etl.file_upload.upload_id is 'The number that the storage gave it (UploadId).
儲存服務給予的上傳代號(UploadId)。';
comment on column etl.file_upload.run_id is 'The run that uploads.
進行上傳的執行。';
comment on column etl.file_upload.begun_at is 'When it was begun.
開始時間。';
