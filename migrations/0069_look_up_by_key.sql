-- The person of a row is looked up by the key, however few people there are when a session plans it.
--
-- Each row of a person is looked up in `candidate` by (company_no, resume_id), as its foreign key wants. A session plans that
-- once. In a partition that is still empty, or that nobody has analysed, any index that begins with company_no seems as good
-- as the primary key; a session that took another one read all people of the company for each row it wrote from there on:
-- a first backfill, or a reprocess after tables were emptied, slowed down with each person, until autovacuum came by.
-- Within a partition company_no tells nobody from anybody: the other indexes do without it.

drop index recruiting.candidate_last_listed_at;
create index candidate_last_listed_at on recruiting.candidate (last_listed_at);
drop index recruiting.candidate_transform_version;
create index candidate_transform_version on recruiting.candidate (_etl_transform_version);
