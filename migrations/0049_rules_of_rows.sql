-- What a reprocess did holds as long as the rules by which it did it. Rows follow from two: those that
-- read a resume, and those that make rows of what was read; either may change alone.

alter table etl.reprocess add column rows_version integer not null default 0;
comment on column etl.reprocess.rows_version is 'Version of the rules that make rows of what was read; another version begins anew. 0: not known.
由解讀結果產生資料列的規則版本;版本不同則從頭開始。0 表示未知。';
