-- Marts whose question over 200 000 people takes longer than a second are kept, and refreshed by each run that wrote
-- somebody; the others are views. Values stand beside 104's words, and a company's own codes beside both.

-- What columns say goes with their views: it is kept, and said again at the end.
select set_config('etl104.said', (
    select jsonb_object_agg(format('%s.%s', c.relname, a.attname), col_description(c.oid, a.attnum))::text
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'mart'::regnamespace and c.relkind in ('v', 'm')), true);

drop view mart.pool_monthly;
drop view mart.pool;
drop view mart.source_overlap;
drop view mart.skill_demand;
drop view mart.application_overview;
drop function mart.refresh_overview();
drop materialized view mart.candidate_overview;

-- ---- a company's own codes -----------------------------------------------------------------------------

create table mart.code (
    company_no text not null,
    kind text not null,
    words text not null,
    code text not null,
    constraint code_pkey primary key (company_no, kind, words),
    constraint code_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint code_kind_known check (kind in (
        'degree', 'employment', 'job_category', 'city', 'language', 'skill', 'job', 'apply_source', 'firm', 'school',
        'major')),
    constraint code_words_fit_an_index check (length(words) between 1 and 400)
);

-- Words that tell nobody apart, whoever wrote them: with those that a company gave a code they are the only ones that
-- schema masked shows.
create table mart.known_word (
    kind text not null,
    words text not null,
    constraint known_word_pkey primary key (kind, words),
    constraint known_word_kind_known check (kind in ('skill', 'language'))
);
insert into mart.known_word
select 'skill', unnest(array[
    'python', 'java', 'javascript', 'typescript', 'c', 'c++', 'c#', 'go', 'rust', 'ruby', 'php', 'swift', 'kotlin',
    'scala', 'r', 'matlab', 'perl', 'dart', 'objective-c', 'visual basic', 'vba', 'shell', 'bash', 'powershell',
    'sql', 'pl/sql', 't-sql', 'html', 'css', 'sass', 'xml', 'json', 'yaml', '.net', 'asp.net', 'node.js', 'react',
    'react native', 'angular', 'vue.js', 'next.js', 'nuxt.js', 'jquery', 'bootstrap', 'tailwind css', 'express.js',
    'django', 'flask', 'fastapi', 'spring', 'spring boot', 'hibernate', 'laravel', 'ruby on rails', 'flutter', 'ios',
    'android', 'unity', 'unreal engine', 'graphql', 'rest api', 'grpc', 'websocket', 'numpy', 'pandas',
    'scikit-learn', 'tensorflow', 'pytorch', 'keras', 'opencv', 'spark', 'hadoop', 'hive', 'kafka', 'airflow',
    'flink', 'dbt', 'etl', 'elasticsearch', 'redis', 'mongodb', 'mysql', 'postgresql', 'oracle', 'sql server',
    'sqlite', 'mariadb', 'cassandra', 'dynamodb', 'bigquery', 'snowflake', 'redshift', 'aws', 'azure', 'gcp',
    'docker', 'kubernetes', 'terraform', 'ansible', 'jenkins', 'gitlab ci', 'github actions', 'ci/cd', 'git', 'svn',
    'linux', 'unix', 'windows server', 'nginx', 'apache', 'tomcat', 'prometheus', 'grafana', 'selenium', 'cypress',
    'jest', 'junit', 'postman', 'jmeter', 'agile', 'scrum', 'kanban', 'jira', 'confluence', 'uml', 'excel', 'word',
    'powerpoint', 'outlook', 'microsoft access', 'visio', 'microsoft office', 'google sheets', 'google analytics',
    'google ads', 'power bi', 'tableau', 'looker', 'spss', 'sas', 'stata', 'sap', 'erp', 'crm', 'salesforce',
    'autocad', 'solidworks', 'creo', 'catia', 'inventor', 'revit', 'sketchup', '3ds max', 'maya', 'blender',
    'photoshop', 'illustrator', 'indesign', 'premiere pro', 'after effects', 'lightroom', 'figma', 'sketch',
    'adobe xd', 'zbrush', 'ansys', 'labview', 'plc', 'verilog', 'vhdl', 'fpga', 'pcb layout', 'altium designer',
    'orcad', 'allegro', 'pspice', 'embedded systems', 'rtos', 'arduino', 'raspberry pi', 'machine learning',
    'deep learning', 'nlp', 'computer vision', 'data analysis', 'data science', 'data engineering', 'statistics',
    'seo', 'sem', 'project management', 'product management', 'ui design', 'ux design', '機器學習', '深度學習', '資料分析',
    '數據分析', '專案管理', '產品管理', '行銷企劃', '數位行銷', '社群經營', '會計', '財務分析', '成本分析', '稅務', '審計', '人力資源', '招募', '教育訓練', '業務開發',
    '客戶服務', '採購', '倉儲管理', '品質管理', '生產管理', '製程改善', '文書處理', '翻譯', '中文打字', '英文打字', '簡報製作', '平面設計', '網頁設計', '影片剪輯', '攝影',
    '文案撰寫', '後端開發', '前端開發', '資料庫管理', '系統分析', '軟體測試', '網路管理', '資訊安全', '雲端運算', 'html5', 'css3', '.net core', 'github',
    'gitlab', 'angularjs', 'microsoft project', 'google analytics 4', 'dreamweaver', 'wordpress', 'macos', 'ui/ux',
    'rabbitmq', 'docker compose'])
