-- What analysts see who may not see people: schema masked, the marts without whatever tells who somebody is. Its views
-- name each column that they show, so that a new one is hidden until somebody adds it here; the roles that read them
-- are made and granted by `migrate` (see crates/database/src/roles.sql), name by name for the same reason.
--
-- Nothing that a person wrote is shown, but for names of skills and languages that everybody knows (mart.known_word) and
-- words to which the company gave a code (mart.code).

create schema masked;

-- The pseudonym is an HMAC of candidate_key: the same in all views and at all times, and nobody who reads the views
-- alone can find whose it is, not even by trying all member numbers. The two keys are HMAC's inner and outer pad.
create table mart.mask_key (
    is_the_one boolean not null default true,
    inner_pad bytea not null,
    outer_pad bytea not null,
    constraint mask_key_pkey primary key (is_the_one),
    constraint mask_key_is_one check (is_the_one),
    constraint mask_key_has_blocks check (length(inner_pad) = 64 and length(outer_pad) = 64)
);
insert into mart.mask_key (inner_pad, outer_pad)
select string_agg(drawn.part, '') filter (where drawn.place <= 2), string_agg(drawn.part, '') filter (where drawn.place > 2)
from (
    select place, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')) as part
    from generate_series(1, 4) as place
) as drawn;

create function mart.pseudonym(candidate_key text, inner_pad bytea, outer_pad bytea) returns text
language sql immutable parallel safe
return left(encode(sha256(outer_pad || sha256(inner_pad || convert_to(candidate_key, 'UTF8'))), 'hex'), 32);

create function mart.job_key(company_no text, job_no text, unnumbered_job_name text) returns text
language sql immutable parallel safe
return company_no || '/' || case when job_no <> '' then 'job ' || job_no else 'unnumbered ' || unnumbered_job_name end;

-- ---- the masked marts ------------------------------------------------------------------------------------

create view masked.candidate_overview as
select
    mart.pseudonym(shown.candidate_key, mask.inner_pad, mask.outer_pad) as candidate_key,
    shown.company_no, shown.resume_count, shown.age_band, shown.is_employed,
    case when shown.employment_code is not null then shown.employment_status end as employment_status,
    (select own.words from mart.code own
     where own.company_no = shown.company_no and own.kind = 'firm' and own.words = shown.firm_name) as firm_name,
    case when shown.job_category_code is not null then shown.job_category end as job_category,
    shown.seniority_years_min, shown.seniority_years_max, shown.degree_rank, shown.degree,
    (select own.words from mart.code own
     where own.company_no = shown.company_no and own.kind = 'school' and own.words = shown.school_name) as school_name,
    (select own.words from mart.code own
     where own.company_no = shown.company_no and own.kind = 'major' and own.words = shown.major) as major,
    shown.wage_kind, shown.wage_monthly_min, shown.wage_monthly_max, shown.work_cities,
    shown.known_skills as skills,
    array(select known.words from mart.known_word known where known.kind = 'language' and known.words = any(shown.languages)
          union
          select own.words from mart.code own
          where own.company_no = shown.company_no and own.kind = 'language' and own.words = any(shown.languages)
          order by 1) as languages,
    shown.sources, shown.application_count, shown.last_applied_on,
    shown.photo_state, shown.files_stored, shown.files_pending, shown.files_not_to_be_had,
    mart.taiwan_date_of_end(shown.first_listed_at) as first_listed_on, shown.last_listed_on,
    shown.version_count, shown.note_count,
    shown.degree_code, shown.employment_code, shown.job_category_code, shown.city_codes, shown.refreshed_at
from mart.candidate_overview shown
cross join mart.mask_key mask;

create view masked.application_overview as
select
    mart.pseudonym(shown.candidate_key, mask.inner_pad, mask.outer_pad) as candidate_key,
    shown.company_no,
    mart.pseudonym(mart.job_key(shown.company_no, shown.job_no, shown.unnumbered_job_name), mask.inner_pad, mask.outer_pad) as job_key,
    case when shown.job_code is not null then shown.job_no end as job_no,
    shown.applied_on,
    case when shown.apply_source_code is not null then shown.apply_source end as apply_source,
    shown.first_source, shown.first_listed_on, shown.last_listed_on,
    shown.degree_rank_then, shown.seniority_years_min_then, shown.wage_monthly_min_then,
    shown.is_in_newest_document, shown.job_code, shown.apply_source_code
