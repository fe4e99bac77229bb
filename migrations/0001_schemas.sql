-- The four schemas, and what each is for. Whoever looks into the database first sees these
-- sentences, so they say who may rely on what.

create schema if not exists etl;
comment on schema etl is
'The ledger: runs, windows, items, file tasks, rejections. It proves that nothing was lost.
帳冊:執行、時窗、項目、檔案工作、拒收紀錄;用來證明沒有遺漏。';

create schema if not exists raw;
comment on schema raw is
'What was received from 104, byte for byte. Everything in recruiting can be rebuilt from here.
自 104 收到的原始資料,一字不改;recruiting 的一切都能由此重建。';

create schema if not exists recruiting;
comment on schema recruiting is
'For analysts: people, their careers, applications and files, typed, with history.
供分析使用:人選、經歷、應徵與檔案,具型別並保留歷史。';

create schema if not exists mart;
comment on schema mart is
'Views that answer common questions without a join puzzle.
常見問題的檢視表,不必自行拼接資料表。';
