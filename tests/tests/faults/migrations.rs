//! Binaries and databases of different ages, migrations that are interrupted, refused or done by several at once.

mod left;

use acceptance::{
    Etl104, Finished, ONE_DAY, Scene, Settings, TestDatabase, by_hand, eventually, generated,
};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

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
