//! Binaries and databases of different ages, migrations that are interrupted, refused or done by several at once.

use acceptance::{
    Etl104, Finished, ONE_DAY, Scene, Settings, TestDatabase, by_hand, eventually, generated,
};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

/// The migrations of the first release.
const FIRST_RELEASE: i64 = 24;

/// A database that is migrated up to a version.
async fn migrated_to(version: i64) -> TestDatabase {
    let database = TestDatabase::empty().await;
    migrator(&database).await.run_to(version, database.pool()).await.unwrap();
    database
}

async fn migrator(database: &TestDatabase) -> Migrator {
    database::migrations(&mut database.pool().acquire().await.unwrap()).await.unwrap()
}

/// The command on a database, whatever state that is in.
async fn on(database: &TestDatabase) -> (Scene, Etl104) {
    let scene = Scene::new(by_hand()).await;
    let settings: Settings = scene.settings.clone().text("database", "url", database.url());
    (scene, Etl104::new(&settings))
}

/// Whoever could change anything, or show what is not as it seems.
const COMMANDS: [&[&str]; 11] = [
    &["run"],
    &["run", "--dry-run"],
    &["retry", "windows"],
    &["reprocess"],
    &["as-of", "2025-08-22", "--schema", "august"],
    &["status"],
    &["changes", "--after", "0"],
    &["windows", "list"],
    &["rejections", "list"],
    &["windows", "accept"],
    &["check", "database"],
];

/// Each command is refused with exit code 2 and a remedy; nothing is changed and 104 not called.
async fn assert_refused(database: &TestDatabase, commands: &[&[&str]], remedy: &str) {
    let (scene, etl104) = on(database).await;
    let before = fingerprint(database).await;
    for command in commands {
        let refused = etl104.run(command).await.exits(2);
        assert_says(&refused, remedy);
    }
    assert_eq!(fingerprint(database).await, before);
    assert_eq!(scene.calls(), 0);
}

fn assert_says(finished: &Finished, words: &str) {
    let said = format!("{}{}", finished.stdout, finished.stderr);
    assert!(said.contains(words), "{words:?} is not in\n{said}");
}

/// All there is of tables, columns, constraints, indexes, functions and applied migrations.
async fn fingerprint(database: &TestDatabase) -> String {
    database
        .ask(
            "select md5(coalesce(string_agg(line, E'\\n' order by line collate \"C\"), '')) from (
                 select format('%s.%s.%s %s %s %s', table_schema, table_name, column_name, data_type,
                     is_nullable, column_default) as line
                 from information_schema.columns
                 where table_schema not in ('pg_catalog', 'information_schema')
                 union all select format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
                 from pg_constraint where connamespace::regnamespace::text
                     not in ('pg_catalog', 'information_schema')
                 union all select indexdef from pg_indexes
                 where schemaname not in ('pg_catalog', 'information_schema')
                 union all select pg_get_functiondef(oid) from pg_proc
                 where pronamespace::regnamespace::text
                     in ('etl', 'raw', 'recruiting', 'recruiting_partition', 'mart')
                 union all select query_to_xml('select version, checksum, success from _sqlx_migrations
                     order by 1', true, false, '')::text
                 where to_regclass('_sqlx_migrations') is not null
             ) as lines",
        )
        .await
}

async fn assert_is_new(database: &TestDatabase) {
    let fresh = TestDatabase::empty().await;
    database::migrate(fresh.pool()).await.expect("the migrations apply");
    assert_eq!(fingerprint(database).await, fingerprint(&fresh).await);
}

#[tokio::test]
async fn a_newer_database_is_refused_by_every_command() {
    let database = TestDatabase::create().await;
    database
        .change(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (9999, 'of another time', true, '\\x00', 0)",
        )
        .await;
    let all: Vec<&[&str]> = COMMANDS.into_iter().chain([["migrate"].as_slice()]).collect();
    assert_refused(&database, &all, "use the version of etl104 that migrated it").await;
}

