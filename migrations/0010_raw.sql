-- What was received, before anything interprets it (P2). A document's bytes are text and lz4, not
-- jsonb, which would be four times dearer, lose the original and refuse \u0000. Sightings and receipts
-- are facts that arrive in any order; whoever reads them orders them by the windows' bounds, never by
-- their numbers.

create table raw.resume_document (
    document_id bigint generated always as identity,
    company_no text not null,
    resume_id text not null,
    content_hash bytea not null,
    hash_rule smallint not null,
    document text compression lz4 not null,
    byte_length integer not null,
    first_fetched_at timestamptz not null,
    constraint resume_document_pkey primary key (document_id),
    constraint resume_document_content_is_kept_once unique (company_no, resume_id, content_hash),
    constraint resume_document_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint resume_document_content_hash_is_sha256 check (octet_length(content_hash) = 32),
    constraint resume_document_byte_length_is_true check (byte_length = octet_length(document))
);
comment on table raw.resume_document is
'Each content of a resume, exactly as 104 sent it; contents that differ only in key order, white space or file tokens are one. Grain: company, resume, content.
104 傳來的每份履歷內容，一字不改；僅鍵序、空白或檔案權杖不同者視為同一份。';
comment on column raw.resume_document.document_id is 'Number of the document; says nothing about its age.
文件編號，與新舊無關。';
comment on column raw.resume_document.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column raw.resume_document.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column raw.resume_document.content_hash is 'SHA-256 over the meaning of the JSON.
依 JSON 內容意義計算的 SHA-256。';
comment on column raw.resume_document.hash_rule is 'Number of the rule by which content_hash was made.
content_hash 所用規則的編號。';
comment on column raw.resume_document.document is 'The bytes of the JSON value as received first. Personal data.
首次收到的 JSON 原文；屬個人資料。';
comment on column raw.resume_document.byte_length is 'Size of the document in bytes.
文件大小（位元組）。';
comment on column raw.resume_document.first_fetched_at is 'When this content was received first.
首次取得此內容的時間。';

create table raw.sighting (
    sighting_id bigint generated always as identity,
    company_no text not null,
    resume_id text not null,
    source text not null,
    window_id bigint not null,
    window_starts_at timestamptz not null,
    window_ends_at timestamptz not null,
    document_id bigint not null,
    first_fetched_at timestamptz not null,
    last_fetched_at timestamptz not null,
    constraint sighting_pkey primary key (sighting_id),
    constraint sighting_document_fkey foreign key (document_id) references raw.resume_document (document_id),
    constraint sighting_source_known check (source in ('matched', 'saved', 'applied')),
    constraint sighting_window_runs_forward check (window_starts_at < window_ends_at),
    constraint sighting_fetches_run_forward check (first_fetched_at <= last_fetched_at)
);
create index sighting_resume on raw.sighting (company_no, resume_id, window_ends_at);
create index sighting_document on raw.sighting (document_id);
comment on table raw.sighting is
'Which document a window and source showed for a resume, and when it was fetched. Repeated fetches with the same content move last_fetched_at; another content appends a row. Grain: window, source, resume, run of equal contents.
某時窗與來源所顯示的履歷文件及取得時間；重複取得相同內容只更新 last_fetched_at，內容不同則新增一列。';
comment on column raw.sighting.sighting_id is 'Number of the sighting; says nothing about its age.
紀錄編號，與新舊無關。';
comment on column raw.sighting.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column raw.sighting.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column raw.sighting.source is 'matched (by 104), applied (by the person), saved (by the company).
matched 104 配對、applied 主動應徵、saved 公司儲存。';
comment on column raw.sighting.window_id is 'The window in etl.fetch_window.
etl.fetch_window 的時窗編號。';
comment on column raw.sighting.window_starts_at is 'Start of the window.
時窗起始時刻。';
comment on column raw.sighting.window_ends_at is 'End of the window, exclusive.
時窗結束時刻（不含）。';
comment on column raw.sighting.document_id is 'The document that was shown.
所顯示的文件。';
comment on column raw.sighting.first_fetched_at is 'First fetch of this run of equal contents.
此段相同內容首次取得的時間。';
comment on column raw.sighting.last_fetched_at is 'Last fetch of this run of equal contents.
此段相同內容最近取得的時間。';

