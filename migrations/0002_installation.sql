-- A database belongs to one environment of 104. The first run binds it; another environment is
-- refused before any call, so that sandbox people never mix with real ones.

create table etl.installation (
    is_bound boolean not null default true,
    environment text not null,
    token_origin text not null,
    base_origin text not null,
    bound_at timestamptz not null default now(),
    constraint installation_is_one_row primary key (is_bound),
    constraint installation_is_bound check (is_bound)
);
comment on table etl.installation is
'One row: the environment of 104 that this database belongs to.
僅一列:本資料庫所屬的 104 環境。';
comment on column etl.installation.is_bound is
'Always true; makes a second row impossible.
恆為真,使第二列不可能存在。';
comment on column etl.installation.environment is
'production, sandbox, or custom (other addresses).
production、sandbox,或 custom(其他位址)。';
comment on column etl.installation.token_origin is
'Scheme, host and port of the token address.
權杖位址的通訊協定、主機與連接埠。';
comment on column etl.installation.base_origin is
'Scheme, host and port of the resource base.
資源位址的通訊協定、主機與連接埠。';
comment on column etl.installation.bound_at is
'When the first run bound it.
首次執行綁定的時間。';
