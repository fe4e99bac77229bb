candidate_overview by skill, place, years and wage|select candidate_key, full_name from mart.candidate_overview where skills @> '{python}' and seniority_years_min >= 3 and work_cities @> '{臺北市}' and wage_monthly_min <= 60000
candidate_overview by degree and source|select count(*) from mart.candidate_overview where degree_rank >= 60 and 'applied' = any(sources)
application_daily: a week, by job and source|select week_starts_on, job_no, first_source, sum(application_count) from mart.application_daily group by 1, 2, 3
application_overview: a job's of a month|select * from mart.application_overview where job_no = (select min(job_no) from mart.job_overview where job_no <> '') and applied_on >= '2025-08-01' limit 100
application_overview: all, by source|select first_source, count(*) from mart.application_overview group by 1
job_overview|select * from mart.job_overview order by applicant_count desc limit 20
skill_demand|select * from mart.skill_demand order by place limit 20
source_overlap|select * from mart.source_overlap
pool: by degree|select * from mart.pool where dimension = 'degree'
pool: all|select * from mart.pool
pool_monthly|select * from mart.pool_monthly
candidate_file by state|select state, count(*) from mart.candidate_file group by 1
candidate_change of a person|select * from mart.candidate_change where resume_id = (select min(resume_id) from recruiting.candidate)
note by column|select column_name, code, count(*) from mart.note group by 1, 2
unread_form|select * from mart.unread_form order by candidate_count desc limit 20
unmapped_word|select * from mart.unmapped_word order by candidate_count desc limit 50
coverage_hour|select * from mart.coverage_hour
freshness|select * from mart.freshness
search: one word of Chinese|select count(*) from mart.search('半程馬拉松')
search: a word of Chinese and one of English|select count(*) from mart.search('資料庫 python')
search: two characters that two people of five wrote|select count(*) from mart.search('資料')
masked.candidate_overview by skill, place, years and wage|select candidate_key from masked.candidate_overview where skills @> '{python}' and seniority_years_min >= 3 and work_cities @> '{臺北市}' and wage_monthly_min <= 60000
masked.candidate_overview by degree|select degree, count(*) from masked.candidate_overview group by 1
masked.application_overview by source|select first_source, count(*) from masked.application_overview group by 1
masked.job_overview|select * from masked.job_overview
masked.pool|select * from masked.pool
