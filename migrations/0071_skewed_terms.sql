-- An index over the terms of all people by their hash: thousands have the same skill, and a hash index walks over all of
-- them for each one more. Of 1.7 million terms (100 000 people) it took 19 seconds to build, more than all other indexes
-- together, and ten times the people would have taken a hundred times as long. Who has a skill is asked of
-- mart.candidate_overview, whose index over `skills` keeps each skill once.

drop index recruiting.skill_term_term;
comment on column recruiting.skill_term.term is 'The skill, folded for search: width, case and white space, and one of several common names (k8s is kubernetes); term_text keeps the person''s own. Who has one is found fastest in mart.candidate_overview: skills @> ''{kubernetes}''.
折疊後的技能（全半形、大小寫、空白，及常見別名，如 k8s 即 kubernetes）；term_text 保留原文。查詢具備某技能者，以 mart.candidate_overview 最快：skills @> ''{kubernetes}''。';

-- Tables that are built aside: all get their indexes side by side, and only then the foreign keys, which need the primary
-- key of candidate.

create or replace function etl.finish_aside_table(in_schema text, company text, of_table text) returns void
language plpgsql
set search_path = pg_catalog
set default_statistics_target = 10
as $$
declare
    part text := of_table || '_' || company;
    unchecked text;
    indexed text;
begin
    for unchecked in
        select conname from pg_constraint
        where conrelid = format('%I.%I', in_schema, part)::regclass and not convalidated
    loop
        execute format('alter table %I.%I validate constraint %I', in_schema, part, unchecked);
    end loop;
    -- What plans rest on most, for the time until autovacuum takes all statistics; wide texts make most of the work.
    select string_agg(distinct quote_ident(a.attname), ', ') into indexed
    from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = format('recruiting.%I', of_table)::regclass;
    execute format('analyze %I.%I (%s)', in_schema, part, indexed);
end
$$;
comment on function etl.finish_aside_table(text, text, text) is
'Checks the foreign key of a table that is built aside and has its indexes, and takes the statistics of its indexed columns.
為已有索引的重建中的表檢查外鍵，並收集索引欄位的統計。';
