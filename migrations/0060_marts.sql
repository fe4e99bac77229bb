-- Marts: views that answer an analyst's common questions in one statement. Each row names its person by
-- candidate_key, one column for tools that join on one. Business times stand as moments and, beside them,
-- as dates of Taiwan. All are plain views, never older than the tables, but for candidate_overview: a search
-- by skill and place over 200 000 people needs an index over what the view puts together. Each run that wrote
-- somebody refreshes it; mart.freshness says when that was.

create function mart.candidate_key(company_no text, member_no text, resume_id text) returns text
language sql immutable parallel safe
return company_no || '/' || case
    when member_no is null then 'resume ' || resume_id
    -- 104's text has no certain bound, an index's entry has.
    when length(member_no) <= 64 then 'member ' || member_no
    else 'member #' || encode(sha256(convert_to(member_no, 'UTF8')), 'hex')
end;
comment on function mart.candidate_key(text, text, text) is
'One text for a person of a company: by 104''s member number, or by the resume where 104 gave none. All marts carry it.
以單一文字代表公司內的一個人：依 104 會員編號；未提供者依履歷編號。所有 mart 皆有此欄。';

create function mart.taiwan_date(moment timestamptz) returns date
language sql immutable parallel safe
return (moment at time zone 'Asia/Taipei')::date;
comment on function mart.taiwan_date(timestamptz) is
'The date that it was in Taiwan at a moment.
某時刻的台灣日期。';

-- A window's end is the first moment after it: midnight ends the day before.
create function mart.taiwan_date_of_end(moment timestamptz) returns date
language sql immutable parallel safe
return mart.taiwan_date(moment - interval '1 microsecond');
comment on function mart.taiwan_date_of_end(timestamptz) is
'The date in Taiwan of the window that ends at a moment; midnight ends the day before.
於某時刻結束之時窗的台灣日期；午夜屬於前一日。';

-- ---- people --------------------------------------------------------------------------------------------

-- Everybody is in it, and the planner, who takes what is grouped for few, would join 200 000 people row by row:
-- more than ten minutes instead of 12 s, here where a warehouse is already full as at every refresh.
set local enable_nestloop = off;
create materialized view mart.candidate_overview as
with person as (
    select mart.candidate_key(company_no, member_no, resume_id) as candidate_key,
        company_no, resume_id, first_listed_at, last_listed_at
    from recruiting.candidate
), newest as (
    select distinct on (candidate_key) candidate_key, company_no, resume_id
    from person order by candidate_key, last_listed_at desc, resume_id desc
), resumes as (
    select candidate_key, count(*)::integer as resume_count, min(first_listed_at) as first_listed_at
    from person group by 1
), shown as (
    select person.candidate_key, array_agg(distinct source order by source) as sources
    from recruiting.candidate_source join person using (company_no, resume_id)
    group by 1
), applied as (
    select person.candidate_key,
        count(distinct (job_no, applied_text, unnumbered_job_name))::integer as application_count,
        max(applied_on) as last_applied_on
    from recruiting.application join person using (company_no, resume_id)
    group by 1
), held as (
    -- What is longer is no skill, and no entry of an index.
    select company_no, resume_id, array_agg(distinct term order by term) as skills
    from recruiting.skill_term where length(term) <= 200
    group by 1, 2
), school as (
    select distinct on (company_no, resume_id) company_no, resume_id, school_name, major
    from recruiting.education
    order by company_no, resume_id, degree_rank desc nulls last, item_no
), files as (
    select company_no, resume_id,
        min(state) filter (where role = 'headshot') as photo_state,
        min(object_key) filter (where role = 'headshot') as photo_object_key,
        (count(*) filter (where state = 'stored'))::integer as stored,
        (count(*) filter (where state = 'pending'))::integer as pending,
        (count(*) filter (where state in ('unavailable', 'too_large', 'foreign_link')))::integer as not_to_be_had
    from recruiting.resume_file where is_in_newest_document
    group by 1, 2
)
select
    newest.candidate_key, c.company_no, c.member_no, c.resume_id, resumes.resume_count,
    c.full_name, c.english_name, contact.email, contact.cell_phone,
    c.employment_status,
    version.firm_name, version.job_name, version.job_category,
    c.seniority_text, c.seniority_years_min, c.seniority_years_max,
    c.highest_degree_level, c.degree_rank, school.school_name, school.major,
    wish.wage_text, wish.wage_kind, wish.wage_monthly_min, wish.wage_monthly_max,
    wish.work_place, wish.job_name as wanted_job_name, wish.start_text,
    coalesce(held.skills, '{}') as skills,
    shown.sources,
    coalesce(applied.application_count, 0) as application_count, applied.last_applied_on,
    files.photo_state, files.photo_object_key,
    coalesce(files.stored, 0) as files_stored, coalesce(files.pending, 0) as files_pending,
    coalesce(files.not_to_be_had, 0) as files_not_to_be_had,
    resumes.first_listed_at, c.last_listed_at, mart.taiwan_date_of_end(c.last_listed_at) as last_listed_on,
    c.version_count, jsonb_array_length(c._etl_notes) as note_count, c._etl_loaded_at as loaded_at
from newest
join resumes using (candidate_key)
join recruiting.candidate c using (company_no, resume_id)
join recruiting.candidate_contact contact using (company_no, resume_id)
join recruiting.job_preference wish using (company_no, resume_id)
join recruiting.candidate_version version
    on version.company_no = c.company_no and version.resume_id = c.resume_id and version.is_current