#[tokio::test]
async fn a_database_whose_migration_was_changed_is_refused_by_every_command() {
    let database = TestDatabase::create().await;
    database.change("update _sqlx_migrations set checksum = '\\x00' where version = 3").await;
    let all: Vec<&[&str]> = COMMANDS.into_iter().chain([["migrate"].as_slice()]).collect();
    assert_refused(&database, &all, "migration 3").await;
}

#[tokio::test]
async fn an_older_database_is_refused_until_it_is_migrated() {
    for version in [0, 3, FIRST_RELEASE - 1] {
        let database = migrated_to(version).await;
        assert_refused(&database, &COMMANDS, "etl104 migrate").await;
        let (_scene, etl104) = on(&database).await;
        drop(etl104.run(&["migrate"]).await.exits(0));
        assert_is_new(&database).await;
        drop(etl104.run(&["status"]).await.exits(0));
    }
}

/// Where `verify` reads what the migrations make.
fn catalogue() -> std::path::PathBuf {
    acceptance::workspace::root().join("migrations/catalogue.txt")
}

async fn catalogue_of(database: &TestDatabase) -> String {
    database::catalogue(&mut database.pool().acquire().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_catalogue_is_that_of_a_migrated_database() {
    let database = TestDatabase::create().await;
    let kept = std::fs::read_to_string(catalogue()).unwrap();
    assert!(catalogue_of(&database).await == kept, "write it anew: `make catalogue`");
    database.change("select recruiting.add_company('01234567')").await;
    assert!(catalogue_of(&database).await == kept, "partitions are not in it");
}

#[tokio::test]
#[ignore = "writes migrations/catalogue.txt: `make catalogue`"]
async fn the_catalogue_is_written_anew() {
    let database = TestDatabase::create().await;
    std::fs::write(catalogue(), catalogue_of(&database).await).unwrap();
}

#[tokio::test]
async fn a_schema_with_the_name_of_the_role_hides_no_migration() {
    let database = migrated_to(FIRST_RELEASE).await;
    database.change("create schema authorization current_user").await;
    let (_scene, etl104) = on(&database).await;
    drop(etl104.run(&["migrate"]).await.exits(0));
    assert_is_new(&database).await;
    drop(etl104.run(&["status"]).await.exits(0));
}

#[tokio::test]
async fn a_migration_that_another_program_left_half_done_is_refused() {
    let database = migrated_to(FIRST_RELEASE - 1).await;
    database
        .change(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (24, 'half done', false, '\\x00', 0)",
        )
        .await;
    assert_refused(&database, &[&["migrate"]], "delete its row from _sqlx_migrations").await;
    database.change("delete from _sqlx_migrations where not success").await;
    let (_scene, etl104) = on(&database).await;
    drop(etl104.run(&["migrate"]).await.exits(0));
    assert_is_new(&database).await;
}

/// Somebody is making a table of migration 10, after others of it, and has not committed.
async fn in_the_way(database: &TestDatabase) -> PgConnection {
    let mut somebody = database.options().connect().await.unwrap();
    sqlx::raw_sql("begin; create table raw.document_file ()").execute(&mut somebody).await.unwrap();
    somebody
}

async fn somebody_waits(database: &TestDatabase) {
    eventually("the migration waits", async || {
        database
            .count(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and application_name = 'etl104'
                   and wait_event_type = 'Lock'",
            )
            .await
            > 0
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_is_killed_leaves_no_trace_and_the_next_completes() {
    let database = migrated_to(7).await;
    let before = fingerprint(&database).await;
    let (_scene, etl104) = on(&database).await;
    let mut somebody = in_the_way(&database).await;
    let running = etl104.spawn(&["migrate"]);
    somebody_waits(&database).await;
    running.kill();
    sqlx::raw_sql("rollback").execute(&mut somebody).await.unwrap();
    eventually("the killed one is gone", async || {
        let left = "select count(*) from pg_stat_activity
            where datname = current_database() and application_name = 'etl104'";
        database.count(left).await == 0
    })
    .await;
    assert_eq!(fingerprint(&database).await, before, "half of migration 10");
    drop(etl104.run(&["migrate"]).await.exits(0));
    assert_is_new(&database).await;
}

#[tokio::test]
async fn a_migration_that_fails_in_its_middle_leaves_no_trace_and_says_which() {
    let database = migrated_to(7).await;
    database.change("create table raw.document_file ()").await;
    let before = fingerprint(&database).await;
    let (_scene, etl104) = on(&database).await;
    let failed = etl104.run(&["migrate"]).await.exits(1);
    assert_says(&failed, "migration 10");
    assert_says(&failed, "document_file");
    assert_says(&failed, "once it is mended, run `etl104 migrate` again");
    assert_eq!(fingerprint(&database).await, before);
    database.change("drop table raw.document_file").await;
    drop(etl104.run(&["migrate"]).await.exits(0));
    assert_is_new(&database).await;
}

#[tokio::test]
async fn a_migration_tells_what_to_know_of_its_own_step_alone() {
    let told = async |database: &TestDatabase| {
        let (_scene, etl104) = on(database).await;
        let migrated = etl104.run(&["migrate", "--output", "json"]).await.exits(0).summary();
        let notes = migrated["notes"].as_array().unwrap().iter();
        notes.map(|note| note["migration"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let database = migrated_to(61).await;
    assert_eq!(told(&database).await, [62, 63, 64]);
    assert_eq!(told(&database).await, [] as [i64; 0], "there is nothing to do any more");
    assert_eq!(told(&TestDatabase::empty().await).await, [] as [i64; 0], "it is new");
}

#[tokio::test]
async fn views_of_others_hold_a_migration_up_as_its_note_says() {
    let database = migrated_to(61).await;
    database.change("create view public.mine as select * from mart.pool").await;
    let (_scene, etl104) = on(&database).await;
    let held = etl104.run(&["migrate"]).await.exits(1);
    assert_says(&held, "migration 62");
    assert_says(&held, "mart.pool because other objects depend on it");
    database.change("drop view public.mine").await;
    drop(etl104.run(&["migrate"]).await.exits(0));
    assert_is_new(&database).await;
}

#[tokio::test]
async fn five_at_once_wait_for_each_other_and_one_does_the_work() {
    let database = TestDatabase::empty().await;
    let (_scene, etl104) = on(&database).await;
    let migrate = ["migrate", "--output", "json"];
    let all: Vec<_> = (0..5).map(|_| etl104.spawn(&migrate).finish()).collect();
    let applied: Vec<i64> = futures::future::join_all(all)
        .await
        .into_iter()
        .map(|finished| finished.exits(0).summary()["applied"].as_i64().unwrap())
        .collect();
    let known = i64::try_from(migrator(&database).await.iter().count()).unwrap();
    assert_eq!(applied.iter().sum::<i64>(), known, "{applied:?}");
    assert_eq!(applied.iter().filter(|applied| **applied > 0).count(), 1, "{applied:?}");
    assert_is_new(&database).await;
}

#[tokio::test]
async fn beside_a_run_at_work_nothing_is_migrated() {
    let scene = Scene::with(generated(14), |it| it.calls_per_second(20)).await;
    let running = scene.spawn(ONE_DAY);
    eventually("the run is at work", async || {
        scene.database.count("select count(*) from raw.resume_document").await > 0
    })
    .await;
    // To the tables of now nothing is to be done; to those of tomorrow it would.
    drop(scene.etl104.run(&["migrate"]).await.exits(0));
    let forget = "delete from _sqlx_migrations where version =
        (select max(version) from _sqlx_migrations)";
    scene.database.change(forget).await;
    let refused = scene.etl104.run(&["migrate"]).await.exits(7);
    assert_says(&refused, "`etl104 run` is at work");
    assert_says(&refused, "wait until it ends");
    drop(running.finish().await.exits(0));
}

#[tokio::test]
async fn a_user_who_may_not_create_is_told_so() {
    let database = TestDatabase::empty().await;
    let role = format!("etl104_test_{}", uuid::Uuid::now_v7().simple());
    let create = format!("create role {role} login password 'a-password'");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(database.pool()).await.unwrap();
    let url = database.options().clone().username(&role).password("a-password").to_url_lossy();
    let (scene, _) = on(&database).await;
    let etl104 = Etl104::new(&scene.settings.clone().text("database", "url", url.as_str()));
    let refused = etl104.run(&["migrate"]).await;
    let drop_it = format!("drop role {role}");
    sqlx::raw_sql(AssertSqlSafe(drop_it)).execute(database.pool()).await.unwrap();
    assert_says(&refused.exits(2), "grant that");
}

/// A window with one person, as the first release left them.
const ROWS: &str = "
    insert into etl.installation (environment, token_origin, base_origin)
    values ('custom', 'http://127.0.0.1:1', 'http://127.0.0.1:1');
    insert into etl.run (run_id, command, program_version, transform_version, state, ended_at)
    values ('0193a000-0000-7000-8000-000000000001', 'run', '0.1.0', 1, 'complete', now());
    insert into etl.fetch_window (company_no, source, window_on, start_hour, end_hour, starts_at,
        ends_at, state, is_listed, listed, stored, first_listed_at, last_listed_at, closed_at)
    values ('01234567', 'applied', '2025-08-22', 0, 24, '2025-08-22 00:00+08', '2025-08-23 00:00+08',
        'closed', true, 1, 1, '2025-08-24', '2025-12-24', '2025-08-24');
    insert into raw.resume_document (company_no, resume_id, content_hash, hash_rule, document,
        byte_length, first_fetched_at)
    select '01234567', 'R-1', sha256('R-1'), 1, document, octet_length(document), '2025-08-24'
    from (values ('{\"idno\": \"R-1\", \"fullNameEng\": \"Somebody\"}')) as given (document);
    insert into raw.sighting (company_no, resume_id, source, window_id, window_starts_at,
        window_ends_at, document_id, first_fetched_at, last_fetched_at)
    select '01234567', 'R-1', 'applied', window_id, starts_at, ends_at, document_id, '2025-08-24',
        '2025-08-24' from etl.fetch_window, raw.resume_document;
    insert into etl.window_item (window_id, company_no, resume_id, position, state, document_id, settled_at)
    select window_id, '01234567', 'R-1', 1, 'stored', document_id, now()
    from etl.fetch_window, raw.resume_document;
    insert into etl.rejection (company_no, resume_id, window_id, run_id, code, reason, remedy, payload)
    select '01234567', 'R-2', window_id, run_id, 'id_refused', 'why', 'what helps', 'payload'
    from etl.fetch_window, etl.run;
    select recruiting.add_company('01234567');
    insert into recruiting.candidate (company_no, resume_id, first_listed_at, last_listed_at,
        listed_precision, newest_source, document_id, document_count, version_count, _etl_run_id,
        _etl_extracted_at, _etl_loaded_at, _etl_transform_version, _etl_notes, _etl_fingerprint)
    select '01234567', 'R-1', '2025-08-22', '2025-08-22', 'day', 'applied', document_id, 1, 1,
        '0193a000-0000-7000-8000-000000000001', now(), now(), 1, '[]', sha256('R-1')
    from raw.resume_document;";

/// How many rows each table holds that was filled.
const COUNTED: &str = "
    select 'run', count(*) from etl.run union all select 'window', count(*) from etl.fetch_window
    union all select 'item', count(*) from etl.window_item
    union all select 'rejection', count(*) from etl.rejection
    union all select 'document', count(*) from raw.resume_document
    union all select 'sighting', count(*) from raw.sighting
    union all select 'candidate', count(*) from recruiting.candidate";

#[tokio::test]
async fn what_the_first_release_left_survives_all_later_migrations() {
    let database = migrated_to(FIRST_RELEASE).await;
    sqlx::raw_sql(ROWS).execute(database.pool()).await.unwrap();
    let before: Vec<(String, i64)> = database.rows(COUNTED).await;
    assert!(before.iter().all(|(_, rows)| *rows == 1), "{before:?}");
    let (_scene, etl104) = on(&database).await;
    let (unchanged, told) = (fingerprint(&database).await, ["0061: Places", "etl104 reprocess"]);
    let foretold = etl104.run(&["migrate", "--dry-run"]).await.exits(0);
    assert_eq!(fingerprint(&database).await, unchanged);
    let migrated = etl104.run(&["migrate"]).await.exits(0);
    for words in told {
        assert_says(&foretold, words);
        assert_says(&migrated, words);
    }
    assert_eq!(database.rows::<(String, i64)>(COUNTED).await, before);

    // And today's code reads them.
    drop(etl104.run(&["reprocess"]).await.exits(0));
    database.assert_sound().await;
    let mut connection = database.options().connect().await.unwrap();
    let version: i64 = sqlx::query_scalar("select count(*) from recruiting.candidate_version")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(version, 1);
    connection.close().await.unwrap();
    drop(etl104.run(&["run", "--until", ONE_DAY]).await.exits(0));
    assert_eq!(database.count("select count(*) from recruiting.candidate").await, 1);
}

/// A rebuild aside as version 73 left it, killed when its tables stood: the first of three events is told.
const HALF_TOLD: &str = "
    select etl.begin_aside('aside_1_01234567', '01234567', '0193a000-0000-7000-8000-000000000001');
    update etl.aside set swapped_at = now(), told_place = 1;
    create table aside_1_01234567.event (place, resume_id, kind, changed_fields, document_id, job_no, applied_text,
        unnumbered_job_name, applied_on, file_role, file_item_no, file_state)
    as values (1::bigint, 'R-1', 'new', '{}'::text[], 1::bigint, null, null, null, null::date, null, null::integer, null),
        (2, 'R-1', 'applied', '{}', 1, '7', '2025/08/22', '', '2025-08-22', null, null, null),
        (3, 'R-2', 'removed', '{}', null, null, null, null, null, null, null, null);
    insert into recruiting.change (change_no, company_no, resume_id, kind, changed_fields, document_id, run_id, changed_at)
    select 1, company_no, 'R-1', 'new', '{}', 1, run_id, now() from etl.aside;
    insert into etl.change_counter (last_no) values (1) on conflict (is_only) do update set last_no = 1";

#[tokio::test]
async fn what_an_earlier_version_had_swapped_and_not_told_is_told_by_the_migration() {
    let database = migrated_to(73).await;
    sqlx::raw_sql("select recruiting.add_company('01234567')")
        .execute(database.pool())
        .await
        .unwrap();
    sqlx::raw_sql(HALF_TOLD).execute(database.pool()).await.unwrap();
    let (_scene, etl104) = on(&database).await;
    drop(etl104.run(&["migrate"]).await.exits(0));
    let told: Vec<(i64, String, String)> =
        database.rows("select change_no, resume_id, kind from recruiting.change order by 1").await;
    let expected = [(1, "R-1", "new"), (2, "R-1", "applied"), (3, "R-2", "removed")];
    assert_eq!(told, expected.map(|(no, id, kind)| (no, id.to_owned(), kind.to_owned())));
    assert_eq!(database.ask::<i64>("select last_no from etl.change_counter").await, 3);
    let left = "select (select count(*) from etl.aside) + count(*) from pg_namespace where nspname ~ '^aside_'";
    assert_eq!(database.count(left).await, 0);
}
