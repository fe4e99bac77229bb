-- Processes that share a credential share its newest token, since a new token may revoke the one
-- before (A-02). The token is sealed by the processes, with a key made of the client secret: whoever
-- reads the database can't call 104 with what is found here.

create table etl.access_token (
    credential_hash bytea not null,
    serial bigint not null default 1,
    sealed bytea not null,
    expires_at timestamptz not null,
    obtained_at timestamptz not null default clock_timestamp(),
    constraint access_token_pkey primary key (credential_hash),
    constraint access_token_hash_is_sha256 check (octet_length(credential_hash) = 32),
    constraint access_token_serial_is_positive check (serial > 0),
    constraint access_token_expires_later check (expires_at >= obtained_at)
);
comment on table etl.access_token is
'The newest token of each credential of 104, sealed; all processes use it. Grain: credential.
每組 104 憑證最新的權杖(已加密),由所有程序共用。';
comment on column etl.access_token.credential_hash is 'SHA-256 of token address and client id; never the secret.
權杖位址與用戶端編號的 SHA-256,不含密碼。';
comment on column etl.access_token.serial is 'Grows by one with each token.
每取得一個權杖即加一。';
comment on column etl.access_token.sealed is 'The token, sealed with a key made of the client secret, which is not here.
以用戶端密碼衍生之金鑰加密的權杖;金鑰不在資料庫內。';
comment on column etl.access_token.expires_at is 'Not used from then on: a minute, or a tenth of its life, before 104 lets it expire.
此後不再使用:早於 104 的到期時間一分鐘或其效期的十分之一。';
comment on column etl.access_token.obtained_at is 'When 104 gave it.
自 104 取得的時間。';