left join shown using (candidate_key)
left join applied using (candidate_key)
left join held on held.company_no = c.company_no and held.resume_id = c.resume_id
left join school on school.company_no = c.company_no and school.resume_id = c.resume_id
left join files on files.company_no = c.company_no and files.resume_id = c.resume_id;
set local enable_nestloop to default;
create unique index candidate_overview_candidate_key on mart.candidate_overview (candidate_key);
create index candidate_overview_skills on mart.candidate_overview using gin (skills);
create index candidate_overview_sources on mart.candidate_overview using gin (sources);
create index candidate_overview_last_listed_on on mart.candidate_overview (company_no, last_listed_on);

create table mart.refresh (
    mart_name text not null,
    complete_until timestamptz not null,
    refreshed_at timestamptz not null,
    constraint refresh_pkey primary key (mart_name)
);
insert into mart.refresh values ('candidate_overview', now(), now());

-- By the rights of the tables' owner: whoever runs may be another.
create function mart.refresh_overview() returns boolean
language plpgsql security definer
set search_path = pg_catalog
set enable_nestloop = off
as $$
declare
    known timestamptz;
begin
    select complete_until into strict known from mart.refresh where mart_name = 'candidate_overview' for update;
    if not exists (select from recruiting.candidate where _etl_loaded_at >= known)
        and not exists (
            select from mart.candidate_overview shown
            where not exists (
                select from recruiting.candidate c
                where c.company_no = shown.company_no and c.resume_id = shown.resume_id)) then
        return false;
    end if;
    refresh materialized view concurrently mart.candidate_overview;
    -- What another process has not committed yet bears the time at which it was begun; with the usual patience
    -- none takes as long.
    update mart.refresh set complete_until = now() - interval '5 minutes', refreshed_at = clock_timestamp()
    where mart_name = 'candidate_overview';
    return true;
exception
    -- Another process is at it. What it does not see the next run does.
    when lock_not_available then return false;
end
$$;
comment on function mart.refresh_overview() is
'Refreshes candidate_overview if anybody was written or taken out since the last time; says whether it did. Each run calls it at its end.
若上次之後有人選寫入或移除則更新 candidate_overview，並回報是否更新；每次執行結束時呼叫。';

-- ---- applications and jobs -----------------------------------------------------------------------------

create view mart.application_overview as
select
    mart.candidate_key(a.company_no, c.member_no, a.resume_id) as candidate_key,
    a.company_no, a.resume_id, c.full_name,
    a.job_no, a.job_name, a.unnumbered_job_name, a.applied_text, a.applied_on, a.apply_source,
    a.first_source,
    array(select shown.source from recruiting.candidate_source shown
          where shown.company_no = a.company_no and shown.resume_id = a.resume_id
          order by 1) as sources,
    a.first_listed_at, mart.taiwan_date_of_end(a.first_listed_at) as first_listed_on,
    a.last_listed_at, mart.taiwan_date_of_end(a.last_listed_at) as last_listed_on,
    then_valid.firm_name as firm_name_then, then_valid.job_name as job_name_then,
    then_valid.degree_rank as degree_rank_then, then_valid.seniority_years_min as seniority_years_min_then,
    then_valid.wage_monthly_min as wage_monthly_min_then,
    (select jsonb_agg(jsonb_build_object('question', said.question, 'answer', said.answer, 'kind', said.kind, 'link', said.link)
                      order by said.item_no)
     from (select distinct on (answer.question) answer.*
           from recruiting.application_answer answer
           where answer.company_no = a.company_no and answer.resume_id = a.resume_id
             and answer.job_no = a.job_no and answer.applied_text = a.applied_text
             and answer.unnumbered_job_name = a.unnumbered_job_name
           order by answer.question, answer.document_id desc, answer.item_no) as said) as answers,
    a.is_in_newest_document, a.document_id
from recruiting.application a
join recruiting.candidate c using (company_no, resume_id)
left join lateral (
    select * from recruiting.candidate_version version
    where version.company_no = a.company_no and version.resume_id = a.resume_id
      and version.document_id = a.document_id
    order by version.version_no limit 1) as then_valid on true;

create view mart.job_overview as
select
    company_no, job_no, unnumbered_job_name,
    (array_agg(job_name order by last_listed_at desc, applied_on desc nulls last)
        filter (where job_name is not null))[1] as job_name,
    count(*)::integer as application_count,
    count(distinct candidate_key)::integer as applicant_count,
    count(distinct candidate_key) filter (where first_source = 'matched')::integer as applicants_shown_first_as_matched,
    count(distinct candidate_key) filter (where first_source = 'saved')::integer as applicants_shown_first_as_saved,
    count(distinct candidate_key) filter (where first_source = 'applied')::integer as applicants_shown_first_as_applied,
    count(distinct candidate_key) filter (where degree_rank >= 60)::integer as applicants_with_master_or_more,
    (percentile_disc(0.5) within group (order by seniority_years_min))::integer as median_seniority_years_min,
    (percentile_disc(0.5) within group (order by wage_monthly_min))::bigint as median_wage_monthly_min,
    min(applied_on) as first_applied_on,
    max(applied_on) as last_applied_on,
    count(*) filter (where applied_on is null)::integer as applications_without_date,
    min(first_listed_at) as first_listed_at, mart.taiwan_date_of_end(min(first_listed_at)) as first_listed_on,
    max(last_listed_at) as last_listed_at, mart.taiwan_date_of_end(max(last_listed_at)) as last_listed_on
from (
    select a.*, mart.candidate_key(a.company_no, c.member_no, a.resume_id) as candidate_key,
        c.degree_rank, c.seniority_years_min, wish.wage_monthly_min
    from recruiting.application a
    join recruiting.candidate c using (company_no, resume_id)
    join recruiting.job_preference wish using (company_no, resume_id)
) as applied
group by company_no, job_no, unnumbered_job_name;

