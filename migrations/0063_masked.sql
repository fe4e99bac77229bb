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
    mart.pseudonym(kept.candidate_key, mask.inner_pad, mask.outer_pad) as candidate_key,
    kept.company_no, kept.resume_count, kept.age_band, kept.is_employed,
    (select own.words from mart.code own
     where own.company_no = kept.company_no and own.kind = 'employment' and own.words = kept.employment_status) as employment_status,
    (select own.words from mart.code own
     where own.company_no = kept.company_no and own.kind = 'firm' and own.words = kept.firm_name) as firm_name,
    (select own.words from mart.code own
     where own.company_no = kept.company_no and own.kind = 'job_category' and own.words = kept.job_category) as job_category,
    kept.seniority_years_min, kept.seniority_years_max,
    kept.degree_rank, mart.degree(kept.degree_rank) as degree,
    (select own.words from mart.code own
     where own.company_no = kept.company_no and own.kind = 'school' and own.words = kept.school_name) as school_name,
    (select own.words from mart.code own
     where own.company_no = kept.company_no and own.kind = 'major' and own.words = kept.major) as major,
    kept.wage_kind, kept.wage_monthly_min, kept.wage_monthly_max, kept.work_cities,
    kept.known_skills as skills,
    array(select known.words from mart.known_word known where known.kind = 'language' and known.words = any(kept.languages)
          union
          select own.words from mart.code own
          where own.company_no = kept.company_no and own.kind = 'language' and own.words = any(kept.languages)
          order by 1) as languages,
    kept.sources, kept.application_count, kept.last_applied_on,
    kept.photo_state, kept.files_stored, kept.files_pending, kept.files_not_to_be_had,
    mart.taiwan_date_of_end(kept.first_listed_at) as first_listed_on, kept.last_listed_on,
    kept.version_count, kept.note_count,
    (select own.code from mart.code own
     where own.company_no = kept.company_no and own.kind = 'degree' and own.words = kept.highest_degree_level) as degree_code,
    (select own.code from mart.code own
     where own.company_no = kept.company_no and own.kind = 'employment' and own.words = kept.employment_status) as employment_code,
    (select own.code from mart.code own
     where own.company_no = kept.company_no and own.kind = 'job_category' and own.words = kept.job_category) as job_category_code,
    array(select own.code from mart.code own
          where own.company_no = kept.company_no and own.kind = 'city' and own.words = any(kept.work_cities)
          order by 1) as city_codes,
    (select refresh.refreshed_at from mart.refresh where refresh.mart_name = 'candidate_overview') as refreshed_at
from mart.candidate_kept kept
cross join mart.mask_key mask;

