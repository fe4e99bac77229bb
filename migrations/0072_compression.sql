-- Long texts of recruiting are compressed by lz4, as documents are in raw, and no longer by pglz, in which a twelfth of a
-- rebuild's processor time went. A value that is there stays as it is until its row is written anew: both are read alike.

do $$
declare
    compressible record;
begin
    for compressible in
        select c.oid::regclass as of_table, a.attname
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace in ('recruiting'::regnamespace, 'recruiting_partition'::regnamespace)
          and c.relkind in ('p', 'r') and a.attstorage in ('x', 'm')
        order by c.oid, a.attnum
    loop
        execute format('alter table %s alter column %I set compression lz4', compressible.of_table, compressible.attname);
    end loop;
end
$$;