create view mart.application_daily as
select
    company_no, on_date,
    date_trunc('week', on_date::timestamp)::date as week_starts_on,
    date_trunc('month', on_date::timestamp)::date as month_starts_on,
    is_date_of_application, job_no, unnumbered_job_name, first_source, apply_source,
    count(*)::integer as application_count,
    count(distinct candidate_key)::integer as applicant_count
from (
    select a.*, mart.candidate_key(a.company_no, c.member_no, a.resume_id) as candidate_key,
        coalesce(a.applied_on, mart.taiwan_date_of_end(a.first_listed_at)) as on_date,
        a.applied_on is not null as is_date_of_application
    from recruiting.application a
    join recruiting.candidate c using (company_no, resume_id)
) as dated
group by company_no, on_date, is_date_of_application, job_no, unnumbered_job_name, first_source, apply_source;

-- ---- the pool ------------------------------------------------------------------------------------------

create view mart.skill_demand as
with told as (
    select distinct held.company_no, held.term, mart.candidate_key(held.company_no, c.member_no, held.resume_id) as candidate_key
    from recruiting.skill_term held
    join recruiting.candidate c using (company_no, resume_id)
), spelt as (
    select company_no, term, mode() within group (order by term_text) as skill
    from recruiting.skill_term group by 1, 2
)
select
    told.company_no, told.term, spelt.skill,
    count(*)::integer as candidate_count,
    rank() over (partition by told.company_no order by count(*) desc)::integer as place
from told join spelt using (company_no, term)
group by told.company_no, told.term, spelt.skill;

create view mart.source_overlap as
select
    company_no, sources,
    'matched' = any(sources) as is_matched, 'saved' = any(sources) as is_saved, 'applied' = any(sources) as is_applied,
    count(*)::integer as candidate_count
from (
    select shown.company_no, mart.candidate_key(shown.company_no, c.member_no, shown.resume_id) as candidate_key,
        array_agg(distinct shown.source) as sources
    from recruiting.candidate_source shown
    join recruiting.candidate c using (company_no, resume_id)
    group by 1, 2
) as people
group by company_no, sources;

create function mart.wage_band(wage_monthly bigint) returns text
language sql immutable parallel safe
return case
    when wage_monthly < 30000 then 'below 30000'
    when wage_monthly >= 100000 then '100000 and more'
    when wage_monthly is not null
        then (wage_monthly / 10000 * 10000)::text || ' to ' || (wage_monthly / 10000 * 10000 + 9999)::text
end;
comment on function mart.wage_band(bigint) is
'The band of ten thousand TWD a month in which a wage lies.
月薪所屬的級距（每一萬元）。';

create view mart.pool as
select mine.company_no, pooled.dimension, pooled.value, count(distinct mine.candidate_key)::integer as candidate_count
from mart.candidate_overview mine
cross join lateral (
    values ('degree', mine.highest_degree_level), ('place', mine.work_place),
        ('wage_band', mart.wage_band(mine.wage_monthly_min)), ('employment', mine.employment_status)
    union all
    select distinct 'language', spoken.lang_type
    from recruiting.language spoken
    where spoken.company_no = mine.company_no and spoken.resume_id = mine.resume_id
) as pooled (dimension, value)
where pooled.value is not null
group by 1, 2, 3;

create view mart.pool_monthly as
select
    mine.company_no, (months.starts_on + interval '1 month - 1 day')::date as month_ends_on,
    pooled.dimension, pooled.value, count(distinct mine.candidate_key)::integer as candidate_count
from (
    select version.company_no, mart.candidate_key(version.company_no, c.member_no, version.resume_id) as candidate_key,
        version.valid_from, coalesce(version.valid_to, 'infinity') as valid_to,
        version.degree_level, version.work_place, version.wage_monthly_min, version.employment_status
    from recruiting.candidate_version version
    join recruiting.candidate c using (company_no, resume_id)
) as mine
-- The first moment after a month's last day, Taiwan time: whoever was valid just before counts in it.
cross join lateral (
    select month::date as starts_on, (month + interval '1 month') at time zone 'Asia/Taipei' as ends_at
    from generate_series(
        date_trunc('month', mine.valid_from at time zone 'Asia/Taipei' - interval '1 microsecond'),
        date_trunc('month', least(mine.valid_to, now()) at time zone 'Asia/Taipei'), interval '1 month') as month
) as months
cross join lateral (
    values ('degree', mine.degree_level), ('place', mine.work_place),
        ('wage_band', mart.wage_band(mine.wage_monthly_min)), ('employment', mine.employment_status)
) as pooled (dimension, value)
where mine.valid_from <= months.ends_at and mine.valid_to > months.ends_at and months.ends_at <= now()
  and pooled.value is not null
group by 1, 2, 3, 4;

-- ---- files, notes --------------------------------------------------------------------------------------

create view mart.candidate_file as
select
    mart.candidate_key(f.company_no, c.member_no, f.resume_id) as candidate_key,
    f.company_no, f.resume_id, f.document_id, f.role, f.item_no, f.title, f.file_name, f.state, f.reason,
    coalesce(f.media_type_sniffed, f.media_type_claimed) as media_type, f.size_bytes,
    encode(f.sha256, 'hex') as sha256, f.object_key,
    f.fetched_at, mart.taiwan_date(f.fetched_at) as fetched_on, f.is_in_newest_document
from recruiting.resume_file f
join recruiting.candidate c using (company_no, resume_id);

