-- What the two group roles may read, name by name: whatever is not named here is hidden from them. Repeated at each
-- `migrate`; what an administrator granted besides stays.

grant usage on schema masked to etl104_analyst, etl104_recruiter;
grant select on
    masked.application_daily, masked.application_overview, masked.candidate_change, masked.candidate_file,
    masked.candidate_overview, masked.coverage_hour, masked.freshness, masked.job_overview, masked.note, masked.pool,
    masked.pool_monthly, masked.skill_demand, masked.source_overlap
to etl104_analyst, etl104_recruiter;
grant execute on function masked.search_count(text) to etl104_analyst, etl104_recruiter;

-- Recruiters see people. Not the protected group (recruiting.candidate_sensitive): whoever needs it gets it from an
-- administrator, by name.
grant usage on schema mart, recruiting to etl104_recruiter;
grant select on
    mart.application_daily, mart.application_overview, mart.candidate_change, mart.candidate_file,
    mart.candidate_overview, mart.code, mart.coverage_hour, mart.freshness, mart.job_overview, mart.newest_resume,
    mart.note, mart.pool, mart.pool_monthly, mart.skill_demand, mart.source_overlap, mart.unmapped_word,
    mart.unread_form,
    recruiting.application, recruiting.application_answer, recruiting.candidate_contact, recruiting.candidate_narrative,
    recruiting.candidate_source, recruiting.candidate_version, recruiting.certificate, recruiting.change,
    recruiting.custom_section, recruiting.education, recruiting.experience, recruiting.job_preference,
    recruiting.language, recruiting.project, recruiting.recommender, recruiting.resume_file, recruiting.skill,
    recruiting.skill_term
to etl104_recruiter;
-- Not what nobody has read yet: it may be of that group.
grant select (
    company_no, resume_id, member_no, full_name, english_name, reg_source, employment_status, is_employed,
    seniority_text, seniority_years_min, seniority_years_max, driving_licenses, transports, highest_degree_level,
    degree_rank, first_listed_at, last_listed_at, listed_precision, newest_source, document_id, document_count,
    version_count, _etl_run_id, _etl_extracted_at, _etl_loaded_at, _etl_transform_version)
on recruiting.candidate to etl104_recruiter;
