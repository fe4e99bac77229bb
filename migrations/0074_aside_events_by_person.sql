-- What a rebuild aside tells the change feed of applications and files is prepared with each of the two tables, while others
-- still get their keys, and the feed is told by people. Before, all of it was brought into one order and written once more
-- when every table was complete, by one of the cores: a twentieth of a rebuild of people of whom no rows stand.

-- What an earlier version had swapped and not told: it told it in another form.
do $$
declare
    untold record;
begin
    for untold in
        select schema_name, company_no, run_id, told_place from etl.aside where swapped_at is not null
    loop
        if to_regclass(format('%I.event', untold.schema_name)) is not null then
            execute format(
                'with next as (
                     select * from %1$I.event where place > $1
                 ), counted as (
                     insert into etl.change_counter as counter (last_no)
                     select coalesce((select max(change_no) from recruiting.change), 0) + count(*) from next
                     on conflict (is_only) do update
                     set last_no = greatest(counter.last_no, excluded.last_no - (select count(*) from next))
                                   + (select count(*) from next)
                     returning last_no - (select count(*) from next) as before_no
                 )
                 insert into recruiting.change (
                     change_no, company_no, resume_id, kind, changed_fields, document_id, job_no, applied_text,
                     unnumbered_job_name, applied_on, file_role, file_item_no, file_state, run_id, changed_at)
                 select counted.before_no + row_number() over (order by place), $2, resume_id, kind, changed_fields,
                     document_id, job_no, applied_text, unnumbered_job_name, applied_on, file_role, file_item_no,
                     file_state, $3, clock_timestamp()
                 from counted cross join next order by place',
                untold.schema_name)
            using untold.told_place, untold.company_no, untold.run_id;
        end if;
        perform etl.drop_aside(untold.schema_name);
    end loop;
end
$$;

alter table etl.aside drop column told_place;
alter table etl.aside add column told_resume_id text not null default '';
comment on column etl.aside.told_resume_id is 'How far the change feed was told after the swap, in the order of resume ids: the last person of whom all is told; empty before.
切換後已告知異動流的進度（依履歷編號排序）：最後一位已全部告知的人員；尚未告知為空字串。';