from mart.application_overview shown
cross join mart.mask_key mask;

create view masked.job_overview as
select
    mart.pseudonym(mart.job_key(shown.company_no, shown.job_no, shown.unnumbered_job_name), mask.inner_pad, mask.outer_pad) as job_key,
    shown.company_no, case when shown.job_code is not null then shown.job_no end as job_no,
    shown.application_count, shown.applicant_count,
    shown.applicants_shown_first_as_matched, shown.applicants_shown_first_as_saved, shown.applicants_shown_first_as_applied,
    shown.applicants_with_master_or_more, shown.median_seniority_years_min, shown.median_wage_monthly_min,
    shown.first_applied_on, shown.last_applied_on, shown.applications_without_date,
    shown.first_listed_on, shown.last_listed_on, shown.job_code
from mart.job_overview shown
cross join mart.mask_key mask;

create view masked.application_daily as
select
    daily.company_no, daily.on_date, daily.week_starts_on, daily.month_starts_on, daily.is_date_of_application,
    mart.pseudonym(mart.job_key(daily.company_no, daily.job_no, daily.unnumbered_job_name), mask.inner_pad, mask.outer_pad) as job_key,
    (select own.words from mart.code own
     where own.company_no = daily.company_no and own.kind = 'job' and own.words = daily.job_no) as job_no, daily.first_source,
    sum(daily.application_count)::integer as application_count
from mart.application_daily daily
cross join mart.mask_key mask
group by 1, 2, 3, 4, 5, 6, 7, 8;

create view masked.skill_demand as
select company_no, term, candidate_count, place, skill_code
from mart.skill_demand
where skill_code is not null or term in (select words from mart.known_word where kind = 'skill');

create view masked.source_overlap as
select company_no, sources, is_matched, is_saved, is_applied, candidate_count from mart.source_overlap;

create view masked.pool as
select company_no, dimension, value, candidate_count, rank
from mart.pool
where dimension in ('degree', 'place', 'wage_band')
   or dimension = 'language' and value in (select words from mart.known_word where kind = 'language')
   or (company_no, dimension, value) in (
       select company_no, kind, words from mart.code where kind in ('employment', 'language'));

create view masked.pool_monthly as
select company_no, month_ends_on, dimension, value, candidate_count
from mart.pool_monthly
where dimension in ('degree', 'place', 'wage_band')
   or dimension = 'language' and value in (select words from mart.known_word where kind = 'language')
   or (company_no, dimension, value) in (
       select company_no, kind, words from mart.code where kind in ('employment', 'language'));

create view masked.candidate_change as
select
    mart.pseudonym(shown.candidate_key, mask.inner_pad, mask.outer_pad) as candidate_key,
    shown.company_no, shown.version_no, shown.changed_on, shown.source, shown.is_late, shown.table_name, shown.column_name
from mart.candidate_change shown
cross join mart.mask_key mask;

-- Not mart.candidate_file: its media type may be what a server claims.
create view masked.candidate_file as
select
    mart.pseudonym(mart.candidate_key(f.company_no, c.member_no, f.resume_id), mask.inner_pad, mask.outer_pad) as candidate_key,
    f.company_no, f.role, f.state, f.media_type_sniffed as media_type, f.size_bytes,
    mart.taiwan_date(f.fetched_at) as fetched_on, f.is_in_newest_document
from recruiting.resume_file f
join recruiting.candidate c using (company_no, resume_id)
cross join mart.mask_key mask;

create view masked.note as
select
    mart.pseudonym(note.candidate_key, mask.inner_pad, mask.outer_pad) as candidate_key,
    note.company_no, note.table_name, note.column_name, note.code
from mart.note note
cross join mart.mask_key mask;