create view mart.note as
select
    mart.candidate_key(c.company_no, c.member_no, c.resume_id) as candidate_key,
    c.company_no, c.resume_id,
    note.value ->> 'table' as table_name, note.value ->> 'column' as column_name,
    (note.value ->> 'item_no')::integer as item_no, note.value ->> 'code' as code, note.value ->> 'words' as words
from recruiting.candidate c
cross join lateral jsonb_array_elements(c._etl_notes) as note (value);

create or replace view mart.candidate_change as
select
    c.company_no, c.resume_id, c.version_no,
    (v.valid_after at time zone 'Asia/Taipei')::date as changed_on,
    v.valid_from as changed_at, v.valid_after as changed_after, v.precision, v.source, v.is_late,
    c.table_name, c.column_name,
    c.before #>> '{}' as before,
    c.after #>> '{}' as after,
    case when c.column_name is null then (
        select jsonb_agg(item order by place)
        from jsonb_array_elements(c.before) with ordinality as listed (item, place)
        where not exists (select from jsonb_array_elements(c.after) as kept (item) where kept.item = listed.item)
    ) end as removed,
    case when c.column_name is null then (
        select jsonb_agg(item order by place)
        from jsonb_array_elements(c.after) with ordinality as listed (item, place)
        where not exists (select from jsonb_array_elements(c.before) as known (item) where known.item = listed.item)
    ) end as added,
    mart.candidate_key(c.company_no, person.member_no, c.resume_id) as candidate_key
from recruiting.candidate_change c
join recruiting.candidate_version v using (company_no, resume_id, version_no)
join recruiting.candidate person using (company_no, resume_id);
comment on column mart.candidate_change.candidate_key is 'The person: joins all marts.
人選鍵值，可連接所有 mart。';

-- ---- how complete it is --------------------------------------------------------------------------------

create view mart.coverage_hour as
with span as (
    select company_no, source, min(starts_at) as starts_at, max(ends_at) as ends_at
    from etl.fetch_window where state <> 'superseded' group by 1, 2
), files_of as (
    select window_id, count(*)::integer as files_open
    from etl.file_task where state in ('open', 'failed') group by 1
)
select
    span.company_no, span.source, hour.starts_at as hour_starts_at,
    mart.taiwan_date(hour.starts_at) as on_date,
    extract(hour from hour.starts_at at time zone 'Asia/Taipei')::smallint as hour_of_day,
    coalesce(covering.state, 'missing') as state,
    coalesce(covering.state = 'closed' and covering.rejected = 0 and coalesce(files_of.files_open, 0) = 0, false) as is_complete,
    covering.window_id, (covering.end_hour - covering.start_hour)::smallint as window_hours,
    covering.listed as window_listed, covering.stored as window_stored, covering.absent as window_absent,
    covering.rejected as window_rejected,
    case when covering.window_id is not null then coalesce(files_of.files_open, 0) end as window_files_open,
    covering.failure, covering.remedy
from span
cross join lateral generate_series(span.starts_at, span.ends_at - interval '1 hour', interval '1 hour') as hour (starts_at)
left join etl.fetch_window covering
    on covering.company_no = span.company_no and covering.source = span.source
   and covering.window_on = mart.taiwan_date(hour.starts_at)
   and covering.starts_at <= hour.starts_at and hour.starts_at < covering.ends_at
   and covering.state <> 'superseded'
left join files_of using (window_id);

create view mart.freshness as
select
    counted.company_no, counted.source,
    counted.complete_until, mart.taiwan_date_of_end(counted.complete_until) as complete_until_on,
    counted.newest_window_ends_at, counted.last_listed_at,
    counted.windows_open, counted.windows_failed, counted.windows_empty_unconfirmed,
    (select count(*) from etl.rejection refused
     where refused.company_no = counted.company_no and refused.resolved_at is null)::integer as rejections_open,
    (select count(*) from etl.file_task task
     where task.company_no = counted.company_no and task.state in ('open', 'failed'))::integer as files_open,
    (select max(refreshed_at) from mart.refresh where mart_name = 'candidate_overview') as overview_refreshed_at
from (
    select
        company_no, source,
        -- No hour before it is unfinished; hours that were never asked for show in coverage_hour.
        coalesce(min(starts_at) filter (where state in ('open', 'failed')),
                 max(ends_at) filter (where state in ('closed', 'empty_unconfirmed'))) as complete_until,
        max(ends_at) filter (where state in ('closed', 'empty_unconfirmed')) as newest_window_ends_at,
        max(last_listed_at) as last_listed_at,
        count(*) filter (where state = 'open')::integer as windows_open,
        count(*) filter (where state = 'failed')::integer as windows_failed,
        count(*) filter (where state = 'empty_unconfirmed')::integer as windows_empty_unconfirmed
    from etl.fetch_window
    where state <> 'superseded'
    group by company_no, source
) as counted;

-- ---- what they say of themselves ------------------------------------------------------------------------

