-- A file that was stored may be lost: the bucket is older than the database, or somebody deleted in
-- it. Its receipts stay what they were; as long as the object is marked as lost nothing follows from
-- them, so that the file is wanted, asked of 104 again, and shown as pending meanwhile. When the
-- object is found again, or fetched again, the mark goes, and the receipts count as before.

alter table raw.file_object add column lost_at timestamptz;
comment on column raw.file_object.lost_at is
'When the storage was found to have it no more, or to have other bytes; null while it is there.
發現物件儲存已無此檔案或內容不符的時間;仍存在時為空。';
create index file_object_lost on raw.file_object (company_no, sha256) where lost_at is not null;
