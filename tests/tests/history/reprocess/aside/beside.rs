//! Beside those who read and write, and killed or stopped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use acceptance::{
    COMPANY, Gate, Running, Scene, Stand, TWO_DAYS, TestDatabase, assert_same, eventually,
    generated,
};
use model::{Note, RawResume, Rejection, Resume};
use resumes::Interpreter;
use sqlx::{Connection, Executor, PgConnection};

use super::{assert_tidy, by, told};
use crate::reprocess::{library, places, reprocess};

/// Rules that mark each name and each firm, so that a reader sees by whom rows were made.
fn marked(raw: &RawResume) -> Result<(Resume, Vec<Note>), Rejection> {
    let (mut resume, notes) = transform::interpret(raw)?;
    resume.person.full_name = Some("marked".to_owned());
    for experience in &mut resume.experience {
        experience.firm_name = Some("marked".to_owned());
    }
    Ok((resume, notes))
}

const OF_A_CUSTOMER: &str = "
    create view public.of_a_customer as
    select c.resume_id, c.full_name = 'marked' as is_marked, e.firm_name = 'marked' as has_marked_firm, a.job_no
    from recruiting.candidate as c
    left join recruiting.experience as e using (company_no, resume_id)
    left join recruiting.application as a using (company_no, resume_id)";

/// How many people the view shows, and how many of their rows are marked: all or none, at any time.
async fn read_all_along(database: &TestDatabase, role: &str, ended: &AtomicBool) -> (u64, u64) {
    let mut reader = PgConnection::connect_with(database.options()).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("set role {role}")))
        .execute(&mut reader)
        .await
        .unwrap();
    let people = database.count("select count(*) from recruiting.candidate").await;
    let (mut old, mut new) = (0, 0);
    while !ended.load(Ordering::Relaxed) {
        let (seen, marked, firms, rows): (i64, i64, i64, i64) = sqlx::query_as(
            "select count(distinct resume_id), count(*) filter (where is_marked),
                    count(*) filter (where coalesce(has_marked_firm, is_marked)), count(*)
             from public.of_a_customer",
        )
        .fetch_one(&mut reader)
        .await
        .unwrap();
        assert_eq!(seen, people, "nobody is missing");
        assert_eq!(firms, marked, "one and the same for all tables");
        assert!(marked == 0 || marked == rows, "{marked} of {rows}");
        if marked == 0 { old += 1 } else { new += 1 }
    }
    (old, new)
}

#[tokio::test]
async fn whoever_reads_sees_the_old_tables_or_the_new_ones() {
    let scene = Scene::new(generated(60)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let database = &scene.database;
    // A role that every server has, and that may read nothing else.
    for statement in [OF_A_CUSTOMER, "grant select on public.of_a_customer to pg_monitor"] {
        database.pool().execute(statement).await.unwrap();
    }
    let rules = Interpreter { version: transform::TRANSFORM_VERSION + 1, interpret: marked };
    let (settings, ended) = (library(&scene).await, AtomicBool::new(false));
    let rebuilding = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let done = by(&settings, rules, true).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        ended.store(true, Ordering::Relaxed);
        done
    };
    let (done, seen, _) = tokio::join!(
        rebuilding,
        read_all_along(database, "pg_monitor", &ended),
        read_all_along(database, "none", &ended)
    );
    assert!(seen.0 > 0 && seen.1 > 0, "both were seen: {seen:?}");
    assert_eq!(done.written, done.people);
    assert_tidy(database).await;
}

