-- What changed from version to version, value by value, and the tables as they were at a moment.
--
-- The values stand in a table of their own and not beside the version: they hold protected and contact
-- data too, and whoever was granted candidate_version was not granted those. Rows follow from the
-- documents like all others; people whose rows an older program wrote have none until they are
-- recomputed (`etl104 reprocess`).

create table recruiting.candidate_change (
    company_no text not null,
    resume_id text not null,
    version_no integer not null,
    field text not null,
    table_name text not null,
    column_name text,
    before jsonb,
    after jsonb,
    constraint candidate_change_pkey primary key (company_no, resume_id, version_no, field),
    constraint candidate_change_version_no_from_2 check (version_no >= 2),
    constraint candidate_change_field_names_its_place check (field = concat_ws('.', table_name, column_name))
) partition by list (company_no);
create index candidate_change_field on recruiting.candidate_change (company_no, field);
comment on table recruiting.candidate_change is
'What each version changed against the one before, value by value. Holds what was protected or contact data too: grant it as sparingly as candidate_sensitive. Grain: company, resume, version, field.
每一版本相對於前一版本的逐項變更；亦含特別保護及聯絡資料，授權應與 candidate_sensitive 同樣謹慎。';
comment on column recruiting.candidate_change.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.candidate_change.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.candidate_change.version_no is 'The version that brought the change, see candidate_version; from 2.
帶來此變更的版本，見 candidate_version；自 2 起。';
comment on column recruiting.candidate_change.field is 'What changed: table.column, or the table for lists.
變更之處：table.column，清單則為表名。';
comment on column recruiting.candidate_change.table_name is 'The table of recruiting that shows it.
顯示此資料的 recruiting 表。';
comment on column recruiting.candidate_change.column_name is 'The column; null for lists, which are compared as a whole.
欄位；清單整份比較，故為空。';
comment on column recruiting.candidate_change.before is 'The value before; for lists the array of items. Null if there was none.
變更前的值；清單為各項的陣列。原無值則為空。';
comment on column recruiting.candidate_change.after is 'The value after; for lists the array of items. Null if it was taken away.
變更後的值；清單為各項的陣列。被移除則為空。';

do $$
declare
    company name;
begin
    for company in
        select right(child.relname, 8)
        from pg_inherits i join pg_class child on child.oid = i.inhrelid
        where i.inhparent = 'recruiting.candidate'::regclass
        order by 1
    loop
        perform recruiting.add_company(company);
    end loop;
end
$$;

create view mart.candidate_change as
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
    ) end as added
from recruiting.candidate_change c
join recruiting.candidate_version v using (company_no, resume_id, version_no);
comment on view mart.candidate_change is
'What changed in a resume, when, from what to what: one row a changed field. Holds protected and contact data too. Grain: company, resume, version, field.
履歷的變更紀錄：何時、哪一欄、由何值變為何值，每個變更欄位一列；亦含特別保護及聯絡資料。';
comment on column mart.candidate_change.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column mart.candidate_change.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column mart.candidate_change.version_no is 'The version that brought the change; from 2.
帶來此變更的版本；自 2 起。';
comment on column mart.candidate_change.changed_on is 'Date of the window that first showed it, Taiwan time.
首次顯示之時窗的日期（台灣時間）。';
comment on column mart.candidate_change.changed_at is 'By then it had changed: end of the first window that showed it.
最遲於此時已變更：首次顯示之時窗的結束時刻。';
comment on column mart.candidate_change.changed_after is 'Start of that window: it changed after it, or before and unseen.
該時窗的起始時刻：變更發生於其後（或更早而未見）。';
comment on column mart.candidate_change.precision is 'How wide that window is: hour, hours, day.
該時窗的寬度：hour 一小時、hours 數小時、day 整日。';
comment on column mart.candidate_change.source is 'Source of the sighting that showed it: matched, saved, applied.
顯示此變更之紀錄的來源：matched、saved、applied。';
comment on column mart.candidate_change.is_late is 'Whether the version rests on late sightings alone: the change may be a later one (A-15).
該版本是否僅依據逾時取得的紀錄；變更可能發生於更晚（A-15）。';
comment on column mart.candidate_change.table_name is 'The table of recruiting that shows it.
顯示此資料的 recruiting 表。';
comment on column mart.candidate_change.column_name is 'The column; null for lists.
欄位；清單為空。';
comment on column mart.candidate_change.before is 'The value before, as text; for lists the JSON array of items.
變更前的值（文字）；清單為 JSON 陣列。';
comment on column mart.candidate_change.after is 'The value after, as text; for lists the JSON array of items.
變更後的值（文字）；清單為 JSON 陣列。';
comment on column mart.candidate_change.removed is 'Lists: items that are there no longer, or no longer so; null if none.
清單：已移除或已改寫的項目；無則為空。';
comment on column mart.candidate_change.added is 'Lists: items that are new, or new in this form; null if none.
清單：新增或改寫後的項目；無則為空。';

