-- One partition a company and table, in a schema of its own so that analysts see the parents
-- alone. Foreign keys stand between the partitions of one company: a rebuild can then build a
-- company's tables aside and swap them, children before parents, without touching another's.

create schema recruiting_partition;
comment on schema recruiting_partition is
'Storage of recruiting, a partition per table and company; query the parents in recruiting.
recruiting 的實際儲存，每表每公司一個分割；請查詢 recruiting 中的母表。';

-- Tables are made aside and attached: unlike `create table … partition of`, this lets readers
-- and writers of other companies go on.
create function recruiting.add_company(new_company_no text) returns void
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
        continue when to_regclass(format('recruiting_partition.%I', partition_name)) is not null;
        execute format('create table recruiting_partition.%I (like recruiting.%I including all)',
            partition_name, parent);
        if parent <> 'candidate' then
            execute format(
                'alter table recruiting_partition.%I add constraint %I
                    foreign key (company_no, resume_id)
                    references recruiting_partition.%I (company_no, resume_id) on delete cascade',
                partition_name, parent || '_candidate_fkey', 'candidate_' || new_company_no);
        end if;
        execute format('alter table recruiting.%I attach partition recruiting_partition.%I for values in (%L)',
            parent, partition_name, new_company_no);
    end loop;
end
$$;
comment on function recruiting.add_company(text) is
'Creates the partitions of a company that are absent; may be called any number of times, by any number of processes.
建立某公司尚缺的分割；可重複、可同時呼叫。';