#[tokio::test]
async fn a_look_from_before_the_new_tables_were_full_is_waited_for() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    let mut reader = PgConnection::connect_with(scene.database.options()).await.unwrap();
    reader.execute("begin isolation level repeatable read; select 1").await.unwrap();
    let running = scene.etl104.spawn(&["reprocess", "--aside", "--output", "json"]);
    eventually("the tables are built", async || {
        let built = "select count(*) from pg_class where relname = 'watermark'";
        scene.database.count(built).await == 1
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let seen: i64 = sqlx::query_scalar("select count(*) from recruiting.candidate join recruiting.candidate_contact using (company_no, resume_id)")
        .fetch_one(&mut reader)
        .await
        .unwrap();
    assert_eq!(seen, people);
    reader.execute("commit").await.unwrap();
    drop(running.finish().await.exits(0));
    assert_tidy(&scene.database).await;
}

#[tokio::test]
async fn autovacuum_leaves_alone_what_is_built_and_comes_to_the_new_tables_as_to_the_old() {
    let scene = Scene::new(generated(5)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let database = &scene.database;
    let theirs = "alter table recruiting_partition.skill_01234567 set (fillfactor = 90, autovacuum_enabled = off);
        alter table recruiting_partition.language_01234567 set (autovacuum_enabled = on)";
    database.pool().execute(theirs).await.unwrap();
    let said = async || -> Vec<(String, Vec<String>)> {
        let options = "select relname::text, array (select unnest(reloptions) order by 1)
            from pg_class where relnamespace = 'recruiting_partition'::regnamespace and relkind = 'r' order by 1";
        sqlx::query_as(options).fetch_all(database.pool()).await.unwrap()
    };
    let before = said().await;
    let (mut reader, running) = waits_for_a_reader(&scene).await;
    let left_alone = "select count(*) from pg_class
        where relnamespace::regnamespace::text like 'aside_%' and 'autovacuum_enabled=false' = any(reloptions)";
    assert_eq!(database.count(left_alone).await, 20);
    reader.execute("commit").await.unwrap();
    drop(running.finish().await.exits(0));
    assert_eq!(said().await, before);
    assert_tidy(database).await;
}

/// A rebuild whose tables are ready, and a reader in the way of the swap.
async fn waits_for_a_reader(scene: &Scene) -> (PgConnection, Running) {
    let mut reader = PgConnection::connect_with(scene.database.options()).await.unwrap();
    reader.execute("begin; lock table recruiting.language in access share mode").await.unwrap();
    let running = scene.etl104.spawn(&["reprocess", "--aside", "--output", "json"]);
    eventually("the tables are ready", async || {
        let ready = "select count(*) from pg_index where indrelid = (select oid from pg_class where relname = 'watermark') and indisvalid";
        scene.database.count(ready).await == 1
    })
    .await;
    (reader, running)
}

#[tokio::test]
async fn whom_a_live_run_writes_meanwhile_is_taken_over() {
    let scene = Scene::new(generated(30)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let (mut reader, running) = waits_for_a_reader(&scene).await;
    drop(scene.run("2025-08-25T00").await.exits(0));
    reader.execute("commit").await.unwrap();
    drop(running.finish().await.exits(0));
    assert_tidy(&scene.database).await;
    let (clean, etl104) = scene.elsewhere().await;
    for until in [TWO_DAYS, "2025-08-25T00"] {
        drop(etl104.run(&["run", "--until", until]).await.exits(0));
    }
    let digest = scene.database.digest(COMPANY).await;
    assert_same("beside a live run and clean", &digest, &clean.digest(COMPANY).await);
    assert_eq!(told(&scene.database, 0).await, told(&clean, 0).await);
}

#[tokio::test]
async fn a_writer_that_began_before_the_rebuild_is_taken_over_too() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let mut writer = PgConnection::connect_with(scene.database.options()).await.unwrap();
    writer.execute("begin; select pg_current_xact_id()").await.unwrap();
    let (mut reader, running) = waits_for_a_reader(&scene).await;
    let wrong = "update recruiting.candidate set full_name = 'x'
        where resume_id = (select min(resume_id) from recruiting.candidate); commit";
    writer.execute(wrong).await.unwrap();
    reader.execute("commit").await.unwrap();
    let summary = running.finish().await.exits(0).summary();
    assert_eq!(summary["people_written"], 1, "taken over as it stood, and mended: {summary}");
    assert_tidy(&scene.database).await;
}

#[tokio::test]
async fn one_that_is_killed_or_stopped_before_the_swap_leaves_all_as_it_was() {
    let scene = Scene::new(generated(15)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let (lie, told_before) = (places(&scene, "true").await, told(&scene.database, 0).await);
    let (mut reader, running) = waits_for_a_reader(&scene).await;
    running.signal("TERM");
    let stopped = running.finish().await.exits(143).summary();
    assert_eq!(stopped["resume_command"], "etl104 reprocess --aside", "{stopped}");
    assert_tidy(&scene.database).await;
    reader.execute("commit").await.unwrap();

    let (mut reader, running) = waits_for_a_reader(&scene).await;
    running.kill();
    reader.execute("commit").await.unwrap();
    assert_eq!(places(&scene, "true").await, lie);
    assert_eq!(
        scene.database.count("select count(*) from etl.aside where swapped_at is null").await,
        1
    );
    // Whoever comes next tidies up.
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_tidy(&scene.database).await;
    assert_eq!(told(&scene.database, 0).await, told_before);
}

/// One that was killed when its tables stood and nothing of them was told.
async fn killed_after_the_swap() -> Scene {
    let scene = Scene::new(generated(15)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.database.empty_recruiting().await;
    let gate = Gate::close(&scene.database, Stand::Insert, "recruiting.change", "true").await;
    let running = scene.etl104.spawn(&["reprocess", "--aside"]);
    gate.somebody_waits().await;
    running.kill();
    gate.open().await;
    assert_eq!(
        scene.database.count("select count(*) from etl.aside where swapped_at is not null").await,
        1
    );
    assert_eq!(scene.database.count("select count(*) from recruiting.change").await, 0);
    scene
}

/// Everybody is new, and all of it is told once.
async fn assert_told_once(database: &TestDatabase) {
    for (told, of) in [
        (
            "select count(*) from recruiting.change where kind = 'new'",
            "select count(*) from recruiting.candidate",
        ),
        (
            "select count(*) from recruiting.change where kind = 'applied'",
            "select count(*) from recruiting.application",
        ),
        (
            "select count(*) from recruiting.change where kind = 'file'",
            "select count(*) from recruiting.resume_file where state <> 'pending'",
        ),
    ] {
        assert_eq!(database.count(told).await, database.count(of).await, "{told}");
    }
    assert_tidy(database).await;
}

#[tokio::test]
async fn what_one_that_is_killed_after_the_swap_had_not_told_is_told_by_the_next() {
    let scene = killed_after_the_swap().await;
    drop(reprocess(&scene, &[]).await);
    assert_told_once(&scene.database).await;
}

/// Old tables are dropped by two sessions, each for itself.
#[tokio::test]
async fn a_drop_that_was_broken_off_is_finished_by_the_next() {
    let scene = killed_after_the_swap().await;
    let drop_one = "do $$ begin execute (
             select format('drop table %I.%I', nspname, relname)
             from pg_class join pg_namespace n on n.oid = relnamespace
             where nspname = (select schema_name || '_before' from etl.aside) and relkind = 'r' and relname like 'skill%'
             limit 1
         ); end $$";
    scene.database.change(drop_one).await;
    drop(reprocess(&scene, &[]).await);
    assert_told_once(&scene.database).await;
}

#[tokio::test]
async fn what_one_that_is_killed_after_the_swap_had_not_told_is_told_once_by_two_at_once() {
    let scene = killed_after_the_swap().await;
    let gate = Gate::close(&scene.database, Stand::Insert, "etl.change_counter", "true").await;
    let (first, second) = (scene.spawn(TWO_DAYS), scene.spawn(TWO_DAYS));
    gate.somebody_waits().await;
    let behind = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and wait_event <> 'advisory'";
    eventually("the other waits for it", async || scene.database.count(behind).await == 1).await;
    gate.open().await;
    drop(first.finish().await.exits(0));
    drop(second.finish().await.exits(0));
    assert_told_once(&scene.database).await;
}