comment on materialized view mart.candidate_overview is
'A person at a glance, by the newest of their resumes. Grain: candidate_key (company, member; the resume where 104 gave no member number). Refreshed by each run that wrote somebody: mart.freshness says when.
人選總覽，以其最新履歷為準。粒度：candidate_key（公司、會員；無會員編號者為履歷）。每次寫入人選的執行都會更新，時間見 mart.freshness。';
comment on column mart.candidate_overview.candidate_key is 'The person: joins all marts.
人選鍵值，可連接所有 mart。';
comment on column mart.candidate_overview.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.candidate_overview.member_no is '104''s member number; null where it gave none.
104 會員編號；未提供為空。';
comment on column mart.candidate_overview.resume_id is 'The newest of the member''s resumes.
該會員最新的履歷。';
comment on column mart.candidate_overview.resume_count is 'Resumes of the member in this warehouse.
該會員在本倉儲的履歷數。';
comment on column mart.candidate_overview.full_name is 'Name.
姓名。';
comment on column mart.candidate_overview.english_name is 'Name in English.
英文姓名。';
comment on column mart.candidate_overview.email is 'E-mail address.
電子郵件。';
comment on column mart.candidate_overview.cell_phone is 'Mobile phone.
手機。';
comment on column mart.candidate_overview.employment_status is 'Employment status, 104''s word.
就業狀態（104 原文）。';
comment on column mart.candidate_overview.firm_name is 'Firm of the newest job; null for nobody''s employee.
最近工作的公司；無工作經歷為空。';
comment on column mart.candidate_overview.job_name is 'Title of the newest job.
最近工作的職稱。';
comment on column mart.candidate_overview.job_category is 'Category of the newest job.
最近工作的職類。';
comment on column mart.candidate_overview.seniority_text is 'Total experience, 104''s words.
總年資（104 原文）。';
comment on column mart.candidate_overview.seniority_years_min is 'Total experience in years, at least.
總年資下限（年）。';
comment on column mart.candidate_overview.seniority_years_max is 'Total experience in years, at most; null for an open end.
總年資上限（年）；無上限為空。';
comment on column mart.candidate_overview.highest_degree_level is 'Highest degree, 104''s word.
最高學歷（104 原文）。';
comment on column mart.candidate_overview.degree_rank is 'Rank of the highest degree: 70 doctor, 60 master, 50 bachelor, 40 junior college, 30 senior high school.
最高學歷等級：70 博士、60 碩士、50 大學、40 專科、30 高中職。';
comment on column mart.candidate_overview.school_name is 'School of the highest degree; of two of one rank the first in 104''s list.
最高學歷的學校；同級者取 104 清單之先者。';
comment on column mart.candidate_overview.major is 'Its major.
其科系。';
comment on column mart.candidate_overview.wage_text is 'Wanted wage, 104''s words.
希望待遇（104 原文）。';
comment on column mart.candidate_overview.wage_kind is 'monthly, yearly, daily, hourly, piecework, negotiable.
monthly 月薪、yearly 年薪、daily 日薪、hourly 時薪、piecework 論件、negotiable 面議。';
comment on column mart.candidate_overview.wage_monthly_min is 'Wanted wage, TWD a month, at least; of monthly and yearly ones.
希望月薪下限（新台幣）；僅月薪與年薪。';
comment on column mart.candidate_overview.wage_monthly_max is 'Wanted wage, TWD a month, at most; null for an open end.
希望月薪上限（新台幣）；無上限為空。';
comment on column mart.candidate_overview.work_place is 'Wanted places of work, 104''s words.
希望工作地點（104 原文）。';
comment on column mart.candidate_overview.wanted_job_name is 'Wanted job title.
希望職稱。';
comment on column mart.candidate_overview.start_text is 'When the person could start, 104''s words.
可上班日（104 原文）。';
comment on column mart.candidate_overview.skills is 'Skills of all three origins, folded, each once, up to 200 characters: skills @> ''{python}''.
三種出處的技能（至多 200 字），折疊後各列一次：skills @> ''{python}''。';
comment on column mart.candidate_overview.sources is 'Sources that listed any of the member''s resumes.
曾列出該會員任一履歷的來源。';
comment on column mart.candidate_overview.application_count is 'Distinct applications over all resumes of the member.
該會員所有履歷的不重複應徵數。';
comment on column mart.candidate_overview.last_applied_on is 'Date of the last application that bears one.
最近一筆有日期之應徵的日期。';
comment on column mart.candidate_overview.photo_state is 'stored, pending, unavailable, too_large, foreign_link; null without a photo.
照片狀態：stored 已存、pending 待取得、unavailable 不提供、too_large 過大、foreign_link 外部連結；無照片為空。';
comment on column mart.candidate_overview.photo_object_key is 'Key of the photo in the object storage, if stored.
照片於物件儲存的鍵值（若已存）。';
comment on column mart.candidate_overview.files_stored is 'Photo, attachments and works of the newest document that are stored.
最新文件中已存的照片、附件與作品數。';
comment on column mart.candidate_overview.files_pending is 'The same, still to be fetched.
待取得者。';
comment on column mart.candidate_overview.files_not_to_be_had is 'The same, that 104 no longer gives, too large, or linked elsewhere.
104 已不提供、過大或連至他處者。';
comment on column mart.candidate_overview.first_listed_at is 'End of the first window that listed any of the member''s resumes.
首次列出該會員任一履歷之時窗的結束時刻。';
comment on column mart.candidate_overview.last_listed_at is 'End of the last window that listed it (business time).
最近列出之時窗的結束時刻（業務時間）。';
comment on column mart.candidate_overview.last_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column mart.candidate_overview.version_count is 'Versions of the newest resume.
最新履歷的版本數。';
comment on column mart.candidate_overview.note_count is 'What could not be read in its newest document, see mart.note.
其最新文件中無法判讀之處的數目，見 mart.note。';
comment on column mart.candidate_overview.loaded_at is 'When the newest resume was written last.
最新履歷最近寫入的時間。';
comment on table mart.refresh is
'When marts that are kept were refreshed. Grain: mart.
物化之 mart 的更新時間。粒度：mart。';
comment on column mart.refresh.mart_name is 'The mart.
mart 名稱。';
comment on column mart.refresh.complete_until is 'What was written to the tables before is in it.
此時刻之前寫入各表者皆已納入。';
comment on column mart.refresh.refreshed_at is 'When it was refreshed last.
最近更新的時間。';
comment on view mart.application_overview is
'An application: who, for which job, shown by which source, with the answers and what the person was then. Grain: company, resume, job number, date in words (and name of a job without a number).
應徵總覽：何人、應徵何職、由何來源顯示、問答，以及當時的狀態。粒度：公司、履歷、職缺編號、日期原文（無編號者另含職缺名稱）。';
comment on column mart.application_overview.candidate_key is 'The person: joins all marts.
人選鍵值，可連接所有 mart。';
comment on column mart.application_overview.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.application_overview.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column mart.application_overview.full_name is 'Name.
姓名。';
comment on column mart.application_overview.job_no is '104''s job code; '''' if not given.
104 職缺編號；未提供為空字串。';
comment on column mart.application_overview.job_name is 'Job title as the newest document that lists it has it.
職缺名稱（以最新列出之文件為準）。';
comment on column mart.application_overview.unnumbered_job_name is 'Name of a job without a number, else ''''.
無編號職缺的名稱，否則為空字串。';
comment on column mart.application_overview.applied_text is 'Date of the application, 104''s words; '''' if not given.
應徵日期（104 原文）；未提供為空字串。';
comment on column mart.application_overview.applied_on is 'Date of the application; null if the words hold none.
應徵日期；無法判讀為空。';
comment on column mart.application_overview.apply_source is 'How the person applied, 104''s word.
應徵管道（104 原文）。';
comment on column mart.application_overview.first_source is 'Source of the window that showed it first: matched, saved, applied.
首次顯示之時窗的來源：matched、saved、applied。';
comment on column mart.application_overview.sources is 'All sources that ever listed the resume.
曾列出此履歷的所有來源。';
comment on column mart.application_overview.first_listed_at is 'End of the first window that listed it (business time).
首次列出之時窗的結束時刻（業務時間）。';
comment on column mart.application_overview.first_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column mart.application_overview.last_listed_at is 'End of the last window that listed it (business time).
最近列出之時窗的結束時刻（業務時間）。';
comment on column mart.application_overview.last_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column mart.application_overview.firm_name_then is 'Firm of the newest job in the document that showed the application first.
首次顯示此應徵之文件中最近工作的公司。';
comment on column mart.application_overview.job_name_then is 'Title of that job.
該工作的職稱。';
comment on column mart.application_overview.degree_rank_then is 'Rank of the highest degree then.
當時最高學歷等級。';
comment on column mart.application_overview.seniority_years_min_then is 'Years of experience then, at least.
當時年資下限（年）。';
comment on column mart.application_overview.wage_monthly_min_then is 'Wanted wage then, TWD a month, at least.
當時希望月薪下限（新台幣）。';
comment on column mart.application_overview.answers is 'Answers that are this application''s for sure or most likely (link only or newest), each question once: an array of {question, answer, kind, link}. Null for none.
可確定或最可能屬於此應徵的問答（link 為 only 或 newest），每題一次：{question, answer, kind, link} 的陣列；無則為空。';
comment on column mart.application_overview.is_in_newest_document is 'Whether the newest document still lists it.
最新文件是否仍列出。';
comment on column mart.application_overview.document_id is 'The document that showed it first: the resume at the time.
首次顯示此應徵的文件，即當時的履歷。';
comment on view mart.job_overview is
'A job as its applicants show it; 104 sends no interviews and no offers. Grain: company, job number (name of a job without one).
由應徵者所見的職缺；104 不提供面試與錄取階段。粒度：公司、職缺編號（無編號者為名稱）。';
comment on column mart.job_overview.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.job_overview.job_no is '104''s job code; '''' if not given.
104 職缺編號；未提供為空字串。';
comment on column mart.job_overview.unnumbered_job_name is 'Name of a job without a number, else ''''.
無編號職缺的名稱，否則為空字串。';
comment on column mart.job_overview.job_name is 'Title, as listed last.
職缺名稱（以最近列出者為準）。';
comment on column mart.job_overview.application_count is 'Applications.
應徵數。';
comment on column mart.job_overview.applicant_count is 'People who applied.
應徵人數。';
comment on column mart.job_overview.applicants_shown_first_as_matched is 'Of these, whose application a matched window showed first.
其中首次由 matched 時窗顯示者。';
comment on column mart.job_overview.applicants_shown_first_as_saved is 'The same for saved.
首次由 saved 時窗顯示者。';
comment on column mart.job_overview.applicants_shown_first_as_applied is 'The same for applied.
首次由 applied 時窗顯示者。';
comment on column mart.job_overview.applicants_with_master_or_more is 'Whose highest degree is a master''s or doctor''s.
最高學歷為碩士以上者。';
comment on column mart.job_overview.median_seniority_years_min is 'Median over applications: years of experience, at least.
年資下限（年）的中位數（以應徵計）。';
comment on column mart.job_overview.median_wage_monthly_min is 'Median over applications: wanted wage, TWD a month, at least.
希望月薪下限的中位數（以應徵計）。';
comment on column mart.job_overview.first_applied_on is 'Date of the first application that bears one.
最早一筆有日期之應徵的日期。';
comment on column mart.job_overview.last_applied_on is 'Date of the last one.
最近一筆的日期。';
comment on column mart.job_overview.applications_without_date is 'Applications without a date that can be read.
日期無法判讀的應徵數。';
comment on column mart.job_overview.first_listed_at is 'End of the first window that listed it (business time).
首次列出之時窗的結束時刻（業務時間）。';
comment on column mart.job_overview.first_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column mart.job_overview.last_listed_at is 'End of the last window that listed it (business time).
最近列出之時窗的結束時刻（業務時間）。';
comment on column mart.job_overview.last_listed_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on view mart.application_daily is
'Applications by date, job and source, with week (from Monday) and month to sum by. Grain: company, date, kind of date, job, first source, way of applying.
依日期、職缺與來源的應徵數，附週（自星期一）與月以供加總。粒度：公司、日期、日期種類、職缺、首次來源、應徵管道。';
comment on column mart.application_daily.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.application_daily.on_date is 'Date of the application; where it bears none, of the window that showed it first, Taiwan time.
應徵日期；無日期者為首次顯示之時窗的台灣日期。';
comment on column mart.application_daily.week_starts_on is 'Monday of that week.
該週的星期一。';
comment on column mart.application_daily.month_starts_on is 'First of that month.
該月一日。';
comment on column mart.application_daily.is_date_of_application is 'Whether on_date is the application''s own.
on_date 是否為應徵本身的日期。';
comment on column mart.application_daily.job_no is '104''s job code; '''' if not given.
104 職缺編號；未提供為空字串。';
comment on column mart.application_daily.unnumbered_job_name is 'Name of a job without a number, else ''''.
無編號職缺的名稱，否則為空字串。';
comment on column mart.application_daily.first_source is 'Source of the window that showed it first: matched, saved, applied.
首次顯示之時窗的來源：matched、saved、applied。';
comment on column mart.application_daily.apply_source is 'How the person applied, 104''s word.
應徵管道（104 原文）。';
comment on column mart.application_daily.application_count is 'Applications.
應徵數。';
comment on column mart.application_daily.applicant_count is 'People who applied.
應徵人數。';
comment on view mart.skill_demand is
'How many people have a skill. Grain: company, term.
各項技能的人數。粒度：公司、技能。';
comment on column mart.skill_demand.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.skill_demand.term is 'The skill, folded.
折疊後的技能。';
comment on column mart.skill_demand.skill is 'Its commonest spelling.
最常見的寫法。';
comment on column mart.skill_demand.candidate_count is 'People.
人數。';
comment on column mart.skill_demand.place is 'Place by people, 1 for the commonest.
人數名次，1 為最多。';
comment on view mart.source_overlap is
'How many people were listed by which sources. Grain: company, set of sources.
各來源組合的人數。粒度：公司、來源組合。';
comment on column mart.source_overlap.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.source_overlap.sources is 'The sources, of all resumes of a member.
來源組合（會員的所有履歷）。';
comment on column mart.source_overlap.is_matched is 'Whether matched is among them.
是否含 matched。';
comment on column mart.source_overlap.is_saved is 'Whether saved is.
是否含 saved。';
comment on column mart.source_overlap.is_applied is 'Whether applied is.
是否含 applied。';
comment on column mart.source_overlap.candidate_count is 'People.
人數。';
comment on view mart.pool is
'The people of the warehouse by degree, place, wanted wage, employment and language, as of the last refresh of candidate_overview. Grain: company, dimension, value.
人才庫：依學歷、地點、希望待遇、就業狀態與語言的人數（以 candidate_overview 最近更新為準）。粒度：公司、面向、值。';
comment on column mart.pool.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.pool.dimension is 'What people are counted by: degree, place, wage_band, employment, language.
統計面向：degree 學歷、place 希望地點、wage_band 希望月薪級距、employment 就業狀態、language 語言。';
comment on column mart.pool.value is 'The value of the dimension, 104''s words; wage bands in TWD a month.
該面向的值（104 原文）；月薪級距以新台幣計。';
comment on column mart.pool.candidate_count is 'People.
人數。';
comment on view mart.pool_monthly is
'The same at the end of each month, by the version that was valid then; languages have no history. Grain: company, month, dimension, value.
各月底的人才庫，以當時有效的版本計；語言無歷史。粒度：公司、月份、面向、值。';
comment on column mart.pool_monthly.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.pool_monthly.month_ends_on is 'Last day of the month, Taiwan time; finished months alone.
該月最後一日（台灣時間）；僅列已結束的月份。';
comment on column mart.pool_monthly.dimension is 'What people are counted by: degree, place, wage_band, employment, language.
統計面向：degree 學歷、place 希望地點、wage_band 希望月薪級距、employment 就業狀態、language 語言。';
comment on column mart.pool_monthly.value is 'The value of the dimension, 104''s words; wage bands in TWD a month.
該面向的值（104 原文）；月薪級距以新台幣計。';
comment on column mart.pool_monthly.candidate_count is 'People.
人數。';
comment on view mart.candidate_file is
'Photos, attachments and works, each with its state. Grain: company, resume, document, role, item.
照片、附件與作品及其狀態。粒度：公司、履歷、文件、role、項次。';
comment on column mart.candidate_file.candidate_key is 'The person: joins all marts.
人選鍵值，可連接所有 mart。';
comment on column mart.candidate_file.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.candidate_file.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column mart.candidate_file.document_id is 'The raw document.
原始文件。';
comment on column mart.candidate_file.role is 'headshot, attachment, project.
headshot 照片、attachment 附件、project 作品。';
comment on column mart.candidate_file.item_no is 'Item within its list, from 1.
清單中的項次（自 1 起）。';
comment on column mart.candidate_file.title is 'Title.
標題。';
comment on column mart.candidate_file.file_name is 'Name of the file.
檔案名稱。';
comment on column mart.candidate_file.state is 'stored, pending, unavailable, too_large, foreign_link.
stored 已存、pending 待取得、unavailable 不提供、too_large 過大、foreign_link 外部連結。';
comment on column mart.candidate_file.reason is 'Why it is not stored.
未存的原因。';
comment on column mart.candidate_file.media_type is 'Media type, read from the first bytes where they tell it.
媒體類型，優先以檔首位元組判讀。';
comment on column mart.candidate_file.size_bytes is 'Size in bytes, if known.
大小（位元組），若已知。';
comment on column mart.candidate_file.sha256 is 'SHA-256 of the content in hex, if stored.
內容的 SHA-256（十六進位），若已存。';
comment on column mart.candidate_file.object_key is 'Key in the object storage, if stored.
物件儲存的鍵值（若已存）。';
comment on column mart.candidate_file.fetched_at is 'When 104 was asked.
向 104 取得的時間。';
comment on column mart.candidate_file.fetched_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column mart.candidate_file.is_in_newest_document is 'Whether the newest document still lists it.
最新文件是否仍列出。';
comment on view mart.note is
'What could not be read in the newest document of a resume; the words stayed as text. Grain: resume, note.
最新文件中無法判讀之處，原文仍保留為文字。粒度：履歷、註記。';
comment on column mart.note.candidate_key is 'The person: joins all marts.
人選鍵值，可連接所有 mart。';
comment on column mart.note.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.note.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column mart.note.table_name is 'The table of recruiting.
recruiting 的表。';
comment on column mart.note.column_name is 'The column.
欄位。';
comment on column mart.note.item_no is 'The item of a list; null elsewhere.
清單的項次；其他為空。';
comment on column mart.note.code is 'What is the matter.
問題代碼。';
comment on column mart.note.words is '104''s words.
104 原文。';
comment on view mart.coverage_hour is
'How complete each hour is, from the first window to the last. Grain: company, source, hour.
每小時的完整程度，自最早至最晚的時窗。粒度：公司、來源、小時。';
comment on column mart.coverage_hour.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.coverage_hour.source is 'matched (by 104), applied (by the person), saved (by the company).
matched 104 配對、applied 主動應徵、saved 公司儲存。';
comment on column mart.coverage_hour.hour_starts_at is 'Start of the hour.
該小時的起始時刻。';
comment on column mart.coverage_hour.on_date is 'Its date, Taiwan time.
台灣日期。';
comment on column mart.coverage_hour.hour_of_day is 'Its hour there, 0 to 23.
台灣時間的小時（0 至 23）。';
comment on column mart.coverage_hour.state is 'State of the window that covers it: closed, empty_unconfirmed (nobody, and older than anybody that 104 ever listed), open, failed; missing: never asked for.
涵蓋該小時之時窗的狀態：closed 完成、empty_unconfirmed 無資料且早於任何曾列出者、open 未完、failed 失敗；missing 從未詢問。';
comment on column mart.coverage_hour.is_complete is 'Whether all that 104 listed in that window is stored or gone at 104, its files included.
該時窗所列者是否皆已存妥或於 104 已不存在（含檔案）。';
comment on column mart.coverage_hour.window_id is 'The window, see etl.fetch_window.
該時窗，見 etl.fetch_window。';
comment on column mart.coverage_hour.window_hours is 'How many hours the window covers; its counts are of all of them.
該時窗涵蓋的小時數；其計數為全部小時之和。';
comment on column mart.coverage_hour.window_listed is 'Resumes listed in the window.
該時窗列出的履歷數。';
comment on column mart.coverage_hour.window_stored is 'Of these, stored.
其中已存妥者。';
comment on column mart.coverage_hour.window_absent is 'Listed, and gone at 104.
已列出但 104 已無資料者。';
comment on column mart.coverage_hour.window_rejected is 'Rejected, see etl.rejection.
拒收者，見 etl.rejection。';
comment on column mart.coverage_hour.window_files_open is 'Files that are still to be fetched.
待取得的檔案數。';
comment on column mart.coverage_hour.failure is 'Why it failed.
失敗原因。';
comment on column mart.coverage_hour.remedy is 'What to do.
處理方式。';
comment on view mart.freshness is
'How fresh the warehouse is. Grain: company, source.
資料的新鮮程度。粒度：公司、來源。';
comment on column mart.freshness.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.freshness.source is 'matched (by 104), applied (by the person), saved (by the company).
matched 104 配對、applied 主動應徵、saved 公司儲存。';
comment on column mart.freshness.complete_until is 'No hour before it is unfinished; hours never asked for show in coverage_hour.
此時刻之前沒有未完的小時；從未詢問者見 coverage_hour。';
comment on column mart.freshness.complete_until_on is 'The same as a date of Taiwan.
同上，台灣日期。';
comment on column mart.freshness.newest_window_ends_at is 'End of the newest window that is closed.
最新結案時窗的結束時刻。';
comment on column mart.freshness.last_listed_at is 'When 104 was asked for a list last.
最近向 104 取得清單的時間。';
comment on column mart.freshness.windows_open is 'Windows that are not finished.
未完的時窗數。';
comment on column mart.freshness.windows_failed is 'Windows that failed.
失敗的時窗數。';
comment on column mart.freshness.windows_empty_unconfirmed is 'Windows that listed nobody before anybody was ever listed.
無資料且早於任何曾列出者的時窗數。';
comment on column mart.freshness.rejections_open is 'Rejections of the company that are not resolved.
該公司未解決的拒收數。';
comment on column mart.freshness.files_open is 'Files of the company that are still to be fetched.
該公司待取得的檔案數。';
comment on column mart.freshness.overview_refreshed_at is 'When candidate_overview was refreshed last.
candidate_overview 最近更新的時間。';
