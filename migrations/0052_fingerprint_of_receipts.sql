-- The receipt of a file concerns the rows of files alone. Told apart from all else, it leaves the
-- other rows of its person as they are: files are most of what is ever fetched.

comment on column recruiting.candidate._etl_fingerprint is 'What this person''s rows follow from: version of the rules that make rows (4 bytes), SHA-256 over the sightings and how they are read, SHA-256 over the receipts of files. Equal means nothing to do.
此人各列的依據：產生資料列的規則版本（4 位元組）、名單出現紀錄及其解讀方式的 SHA-256、檔案收取紀錄的 SHA-256；相同即無需重算。';