create function mart.candidate_version_at(moment timestamptz) returns setof recruiting.candidate_version
language sql stable parallel safe
as $$
    select * from recruiting.candidate_version as version
    where version.valid_from <= moment and (version.valid_to is null or moment < version.valid_to)
$$;
comment on function mart.candidate_version_at(timestamptz) is
'The version of each resume that was valid at a moment, at most one a resume; resumes first seen later have none. Columns as in recruiting.candidate_version. Write Taiwan time with its zone: ''2026-11-01 09:00+08''.
各履歷於某時刻有效的版本，每份至多一列；其後才首見者無列。欄位同 recruiting.candidate_version。台灣時間請註明時區：''2026-11-01 09:00+08''。';

-- Schemas that `etl104 as-of` made. They hold people: whoever erases one looks here.

create table etl.as_of_schema (
    schema_name text not null,
    becomes text not null,
    state text not null default 'building',
    moment timestamptz not null,
    run_id uuid not null,
    program_version text not null,
    transform_version integer not null,
    built_at timestamptz,
    constraint as_of_schema_pkey primary key (schema_name),
    constraint as_of_schema_state_known check (state in ('building', 'ready', 'replaced')),
    constraint as_of_schema_ready_has_its_name check (state <> 'ready' or (schema_name = becomes and built_at is not null))
);
comment on table etl.as_of_schema is
'Schemas that hold the tables of recruiting as they were at a moment, with the same keys: one person is to be found and erased there too. Grain: schema.
存放 recruiting 各表於某時刻樣貌的結構描述，鍵值相同；查找或刪除個人資料時須一併處理。';
comment on column etl.as_of_schema.schema_name is 'The schema.
結構描述名稱。';
comment on column etl.as_of_schema.becomes is 'The name that was asked for; another than schema_name while it is built aside, and once it is replaced.
所要求的名稱；建置中或已被取代時與 schema_name 不同。';
comment on column etl.as_of_schema.state is 'building (aside); ready; replaced (to be dropped).
building 建置中；ready 可用；replaced 已被取代，待刪除。';
comment on column etl.as_of_schema.moment is 'The tables are as they were then.
資料表所呈現的時刻。';
comment on column etl.as_of_schema.run_id is 'The run that made it; the schema''s comment names it too.
建立它的執行；該結構描述的註解亦載明。';
comment on column etl.as_of_schema.program_version is 'Version of etl104.
etl104 版本。';
comment on column etl.as_of_schema.transform_version is 'Version of the rules that read the documents.
解讀規則的版本。';
comment on column etl.as_of_schema.built_at is 'When it was complete.
完成時間。';

create function etl.is_as_of_schema(name text) returns boolean
language sql stable
set search_path = pg_catalog
as $$
    select exists (
        select from etl.as_of_schema known join pg_namespace n on n.nspname = known.schema_name
        where known.schema_name = is_as_of_schema.name
          and obj_description(n.oid, 'pg_namespace') like '%' || known.run_id::text || '%')
$$;
comment on function etl.is_as_of_schema(text) is
'Whether `etl104 as-of` made this very schema: the ledger and the schema''s comment name the same run.
是否確由 `etl104 as-of` 建立：帳冊與該結構描述的註解須載明同一次執行。';