create view masked.coverage_hour as
select company_no, source, hour_starts_at, on_date, hour_of_day, state, is_complete, window_hours,
    window_listed, window_stored, window_absent, window_rejected, window_files_open
from mart.coverage_hour;

create view masked.freshness as
select company_no, source, complete_until, complete_until_on, newest_window_ends_at, last_listed_at,
    windows_open, windows_failed, windows_empty_unconfirmed, rejections_open, files_open, overview_refreshed_at
from mart.freshness;

create function masked.search_count(words text)
returns table (company_no text, candidate_count integer)
language sql stable security definer
set search_path = pg_catalog
begin atomic
    -- The count of people, not of resumes; none below five, so that no search tells whether one person wrote something.
    select hit.company_no, case when count(distinct hit.candidate_key) >= 5 then count(distinct hit.candidate_key)::integer end
    from mart.search(words) as hit
    group by hit.company_no;
end;
revoke all on function masked.search_count(text) from public;

-- ---- what they say of themselves ------------------------------------------------------------------------

comment on table mart.mask_key is
'The secret of the pseudonyms of schema masked. Nobody but the owner reads it; with another one all pseudonyms are others.
masked 綱要所用假名的密鑰，僅擁有者可讀；更換後所有假名隨之改變。';
comment on column mart.mask_key.is_the_one is 'True: there is one row.
恆為真：僅一列。';
comment on column mart.mask_key.inner_pad is 'HMAC''s inner pad, drawn by lot.
HMAC 內層填充（隨機）。';
comment on column mart.mask_key.outer_pad is 'HMAC''s outer pad, drawn by lot.
HMAC 外層填充（隨機）。';
comment on function mart.pseudonym(text, bytea, bytea) is
'HMAC-SHA-256 of a candidate_key, its first 32 hex digits.
candidate_key 的 HMAC-SHA-256，取前 32 個十六進位字元。';
comment on function mart.job_key(text, text, text) is
'One text for a job of a company: by 104''s number, or by the name of a job without one.
以單一文字代表公司的職缺：依 104 職缺編號，無編號者依名稱。';
comment on schema masked is
'The marts for those who may not see who somebody is: pseudonyms, values, and words that tell nobody apart (mart.known_word) or have a code (mart.code).
不揭露個人身分的 mart：假名、數值，以及無從辨識個人（mart.known_word）或有自訂代碼（mart.code）的用語。';
comment on view masked.candidate_overview is
'The people of the warehouse, without who they are: one row a member. Words stand here if the company gave them a code, else null. Grain: person. Key: candidate_key.
人選總覽（不含身分）：每位會員一列；用語須有公司自訂代碼方顯示，否則為空。粒度：人。鍵：candidate_key。';
comment on column masked.candidate_overview.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on column masked.candidate_overview.first_listed_on is 'Date in Taiwan of the first window that listed any of the member''s resumes.
首次列出該會員任一履歷之時窗的台灣日期。';
comment on column masked.candidate_overview.last_listed_on is 'Date in Taiwan of the last window that listed the newest resume.
最近列出最新履歷之時窗的台灣日期。';
comment on column masked.candidate_overview.skills is 'Skills of the newest resume, folded: those that everybody knows, and those with a code of the company''s own.
最新履歷的技能（折疊後）：常見者與有公司自訂代碼者。';
comment on view masked.application_overview is
'Applications, without who sent them. Grain: application.
應徵（不含身分）。粒度：應徵。';
comment on column masked.application_overview.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on column masked.application_overview.job_key is 'Pseudonym of the job: joins the views of this schema.
職缺假名，可連接本綱要的 view。';
comment on column masked.application_overview.job_no is '104''s job code, if the company gave it a code.
104 職缺編號（有公司自訂代碼者）。';
comment on column masked.application_overview.apply_source is 'How the person applied, if the company gave the word a code.
應徵管道（有公司自訂代碼者）。';
comment on column masked.application_overview.first_listed_on is 'Date in Taiwan of the first window that listed it.
首次列出之時窗的台灣日期。';
comment on column masked.application_overview.last_listed_on is 'Date in Taiwan of the last window that listed it.
最近列出之時窗的台灣日期。';
comment on view masked.job_overview is
'Jobs by who applied for them. Grain: job.
職缺總覽：應徵者概況。粒度：職缺。';
comment on column masked.job_overview.job_key is 'Pseudonym of the job: joins the views of this schema.
職缺假名，可連接本綱要的 view。';
comment on column masked.job_overview.job_no is '104''s job code, if the company gave it a code.
104 職缺編號（有公司自訂代碼者）。';
comment on column masked.job_overview.first_listed_on is 'Date in Taiwan of the first window that listed it.
首次列出之時窗的台灣日期。';
comment on column masked.job_overview.last_listed_on is 'Date in Taiwan of the last window that listed it.
最近列出之時窗的台灣日期。';
comment on view masked.application_daily is
'Applications by date, job and source. Grain: company, date, kind of date, job, first source.
依日期、職缺與來源的應徵數。粒度：公司、日期、日期種類、職缺、首次來源。';
comment on column masked.application_daily.job_key is 'Pseudonym of the job: joins the views of this schema.
職缺假名，可連接本綱要的 view。';
comment on column masked.application_daily.job_no is '104''s job code, if the company gave it a code.
104 職缺編號（有公司自訂代碼者）。';
comment on view masked.skill_demand is
'How many people have a skill; skills that everybody knows, and those with a code. Grain: company, term.
各項技能的人數（常見者與有自訂代碼者）。粒度：公司、技能。';
comment on view masked.source_overlap is
'How many people were listed by which sources. Grain: company, set of sources.
各來源組合的人數。粒度：公司、來源組合。';
comment on view masked.pool is
'The people of the warehouse by degree, place, wanted wage and language, and by employment where its words have a code. Grain: company, dimension, value.
人才庫：依學歷、希望縣市、希望待遇與語言的人數；就業狀態須有自訂代碼。粒度：公司、面向、值。';
comment on view masked.pool_monthly is
'The same at the end of each finished month. Grain: company, month, dimension, value.
各月底的人才庫。粒度：公司、月份、面向、值。';
comment on view masked.candidate_change is
'Which fields changed and when, not from what to what. Grain: version, field.
哪些欄位於何時變更（不含內容）。粒度：版本、欄位。';
comment on column masked.candidate_change.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on view masked.candidate_file is
'Photos, attachments and works by kind and state, without names and keys. Grain: file of a document.
照片、附件與作品的種類與狀態（不含名稱與鍵值）。粒度：文件中的檔案。';
comment on column masked.candidate_file.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on column masked.candidate_file.media_type is 'Media type as the first bytes tell it.
由檔首位元組判讀的媒體類型。';
comment on column masked.candidate_file.fetched_on is 'Date in Taiwan on which 104 was asked.
向 104 取得的日期（台灣時間）。';
comment on view masked.note is
'What could not be read, without the words. Grain: note.
無法判讀之處（不含原文）。粒度：註記。';
comment on column masked.note.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on view masked.coverage_hour is
'How complete each hour is, from the first window to the last. Grain: company, source, hour.
每小時的完整程度，自最早至最晚的時窗。粒度：公司、來源、小時。';
comment on view masked.freshness is
'How fresh the warehouse is. Grain: company, source.
資料的新鮮程度。粒度：公司、來源。';
comment on function masked.search_count(text) is
'How many people''s resumes hold all the words (see mart.search); null if fewer than five.
履歷含有全部用語的人數（見 mart.search）；不足五人為空。';

-- The other columns say what those of the mart say.
do $$
declare
    silent record;
begin
    for silent in
        select c.relname, mine.attname, col_description(theirs.attrelid, theirs.attnum) as words
        from pg_class c
        join pg_attribute mine on mine.attrelid = c.oid and mine.attnum > 0
        join pg_attribute theirs on theirs.attrelid = format('mart.%I', c.relname)::regclass and theirs.attname = mine.attname
        where c.relnamespace = 'masked'::regnamespace and col_description(c.oid, mine.attnum) is null
    loop
        execute format('comment on column masked.%I.%I is %L', silent.relname, silent.attname, silent.words);
    end loop;
end
$$;
