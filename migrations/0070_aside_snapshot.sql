-- A rebuild aside tells by a snapshot whom others wrote since it began: a writer that was under way at the beginning may
-- have had its transaction's number before.

-- Nobody rebuilds while a database is migrated: rows that are there are of dead processes, whose tables are dropped.
alter table etl.aside drop column begun_xid;
alter table etl.aside add column begun_snapshot pg_snapshot not null default pg_current_snapshot();
comment on column etl.aside.begun_snapshot is 'Which transactions had been committed when it began: whom any other wrote is taken over as they stand. No clock tells that as surely.
開始時已提交的交易；由其他交易寫入的人員資料照原樣帶入。此較時鐘可靠。';