union all
select 'language', unnest(array[
    '英文', '日文', '韓文', '法文', '德文', '西班牙文', '葡萄牙文', '義大利文', '俄文', '阿拉伯文', '荷蘭文', '泰文', '越南文', '印尼文', '馬來文', '菲律賓文',
    '緬甸文', '土耳其文', '波蘭文', '捷克文', '匈牙利文', '瑞典文', '丹麥文', '芬蘭文', '挪威文', '希臘文', '希伯來文', '印度文', '波斯文', '蒙古文', '中文', '台語',
    '客語', '粵語', '上海話', '原住民語']);

-- ---- values --------------------------------------------------------------------------------------------

create function mart.degree(degree_rank smallint) returns text
language sql immutable parallel safe
return case degree_rank
    when 70 then '博士' when 60 then '碩士' when 50 then '大學' when 40 then '專科'
    when 30 then '高中職' when 20 then '國中' when 10 then '國小'
end;

create function mart.age_band(birthday date, on_date date) returns text
language sql immutable parallel safe
return case
    when extract(year from age(on_date, birthday)) between 0 and 19 then 'below 20'
    when extract(year from age(on_date, birthday)) between 20 and 64
        then (extract(year from age(on_date, birthday))::integer / 5 * 5)::text || ' to '
            || (extract(year from age(on_date, birthday))::integer / 5 * 5 + 4)::text
    when extract(year from age(on_date, birthday)) >= 65 then '65 and more'
end;

-- ---- people --------------------------------------------------------------------------------------------

create view mart.newest_resume as
select distinct on (person.company_no, person.candidate_key) person.candidate_key, person.company_no, person.resume_id
from (
    select mart.candidate_key(company_no, member_no, resume_id) as candidate_key, company_no, resume_id, last_listed_at
    from recruiting.candidate
) as person
order by person.company_no, person.candidate_key, person.last_listed_at desc, person.resume_id desc;

-- Everybody is in it, and the planner, who takes what is grouped for few, would join 200 000 people row by row.
set local enable_nestloop = off;