create function etl.strangers_to_as_of(name text) returns setof text
language sql stable
set search_path = pg_catalog
as $$
    select format('%I.%I', n.nspname, c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = strangers_to_as_of.name and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (
          select from pg_class parent
          where parent.relnamespace = 'recruiting'::regnamespace and parent.relkind = 'p'
            and parent.relname = c.relname)
    union
    select format('%I.%I', elsewhere.nspname, view.relname)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
        and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite rule on rule.oid = d.objid
    join pg_class view on view.oid = rule.ev_class
    join pg_namespace elsewhere on elsewhere.oid = view.relnamespace
    where n.nspname = strangers_to_as_of.name and elsewhere.oid <> n.oid
    order by 1
$$;
comment on function etl.strangers_to_as_of(text) is
'Tables and views that somebody else made in a schema of `etl104 as-of`, or upon it: it can''t be replaced while they are there.
他人於 `etl104 as-of` 結構描述內（或依附其上）所建的表與檢視；其存在時無法取代該結構描述。';

create function etl.begin_as_of(aside text) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    parent record;
begin
    execute format('create schema %I', aside);
    for parent in
        select c.relname, obj_description(c.oid, 'pg_class') as says
        from pg_class c
        where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p'
        order by c.relname
    loop
        execute format('create table %I.%I (like recruiting.%I including all)', aside, parent.relname, parent.relname);
        execute format('comment on table %I.%I is %L', aside, parent.relname, parent.says);
    end loop;
end
$$;
comment on function etl.begin_as_of(text) is
'Makes a schema with empty tables like those of recruiting: columns, keys, indexes, checks and comments.
建立與 recruiting 相同（欄位、鍵、索引、檢查、註解）的空表結構描述。';

create function etl.add_as_of_key(aside text) returns boolean
language plpgsql
set search_path = pg_catalog
as $$
declare
    bare name;
begin
    select c.relname into bare
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = aside and c.relkind = 'r' and c.relname <> 'candidate'
      and not exists (select from pg_constraint where conrelid = c.oid and contype = 'f')
    order by c.relname
    limit 1;
    if not found then
        execute format('analyze %I.candidate', aside);
        return false;
    end if;
    execute format('alter table %I.%I add constraint %I foreign key (company_no, resume_id)
        references %I.candidate (company_no, resume_id) on delete cascade',
        aside, bare, bare || '_candidate_fkey', aside);
    execute format('analyze %I.%I', aside, bare);
    return true;
end
$$;
comment on function etl.add_as_of_key(text) is
'Adds the foreign key of the next table that has none; false when all have theirs.
為下一個尚無外鍵的表加上外鍵；皆已具備則傳回 false。';

create function etl.finish_as_of(aside text, says text) returns void
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
            raise exception 'somebody''s tables or views hold the schema %', wanted using errcode = 'dependent_objects_still_exist';
        end if;
        -- Whoever may read the earlier one may read this one.
        for holder in
            select acl.grantee::regrole::text as role, acl.grantee
            from pg_namespace n, aclexplode(n.nspacl) acl
            where n.nspname = wanted and acl.privilege_type = 'USAGE' and acl.grantee <> n.nspowner
        loop
            execute format('grant usage on schema %I to %s', aside,
                case when holder.grantee = 0 then 'public' else holder.role end);
        end loop;
        for holder in
            select acl.grantee::regrole::text as role, acl.grantee, c.relname
            from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) acl
            where n.nspname = wanted and c.relkind = 'r' and acl.privilege_type = 'SELECT'
              and acl.grantee <> c.relowner
              and to_regclass(format('%I.%I', aside, c.relname)) is not null
        loop
            execute format('grant select on %I.%I to %s', aside, holder.relname,
                case when holder.grantee = 0 then 'public' else holder.role end);
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
'Adds the comment, and gives the schema its name in the place of an earlier one, whose readers it keeps. Nobody waits.
加上註解，並以所要求的名稱取代先前的結構描述（保留其讀取權限），無人需等待。';

create function etl.drop_as_of_leftovers() returns setof text
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
end
$$;
comment on function etl.drop_as_of_leftovers() is
'Drops what a killed `etl104 as-of` began, and earlier schemas that were replaced.
刪除中斷的 `etl104 as-of` 所遺留者，以及已被取代的結構描述。';
