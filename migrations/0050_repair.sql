-- What `verify --repair` needs of the tables. A document may be damaged: a disk, a careless hand. Its
-- content can't be made up, but 104 may still answer it: marked, it is replaced by the next answer
-- of the same content, while all that names it stays. And a partition that stands without being
-- attached holds people whom nobody sees, and keeps others out: it is attached again.

alter table raw.resume_document add column damaged_at timestamptz;
comment on column raw.resume_document.damaged_at is
'When its text was found to be other than what content_hash says; the next answer of that content replaces it. Null while it is whole.
發現原文與 content_hash 不符的時間;下次取得相同內容時即予取代。完好時為空。';
create index resume_document_damaged on raw.resume_document (company_no, document_id)
where damaged_at is not null;

-- As in 0024, save that a table which is there and not attached is attached.
create or replace function recruiting.add_company(new_company_no text) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    parent name;
    partition_name text;
begin
    if new_company_no is null or new_company_no !~ '^[0-9]{8}$' then
        raise exception 'a company number (統編) has 8 digits' using errcode = 'check_violation';
    end if;

    -- The usual case, without a lock: all partitions are there.
    perform from pg_partitioned_table p
        join pg_class c on c.oid = p.partrelid
        where c.relnamespace = 'recruiting'::regnamespace
          and not exists (
              select from pg_inherits i join pg_class child on child.oid = i.inhrelid
              where i.inhparent = c.oid and child.relname = c.relname || '_' || new_company_no);
    if not found then
        return;
    end if;

    perform pg_advisory_xact_lock(hashtextextended('etl104 recruiting.add_company', 0));
    for parent in
        select c.relname
        from pg_partitioned_table p join pg_class c on c.oid = p.partrelid
        where c.relnamespace = 'recruiting'::regnamespace
        order by c.relname <> 'candidate', c.relname
    loop
        partition_name := parent || '_' || new_company_no;
        continue when exists (
            select from pg_inherits
            where inhrelid = to_regclass(format('recruiting_partition.%I', partition_name)));
        if to_regclass(format('recruiting_partition.%I', partition_name)) is null then
            execute format('create table recruiting_partition.%I (like recruiting.%I including all)',
                partition_name, parent);
            if parent <> 'candidate' then
                execute format(
                    'alter table recruiting_partition.%I add constraint %I
                        foreign key (company_no, resume_id)
                        references recruiting_partition.%I (company_no, resume_id) on delete cascade',
                    partition_name, parent || '_candidate_fkey', 'candidate_' || new_company_no);
            end if;
        end if;
        execute format('alter table recruiting.%I attach partition recruiting_partition.%I for values in (%L)',
            parent, partition_name, new_company_no);
    end loop;
end
$$;
comment on function recruiting.add_company(text) is
'Creates the partitions of a company that are absent, and attaches those that are not attached; may be called any number of times, by any number of processes.
建立某公司尚缺的分割,並附加已存在而未附加者;可重複、可同時呼叫。';
