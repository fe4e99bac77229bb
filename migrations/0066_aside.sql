-- A company's tables built anew beside those that stand (`etl104 reprocess --aside`): bare tables filled by COPY,
-- then keys, then one short transaction in which they take the place of the old ones. Partitions are what is swapped:
-- the tables of recruiting, upon which views and grants rest, stay the same.
--
-- What is to be told to the change feed waits in the schema and is told after the swap, in parts: the feed's counter
-- is held by every transaction that tells something, and none of them may wait for millions of rows. Whoever finds such a
-- schema of a run that is dead tells what is left, if it was swapped, and drops it.

create table etl.aside (
    schema_name text not null,
    company_no text not null,
    run_id uuid not null,
    begun_at timestamptz not null default now(),
    begun_xid xid8 not null default pg_current_xact_id(),
    swapped_at timestamptz,
    constraint aside_pkey primary key (schema_name),
    constraint aside_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint aside_swapped_after_begun check (swapped_at >= begun_at)
);
comment on table etl.aside is
'Schemas in which `etl104 reprocess --aside` builds a company''s tables, until it drops them; after the swap the old ones stand in a schema of the same name and `_before`. They hold people: whoever erases one looks here. Grain: schema.
`etl104 reprocess --aside` 重建某公司各表所用的結構描述，完成後即刪除；切換後，舊表存放於名稱另加 `_before` 的結構描述。內含個人資料，刪除個人資料時須一併處理。';
comment on column etl.aside.schema_name is 'The schema.
結構描述名稱。';
comment on column etl.aside.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column etl.aside.run_id is 'The run that builds.
建置的執行。';
comment on column etl.aside.begun_at is 'When it began.
開始時間。';
comment on column etl.aside.begun_xid is 'The transaction in which it began, without another writer: whom others wrote since then is taken over as they stand. No clock tells that as surely.
開始時的交易（當時無其他寫入者）；此後由他人寫入的人員資料照原樣帶入。此較時鐘可靠。';
comment on column etl.aside.swapped_at is 'When the new tables took the place of the old ones; null before.
新表取代舊表的時間；尚未切換為空。';

create function etl.strangers_to_partitions(company text) returns setof text
language sql stable
set search_path = pg_catalog
as $$
    with own as (
        select c.oid, c.reltype, row_type.typarray
        from pg_inherits i
        join pg_class parent on parent.oid = i.inhparent
        join pg_class c on c.oid = i.inhrelid
        join pg_type row_type on row_type.oid = c.reltype
        where parent.relnamespace = 'recruiting'::regnamespace and parent.relkind = 'p'
          and c.relname = parent.relname || '_' || company
    ),
    held (class, object) as (
        select 'pg_class'::regclass::oid, own.oid from own
        union all select 'pg_type'::regclass, own.reltype from own
        union all select 'pg_type'::regclass, own.typarray from own
    ),
    -- A view depends by its rule.
    resting (class, object) as (
        select case when is_view then 'pg_class'::regclass::oid else d.classid end,
            case when is_view then rule.ev_class else d.objid end
        from held
        join pg_depend d on d.refclassid = held.class and d.refobjid = held.object
        left join pg_rewrite rule on d.classid = 'pg_rewrite'::regclass and rule.oid = d.objid
        cross join lateral (select coalesce(rule.ev_class not in (select oid from own), false)) as kind (is_view)
    )
    select distinct (pg_identify_object(class, object, 0)).identity
    from resting
    where (class, object) not in (select held.class, held.object from held)
      and class not in ('pg_attrdef'::regclass, 'pg_default_acl'::regclass)
      -- Indexes and triggers that the table of recruiting has too.
      and not exists (
          select from pg_class c
          where class = 'pg_class'::regclass and c.oid = object
            and (c.relkind = 't' or c.relkind = 'i' and exists (select from pg_inherits where inhrelid = c.oid)))
      and not exists (
          select from pg_constraint k
          where class = 'pg_constraint'::regclass and k.oid = object and k.conrelid in (select oid from own))
      and not exists (
          select from pg_trigger t
          where class = 'pg_trigger'::regclass and t.oid = object and (t.tgisinternal or t.tgparentid <> 0))
    order by 1
$$;
comment on function etl.strangers_to_partitions(text) is
'What somebody else made upon a company''s partitions themselves (views, indexes, statistics, triggers, policies, publications): it would not be there after a swap. What rests on the tables of recruiting stays.
他人直接建於某公司分割上的物件（檢視、索引、統計、觸發程序、政策、發布等）；切換後將不復存在。建於 recruiting 各表者不受影響。';

create function etl.begin_aside(in_schema text, company text, run uuid) returns void
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
    execute format('create table %I.event (place bigint generated always as identity primary key,
        resume_id text not null, kind text not null, changed_fields text[] not null, document_id bigint,
        job_no text, applied_text text, unnumbered_job_name text, applied_on date, file_role text,
        file_item_no integer, file_state text)', in_schema);