create materialized view mart.candidate_kept as
with person as (
    select mart.candidate_key(company_no, member_no, resume_id) as candidate_key,
        company_no, resume_id, first_listed_at, last_listed_at
    from recruiting.candidate
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
    select told.company_no, told.resume_id,
        array_agg(distinct told.term order by told.term) as skills,
        array_agg(distinct told.term order by told.term) filter (
            where told.term in (select words from mart.known_word where kind = 'skill')
               or (told.company_no, told.term) in (select company_no, words from mart.code where kind = 'skill')) as known_skills
    from recruiting.skill_term told
    where length(told.term) <= 200
    group by 1, 2
), spoken as (
    select company_no, resume_id, array_agg(distinct lang_type order by lang_type) as languages
    from recruiting.language where length(lang_type) <= 200
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
    mart.age_band(sensitive.birthday, mart.taiwan_date_of_end(c.last_listed_at)) as age_band,
    c.employment_status, c.is_employed,
    version.firm_name, version.job_name, version.job_category,
    c.seniority_text, c.seniority_years_min, c.seniority_years_max,
    c.highest_degree_level, c.degree_rank, school.school_name, school.major,
    wish.wage_text, wish.wage_kind, wish.wage_monthly_min, wish.wage_monthly_max,
    wish.work_place, wish.work_cities, wish.work_districts, wish.job_name as wanted_job_name, wish.start_text,
    coalesce(held.skills, '{}') as skills, coalesce(held.known_skills, '{}') as known_skills,
    coalesce(spoken.languages, '{}') as languages,
    shown.sources,
    coalesce(applied.application_count, 0) as application_count, applied.last_applied_on,
    files.photo_state, files.photo_object_key,
    coalesce(files.stored, 0) as files_stored, coalesce(files.pending, 0) as files_pending,
    coalesce(files.not_to_be_had, 0) as files_not_to_be_had,
    resumes.first_listed_at, c.last_listed_at, mart.taiwan_date_of_end(c.last_listed_at) as last_listed_on,
    c.version_count, jsonb_array_length(c._etl_notes) as note_count, c._etl_loaded_at as loaded_at
from mart.newest_resume newest
join resumes using (candidate_key)
join recruiting.candidate c using (company_no, resume_id)
join recruiting.candidate_contact contact using (company_no, resume_id)
join recruiting.candidate_sensitive sensitive using (company_no, resume_id)
join recruiting.job_preference wish using (company_no, resume_id)
join recruiting.candidate_version version
    on version.company_no = c.company_no and version.resume_id = c.resume_id and version.is_current
left join shown using (candidate_key)
left join applied using (candidate_key)
left join held on held.company_no = c.company_no and held.resume_id = c.resume_id
left join spoken on spoken.company_no = c.company_no and spoken.resume_id = c.resume_id
left join school on school.company_no = c.company_no and school.resume_id = c.resume_id
left join files on files.company_no = c.company_no and files.resume_id = c.resume_id;
create unique index candidate_kept_candidate_key on mart.candidate_kept (candidate_key);
create index candidate_kept_skills on mart.candidate_kept using gin (skills);
create index candidate_kept_known_skills on mart.candidate_kept using gin (known_skills);
create index candidate_kept_sources on mart.candidate_kept using gin (sources);
create index candidate_kept_work_cities on mart.candidate_kept using gin (work_cities);
create index candidate_kept_last_listed_on on mart.candidate_kept (company_no, last_listed_on);

create materialized view mart.skill_demand_kept as
with held as (
    select company_no, term, count(*)::integer as candidate_count
    from mart.candidate_kept, unnest(skills) as term
    group by 1, 2
), spelt as (
    select distinct on (company_no, term) company_no, term, term_text
    from (select company_no, term, term_text, count(*) as times from recruiting.skill_term group by 1, 2, 3) as told
    order by company_no, term, times desc, term_text
)
select held.company_no, held.term, spelt.term_text as skill, held.candidate_count,
    rank() over (partition by held.company_no order by held.candidate_count desc)::integer as place
from held join spelt using (company_no, term);
create unique index skill_demand_kept_term on mart.skill_demand_kept (company_no, term);
create index skill_demand_kept_place on mart.skill_demand_kept (company_no, place);

-- How many more (or fewer) people have a value at a month's end than at the end of the month before. A person is in
-- the version that began last, of all resumes.
create materialized view mart.pool_step_kept as
with stretch as (
    select company_no, degree_rank, degree_level, work_cities, wage_monthly_min, employment_status,
        date_trunc('month', valid_from at time zone 'Asia/Taipei' - interval '1 microsecond')::date as came_on,
        date_trunc('month', lead(valid_from) over person at time zone 'Asia/Taipei' - interval '1 microsecond')::date as went_on
    from (
        select version.*, mart.candidate_key(version.company_no, c.member_no, version.resume_id) as candidate_key
        from recruiting.candidate_version version
        join recruiting.candidate c using (company_no, resume_id)
    ) as valid
    window person as (partition by candidate_key order by valid_from, valid_after desc, resume_id, version_no)
), step as (
    select company_no, came_on as month_starts_on, 1 as people, degree_rank, degree_level, work_cities, wage_monthly_min, employment_status
    from stretch where came_on is distinct from went_on
    union all
    select company_no, went_on, -1, degree_rank, degree_level, work_cities, wage_monthly_min, employment_status
    from stretch where came_on < went_on
), valued as (
    select company_no, month_starts_on, 'degree' as dimension, coalesce(mart.degree(degree_rank), '其他') as value, sum(people) as people
    from step where degree_level is not null group by 1, 2, 4
    union all
    select company_no, month_starts_on, 'place', city, sum(people) from step, unnest(work_cities) as city group by 1, 2, 4
    union all
    select company_no, month_starts_on, 'wage_band', mart.wage_band(wage_monthly_min), sum(people)
    from step where wage_monthly_min is not null group by 1, 2, 4
    union all
    select company_no, month_starts_on, 'employment', employment_status, sum(people)
    from step where length(employment_status) <= 200 group by 1, 2, 4
)
select company_no, month_starts_on, dimension, value, people::integer from valued where people <> 0;
create unique index pool_step_kept_key on mart.pool_step_kept (company_no, month_starts_on, dimension, value);

create materialized view mart.job_kept as
select
    company_no, md5(job_no || '/' || unnumbered_job_name) as job_hash, job_no, unnumbered_job_name,
    coalesce(
        (select titled.job_name from recruiting.application titled
         where titled.company_no = applicant.company_no and titled.job_no = applicant.job_no
           and titled.unnumbered_job_name = applicant.unnumbered_job_name and titled.applied_on is not null
         order by titled.applied_on desc, titled.last_listed_at desc limit 1),
        max(job_name)) as job_name,
    sum(applications)::integer as application_count,
    count(*)::integer as applicant_count,
    count(*) filter (where is_matched)::integer as applicants_shown_first_as_matched,
    count(*) filter (where is_saved)::integer as applicants_shown_first_as_saved,
    count(*) filter (where is_applied)::integer as applicants_shown_first_as_applied,
    count(*) filter (where degree_rank >= 60)::integer as applicants_with_master_or_more,
    (percentile_disc(0.5) within group (order by seniority_years_min))::integer as median_seniority_years_min,
    (percentile_disc(0.5) within group (order by wage_monthly_min))::bigint as median_wage_monthly_min,
    min(first_applied_on) as first_applied_on,
    max(last_applied_on) as last_applied_on,
    sum(applications_without_date)::integer as applications_without_date,
    min(first_listed_at) as first_listed_at, mart.taiwan_date_of_end(min(first_listed_at)) as first_listed_on,
    max(last_listed_at) as last_listed_at, mart.taiwan_date_of_end(max(last_listed_at)) as last_listed_on
from (
    -- A row for each person and job.
    select
        a.company_no, a.job_no, a.unnumbered_job_name, coalesce(c.member_no, '') as member_no,
        case when c.member_no is null then c.resume_id end as resume_id,
        max(a.job_name) as job_name, count(*) as applications,
        bool_or(a.first_source = 'matched') as is_matched, bool_or(a.first_source = 'saved') as is_saved,
        bool_or(a.first_source = 'applied') as is_applied,
        max(c.degree_rank) as degree_rank, max(c.seniority_years_min) as seniority_years_min,
        max(wish.wage_monthly_min) as wage_monthly_min,
        min(a.applied_on) as first_applied_on, max(a.applied_on) as last_applied_on,
        count(*) filter (where a.applied_on is null) as applications_without_date,
        min(a.first_listed_at) as first_listed_at, max(a.last_listed_at) as last_listed_at
    from recruiting.application a
    join recruiting.candidate c using (company_no, resume_id)
    join recruiting.job_preference wish using (company_no, resume_id)
    group by 1, 2, 3, 4, 5
) as applicant
group by company_no, job_no, unnumbered_job_name;
create unique index job_kept_key on mart.job_kept (company_no, job_hash);

set local enable_nestloop to default;

-- Codes are asked for in place here and below: a function would ask by the rights of whoever reads the view.
create view mart.candidate_overview as
select
    kept.candidate_key, kept.company_no, kept.member_no, kept.resume_id, kept.resume_count,
    kept.full_name, kept.english_name, kept.email, kept.cell_phone, kept.age_band,
    kept.employment_status, kept.is_employed,
    kept.firm_name, kept.job_name, kept.job_category,
    kept.seniority_text, kept.seniority_years_min, kept.seniority_years_max,
    kept.highest_degree_level, kept.degree_rank, mart.degree(kept.degree_rank) as degree, kept.school_name, kept.major,
    kept.wage_text, kept.wage_kind, kept.wage_monthly_min, kept.wage_monthly_max,
    kept.work_place, kept.work_cities, kept.work_districts, kept.wanted_job_name, kept.start_text,
    kept.skills, kept.known_skills, kept.languages,
    kept.sources, kept.application_count, kept.last_applied_on,
    kept.photo_state, kept.photo_object_key, kept.files_stored, kept.files_pending, kept.files_not_to_be_had,
    kept.first_listed_at, kept.last_listed_at, kept.last_listed_on,
    kept.version_count, kept.note_count, kept.loaded_at,
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
from mart.candidate_kept kept;

-- By the rights of the tables' owner: whoever runs may be another.
create function mart.refresh_marts(at_most_every interval default interval '0') returns boolean
language plpgsql security definer
set search_path = pg_catalog
set enable_nestloop = off
set work_mem = '64MB'
as $$
declare
    known timestamptz;
    done timestamptz;
begin
    select complete_until, refreshed_at into strict known, done
    from mart.refresh where mart_name = 'candidate_overview' for update;
    if done > clock_timestamp() - at_most_every
        or not exists (select from recruiting.candidate where _etl_loaded_at >= known)
        and not exists (
            select from mart.candidate_kept shown
            where not exists (
                select from recruiting.candidate c
                where c.company_no = shown.company_no and c.resume_id = shown.resume_id)) then
        return false;
    end if;
    -- The second asks the first.
    refresh materialized view concurrently mart.candidate_kept;
    refresh materialized view concurrently mart.skill_demand_kept;
    refresh materialized view concurrently mart.pool_step_kept;
    refresh materialized view concurrently mart.job_kept;
    -- What another process has not committed yet bears the time at which it was begun; with the usual patience
    -- none takes as long.
    update mart.refresh set complete_until = now() - interval '5 minutes', refreshed_at = clock_timestamp();
    return true;
exception
    -- Another process is at it. What it does not see the next run does.
    when lock_not_available then return false;
end
$$;
insert into mart.refresh select kept, now(), now() from unnest(array['skill_demand', 'pool_monthly', 'job_overview']) as kept;
update mart.refresh set complete_until = now(), refreshed_at = now();

-- Codes decide what candidate_kept holds of skills: the next refresh is due, whoever was written.
create function mart.note_code_change() returns trigger
language plpgsql security definer
set search_path = pg_catalog
as $$
begin
    update mart.refresh set complete_until = '-infinity';
    return null;
end
$$;
create trigger code_changed after insert or update or delete or truncate on mart.code
for each statement execute function mart.note_code_change();

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
    -- One question a value, so that a statement pays for those alone that it names.
    (select v.firm_name from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as firm_name_then,
    (select v.job_name from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as job_name_then,
    (select v.degree_rank from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as degree_rank_then,
    (select v.seniority_years_min from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as seniority_years_min_then,
    (select v.wage_monthly_min from recruiting.candidate_version v
     where v.company_no = a.company_no and v.resume_id = a.resume_id and v.document_id = a.document_id
     order by v.version_no limit 1) as wage_monthly_min_then,
    (select jsonb_agg(jsonb_build_object('question', said.question, 'answer', said.answer, 'kind', said.kind, 'link', said.link)
                      order by said.item_no)
     from (select distinct on (answer.question) answer.*
           from recruiting.application_answer answer
           where answer.company_no = a.company_no and answer.resume_id = a.resume_id
             and answer.job_no = a.job_no and answer.applied_text = a.applied_text
             and answer.unnumbered_job_name = a.unnumbered_job_name
           order by answer.question, answer.document_id desc, answer.item_no) as said) as answers,
    a.is_in_newest_document, a.document_id,
    (select own.code from mart.code own
     where own.company_no = a.company_no and own.kind = 'job' and own.words = a.job_no) as job_code,
    (select own.code from mart.code own
     where own.company_no = a.company_no and own.kind = 'apply_source' and own.words = a.apply_source) as apply_source_code
from recruiting.application a
join recruiting.candidate c using (company_no, resume_id);

create or replace view mart.job_overview as
select
    kept.company_no, kept.job_no, kept.unnumbered_job_name, kept.job_name,
    kept.application_count, kept.applicant_count,
    kept.applicants_shown_first_as_matched, kept.applicants_shown_first_as_saved, kept.applicants_shown_first_as_applied,
    kept.applicants_with_master_or_more, kept.median_seniority_years_min, kept.median_wage_monthly_min,
    kept.first_applied_on, kept.last_applied_on, kept.applications_without_date,
    kept.first_listed_at, kept.first_listed_on, kept.last_listed_at, kept.last_listed_on,
    (select own.code from mart.code own
     where own.company_no = kept.company_no and own.kind = 'job' and own.words = kept.job_no) as job_code
from mart.job_kept kept;

-- ---- the pool ------------------------------------------------------------------------------------------

create view mart.skill_demand as
select kept.company_no, kept.term, kept.skill, kept.candidate_count, kept.place,
    (select own.code from mart.code own
     where own.company_no = kept.company_no and own.kind = 'skill' and own.words = kept.term) as skill_code
from mart.skill_demand_kept kept;

create view mart.source_overlap as
select
    company_no, sources,
    'matched' = any(sources) as is_matched, 'saved' = any(sources) as is_saved, 'applied' = any(sources) as is_applied,
    count(*)::integer as candidate_count
from mart.candidate_kept
group by company_no, sources;

-- A dimension is a branch, so that a statement that names one pays for one.
create view mart.pool as
select company_no, 'degree' as dimension, coalesce(mart.degree(degree_rank), '其他') as value,
    count(*)::integer as candidate_count, degree_rank::integer as rank
from mart.candidate_kept where highest_degree_level is not null
group by company_no, degree_rank
union all
select company_no, 'place', city, count(*)::integer, null
from mart.candidate_kept, unnest(work_cities) as city
group by company_no, city
union all
select company_no, 'wage_band', mart.wage_band(wage_monthly_min), count(*)::integer, min(wage_monthly_min)::integer
from mart.candidate_kept where wage_monthly_min is not null
group by company_no, mart.wage_band(wage_monthly_min)
union all
select company_no, 'employment', employment_status, count(*)::integer, null
from mart.candidate_kept where employment_status is not null
group by company_no, employment_status
union all
select company_no, 'language', language, count(*)::integer, null
from mart.candidate_kept, unnest(languages) as language
group by company_no, language;

create view mart.pool_monthly as
select company_no, (month_starts_on + interval '1 month - 1 day')::date as month_ends_on, dimension, value,
    people as candidate_count
from (
    select counted.company_no, counted.dimension, counted.value, month::date as month_starts_on,
        sum(coalesce(step.people, 0)) over (
            partition by counted.company_no, counted.dimension, counted.value order by month)::integer as people
    from (select company_no, dimension, value, min(month_starts_on) as first_on from mart.pool_step_kept group by 1, 2, 3) as counted
    cross join lateral generate_series(
        counted.first_on::timestamp,
        date_trunc('month', now() at time zone 'Asia/Taipei') - interval '1 month', interval '1 month') as month
    left join mart.pool_step_kept step
        on step.company_no = counted.company_no and step.dimension = counted.dimension and step.value = counted.value
       and step.month_starts_on = month::date
) as summed
where people > 0;

-- ---- changes and notes, without the protected group ----------------------------------------------------
-- What candidate_sensitive holds stands in it alone, and in recruiting.candidate_change: no mart shows it.

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
join recruiting.candidate person using (company_no, resume_id)
where c.table_name <> 'candidate_sensitive';

create or replace view mart.note as
select
    mart.candidate_key(c.company_no, c.member_no, c.resume_id) as candidate_key,
    c.company_no, c.resume_id,
    note.value ->> 'table' as table_name, note.value ->> 'column' as column_name,
    (note.value ->> 'item_no')::integer as item_no, note.value ->> 'code' as code,
    case when note.value ->> 'table' <> 'candidate_sensitive' then note.value ->> 'words' end as words
from recruiting.candidate c
cross join lateral jsonb_array_elements(c._etl_notes) as note (value);

-- ---- what is not read, what has no code ----------------------------------------------------------------

create view mart.unread_form as
select company_no, table_name, column_name, code, words,
    count(*)::integer as note_count, count(distinct candidate_key)::integer as candidate_count
from mart.note
group by company_no, table_name, column_name, code, words;

create view mart.unmapped_word as
select used.company_no, used.kind, used.words, used.candidate_count
from (
    select company_no, 'degree' as kind, highest_degree_level as words, count(*)::integer as candidate_count
    from mart.candidate_kept group by 1, 3
    union all
    select company_no, 'employment', employment_status, count(*)::integer from mart.candidate_kept group by 1, 3
    union all
    select company_no, 'job_category', job_category, count(*)::integer from mart.candidate_kept group by 1, 3
    union all
    select company_no, 'city', city, count(*)::integer from mart.candidate_kept, unnest(work_cities) as city group by 1, 3
    union all
    select company_no, 'language', language, count(*)::integer
    from mart.candidate_kept, unnest(languages) as language group by 1, 3
    union all
    select company_no, 'skill', term, candidate_count from mart.skill_demand_kept
    union all
    select company_no, 'job', job_no, applicant_count from mart.job_kept where job_no <> ''
    union all
    select company_no, 'apply_source', apply_source, count(*)::integer
    from recruiting.application group by 1, 3
) as used
where used.words is not null
  and not exists (
      select from mart.code own
      where own.company_no = used.company_no and own.kind = used.kind and own.words = used.words);

-- ---- search --------------------------------------------------------------------------------------------

-- Every text is read. A trigram index finds nothing for words of two characters, which most Chinese words are; one of
-- all pairs of characters would be larger than the texts, would be paid for at each load, and would hold a second copy
-- of what people wrote. Text without letters of two cases is compared as it stands, which takes a third of the time.
create function mart.search_patterns(words text) returns text[]
language sql immutable parallel safe
return (
    select array_agg('%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' order by word)
    from regexp_split_to_table(normalize(words, NFKC), '[[:space:]]+') as word
    where word <> '');

create function mart.search(words text)
returns table (candidate_key text, company_no text, resume_id text, found_in text[], excerpt text)
language sql stable parallel safe
begin atomic
    select mart.candidate_key(found.company_no, c.member_no, found.resume_id), found.company_no, found.resume_id,
        found.found_in,
        substr(found.text, greatest(1, strpos(lower(found.text), lower(trim(both '%' from found.pattern))) - 40), 160)
    from (
        select told.company_no, told.resume_id, array_agg(distinct told.place order by told.place) as found_in,
            (array_agg(told.text order by told.place, told.item_no, pattern))[1] as text,
            (array_agg(pattern order by told.place, told.item_no, pattern))[1] as pattern
        from (
            select company_no, resume_id, 'skill' as place, item_no, term_text as text
            from recruiting.skill_term
            where term like any((select mart.search_patterns(lower(words)))::text[])
            union all
            select company_no, resume_id, 'job', item_no, concat_ws(' ', firm_name, job_name, job_category, skills, job_desc)
            from recruiting.experience
            where case when (select words ~ '[[:lower:][:upper:]]') then
                    firm_name ilike any((select mart.search_patterns(words))::text[]) or job_name ilike any((select mart.search_patterns(words))::text[]) or job_category ilike any((select mart.search_patterns(words))::text[]) or skills ilike any((select mart.search_patterns(words))::text[]) or job_desc ilike any((select mart.search_patterns(words))::text[])
                else
                    firm_name like any((select mart.search_patterns(words))::text[]) or job_name like any((select mart.search_patterns(words))::text[]) or job_category like any((select mart.search_patterns(words))::text[]) or skills like any((select mart.search_patterns(words))::text[]) or job_desc like any((select mart.search_patterns(words))::text[])
                end
            union all
            select company_no, resume_id, 'wish', 0, concat_ws(' ', job_name, job_category, industry_category, work_desc)
            from recruiting.job_preference
            where case when (select words ~ '[[:lower:][:upper:]]') then
                    job_name ilike any((select mart.search_patterns(words))::text[]) or job_category ilike any((select mart.search_patterns(words))::text[]) or industry_category ilike any((select mart.search_patterns(words))::text[]) or work_desc ilike any((select mart.search_patterns(words))::text[])
                else
                    job_name like any((select mart.search_patterns(words))::text[]) or job_category like any((select mart.search_patterns(words))::text[]) or industry_category like any((select mart.search_patterns(words))::text[]) or work_desc like any((select mart.search_patterns(words))::text[])
                end
            union all
            select company_no, resume_id, 'biography', 0, concat_ws(' ', introduction, motto, characteristic, biography, english_biography)
            from recruiting.candidate_narrative
            where case when (select words ~ '[[:lower:][:upper:]]') then
                    introduction ilike any((select mart.search_patterns(words))::text[]) or motto ilike any((select mart.search_patterns(words))::text[]) or characteristic ilike any((select mart.search_patterns(words))::text[]) or biography ilike any((select mart.search_patterns(words))::text[]) or english_biography ilike any((select mart.search_patterns(words))::text[])
                else
                    introduction like any((select mart.search_patterns(words))::text[]) or motto like any((select mart.search_patterns(words))::text[]) or characteristic like any((select mart.search_patterns(words))::text[]) or biography like any((select mart.search_patterns(words))::text[]) or english_biography like any((select mart.search_patterns(words))::text[])
                end
        ) as told
        cross join lateral unnest((select mart.search_patterns(words))) as pattern
        where told.text ilike pattern
        group by told.company_no, told.resume_id
        having count(distinct pattern) = cardinality((select mart.search_patterns(words)))
    ) as found
    join recruiting.candidate c using (company_no, resume_id);
end;

-- ---- what they say of themselves ------------------------------------------------------------------------

comment on table mart.code is
'A company''s own codes for 104''s words, empty until somebody fills it; the marts show them beside the words, and schema masked shows words that have one. What has no code yet: mart.unmapped_word. Grain: company, kind, words.
公司自訂代碼與 104 用語的對照，預設為空；各 mart 於原文旁列出代碼，masked 綱要僅顯示有代碼的用語；尚未對照者見 mart.unmapped_word。粒度：公司、種類、原文。';
comment on column mart.code.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.code.kind is 'What the words are: degree (highest_degree_level), employment (employment_status), job_category, city (of work_cities), language, skill (folded term), job (job_no), apply_source, firm, school, major.
用語種類：degree 學歷、employment 就業狀態、job_category 職務類別、city 縣市、language 語言、skill 技能（折疊後）、job 職缺編號、apply_source 應徵管道、firm 公司、school 學校、major 科系。';
comment on column mart.code.words is 'The words as the marts show them.
各 mart 所列的用語。';
comment on column mart.code.code is 'The company''s own code.
公司自訂代碼。';
comment on table mart.known_word is
'Common names of skills and languages, which tell nobody apart: schema masked shows them. Grain: kind, words.
常見技能與語言名稱，無從辨識個人，masked 綱要可顯示。粒度：種類、用語。';
comment on column mart.known_word.kind is 'skill (folded term), language.
skill 技能（折疊後）、language 語言。';
comment on column mart.known_word.words is 'The words.
用語。';
comment on function mart.note_code_change() is
'Makes the next refresh due when codes change.
代碼變更後，使下次更新生效。';
comment on function mart.degree(smallint) is
'The name of a degree by its rank: one for all words of a rank.
依學歷等級取得名稱；同等級一律同名。';
comment on function mart.age_band(date, date) is
'The band of five years in which an age lies on a date.
於某日期所屬的年齡級距（每五歲）。';
comment on view mart.newest_resume is
'The resume that speaks for a member: the one listed last. Grain: person.
代表會員的履歷：最近列出者。粒度：人。';
comment on column mart.newest_resume.candidate_key is 'The person: joins all marts.
人選鍵值，可連接所有 mart。';
comment on column mart.newest_resume.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.newest_resume.resume_id is 'The newest of the member''s resumes.
該會員最新的履歷。';
comment on materialized view mart.skill_demand_kept is
'What mart.skill_demand shows, kept. Ask that. Grain: company, term.
mart.skill_demand 的留存資料，請查詢該 view。粒度：公司、技能。';
comment on column mart.skill_demand.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.skill_demand.term is 'The skill, folded: case, width, common aliases.
折疊後的技能（大小寫、全半形、常見別名）。';
comment on column mart.skill_demand.skill is 'Its commonest spelling.
最常見的寫法。';
comment on column mart.skill_demand.candidate_count is 'People who name it in their newest resume.
最新履歷列有此技能的人數。';
comment on column mart.skill_demand.place is 'Place by people, 1 for the commonest.
人數名次，1 為最多。';
comment on column mart.skill_demand.skill_code is 'The company''s own code of the skill, see mart.code.
公司自訂技能代碼，見 mart.code。';
comment on materialized view mart.candidate_kept is
'What mart.candidate_overview shows, kept. Ask that. Grain: person.
mart.candidate_overview 的留存資料，請查詢該 view。粒度：人。';
comment on column mart.candidate_overview.age_band is 'Age in bands of five years when listed last.
最近列出時的年齡級距（每五歲）。';
comment on column mart.candidate_overview.is_employed is 'Whether the words of employment_status say that the person has a job; null if they do not tell.
就業狀態是否表示在職；無法判讀為空。';
comment on column mart.candidate_overview.work_cities is 'Wanted places of work as counties and cities (縣市), with 臺.
希望工作縣市（一律用「臺」）。';
comment on column mart.candidate_overview.work_districts is 'The same as districts (鄉鎮市區), county first.
希望工作鄉鎮市區（前冠縣市）。';
comment on column mart.candidate_overview.known_skills is 'Of these, those of mart.known_word and those with a code of the company''s own.
其中列於 mart.known_word 或有公司自訂代碼者。';
comment on column mart.candidate_overview.languages is 'Languages of the newest resume, foreign and local, each once.
最新履歷所列語言與方言，各一次。';
comment on materialized view mart.pool_step_kept is
'By how many people a value of the pool grew or shrank in a month; mart.pool_monthly sums it up. Ask that. Grain: company, month, dimension, value.
人才庫各值每月增減的人數，由 mart.pool_monthly 累計，請查詢該 view。粒度：公司、月份、面向、值。';
comment on column mart.pool_step_kept.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.pool_step_kept.month_starts_on is 'First of the month, Taiwan time.
該月一日（台灣時間）。';
comment on column mart.pool_step_kept.dimension is 'What people are counted by: degree, place, wage_band, employment.
統計面向：degree 學歷、place 希望縣市、wage_band 希望月薪級距、employment 就業狀態。';
comment on column mart.pool_step_kept.value is 'The value of the dimension.
該面向的值。';
comment on column mart.pool_step_kept.people is 'How many more than at the end of the month before, negative for fewer.
較前月底增加的人數，減少為負。';
comment on view mart.candidate_overview is
'The people of the warehouse: one row a member of a company, by the newest of their resumes. Kept, and as of refreshed_at: each run that wrote somebody refreshes it, or whoever may does by select mart.refresh_marts(). Grain: person. Key: candidate_key.
人選總覽：每家公司每位會員一列，以其最新履歷為準。留存資料，截至 refreshed_at：每次執行若有寫入即更新，亦可執行 select mart.refresh_marts()。粒度：人。鍵：candidate_key。';
comment on column mart.candidate_overview.degree is 'Name of the highest degree by its rank: 博士, 碩士, 大學, 專科, 高中職, 國中, 國小.
最高學歷的統一名稱：博士、碩士、大學、專科、高中職、國中、國小。';
comment on column mart.candidate_overview.degree_code is 'The company''s own code of the degree, see mart.code.
公司自訂學歷代碼，見 mart.code。';
comment on column mart.candidate_overview.employment_code is 'The company''s own code of the employment status.
公司自訂就業狀態代碼。';
comment on column mart.candidate_overview.job_category_code is 'The company''s own code of the job category.
公司自訂職務類別代碼。';
comment on column mart.candidate_overview.city_codes is 'The company''s own codes of the wanted cities.
公司自訂縣市代碼。';
comment on column mart.candidate_overview.refreshed_at is 'When it was refreshed last.
最近更新的時間。';
comment on function mart.refresh_marts(interval) is
'Refreshes the kept marts if anybody was written or taken out since the last time, and that was not less than the given time ago; says whether it did. Each run calls it at its end.
若上次之後有人選寫入或移除，且距上次已逾指定時間，則更新留存的 mart，並回報是否更新；每次執行結束時呼叫。';
comment on view mart.application_overview is
'Who applied for what and when, as listed over all documents, with the person''s state at the time. Grain: company, resume, job, date of application.
應徵總覽：誰於何時應徵何職缺（彙整所有文件），並附當時的狀態。粒度：公司、履歷、職缺、應徵日期。';
comment on column mart.application_overview.job_code is 'The company''s own code of the job, see mart.code.
公司自訂職缺代碼，見 mart.code。';
comment on column mart.application_overview.apply_source_code is 'The company''s own code of the way of applying.
公司自訂應徵管道代碼。';
comment on materialized view mart.job_kept is
'What mart.job_overview shows, kept. Ask that. Grain: company, job.
mart.job_overview 的留存資料，請查詢該 view。粒度：公司、職缺。';
comment on view mart.job_overview is
'Jobs by who applied for them, as of the last refresh; 104 sends no interviews or offers. Grain: company, job.
職缺總覽：應徵者概況（截至最近更新）；104 不提供面試與錄取資訊。粒度：公司、職缺。';
comment on column mart.job_overview.job_name is 'Title in the newest application that bears a date.
職缺名稱（以最近有日期的應徵為準）。';
comment on column mart.job_overview.median_seniority_years_min is 'Median over applicants: years of experience, at least.
年資下限（年）的中位數（以應徵者計）。';
comment on column mart.job_overview.median_wage_monthly_min is 'Median over applicants: wanted wage, TWD a month, at least.
希望月薪下限的中位數（以應徵者計）。';
comment on column mart.job_overview.job_code is 'The company''s own code of the job, see mart.code.
公司自訂職缺代碼，見 mart.code。';
comment on column mart.job_kept.job_hash is 'MD5 of number and name: the key, of certain length.
職缺編號與名稱的 MD5，作為固定長度的鍵。';
comment on view mart.skill_demand is
'How many people have a skill, as of the last refresh. Grain: company, term.
各項技能的人數（截至最近更新）。粒度：公司、技能。';
comment on view mart.source_overlap is
'How many people were listed by which sources, as of the last refresh. Grain: company, set of sources.
各來源組合的人數（截至最近更新）。粒度：公司、來源組合。';
comment on view mart.pool is
'The people of the warehouse by degree, place, wanted wage, employment and language, as of the last refresh. Who wants several cities or speaks several languages counts in each. Grain: company, dimension, value.
人才庫：依學歷、希望縣市、希望待遇、就業狀態與語言的人數（截至最近更新）；希望多縣市或通多語者各計一次。粒度：公司、面向、值。';
comment on column mart.pool.dimension is 'What people are counted by: degree, place, wage_band, employment, language.
統計面向：degree 學歷、place 希望縣市、wage_band 希望月薪級距、employment 就業狀態、language 語言。';
comment on column mart.pool.value is 'The value: the degree''s name by its rank (其他 for words that are not read), the city with 臺, the band in TWD a month, 104''s words for the others.
該面向的值：學歷統一名稱（無法判讀為「其他」）、縣市（用「臺」）、月薪級距（新台幣），其餘為 104 原文。';
comment on column mart.pool.rank is 'What to order the values by: rank of the degree, least wage of the band; null for the others.
排序用：學歷等級、級距內最低月薪；其餘為空。';
comment on view mart.pool_monthly is
'The same at the end of each finished month, by the version that was valid then, of all resumes of a member the one that began last; languages have no history. Grain: company, month, dimension, value.
各月底的人才庫，以當時有效的版本計（會員有多份履歷時取最晚開始者）；語言無歷史。粒度：公司、月份、面向、值。';
comment on column mart.pool_monthly.dimension is 'What people are counted by: degree, place, wage_band, employment.
統計面向：degree 學歷、place 希望縣市、wage_band 希望月薪級距、employment 就業狀態。';
comment on column mart.pool_monthly.value is 'The value: the degree''s name by its rank (其他 for words that are not read), the city with 臺, the band in TWD a month, 104''s words for the others.
該面向的值：學歷統一名稱（無法判讀為「其他」）、縣市（用「臺」）、月薪級距（新台幣），其餘為 104 原文。';
comment on view mart.candidate_change is
'What changed in a resume, when, from what to what: one row a changed field. Holds contact data too, but not the protected group. Grain: company, resume, version, field.
履歷的變更紀錄：何時、哪一欄、由何值變為何值，每個變更欄位一列；亦含聯絡資料，但不含特別保護資料。';
comment on column mart.note.words is '104''s words; null for those of the protected group.
104 原文；特別保護資料為空。';
comment on view mart.unread_form is
'The forms that could not be read, to see which are common. Grain: company, table, column, code, words.
無法判讀的寫法與其出現次數。粒度：公司、表、欄位、代碼、原文。';
comment on column mart.unread_form.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.unread_form.table_name is 'The table of recruiting.
recruiting 的表。';
comment on column mart.unread_form.column_name is 'The column.
欄位。';
comment on column mart.unread_form.code is 'What is the matter.
問題代碼。';
comment on column mart.unread_form.words is '104''s words.
104 原文。';
comment on column mart.unread_form.note_count is 'How often it stands in newest documents.
於最新文件中出現的次數。';
comment on column mart.unread_form.candidate_count is 'In how many people''s.
出現的人數。';
comment on view mart.unmapped_word is
'Words that have no code of the company''s own yet, see mart.code. Grain: company, kind, words.
尚無公司自訂代碼的用語，見 mart.code。粒度：公司、種類、原文。';
comment on column mart.unmapped_word.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.unmapped_word.kind is 'What the words are, as in mart.code.
用語種類，同 mart.code。';
comment on column mart.unmapped_word.words is 'The words.
用語。';
comment on column mart.unmapped_word.candidate_count is 'People who have them; of ways of applying: applications.
人數；應徵管道則為應徵數。';
comment on function mart.search_patterns(text) is
'The words of a search as patterns for like, each once, full-width letters made half-width.
將搜尋用語轉為 like 樣式，各一次；全形字轉半形。';
comment on function mart.search(text) is
'Whose resumes hold all the words, in skills, jobs, wishes or biographies: select * from mart.search(''資料庫 python''). Words of any length, also of one or two characters; case does not count. One row a resume.
搜尋履歷：技能、經歷、希望職務與自傳中含有全部用語者，例如 select * from mart.search(''資料庫 python'')。用語長度不限（一、二字亦可），不分大小寫。每份履歷一列。';

-- What a view said before its columns say again, and what is kept says the words of the view that shows it.
do $$
declare
    said jsonb := current_setting('etl104.said');
    silent record;
begin
    for silent in
        select c.relname, a.attname, said ->> format('%s.%s', c.relname, a.attname) as words
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'mart'::regnamespace and c.relkind = 'v' and col_description(c.oid, a.attnum) is null
    loop
        execute format('comment on column mart.%I.%I is %L', silent.relname, silent.attname, silent.words);
    end loop;
    for silent in
        select pair.kept, mine.attname, col_description(theirs.attrelid, theirs.attnum) as words
        from (values ('candidate_kept', 'candidate_overview'), ('job_kept', 'job_overview'), ('skill_demand_kept', 'skill_demand'))
            as pair (kept, shown)
        join pg_attribute mine on mine.attrelid = format('mart.%I', pair.kept)::regclass
        join pg_attribute theirs on theirs.attrelid = format('mart.%I', pair.shown)::regclass and theirs.attname = mine.attname
        where mine.attnum > 0 and col_description(mine.attrelid, mine.attnum) is null
    loop
        execute format('comment on column mart.%I.%I is %L', silent.kept, silent.attname, silent.words);
    end loop;
end
$$;
