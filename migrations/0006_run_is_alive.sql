-- A killed process must not hold its windows until their leases end. Each run holds a session
-- advisory lock while it lives, and Postgres frees it the moment the process's connection is
-- gone; so a lease whose run holds no lock is free at once. A process that is merely asleep keeps
-- its lock; its leases end by their time.

create function etl.is_run_alive(run_id uuid) returns boolean
language sql stable parallel safe
begin atomic
    select exists (
        select from pg_catalog.pg_locks
        where locktype = 'advisory'
          and database = (select oid from pg_catalog.pg_database
                          where datname = pg_catalog.current_database())
          and classid = 104
          and objid = (pg_catalog.hashtext(run_id::text)::bigint & 4294967295)::oid
          and objsubid = 2
          and granted);
end;
comment on function etl.is_run_alive is
'Whether the process of a run still lives: it holds its advisory lock.
該次執行的程序是否仍存活(持有其諮詢鎖)。';