end
$$;
comment on function etl.begin_aside(text, text, uuid) is
'Makes a schema with bare tables like a company''s partitions, in which they are built anew.
建立與某公司分割相同之無鍵空表的結構描述，以供重建。';

create function etl.add_aside_indexes(in_schema text, company text, of_table text) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    of_parent record;
begin
    for of_parent in
        select pg_get_indexdef(i.indexrelid) as definition, pg_get_constraintdef(k.oid) as primary_key
        from pg_class c join pg_index i on i.indrelid = c.oid
        left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'p' and k.conrelid = c.oid
        where c.relnamespace = 'recruiting'::regnamespace and c.relname = of_table and c.relkind = 'p'
        order by i.indisprimary desc, i.indexrelid
    loop
        if of_parent.primary_key is not null then
            execute format('alter table %I.%I add %s', in_schema, of_table || '_' || company, of_parent.primary_key);
        else
            execute regexp_replace(of_parent.definition, 'INDEX \S+ ON (ONLY )?recruiting\.\S+',
                format('INDEX ON %I.%I', in_schema, of_table || '_' || company));
        end if;
    end loop;
end
$$;
comment on function etl.add_aside_indexes(text, text, text) is
'Adds the primary key and the indexes of a table of recruiting to the one that is built aside.
為重建中的表加上 recruiting 同名表的主鍵與索引。';

create function etl.add_aside_foreign_key(in_schema text, company text, of_table text) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    indexed text;
begin
    if of_table <> 'candidate' then
        execute format('alter table %I.%I add constraint %I foreign key (company_no, resume_id)
            references %I.%I (company_no, resume_id) on delete cascade',
            in_schema, of_table || '_' || company, of_table || '_candidate_fkey', in_schema, 'candidate_' || company);
    end if;
    -- What plans rest on most, for the time until autovacuum takes all statistics; wide texts make most of the work.
    select string_agg(distinct quote_ident(a.attname), ', ') into indexed
    from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = format('recruiting.%I', of_table)::regclass;
    execute format('analyze %I.%I (%s)', in_schema, of_table || '_' || company, indexed);
end
$$;
comment on function etl.add_aside_foreign_key(text, text, text) is
'Adds the foreign key of a table that is built aside, once all have their primary keys, and takes the statistics of its indexed columns.
各表皆有主鍵後，為重建中的表加上外鍵並收集索引欄位的統計。';

create function etl.swap_aside(in_schema text, company text) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    before text := in_schema || '_before';
    parent name;
    part text;
    parents name[];
begin
    if exists (select from etl.strangers_to_partitions(company)) then
        raise exception 'what somebody made upon the partitions of company % would be lost', company
            using errcode = 'dependent_objects_still_exist';
    end if;
    select array_agg(c.relname order by c.relname <> 'candidate', c.relname) into parents
    from pg_class c where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p';
    -- All are locked before anything is changed: table by table it would lock crosswise with a reader of two.
    foreach parent in array parents loop
        execute format('lock table recruiting.%I in access exclusive mode', parent);
    end loop;
    execute format('create schema %I', before);
    foreach parent in array parents loop
        part := parent || '_' || company;
        execute format('alter table recruiting.%I detach partition recruiting_partition.%I', parent, part);
        execute format('alter table recruiting_partition.%I set schema %I', part, before);
        execute format('alter table %I.%I set schema recruiting_partition', in_schema, part);
        execute format('alter table recruiting.%I attach partition recruiting_partition.%I for values in (%L)',
            parent, part, company);
        execute format('alter table recruiting_partition.%I drop constraint of_company', part);
    end loop;
    update etl.aside set swapped_at = clock_timestamp() where schema_name = in_schema;
end
$$;
comment on function etl.swap_aside(text, text) is
'Puts the tables that were built aside in the place of a company''s partitions, which go into a schema beside it. Waits for readers as long as lock_timeout says, and holds them off for milliseconds.
以重建完成的表取代某公司的分割，舊分割移入另一結構描述；等待讀取者的時間依 lock_timeout，阻擋讀取僅數毫秒。';

create function etl.drop_aside(in_schema text) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    part name;
begin
    -- Children before parents: a foreign key keeps its parent from being dropped.
    for part in
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in (in_schema, in_schema || '_before') and c.relkind = 'r'
        order by c.relname ~ '^candidate_[0-9]{8}$', c.relname
    loop
        execute format('drop table if exists %I.%I', in_schema, part);
        execute format('drop table if exists %I.%I', in_schema || '_before', part);
    end loop;
    execute format('drop schema if exists %I', in_schema);
    execute format('drop schema if exists %I', in_schema || '_before');
    delete from etl.aside where schema_name = in_schema;
end
$$;
comment on function etl.drop_aside(text) is
'Drops a schema in which tables were built aside and the one of the old tables, with all that is left in them.
刪除重建用的結構描述及其中所餘各表。';
