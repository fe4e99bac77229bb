-- Several processes on one ledger of windows, and what a window's later listings mean.
--
-- 1. No two windows that count share an hour of a source: a plan may be old by the time its window
--    is opened, when another process has opened one of other hours meanwhile. Windows of one date
--    are opened one at a time, and one that would share hours is not opened.
-- 2. A schedule goes before a backfill: it takes the windows that a backfill holds.
-- 3. What a listing may share with other sources of its hours is said when it is recorded, so that
--    whoever goes on after a kill shares as the one that was killed.
-- 4. 104 may refuse dates that are older than what it answers for (A-11): such windows fail, and are
--    accepted as empty by whoever knows better.

create function etl.open_window(
    company_no text, source text, window_on date, start_hour smallint, end_hour smallint,
    starts_at timestamptz, ends_at timestamptz, is_of_backfill boolean
) returns void
language plpgsql
set search_path = pg_catalog, etl
as $$
begin
    -- What another process is about to commit can't be seen, so that it is waited for.
    perform pg_advisory_xact_lock(hashtextextended(
        format('etl104 window %s %s %s', $1, $2, $3), 0));
    insert into etl.fetch_window
        (company_no, source, window_on, start_hour, end_hour, starts_at, ends_at, is_of_backfill)
    select $1, $2, $3, $4, $5, $6, $7, $8
    where not exists (
        select from etl.fetch_window as other
        where other.company_no = $1 and other.source = $2 and other.window_on = $3
          and other.start_hour < $5 and other.end_hour > $4 and other.state <> 'superseded')
    on conflict do nothing;
end $$;
comment on function etl.open_window is
'Makes a window, unless it exists or another one that counts has some of its hours.
建立時窗;若已存在,或其部分時段已屬於其他有效時窗,則不建立。';

alter table etl.fetch_window add column is_held_by_backfill boolean not null default false;
comment on column etl.fetch_window.is_held_by_backfill is 'Its lease is a backfill''s: whoever is none takes the window all the same.
目前由回補持有:其他(非回補)的執行可逕行接手。';

alter table etl.fetch_window add column refused_at timestamptz;
comment on column etl.fetch_window.refused_at is 'When 104 last refused its hours (code 897), unless it has listed them since. Before anything that it ever listed, that is an empty past: it answers for so long only.
104 最近一次拒絕該時段(代碼 897)的時間;其後若成功列出則清空。若早於任何曾列出的時窗,視為過往無資料,因 104 僅提供一定期間。';

-- The oldest window that listed anybody is asked for often.
create index fetch_window_listed on etl.fetch_window (company_no, starts_at) where listed > 0;

create function etl.is_empty_past(window_ etl.fetch_window) returns boolean
language sql stable
return case window_.state
    when 'empty_unconfirmed' then true
    when 'failed' then window_.refused_at is not null and window_.listed = 0 and window_.ends_at <= (
        select min(starts_at) from etl.fetch_window
        where fetch_window.company_no = window_.company_no and fetch_window.listed > 0)
    else false end;
comment on function etl.is_empty_past is
'Whether 104 listed nobody in a window, or refused its hours, and never listed anybody before it: empty as far as it tells, until somebody accepts that.
104 於該時窗未列出任何人或拒絕該時段,且此前亦從未列出任何人:依 104 所示為無資料,待使用者確認。';

alter table etl.window_item add column shares_since timestamptz;
comment on column etl.window_item.shares_since is 'A document that a richer source of the same hours showed since then serves it without a call; null: whenever that was.
同時段較完整來源自此時起取得的文件可直接共用而不另呼叫;空值表示不限時間。';
