-- Under which reading of old windows (A-15) a company's tables stand. When another one takes effect (it
-- was learnt, or set), people who rest on late sightings are recomputed, and only then this row changes:
-- whoever is killed between leaves the difference for the next run to see.

create table etl.old_windows (
    company_no text not null,
    reading text not null,
    stands_since timestamptz not null default now(),
    run_id uuid not null,
    constraint old_windows_pkey primary key (company_no),
    constraint old_windows_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint old_windows_reading_known check (reading in ('then', 'now'))
);
comment on table etl.old_windows is
'Under which reading of old windows a company''s tables stand (A-15): whether a sighting that was fetched more than 36 hours after its window''s end shows the resume as it was then, or as it is now. No row: then. Grain: company.
各公司資料表所依據的舊時窗解讀（A-15）：時窗結束逾 36 小時才取得者，顯示當時狀態或目前狀態。無列表示當時。';
comment on column etl.old_windows.company_no is 'Company (統編).
公司統一編號。';
comment on column etl.old_windows.reading is 'then (late sightings count like others); now (they prove the listing alone, and make no version).
then 當時狀態（逾時紀錄與其他紀錄同等）；now 目前狀態（僅證明曾被列出，不構成版本）。';
comment on column etl.old_windows.stands_since is 'Since when all tables stand under it.
所有資料表自何時起依此解讀。';
comment on column etl.old_windows.run_id is 'The run that brought them there.
完成此解讀的執行。';
