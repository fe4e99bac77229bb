-- Words beside values: places as counties and districts in their official spelling, levels of languages in order,
-- where somebody stands with military service, whether they are in a job. crates/transform/tests/words.csv shows
-- what each form of words becomes.
--
-- No table is rewritten: a default that is a constant is kept in the catalogue. It stands for the people that are
-- there, and goes at once, so that whoever writes a row says what it holds. Their words are read by `etl104
-- reprocess`: the version of the rules is raised with this file, and `status` says whom older ones made.

alter table recruiting.candidate
    add column is_employed boolean;
comment on column recruiting.candidate.is_employed is 'Whether employment_status names being in a job (在職中); false for any other status that is known (待業中, 在學中, 應屆畢業, …); null for unknown words.
employment_status 是否表示在職；其他可判讀的狀態（待業中、在學中、應屆畢業等）為 false；無法判讀為空。';

alter table recruiting.candidate_contact
    add column address_city text,
    add column address_district text;
comment on column recruiting.candidate_contact.address_city is 'County or city of the address, official spelling (臺北市); null if it can''t be read or lies abroad.
通訊地址所在縣市，採正式寫法（臺北市）；無法判讀或在國外為空。';
comment on column recruiting.candidate_contact.address_district is 'District of the address, with its county before it (臺北市大安區).
通訊地址所在鄉鎮市區，含縣市（臺北市大安區）。';

alter table recruiting.candidate_sensitive
    add column military_state text,
    add constraint candidate_sensitive_military_state_known check (military_state in ('served', 'serving', 'awaiting', 'not_served', 'exempt', 'not_required'));
comment on column recruiting.candidate_sensitive.military_state is 'What military_status says: served, serving, awaiting (to be called up), not_served, exempt (by law), not_required; null for unknown words.
由 military_status 判讀：served 役畢、serving 服役中、awaiting 待役、not_served 未役、exempt 免役、not_required 不需服役；無法判讀為空。';

alter table recruiting.job_preference
    add column work_cities text[] not null default '{}',
    add column work_districts text[] not null default '{}';
alter table recruiting.job_preference
    alter column work_cities drop default,
    alter column work_districts drop default;
comment on column recruiting.job_preference.work_cities is 'Counties and cities that work_place names, each once, official spelling (臺北市); empty if none can be read.
work_place 所列縣市，不重複，採正式寫法（臺北市）；無可判讀者為空陣列。';
comment on column recruiting.job_preference.work_districts is 'Districts that work_place names, each once, with their counties before them (臺北市大安區).
work_place 所列鄉鎮市區，不重複，含縣市（臺北市大安區）。';

alter table recruiting.experience
    add column work_city text,
    add column work_district text;
comment on column recruiting.experience.work_city is 'County or city of work_place, official spelling (臺北市); null if it can''t be read, names several, or lies abroad.
work_place 所在縣市，採正式寫法（臺北市）；無法判讀、列有多處或在國外為空。';
comment on column recruiting.experience.work_district is 'District of work_place, with its county before it (臺北市大安區).
work_place 所在鄉鎮市區，含縣市（臺北市大安區）。';

alter table recruiting.language
    add column listen_rank smallint,
    add column speak_rank smallint,
    add column read_rank smallint,
    add column write_rank smallint,
    add column degree_rank smallint;
comment on column recruiting.language.listen_rank is 'Rank of listen_degree, the higher the better: 40 native, 30 精通, 20 中等, 10 略懂, 0 不懂; null for unknown words.
listen_degree 的等級，愈大愈好：40 母語、30 精通、20 中等、10 略懂、0 不懂；無法判讀為空。';
comment on column recruiting.language.speak_rank is 'Rank of speak_degree, the higher the better: 40 native, 30 精通, 20 中等, 10 略懂, 0 不懂; null for unknown words.
speak_degree 的等級，愈大愈好：40 母語、30 精通、20 中等、10 略懂、0 不懂；無法判讀為空。';
comment on column recruiting.language.read_rank is 'Rank of read_degree, the higher the better: 40 native, 30 精通, 20 中等, 10 略懂, 0 不懂; null for unknown words.
read_degree 的等級，愈大愈好：40 母語、30 精通、20 中等、10 略懂、0 不懂；無法判讀為空。';
comment on column recruiting.language.write_rank is 'Rank of write_degree, the higher the better: 40 native, 30 精通, 20 中等, 10 略懂, 0 不懂; null for unknown words.
write_degree 的等級，愈大愈好：40 母語、30 精通、20 中等、10 略懂、0 不懂；無法判讀為空。';
comment on column recruiting.language.degree_rank is 'Rank of degree (local languages), the higher the better: 40 native, 30 精通, 20 中等, 10 略懂, 0 不懂; null for unknown words.
degree（本國語言）的等級，愈大愈好：40 母語、30 精通、20 中等、10 略懂、0 不懂；無法判讀為空。';

alter table recruiting.candidate_version
    add column is_employed boolean,
    add column work_cities text[] not null default '{}';
alter table recruiting.candidate_version
    alter column work_cities drop default;
comment on column recruiting.candidate_version.is_employed is 'Whether employment_status names being in a job; null for unknown words.
employment_status 是否表示在職；無法判讀為空。';
comment on column recruiting.candidate_version.work_cities is 'Counties and cities that work_place names, official spelling.
work_place 所列縣市，採正式寫法。';

comment on column recruiting.skill_term.term is 'The skill, folded for search: width, case and white space, and one of several common names (k8s is kubernetes); term_text keeps the person''s own.
折疊後的技能（全半形、大小寫、空白，及常見別名，如 k8s 即 kubernetes）；term_text 保留原文。';