create view masked.application_overview as
select
    mart.pseudonym(mart.candidate_key(a.company_no, c.member_no, a.resume_id), mask.inner_pad, mask.outer_pad) as candidate_key,
    a.company_no,
    mart.pseudonym(mart.job_key(a.company_no, a.job_no, a.unnumbered_job_name), mask.inner_pad, mask.outer_pad) as job_key,
    (select own.words from mart.code own
     where own.company_no = a.company_no and own.kind = 'job' and own.words = a.job_no) as job_no,
    a.applied_on,
    (select own.words from mart.code own
     where own.company_no = a.company_no and own.kind = 'apply_source' and own.words = a.apply_source) as apply_source,
    a.first_source,
    mart.taiwan_date_of_end(a.first_listed_at) as first_listed_on, mart.taiwan_date_of_end(a.last_listed_at) as last_listed_on,
    (select v.degree_rank from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as degree_rank_then,
    (select v.seniority_years_min from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as seniority_years_min_then,
    (select v.wage_monthly_min from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as wage_monthly_min_then,
    a.is_in_newest_document,
    (select own.code from mart.code own
     where own.company_no = a.company_no and own.kind = 'job' and own.words = a.job_no) as job_code,
    (select own.code from mart.code own
     where own.company_no = a.company_no and own.kind = 'apply_source' and own.words = a.apply_source) as apply_source_code
from recruiting.application a
join recruiting.candidate c using (company_no, resume_id)
cross join mart.mask_key mask;

create view masked.job_overview as
select
    mart.pseudonym(mart.job_key(job.company_no, job.job_no, job.unnumbered_job_name), mask.inner_pad, mask.outer_pad) as job_key,
    job.company_no, (select own.words from mart.code own
     where own.company_no = job.company_no and own.kind = 'job' and own.words = job.job_no) as job_no,
    job.application_count, job.applicant_count,
    job.applicants_shown_first_as_matched, job.applicants_shown_first_as_saved, job.applicants_shown_first_as_applied,
    job.applicants_with_master_or_more, job.median_seniority_years_min, job.median_wage_monthly_min,
    job.first_applied_on, job.last_applied_on, job.applications_without_date,
    job.first_listed_on, job.last_listed_on,
    (select own.code from mart.code own
     where own.company_no = job.company_no and own.kind = 'job' and own.words = job.job_no) as job_code
from mart.job_kept job
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
select kept.company_no, kept.term, kept.candidate_count, kept.place,
    (select own.code from mart.code own
     where own.company_no = kept.company_no and own.kind = 'skill' and own.words = kept.term) as skill_code
from mart.skill_demand_kept kept
where kept.term in (select words from mart.known_word where kind = 'skill')
   or (kept.company_no, kept.term) in (select company_no, words from mart.code where kind = 'skill');

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
    mart.pseudonym(mart.candidate_key(c.company_no, person.member_no, c.resume_id), mask.inner_pad, mask.outer_pad) as candidate_key,
    c.company_no, c.version_no, mart.taiwan_date(v.valid_after) as changed_on, v.source, v.is_late,
    c.table_name, c.column_name
from recruiting.candidate_change c
join recruiting.candidate_version v using (company_no, resume_id, version_no)
join recruiting.candidate person using (company_no, resume_id)
cross join mart.mask_key mask;

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
comment on column masked.candidate_overview.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.candidate_overview.resume_count is 'Resumes of the member in this warehouse.
該會員在本倉儲的履歷數。';
comment on column masked.candidate_overview.age_band is 'Age in bands of five years when listed last.
最近列出時的年齡級距（每五歲）。';
comment on column masked.candidate_overview.is_employed is 'Whether the words of employment_status say that the person has a job; null if they do not tell.
就業狀態是否表示在職；無法判讀為空。';
comment on column masked.candidate_overview.employment_status is 'Employment status, 104''s word.
就業狀態（104 原文）。';
comment on column masked.candidate_overview.firm_name is 'Firm of the newest job; null for nobody''s employee.
最近工作的公司；無工作經歷為空。';
comment on column masked.candidate_overview.job_category is 'Category of the newest job.
最近工作的職類。';
comment on column masked.candidate_overview.seniority_years_min is 'Total experience in years, at least.
總年資下限（年）。';
comment on column masked.candidate_overview.seniority_years_max is 'Total experience in years, at most; null for an open end.
總年資上限（年）；無上限為空。';
comment on column masked.candidate_overview.degree_rank is 'Rank of the highest degree: 70 doctor, 60 master, 50 bachelor, 40 junior college, 30 senior high school.
最高學歷等級：70 博士、60 碩士、50 大學、40 專科、30 高中職。';
comment on column masked.candidate_overview.degree is 'Name of the highest degree by its rank: 博士, 碩士, 大學, 專科, 高中職, 國中, 國小.
最高學歷的統一名稱：博士、碩士、大學、專科、高中職、國中、國小。';
comment on column masked.candidate_overview.school_name is 'School of the highest degree; of two of one rank the first in 104''s list.
最高學歷的學校；同級者取 104 清單之先者。';
comment on column masked.candidate_overview.major is 'Its major.
其科系。';
comment on column masked.candidate_overview.wage_kind is 'monthly, yearly, daily, hourly, piecework, negotiable.
monthly 月薪、yearly 年薪、daily 日薪、hourly 時薪、piecework 論件、negotiable 面議。';
comment on column masked.candidate_overview.wage_monthly_min is 'Wanted wage, TWD a month, at least; of monthly and yearly ones.
希望月薪下限（新台幣）；僅月薪與年薪。';
comment on column masked.candidate_overview.wage_monthly_max is 'Wanted wage, TWD a month, at most; null for an open end.
希望月薪上限（新台幣）；無上限為空。';
comment on column masked.candidate_overview.work_cities is 'Wanted places of work as counties and cities (縣市), with 臺.
希望工作縣市（一律用「臺」）。';
comment on column masked.candidate_overview.skills is 'Of these, those of mart.known_word and those with a code of the company''s own.
其中列於 mart.known_word 或有公司自訂代碼者。';
comment on column masked.candidate_overview.languages is 'Languages of the newest resume, foreign and local, each once.
最新履歷所列語言與方言，各一次。';
comment on column masked.candidate_overview.sources is 'Sources that listed any of the member''s resumes.
曾列出該會員任一履歷的來源。';
comment on column masked.candidate_overview.application_count is 'Distinct applications over all resumes of the member.
該會員所有履歷的不重複應徵數。';
comment on column masked.candidate_overview.last_applied_on is 'Date of the last application that bears one.
最近一筆有日期之應徵的日期。';
comment on column masked.candidate_overview.photo_state is 'stored, pending, unavailable, too_large, foreign_link; null without a photo.
照片狀態：stored 已存、pending 待取得、unavailable 不提供、too_large 過大、foreign_link 外部連結；無照片為空。';
comment on column masked.candidate_overview.files_stored is 'Photo, attachments and works of the newest document that are stored.
最新文件中已存的照片、附件與作品數。';
comment on column masked.candidate_overview.files_pending is 'The same, still to be fetched.
待取得者。';
comment on column masked.candidate_overview.files_not_to_be_had is 'The same, that 104 no longer gives, too large, or linked elsewhere.
104 已不提供、過大或連至他處者。';
comment on column masked.candidate_overview.first_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column masked.candidate_overview.last_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column masked.candidate_overview.version_count is 'Versions of the newest resume.
最新履歷的版本數。';
comment on column masked.candidate_overview.note_count is 'What could not be read in its newest document, see mart.note.
其最新文件中無法判讀之處的數目，見 mart.note。';
comment on column masked.candidate_overview.degree_code is 'The company''s own code of the degree, see mart.code.
公司自訂學歷代碼，見 mart.code。';
comment on column masked.candidate_overview.employment_code is 'The company''s own code of the employment status.
公司自訂就業狀態代碼。';
comment on column masked.candidate_overview.job_category_code is 'The company''s own code of the job category.
公司自訂職務類別代碼。';
comment on column masked.candidate_overview.city_codes is 'The company''s own codes of the wanted cities.
公司自訂縣市代碼。';
comment on column masked.candidate_overview.refreshed_at is 'When it was refreshed last.
最近更新的時間。';
comment on view masked.application_overview is
'Applications, without who sent them. Grain: application.
應徵（不含身分）。粒度：應徵。';
comment on column masked.application_overview.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on column masked.application_overview.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.application_overview.applied_on is 'Date of the application; null if the words hold none.
應徵日期；無法判讀為空。';
comment on column masked.application_overview.first_source is 'Source of the window that showed it first: matched, saved, applied.
首次顯示之時窗的來源：matched、saved、applied。';
comment on column masked.application_overview.first_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column masked.application_overview.last_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column masked.application_overview.degree_rank_then is 'Rank of the highest degree then.
當時最高學歷等級。';
comment on column masked.application_overview.seniority_years_min_then is 'Years of experience then, at least.
當時年資下限（年）。';
comment on column masked.application_overview.wage_monthly_min_then is 'Wanted wage then, TWD a month, at least.
當時希望月薪下限（新台幣）。';
comment on column masked.application_overview.is_in_newest_document is 'Whether the newest document still lists it.
最新文件是否仍列出。';
comment on column masked.application_overview.job_code is 'The company''s own code of the job, see mart.code.
公司自訂職缺代碼，見 mart.code。';
comment on column masked.application_overview.apply_source_code is 'The company''s own code of the way of applying.
公司自訂應徵管道代碼。';
comment on column masked.application_overview.job_key is 'Pseudonym of the job: joins the views of this schema.
職缺假名，可連接本綱要的 view。';
comment on column masked.application_overview.job_no is '104''s job code, if the company gave it a code.
104 職缺編號（有公司自訂代碼者）。';
comment on column masked.application_overview.apply_source is 'How the person applied, if the company gave the word a code.
應徵管道（有公司自訂代碼者）。';
comment on view masked.job_overview is
'Jobs by who applied for them. Grain: job.
職缺總覽：應徵者概況。粒度：職缺。';
comment on column masked.job_overview.job_key is 'Pseudonym of the job: joins the views of this schema.
職缺假名，可連接本綱要的 view。';
comment on column masked.job_overview.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.job_overview.job_no is '104''s job code, if the company gave it a code.
104 職缺編號（有公司自訂代碼者）。';
comment on column masked.job_overview.application_count is 'Applications.
應徵數。';
comment on column masked.job_overview.applicant_count is 'People who applied.
應徵人數。';
comment on column masked.job_overview.applicants_shown_first_as_matched is 'Of these, whose application a matched window showed first.
其中首次由 matched 時窗顯示者。';
comment on column masked.job_overview.applicants_shown_first_as_saved is 'The same for saved.
首次由 saved 時窗顯示者。';
comment on column masked.job_overview.applicants_shown_first_as_applied is 'The same for applied.
首次由 applied 時窗顯示者。';
comment on column masked.job_overview.applicants_with_master_or_more is 'Whose highest degree is a master''s or doctor''s.
最高學歷為碩士以上者。';
comment on column masked.job_overview.median_seniority_years_min is 'Median over applicants: years of experience, at least.
年資下限（年）的中位數（以應徵者計）。';
comment on column masked.job_overview.median_wage_monthly_min is 'Median over applicants: wanted wage, TWD a month, at least.
希望月薪下限的中位數（以應徵者計）。';
comment on column masked.job_overview.first_applied_on is 'Date of the first application that bears one.
最早一筆有日期之應徵的日期。';
comment on column masked.job_overview.last_applied_on is 'Date of the last one.
最近一筆的日期。';
comment on column masked.job_overview.applications_without_date is 'Applications without a date that can be read.
日期無法判讀的應徵數。';
comment on column masked.job_overview.first_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column masked.job_overview.last_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column masked.job_overview.job_code is 'The company''s own code of the job, see mart.code.
公司自訂職缺代碼，見 mart.code。';
comment on view masked.application_daily is
'Applications by date, job and source. Grain: company, date, kind of date, job, first source.
依日期、職缺與來源的應徵數。粒度：公司、日期、日期種類、職缺、首次來源。';
comment on column masked.application_daily.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.application_daily.on_date is 'Date of the application; where it bears none, of the window that showed it first, Taiwan time.
應徵日期；無日期者為首次顯示之時窗的台灣日期。';
comment on column masked.application_daily.week_starts_on is 'Monday of that week.
該週的星期一。';
comment on column masked.application_daily.month_starts_on is 'First of that month.
該月一日。';
comment on column masked.application_daily.is_date_of_application is 'Whether on_date is the application''s own.
on_date 是否為應徵本身的日期。';
comment on column masked.application_daily.job_key is 'Pseudonym of the job: joins the views of this schema.
職缺假名，可連接本綱要的 view。';
comment on column masked.application_daily.job_no is '104''s job code, if the company gave it a code.
104 職缺編號（有公司自訂代碼者）。';
comment on column masked.application_daily.first_source is 'Source of the window that showed it first: matched, saved, applied.
首次顯示之時窗的來源：matched、saved、applied。';
comment on column masked.application_daily.application_count is 'Applications.
應徵數。';
comment on view masked.skill_demand is
'How many people have a skill; skills that everybody knows, and those with a code. Grain: company, term.
各項技能的人數（常見者與有自訂代碼者）。粒度：公司、技能。';
comment on column masked.skill_demand.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.skill_demand.term is 'The skill, folded: case, width, common aliases.
折疊後的技能（大小寫、全半形、常見別名）。';
comment on column masked.skill_demand.candidate_count is 'People who name it in their newest resume.
最新履歷列有此技能的人數。';
comment on column masked.skill_demand.place is 'Place by people, 1 for the commonest.
人數名次，1 為最多。';
comment on column masked.skill_demand.skill_code is 'The company''s own code of the skill, see mart.code.
公司自訂技能代碼，見 mart.code。';
comment on view masked.source_overlap is
'How many people were listed by which sources. Grain: company, set of sources.
各來源組合的人數。粒度：公司、來源組合。';
comment on column masked.source_overlap.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.source_overlap.sources is 'The sources, of all resumes of a member.
來源組合（會員的所有履歷）。';
comment on column masked.source_overlap.is_matched is 'Whether matched is among them.
是否含 matched。';
comment on column masked.source_overlap.is_saved is 'Whether saved is.
是否含 saved。';
comment on column masked.source_overlap.is_applied is 'Whether applied is.
是否含 applied。';
comment on column masked.source_overlap.candidate_count is 'People.
人數。';
comment on view masked.pool is
'The people of the warehouse by degree, place, wanted wage and language, and by employment where its words have a code. Grain: company, dimension, value.
人才庫：依學歷、希望縣市、希望待遇與語言的人數；就業狀態須有自訂代碼。粒度：公司、面向、值。';
comment on column masked.pool.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.pool.dimension is 'What people are counted by: degree, place, wage_band, employment, language.
統計面向：degree 學歷、place 希望縣市、wage_band 希望月薪級距、employment 就業狀態、language 語言。';
comment on column masked.pool.value is 'The value: the degree''s name by its rank (其他 for words that are not read), the city with 臺, the band in TWD a month, 104''s words for the others.
該面向的值：學歷統一名稱（無法判讀為「其他」）、縣市（用「臺」）、月薪級距（新台幣），其餘為 104 原文。';
comment on column masked.pool.candidate_count is 'People.
人數。';
comment on column masked.pool.rank is 'What to order the values by: rank of the degree, least wage of the band; null for the others.
排序用：學歷等級、級距內最低月薪；其餘為空。';
comment on view masked.pool_monthly is
'The same at the end of each finished month. Grain: company, month, dimension, value.
各月底的人才庫。粒度：公司、月份、面向、值。';
comment on column masked.pool_monthly.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.pool_monthly.month_ends_on is 'Last day of the month, Taiwan time; finished months alone.
該月最後一日（台灣時間）；僅列已結束的月份。';
comment on column masked.pool_monthly.dimension is 'What people are counted by: degree, place, wage_band, employment.
統計面向：degree 學歷、place 希望縣市、wage_band 希望月薪級距、employment 就業狀態。';
comment on column masked.pool_monthly.value is 'The value: the degree''s name by its rank (其他 for words that are not read), the city with 臺, the band in TWD a month, 104''s words for the others.
該面向的值：學歷統一名稱（無法判讀為「其他」）、縣市（用「臺」）、月薪級距（新台幣），其餘為 104 原文。';
comment on column masked.pool_monthly.candidate_count is 'People.
人數。';
comment on view masked.candidate_change is
'Which fields changed and when, not from what to what. Grain: version, field.
哪些欄位於何時變更（不含內容）。粒度：版本、欄位。';
comment on column masked.candidate_change.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on column masked.candidate_change.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.candidate_change.version_no is 'The version that the change began, see recruiting.candidate_version.
變更後的版本，見 recruiting.candidate_version。';
comment on column masked.candidate_change.changed_on is 'Date in Taiwan on which the resume was still as before, or later.
變更日期（台灣時間），不早於此日。';
comment on column masked.candidate_change.source is 'Source of the window that showed the change.
顯示此變更之時窗的來源。';
comment on column masked.candidate_change.is_late is 'Whether it rests on late fetching alone.
是否僅依據較晚取得的資料。';
comment on column masked.candidate_change.table_name is 'The table of recruiting.
recruiting 的表。';
comment on column masked.candidate_change.column_name is 'The column; null for a list.
欄位；清單為空。';
comment on view masked.candidate_file is
'Photos, attachments and works by kind and state, without names and keys. Grain: file of a document.
照片、附件與作品的種類與狀態（不含名稱與鍵值）。粒度：文件中的檔案。';
comment on column masked.candidate_file.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on column masked.candidate_file.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.candidate_file.role is 'headshot, attachment, project.
headshot 照片、attachment 附件、project 作品。';
comment on column masked.candidate_file.state is 'stored, pending, unavailable, too_large, foreign_link.
stored 已存、pending 待取得、unavailable 不提供、too_large 過大、foreign_link 外部連結。';
comment on column masked.candidate_file.media_type is 'Media type as the first bytes tell it.
由檔首位元組判讀的媒體類型。';
comment on column masked.candidate_file.size_bytes is 'Size in bytes, if known.
大小（位元組），若已知。';
comment on column masked.candidate_file.fetched_on is 'Date in Taiwan on which 104 was asked.
向 104 取得的日期（台灣時間）。';
comment on column masked.candidate_file.is_in_newest_document is 'Whether the newest document still lists it.
最新文件是否仍列出。';
comment on view masked.note is
'What could not be read, without the words. Grain: note.
無法判讀之處（不含原文）。粒度：註記。';
comment on column masked.note.candidate_key is 'Pseudonym of the person: joins the views of this schema, and nothing else.
人選假名，僅可連接本綱要的 view。';
comment on column masked.note.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.note.table_name is 'The table of recruiting.
recruiting 的表。';
comment on column masked.note.column_name is 'The column.
欄位。';
comment on column masked.note.code is 'What is the matter.
問題代碼。';
comment on view masked.coverage_hour is
'How complete each hour is, from the first window to the last. Grain: company, source, hour.
每小時的完整程度，自最早至最晚的時窗。粒度：公司、來源、小時。';
comment on column masked.coverage_hour.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.coverage_hour.source is 'matched (by 104), applied (by the person), saved (by the company).
matched 104 配對、applied 主動應徵、saved 公司儲存。';
comment on column masked.coverage_hour.hour_starts_at is 'Start of the hour.
該小時的起始時刻。';
comment on column masked.coverage_hour.on_date is 'Its date, Taiwan time.
台灣日期。';
comment on column masked.coverage_hour.hour_of_day is 'Its hour there, 0 to 23.
台灣時間的小時（0 至 23）。';
comment on column masked.coverage_hour.state is 'State of the window that covers it: closed, empty_unconfirmed (nobody, and older than anybody that 104 ever listed), open, failed; missing: never asked for.
涵蓋該小時之時窗的狀態：closed 完成、empty_unconfirmed 無資料且早於任何曾列出者、open 未完、failed 失敗；missing 從未詢問。';
comment on column masked.coverage_hour.is_complete is 'Whether all that 104 listed in that window is stored or gone at 104, its files included.
該時窗所列者是否皆已存妥或於 104 已不存在（含檔案）。';
comment on column masked.coverage_hour.window_hours is 'How many hours the window covers; its counts are of all of them.
該時窗涵蓋的小時數；其計數為全部小時之和。';
comment on column masked.coverage_hour.window_listed is 'Resumes listed in the window.
該時窗列出的履歷數。';
comment on column masked.coverage_hour.window_stored is 'Of these, stored.
其中已存妥者。';
comment on column masked.coverage_hour.window_absent is 'Listed, and gone at 104.
已列出但 104 已無資料者。';
comment on column masked.coverage_hour.window_rejected is 'Rejected, see etl.rejection.
拒收者，見 etl.rejection。';
comment on column masked.coverage_hour.window_files_open is 'Files that are still to be fetched.
待取得的檔案數。';
comment on view masked.freshness is
'How fresh the warehouse is. Grain: company, source.
資料的新鮮程度。粒度：公司、來源。';
comment on column masked.freshness.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column masked.freshness.source is 'matched (by 104), applied (by the person), saved (by the company).
matched 104 配對、applied 主動應徵、saved 公司儲存。';
comment on column masked.freshness.complete_until is 'No hour before it is unfinished; hours never asked for show in coverage_hour.
此時刻之前沒有未完的小時；從未詢問者見 coverage_hour。';
comment on column masked.freshness.complete_until_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column masked.freshness.newest_window_ends_at is 'End of the newest window that is closed.
最新結案時窗的結束時刻。';
comment on column masked.freshness.last_listed_at is 'When 104 was asked for a list last.
最近向 104 取得清單的時間。';
comment on column masked.freshness.windows_open is 'Windows that are not finished.
未完的時窗數。';
comment on column masked.freshness.windows_failed is 'Windows that failed.
失敗的時窗數。';
comment on column masked.freshness.windows_empty_unconfirmed is 'Windows that listed nobody before anybody was ever listed.
無資料且早於任何曾列出者的時窗數。';
comment on column masked.freshness.rejections_open is 'Rejections of the company that are not resolved.
該公司未解決的拒收數。';
comment on column masked.freshness.files_open is 'Files of the company that are still to be fetched.
該公司待取得的檔案數。';
comment on column masked.freshness.overview_refreshed_at is 'When candidate_overview was refreshed last.
candidate_overview 最近更新的時間。';
comment on function masked.search_count(text) is
'How many people''s resumes hold all the words (see mart.search); null if fewer than five.
履歷含有全部用語的人數（見 mart.search）；不足五人為空。';
