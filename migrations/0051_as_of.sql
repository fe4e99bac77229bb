-- Replacing a schema of `etl104 as-of` keeps what others gave and made: rights on single columns are
-- carried over, and whatever rests on the schema holds it. `drop schema … cascade` would take a function
-- with it whose body names a table (`begin atomic`), or a policy on which rights rest, and say nothing.

create or replace function etl.strangers_to_as_of(name text) returns setof text
language sql stable
set search_path = pg_catalog
as $$
    with own as (
        select c.oid, c.reltype, row_type.typarray
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_type row_type on row_type.oid = c.reltype
        where n.nspname = strangers_to_as_of.name and c.relkind = 'r'
          and exists (
              select from pg_class parent
              where parent.relnamespace = 'recruiting'::regnamespace and parent.relkind = 'p'
                and parent.relname = c.relname)
    ),
    held (class, object) as (
        select 'pg_namespace'::regclass::oid, n.oid from pg_namespace n where n.nspname = strangers_to_as_of.name
        union all select 'pg_class'::regclass, own.oid from own
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
      -- What the tables are made of, and aids to find their rows.
      and class not in ('pg_attrdef'::regclass, 'pg_default_acl'::regclass, 'pg_statistic_ext'::regclass)
      and not exists (
          select from pg_class c
          where class = 'pg_class'::regclass and c.oid = object and c.relkind in ('i', 'I', 't'))
      and not exists (
          select from pg_constraint k
          where class = 'pg_constraint'::regclass and k.oid = object and k.conrelid in (select oid from own))
      and not exists (
          select from pg_trigger t
          where class = 'pg_trigger'::regclass and t.oid = object and t.tgisinternal)
    order by 1
$$;
comment on function etl.strangers_to_as_of(text) is
'What somebody else made in a schema of `etl104 as-of`, or what rests on it (tables, views, functions, policies): it can''t be replaced while they are there. Indexes and statistics don''t count.
他人於 `etl104 as-of` 結構描述內（或依附其上）所建的物件（表、檢視、函式、政策等）；其存在時無法取代該結構描述。索引與統計資訊不計。';

create or replace function etl.finish_as_of(aside text, says text) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    wanted text;
    earlier text := 'as_of_gone_' || replace(gen_random_uuid()::text, '-', '');
    holder record;
begin
    execute format('comment on schema %I is %L', aside, says);

    perform pg_advisory_xact_lock(hashtextextended('etl104 as-of', 0));
    select becomes into strict wanted from etl.as_of_schema where schema_name = aside;
    if to_regnamespace(quote_ident(wanted)) is not null then
        if not etl.is_as_of_schema(wanted) then
            raise exception 'the schema % is not one that as-of made', wanted using errcode = 'duplicate_schema';
        end if;
        if exists (select from etl.strangers_to_as_of(wanted)) then
            raise exception 'what somebody made holds the schema %', wanted using errcode = 'dependent_objects_still_exist';
        end if;
        -- Whoever may read the earlier one may read this one: the schema, tables, single columns.
        for holder in
            select 'usage' as privilege, format('schema %I', aside) as thing, acl.*
            from pg_namespace n, aclexplode(n.nspacl) acl
            where n.nspname = wanted and acl.privilege_type = 'USAGE' and acl.grantee <> n.nspowner
            union all
            select 'select', format('%I.%I', aside, c.relname), acl.*
            from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) acl
            where n.nspname = wanted and c.relkind = 'r' and acl.privilege_type = 'SELECT'
              and acl.grantee <> c.relowner
              and to_regclass(format('%I.%I', aside, c.relname)) is not null
            union all
            select format('select (%I)', a.attname), format('%I.%I', aside, c.relname), acl.*
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) acl
            where n.nspname = wanted and c.relkind = 'r' and acl.privilege_type = 'SELECT'
              and acl.grantee <> c.relowner
              and exists (
                  select from pg_attribute still
                  where still.attrelid = to_regclass(format('%I.%I', aside, c.relname))
                    and still.attname = a.attname)
        loop
            execute format('grant %s on %s to %s %s', holder.privilege, holder.thing,
                case when holder.grantee = 0 then 'public' else holder.grantee::regrole::text end,
                case when holder.is_grantable then 'with grant option' else '' end);
        end loop;
        -- A rename waits for no reader, a drop would: that comes after.
        execute format('alter schema %I rename to %I', wanted, earlier);
        update etl.as_of_schema set schema_name = earlier, state = 'replaced' where schema_name = wanted;
    else
        delete from etl.as_of_schema where schema_name = wanted;
    end if;
    execute format('alter schema %I rename to %I', aside, wanted);
    update etl.as_of_schema set schema_name = wanted, state = 'ready', built_at = now() where schema_name = aside;
end
$$;
comment on function etl.finish_as_of(text, text) is
'Adds the comment, and gives the schema its name in the place of an earlier one, whose readers it keeps, those of single columns too. Nobody waits.
加上註解，並以所要求的名稱取代先前的結構描述（保留其讀取權限，含個別欄位者），無人需等待。';

create or replace function etl.drop_as_of_leftovers() returns setof text
language plpgsql
set search_path = pg_catalog
as $$
declare
    leftover record;
begin
    for leftover in
        select known.schema_name from etl.as_of_schema known
        where known.state = 'replaced'
           or known.state = 'building' and not exists (
               select from etl.run
               where run.run_id = known.run_id and run.state = 'running' and etl.is_run_alive(run.run_id))
        order by known.schema_name
        for update skip locked
    loop
        continue when exists (select from etl.strangers_to_as_of(leftover.schema_name));
        execute format('drop schema if exists %I cascade', leftover.schema_name);
        delete from etl.as_of_schema where schema_name = leftover.schema_name;
        return next leftover.schema_name;
    end loop;
    -- Somebody dropped these.
    delete from etl.as_of_schema
    where schema_name in (
        select known.schema_name from etl.as_of_schema known
        where known.state = 'ready' and to_regnamespace(quote_ident(known.schema_name)) is null
        for update skip locked);
end
$$;
comment on function etl.drop_as_of_leftovers() is
'Drops what a killed `etl104 as-of` began, and earlier schemas that were replaced; forgets those that somebody dropped.
刪除中斷的 `etl104 as-of` 所遺留者，以及已被取代的結構描述；並清除他人已刪除者的紀錄。';
