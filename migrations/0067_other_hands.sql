-- Rows that another hand than etl104's changed lose the mark of what they follow from.
--
-- `etl104 reprocess` passes over whoever's rows carry the mark that would be written again: it reads neither their
-- documents nor their rows, which is what makes it quick. That is right as long as nobody else writes these tables. Whoever
-- does, a careless hand or a mending one, is noted here, and their people are compared and mended the next time.
--
-- etl104 says in each transaction that it is the one who writes; the condition of a trigger is all that its own rows
-- cost. The mark keeps the rules' version, its first four bytes: the rows were made by no older ones. What was changed
-- before this migration, or past these triggers (a partition that was emptied, a session without triggers), is
-- found by `etl104 verify`.

create function etl.note_other_hand() returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    if tg_when = 'BEFORE' then
        new._etl_fingerprint := substr(new._etl_fingerprint, 1, 4);
        return new;
    elsif tg_op = 'TRUNCATE' then
        update recruiting.candidate set _etl_fingerprint = substr(_etl_fingerprint, 1, 4)
        where octet_length(_etl_fingerprint) > 4;
        return null;
    end if;
    if tg_op <> 'INSERT' then
        update recruiting.candidate set _etl_fingerprint = substr(_etl_fingerprint, 1, 4)
        where company_no = old.company_no and resume_id = old.resume_id and octet_length(_etl_fingerprint) > 4;
    end if;
    if tg_op <> 'DELETE' then
        update recruiting.candidate set _etl_fingerprint = substr(_etl_fingerprint, 1, 4)
        where company_no = new.company_no and resume_id = new.resume_id and octet_length(_etl_fingerprint) > 4;
    end if;
    return null;
end
$$;
comment on function etl.note_other_hand() is
'Takes the mark of what rows follow from off people whose rows somebody else than etl104 wrote: the next `etl104 reprocess` compares them.
非 etl104 寫入人員資料列時，移除其依據標記，使下次 `etl104 reprocess` 重新比對。';

do $$
declare
    of_people name;
begin
    for of_people in
        select relname from pg_class
        where relnamespace = 'recruiting'::regnamespace and relkind = 'p' and relname <> 'candidate'
        order by relname
    loop
        execute format('create trigger other_hand after insert or update or delete on recruiting.%I for each row
            when (current_setting(''etl104.writes_people'', true) is distinct from ''on'')
            execute function etl.note_other_hand()', of_people);
        execute format('create trigger other_hand_empties after truncate on recruiting.%I for each statement
            when (current_setting(''etl104.writes_people'', true) is distinct from ''on'')
            execute function etl.note_other_hand()', of_people);
    end loop;
end
$$;
create trigger other_hand before update on recruiting.candidate for each row
    when (current_setting('etl104.writes_people', true) is distinct from 'on')
    execute function etl.note_other_hand();

comment on column recruiting.candidate._etl_fingerprint is 'What this person''s rows follow from: version of the rules that make rows (4 bytes), SHA-256 over the sightings and how they are read, SHA-256 over the receipts of files. Equal means nothing to do. The version alone: somebody else than etl104 wrote some of the rows since.
此人各列的依據：產生資料列的規則版本（4 位元組）、名單出現紀錄及其解讀方式的 SHA-256、檔案收取紀錄的 SHA-256；相同即無需重算。僅有版本者，表示其後曾由非 etl104 者寫入。';
