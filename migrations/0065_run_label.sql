-- A scheduler knows its run by an id of its own: kept with ours, either leads to the other.

alter table etl.run
add column run_label text,
add constraint run_label_is_one_short_line
check (char_length(run_label) between 1 and 200 and run_label !~ '[[:cntrl:]]');
comment on column etl.run.run_label is 'The name by which whoever started the run knows it, such as a scheduler''s run id (--run-label); null without one. No personal data.
啟動者給此次執行的名稱,例如排程器的執行編號(--run-label);未指定時為空。不得含個人資料。';
