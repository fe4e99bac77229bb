-- What a rebuild aside tells the change feed is written once, in its order, and stays until the schema is dropped: how far
-- it is told is a number. A rebuild of people of whom no rows stand has four or more events a person, and spent a fifth of
-- its time upon moving them.

alter table etl.aside add column told_place bigint not null default 0;
alter table etl.aside add constraint aside_told_place_from_0 check (told_place >= 0);
comment on column etl.aside.told_place is 'How far the change feed was told after the swap: the place of the last event of the schema''s table `event` that it has; 0 before.
切換後已告知異動流的進度：該結構描述內 event 表最後一筆已告知事件的 place；尚未告知為 0。';

create or replace function etl.begin_aside(in_schema text, company text, run uuid) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    part record;
begin
    execute format('create schema %I', in_schema);
    execute format('comment on schema %I is %L', in_schema,
        'Tables of company ' || company || ' on their way in or out, by run ' || run || ' of etl104: see etl.aside.'
        || E'\n公司 ' || company || ' 重建中或已汰換的各表（etl104 執行 ' || run || '），見 etl.aside。');
    insert into etl.aside (schema_name, company_no, run_id) values (in_schema, company, run);
    for part in
        select parent.relname as of_table, c.relname, c.reloptions, space.spcname
        from pg_inherits i
        join pg_class parent on parent.oid = i.inhparent
        join pg_class c on c.oid = i.inhrelid
        left join pg_tablespace space on space.oid = c.reltablespace
        where parent.relnamespace = 'recruiting'::regnamespace and parent.relkind = 'p'
          and c.relname = parent.relname || '_' || company
        order by parent.relname
    loop
        execute format('create table %I.%I (like recruiting.%I including all excluding indexes) %s %s',
            in_schema, part.relname, part.of_table,
            'with (' || array_to_string(part.reloptions, ', ') || ')', 'tablespace ' || quote_ident(part.spcname));
        -- By this attaching needs no look at the rows.
        execute format('alter table %I.%I add constraint of_company check (company_no = %L)',
            in_schema, part.relname, company);
    end loop;
    execute format('create table %I.difference (table_name text not null, resume_id text not null)', in_schema);
    execute format('create table %I.told (resume_id text not null, table_place integer not null, field text not null)', in_schema);
    execute format('create table %I.left_as_it_is (resume_id text primary key)', in_schema);
    execute format('create table %I.again (resume_id text primary key)', in_schema);
end
$$;
comment on function etl.begin_aside(text, text, uuid) is
'Makes a schema with bare tables like a company''s partitions, in which they are built anew.
建立與某公司分割相同之無鍵空表的結構描述，以供重建。';