create table raw.file_object (
    company_no text not null,
    sha256 bytea not null,
    size_bytes bigint not null,
    media_type_claimed text,
    media_type_sniffed text,
    object_key text not null,
    stored_at timestamptz not null,
    constraint file_object_pkey primary key (company_no, sha256),
    constraint file_object_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint file_object_sha256_has_32_bytes check (octet_length(sha256) = 32),
    constraint file_object_size_is_not_negative check (size_bytes >= 0)
);
comment on table raw.file_object is
'Each file content in the object storage, once a company. Grain: company, content.
物件儲存中的每份檔案內容，每家公司一份。';
comment on column raw.file_object.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column raw.file_object.sha256 is 'SHA-256 of the bytes.
內容的 SHA-256。';
comment on column raw.file_object.size_bytes is 'Size in bytes.
大小（位元組）。';
comment on column raw.file_object.media_type_claimed is 'Media type that 104 claimed at the first fetch.
104 於首次取得時宣告的媒體類型。';
comment on column raw.file_object.media_type_sniffed is 'Media type read from the first bytes; null if unknown.
由檔首位元組判讀的媒體類型；無法判讀為空。';
comment on column raw.file_object.object_key is 'Key in the object storage, below its prefix.
物件儲存中的鍵值（不含前綴）。';
comment on column raw.file_object.stored_at is 'When it was stored first.
首次存入的時間。';

create table raw.document_file (
    document_id bigint not null,
    role text not null,
    item_no integer not null,
    window_ends_at timestamptz not null,
    company_no text not null,
    resume_id text not null,
    outcome text not null,
    sha256 bytea,
    reason text,
    size_bytes bigint,
    fetched_at timestamptz not null,
    constraint document_file_pkey primary key (document_id, role, item_no, window_ends_at),
    constraint document_file_document_fkey foreign key (document_id) references raw.resume_document (document_id),
    constraint document_file_object_fkey foreign key (company_no, sha256) references raw.file_object (company_no, sha256),
    constraint document_file_role_known check (role in ('headshot', 'attachment', 'project')),
    constraint document_file_outcome_known check (outcome in ('stored', 'unavailable', 'too_large')),
    constraint document_file_item_no_from_1 check (item_no >= 1),
    constraint document_file_stored_has_its_content check ((outcome = 'stored') = (sha256 is not null)),
    constraint document_file_else_says_why check (outcome = 'stored' or reason is not null)
);
create index document_file_resume on raw.document_file (company_no, resume_id);
create index document_file_object on raw.document_file (company_no, sha256) where sha256 is not null;
comment on table raw.document_file is
'Receipts: what became of the photo or file in a slot of a document, as asked for one window. Grain: document, role, item, end of window.
收據：某文件某欄位的照片或檔案，就某時窗取得的結果。';
comment on column raw.document_file.document_id is 'The document that holds the link.
含有連結的文件。';
comment on column raw.document_file.role is 'headshot, attachment or project.
headshot 照片、attachment 附件、project 作品。';
comment on column raw.document_file.item_no is 'Item within its list, from 1.
清單中的項次（自 1 起）。';
comment on column raw.document_file.window_ends_at is 'End of the window for which it was fetched.
取得時所屬時窗的結束時刻。';
comment on column raw.document_file.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column raw.document_file.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column raw.document_file.outcome is 'stored; unavailable (104 no longer gives it); too_large.
stored 已存；unavailable 104 已不提供；too_large 過大。';
comment on column raw.document_file.sha256 is 'The content, if stored; see raw.file_object.
已存之內容，見 raw.file_object。';
comment on column raw.document_file.reason is 'Why it is not stored.
未存的原因。';
comment on column raw.document_file.size_bytes is 'Size, if known: stored, or the size that was too large.
已知的大小：已存者，或過大者的大小。';
comment on column raw.document_file.fetched_at is 'When 104 was asked.
向 104 取得的時間。';
