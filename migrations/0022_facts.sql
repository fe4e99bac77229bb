-- Facts that accumulate over all documents of a resume. 104's lists may hold all applications ever or
-- the newest alone (A-26); here none is forgotten, and a flag says what the newest document lists.

create table recruiting.application (
    company_no text not null,
    resume_id text not null,
    job_no text not null,
    applied_text text not null,
    unnumbered_job_name text not null,
    applied_on date,
    job_name text,
    apply_source text,
    first_listed_at timestamptz not null,
    last_listed_at timestamptz not null,
    first_window_starts_at timestamptz not null,
    first_source text not null,
    document_id bigint not null,
    newest_document_id bigint not null,
    is_in_newest_document boolean not null,
    constraint application_pkey primary key (company_no, resume_id, job_no, applied_text, unnumbered_job_name),
    constraint application_first_source_known check (first_source in ('matched', 'saved', 'applied')),
    constraint application_listings_run_forward check (first_listed_at <= last_listed_at),
    constraint application_first_window_runs_forward check (first_window_starts_at < first_listed_at),
    constraint application_named_only_without_number check (job_no = '' or unnumbered_job_name = '')
) partition by list (company_no);
create index application_job_no on recruiting.application (company_no, job_no, applied_on);
create index application_applied_on on recruiting.application (company_no, applied_on);
comment on table recruiting.application is
'Applications, gathered over all documents of a resume: an application stays although a later document no longer lists it. Grain: company, resume, job number, date in words (and job name where 104 gives no number).
應徵紀錄，彙整履歷的所有文件；後來的文件未列者仍保留。';
comment on column recruiting.application.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.application.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.application.job_no is '104''s job code (jobNo); '''' if not given.
104 職缺編號；未提供為空字串。';
comment on column recruiting.application.applied_text is 'Date of the application, 104''s words (applyDate); '''' if not given.
應徵日期（104 原文）；未提供為空字串。';
comment on column recruiting.application.unnumbered_job_name is 'Part of the key: '''' if there is a job number, else the job''s name (hashed if long).
鍵值的一部分：有職缺編號時為空字串，否則為職缺名稱（過長則取雜湊）。';
comment on column recruiting.application.applied_on is 'Date of the application; null if the words hold none.
應徵日期；無法判讀為空。';
comment on column recruiting.application.job_name is 'Job title as the newest document that lists it has it (name).
職缺名稱（以最新列出之文件為準）。';
comment on column recruiting.application.apply_source is 'How the person applied, 104''s word (applySource).
應徵管道（104 原文）。';
comment on column recruiting.application.first_listed_at is 'End of the first window that showed a document with it (business time).
首次顯示含此應徵之文件的時窗結束時刻（業務時間）。';
comment on column recruiting.application.last_listed_at is 'End of the last window that showed a document with it (business time).
最近顯示含此應徵之文件的時窗結束時刻（業務時間）。';
comment on column recruiting.application.first_window_starts_at is 'Start of that first window.
該首次時窗的起始時刻。';
comment on column recruiting.application.first_source is 'Source of that first window: matched, saved, applied.
該首次時窗的來源：matched、saved、applied。';
comment on column recruiting.application.document_id is 'The document that showed it first: the resume at the time.
首次顯示此應徵的文件，即當時的履歷。';
comment on column recruiting.application.newest_document_id is 'The newest document that lists it.
列有此應徵的最新文件。';
comment on column recruiting.application.is_in_newest_document is 'Whether the newest document still lists it.
最新文件是否仍列出。';

create table recruiting.application_answer (
    company_no text not null,
    resume_id text not null,
    document_id bigint not null,
    item_no integer not null,
    kind text,
    question text,
    answer text,
    link text not null,
    job_no text,
    applied_text text,
    unnumbered_job_name text,
    is_in_newest_document boolean not null,
    constraint application_answer_pkey primary key (company_no, resume_id, document_id, item_no),
    constraint application_answer_item_no_from_1 check (item_no >= 1),
    constraint application_answer_link_known check (link in ('only', 'newest', 'unknown')),
    constraint application_answer_unknown_names_none check ((link = 'unknown') = (job_no is null) and (job_no is null) = (applied_text is null) and (job_no is null) = (unnumbered_job_name is null))
) partition by list (company_no);
comment on table recruiting.application_answer is
'Answers to the questions of a job, gathered over all documents (applyQuestion). 104 names no job with them; link says how sure ours is. Grain: company, resume, document, item.
應徵問答，彙整所有文件；104 未指明職缺，link 表示對應的把握程度。';
comment on column recruiting.application_answer.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.application_answer.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.application_answer.document_id is 'The document that lists it.
列出此問答的文件。';
comment on column recruiting.application_answer.item_no is 'Place in 104''s list, from 1.
在 104 清單中的項次（自 1 起）。';
comment on column recruiting.application_answer.kind is 'yes_no, choice, text, else 104''s own value (type).
yes_no 是非、choice 選擇、text 文字，其餘為 104 原值。';
comment on column recruiting.application_answer.question is 'The question.
問題。';
comment on column recruiting.application_answer.answer is 'The answer.
回答。';
comment on column recruiting.application_answer.link is 'only (the document lists one application); newest (its latest by date); unknown.
only 文件僅有一筆應徵；newest 以日期最新者對應；unknown 無法對應。';
comment on column recruiting.application_answer.job_no is 'Application: its job_no.
對應應徵的 job_no。';
comment on column recruiting.application_answer.applied_text is 'Application: its applied_text.
對應應徵的 applied_text。';
comment on column recruiting.application_answer.unnumbered_job_name is 'Application: its unnumbered_job_name.
對應應徵的 unnumbered_job_name。';
comment on column recruiting.application_answer.is_in_newest_document is 'Whether it stands in the newest document.
是否在最新文件中。';

create table recruiting.resume_file (
    company_no text not null,
    resume_id text not null,
    document_id bigint not null,
    role text not null,
    item_no integer not null,
    title text,
    file_name text,
    website text,
    link_host text,
    state text not null,
    sha256 bytea,
    size_bytes bigint,
    media_type_claimed text,
    media_type_sniffed text,
    object_key text,
    reason text,
    fetched_at timestamptz,
    is_in_newest_document boolean not null,
    constraint resume_file_pkey primary key (company_no, resume_id, document_id, role, item_no),
    constraint resume_file_item_no_from_1 check (item_no >= 1),
    constraint resume_file_role_known check (role in ('headshot', 'attachment', 'project')),
    constraint resume_file_state_known check (state in ('stored', 'pending', 'unavailable', 'foreign_link', 'too_large')),
    constraint resume_file_stored_has_its_content check ((state = 'stored') = (sha256 is not null) and (sha256 is null) = (object_key is null))
) partition by list (company_no);
create index resume_file_content on recruiting.resume_file (company_no, sha256) where sha256 is not null;
create index resume_file_pending on recruiting.resume_file (company_no, resume_id) where state = 'pending';
comment on table recruiting.resume_file is
'Photos, attachments and files of projects, gathered over all documents. Grain: company, resume, document, role, item.
照片、附件與作品檔案，彙整所有文件。';
comment on column recruiting.resume_file.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.resume_file.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.resume_file.document_id is 'The document that holds the link.
含有連結的文件。';
comment on column recruiting.resume_file.role is 'headshot, attachment or project.
headshot 照片、attachment 附件、project 作品。';
comment on column recruiting.resume_file.item_no is 'Item within its list, from 1; 1 for the photo.
清單中的項次（自 1 起）；照片為 1。';
comment on column recruiting.resume_file.title is 'Title.
標題。';
comment on column recruiting.resume_file.file_name is 'Name of the file (fileName).
檔案名稱。';
comment on column recruiting.resume_file.website is 'Link to a page.
網頁連結。';
comment on column recruiting.resume_file.link_host is 'Host of the file''s link; never called (A-19).
檔案連結的主機；從不連線（A-19）。';
comment on column recruiting.resume_file.state is 'stored; pending (to be fetched); unavailable (104 no longer gives it); too_large; foreign_link (a link without a token, recorded only).
stored 已存；pending 待取得；unavailable 104 已不提供；too_large 過大；foreign_link 無權杖之連結，僅記錄。';
comment on column recruiting.resume_file.sha256 is 'SHA-256 of the content, if stored.
已存內容的 SHA-256。';
comment on column recruiting.resume_file.size_bytes is 'Size in bytes, if known.
大小（位元組），若已知。';
comment on column recruiting.resume_file.media_type_claimed is 'Media type that 104 claimed.
104 宣告的媒體類型。';
comment on column recruiting.resume_file.media_type_sniffed is 'Media type read from the first bytes.
由檔首位元組判讀的媒體類型。';
comment on column recruiting.resume_file.object_key is 'Key in the object storage, if stored.
物件儲存的鍵值（若已存）。';
comment on column recruiting.resume_file.reason is 'Why it is not stored.
未存的原因。';
comment on column recruiting.resume_file.fetched_at is 'When 104 was asked.
向 104 取得的時間。';
comment on column recruiting.resume_file.is_in_newest_document is 'Whether it stands in the newest document.
是否在最新文件中。';

create table recruiting.candidate_source (
    company_no text not null,
    resume_id text not null,
    source text not null,
    first_listed_at timestamptz not null,
    last_listed_at timestamptz not null,
    window_count integer not null,
    constraint candidate_source_pkey primary key (company_no, resume_id, source),
    constraint candidate_source_source_known check (source in ('matched', 'saved', 'applied')),
    constraint candidate_source_listings_run_forward check (first_listed_at <= last_listed_at),
    constraint candidate_source_has_windows check (window_count >= 1)
) partition by list (company_no);
comment on table recruiting.candidate_source is
'Which sources listed the resume, and when. Grain: company, resume, source.
列出此履歷的來源與時間。';
comment on column recruiting.candidate_source.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.candidate_source.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.candidate_source.source is 'matched (by 104), applied (by the person), saved (by the company).
matched 104 配對、applied 主動應徵、saved 公司儲存。';
comment on column recruiting.candidate_source.first_listed_at is 'End of the first window that listed it (business time).
首次列出之時窗的結束時刻（業務時間）。';
comment on column recruiting.candidate_source.last_listed_at is 'End of the last window that listed it (business time).
最近列出之時窗的結束時刻（業務時間）。';
comment on column recruiting.candidate_source.window_count is 'Distinct windows of this source that listed it.
列出此履歷之不重複時窗數。';
