-- The receipt of a file concerns the rows of files alone. Told apart from all else, it leaves the
-- other rows of its person as they are: files are most of what is ever fetched.

comment on column recruiting.candidate._etl_fingerprint is 'Two SHA-256 over all that this person follows from: rules and sightings, then receipts of files. Equal means nothing to do.
此人各列所依據之一切的兩個 SHA-256:規則與出現紀錄,以及檔案的收取紀錄;相同即無須重做。';
