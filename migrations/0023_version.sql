-- The past as the windows showed it. Late evidence is marked, never mixed in silently.

create table recruiting.candidate_version (
    company_no text not null,
    resume_id text not null,
    version_no integer not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    valid_after timestamptz not null,
    is_current boolean not null,
    is_late boolean not null,
    precision text not null,
    source text not null,
    document_id bigint not null,
    changed_fields text[] not null,
    degree_level text,
    degree_rank smallint,
    firm_name text,
    job_name text,
    job_category text,
    seniority_years_min integer,
    employment_status text,
    wage_text text,
    wage_kind text,
    wage_monthly_min bigint,
    wage_monthly_max bigint,
    work_place text,
    constraint candidate_version_pkey primary key (company_no, resume_id, version_no),
    constraint candidate_version_no_from_1 check (version_no >= 1),
    constraint candidate_version_precision_known check (precision in ('hour', 'hours', 'day')),
    constraint candidate_version_source_known check (source in ('matched', 'saved', 'applied')),
    constraint candidate_version_seen_in_a_window check (valid_after < valid_from),
    constraint candidate_version_runs_forward check (valid_from < valid_to),
    constraint candidate_version_current_is_open check (is_current = (valid_to is null))
) partition by list (company_no);
create unique index candidate_version_one_is_current on recruiting.candidate_version (company_no, resume_id) where is_current;
create index candidate_version_valid_from on recruiting.candidate_version (company_no, valid_from);
comment on table recruiting.candidate_version is
'History: each stretch of windows that showed an equal document. The state was first seen in (valid_after, valid_from] and held until the next was seen. Grain: company, resume, version.
歷史：連續顯示相同文件的每段期間；該狀態於 (valid_after, valid_from] 間首見，持續至下一版本。';
comment on column recruiting.candidate_version.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.candidate_version.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.candidate_version.version_no is 'Number within the resume, from 1; recomputed when older windows are fetched.
履歷內的版本序號（自 1 起）；補抓較舊時窗時會重算。';
comment on column recruiting.candidate_version.valid_from is 'End of the first window that showed it.
首次顯示之時窗的結束時刻。';
comment on column recruiting.candidate_version.valid_to is 'valid_from of the next version; null for the current one.
下一版本的 valid_from；目前版本為空。';
comment on column recruiting.candidate_version.valid_after is 'Start of that first window: the change happened after it, or before and unseen.
首次顯示之時窗的起始時刻：變更發生於其後（或更早而未見）。';
comment on column recruiting.candidate_version.is_current is 'Whether it is the newest version.
是否為最新版本。';
comment on column recruiting.candidate_version.is_late is 'Whether it rests on late sightings alone (fetched more than 36 hours after their window''s end): it may show a later state (A-15).
是否僅依據逾時取得的紀錄（時窗結束逾 36 小時才取得）；可能顯示較晚的狀態（A-15）。';
comment on column recruiting.candidate_version.precision is 'Width of that first window: hour, hours, day.
首次時窗的寬度：hour 一小時、hours 數小時、day 整日。';
comment on column recruiting.candidate_version.source is 'Source of the sighting that began it: matched, saved, applied.
起始紀錄的來源：matched、saved、applied。';
comment on column recruiting.candidate_version.document_id is 'The raw document.
原始文件。';
comment on column recruiting.candidate_version.changed_fields is 'What differs from the version before: table.column, or the table for lists; empty for the first.
與前一版本的差異：table.column，清單則為表名；首版為空。';
comment on column recruiting.candidate_version.degree_level is 'Highest degree, 104''s word.
最高學歷（104 原文）。';
comment on column recruiting.candidate_version.degree_rank is 'Rank of the highest degree.
最高學歷等級。';
comment on column recruiting.candidate_version.firm_name is 'Firm of the newest job.
最近工作的公司。';
comment on column recruiting.candidate_version.job_name is 'Title of the newest job.
最近工作的職稱。';
comment on column recruiting.candidate_version.job_category is 'Category of the newest job.
最近工作的職類。';
comment on column recruiting.candidate_version.seniority_years_min is 'Total experience in years, at least.
總年資下限（年）。';
comment on column recruiting.candidate_version.employment_status is 'Employment status, 104''s word.
就業狀態（104 原文）。';
comment on column recruiting.candidate_version.wage_text is 'Wanted wage, 104''s words.
希望待遇（104 原文）。';
comment on column recruiting.candidate_version.wage_kind is 'monthly, yearly, daily, hourly, piecework, negotiable.
monthly 月薪、yearly 年薪、daily 日薪、hourly 時薪、piecework 論件、negotiable 面議。';
comment on column recruiting.candidate_version.wage_monthly_min is 'Wanted wage, lower bound, TWD a month.
希望月薪下限（新台幣）。';
comment on column recruiting.candidate_version.wage_monthly_max is 'Wanted wage, upper bound, TWD a month.
希望月薪上限（新台幣）。';
comment on column recruiting.candidate_version.work_place is 'Wanted place.
希望工作地點。';
