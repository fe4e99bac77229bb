-- The shared pace: one row a credential hands out start times, by the database's clock, to all
-- processes and hosts. And what runs learn about 104.

create table etl.pace (
    credential_hash bytea not null,
    next_start_at timestamptz not null default now(),
    interval_ms double precision not null,
    throttled_until timestamptz,
    slots bigint not null default 0,
    throttles bigint not null default 0,
    constraint pace_pkey primary key (credential_hash),
    constraint pace_interval_is_positive check (interval_ms > 0)
);
comment on table etl.pace is
'One row a credential of 104: when the next call may start. All processes wait by it. Grain: credential.
每組 104 憑證一列:下一次呼叫可開始的時間,所有程序共同遵守。';
comment on column etl.pace.credential_hash is 'SHA-256 of token address and client id; never the secret.
權杖位址與用戶端編號的 SHA-256,不含密碼。';
comment on column etl.pace.next_start_at is 'The earliest start of the next call.
下一次呼叫最早的開始時間。';
comment on column etl.pace.interval_ms is 'Milliseconds between starts; widened when 104 throttles, eased back by and by.
兩次呼叫的間隔毫秒;被限流時放寬,再逐步恢復。';
comment on column etl.pace.throttled_until is '104 throttled, and all wait until then.
104 限流,所有程序等待至此。';
comment on column etl.pace.slots is 'Start times handed out so far.
累計發出的開始時間數。';
comment on column etl.pace.throttles is 'Times that 104 throttled so far.
累計被限流次數。';

create table etl.unknown_field (
    company_no text not null,
    json_path text not null,
    json_type text not null,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    constraint unknown_field_pkey primary key (company_no, json_path, json_type)
);
comment on table etl.unknown_field is
'Fields that 104 sends and the contract does not name: names and types, never values. Grain: company, path, type.
104 傳來而契約未載的欄位:僅名稱與型別,不含內容。';
comment on column etl.unknown_field.company_no is 'Company (統編).
公司統一編號。';
comment on column etl.unknown_field.json_path is 'Where it stands, such as education[].gpa.
位置,例如 education[].gpa。';
comment on column etl.unknown_field.json_type is 'JSON type: string, number, boolean, array, object, null.
JSON 型別。';
comment on column etl.unknown_field.first_seen_at is 'First seen.
首次出現。';
comment on column etl.unknown_field.last_seen_at is 'Last seen.
最近出現。';

create table etl.contract_observation (
    company_no text not null,
    assumption text not null,
    finding text not null,
    is_held boolean not null,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    times_seen bigint not null default 1,
    constraint contract_observation_pkey primary key (company_no, assumption, finding),
    constraint contract_observation_assumption_numbered check (assumption ~ '^A-[0-9]{2}$')
);
comment on table etl.contract_observation is
'What runs learnt about the assumptions on 104 (A-01 to A-26). Grain: company, assumption, finding.
執行中得知的 104 契約假設(A-01 至 A-26)情形。';
comment on column etl.contract_observation.company_no is 'Company (統編).
公司統一編號。';
comment on column etl.contract_observation.assumption is 'Number of the assumption.
假設編號。';
comment on column etl.contract_observation.finding is 'What was seen, without personal data.
觀察到的情形(不含個人資料)。';
comment on column etl.contract_observation.is_held is 'Whether the assumption held.
假設是否成立。';
comment on column etl.contract_observation.first_seen_at is 'First seen.
首次出現。';
comment on column etl.contract_observation.last_seen_at is 'Last seen.
最近出現。';
comment on column etl.contract_observation.times_seen is 'How often.
次數。';
