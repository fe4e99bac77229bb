-- Keys of tables that are built aside, of several tables at once: adding a foreign key locks the table that it refers
-- to, for as long as all rows are looked at. Added first and validated later, it locks nothing for long. Statistics of a tenth
-- of the rows do until autovacuum takes them all.

create or replace function etl.add_aside_foreign_key(in_schema text, company text, of_table text) returns void
language plpgsql
set search_path = pg_catalog
as $$
begin
    execute format('alter table %I.%I add constraint %I foreign key (company_no, resume_id)
        references %I.%I (company_no, resume_id) on delete cascade not valid',
        in_schema, of_table || '_' || company, of_table || '_candidate_fkey', in_schema, 'candidate_' || company);
end
$$;
comment on function etl.add_aside_foreign_key(text, text, text) is
'Adds the foreign key of a table that is built aside, once candidate has its primary key; the rows that are there are checked by etl.finish_aside_table.
candidate 具備主鍵後，為重建中的表加上外鍵；既有資料列由 etl.finish_aside_table 檢查。';

create function etl.finish_aside_table(in_schema text, company text, of_table text) returns void
language plpgsql
set search_path = pg_catalog
set default_statistics_target = 10
as $$
declare
    part text := of_table || '_' || company;
    unchecked text;
    indexed text;
begin
    perform etl.add_aside_indexes(in_schema, company, of_table);
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
'Adds the primary key and the indexes of a table that is built aside, checks its foreign key, and takes the statistics of its indexed columns.
為重建中的表加上主鍵與索引、檢查外鍵，並收集索引欄位的統計。';
