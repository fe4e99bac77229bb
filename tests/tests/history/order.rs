//! Whatever the order of windows, live or late, once or again: the tables of one clean run (P3).

use acceptance::{
    COMPANY, Company, Etl104, FIRST_DAY, Finished, Running, SECOND_DAY, Scene, TestDatabase,
    assert_same, eventually, generated,
};
use jiff::civil::{Date, date};
use load::digest::TableDigest;
use simulator::{Answers, Options};

const THIRD_DAY: Date = date(2025, 8, 24);
const FOURTH_DAY: Date = date(2025, 8, 25);
/// The end of the third date, as `--until` takes it.
const THREE_DAYS: &str = "2025-08-25T00";

/// Another warehouse on the same 104, whose schedule begins with that date.
async fn scheduled_from(scene: &Scene, start_on: Date) -> (TestDatabase, Etl104) {
    let database = TestDatabase::create().await;
    let settings = scene
        .settings
        .clone()
        .without_companies()
        .company(Company::demo(start_on))
        .text("database", "url", database.url());
    let etl104 = Etl104::new(&settings);
    (database, etl104)
}

fn backfill<'a>(from: &'a str, to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["backfill", "--output", "json", "--from", from, "--to", to], more].concat()
}

async fn it_equals(what: &str, scene: &Scene, other: &TestDatabase) {
    other.assert_sound().await;
    assert_same(what, &scene.database.digest(COMPANY).await, &other.digest(COMPANY).await);
    assert_eq!(scene.database.shown_counts().await, other.shown_counts().await, "{what}");
    assert_eq!(scene.database.items().await, other.items().await, "{what}");
    assert_eq!(scene.database.windows().await, other.windows().await, "{what}");
    assert_eq!(scene.database.file_tasks().await, other.file_tasks().await, "{what}");
}

/// Three days, one clean run; and the same days shuffled, the last one first, then all of them again.
async fn check_shuffled_and_repeated(answers: Answers) {
    let scene = Scene::new(Options { answers, ..generated(18) }).await;
    drop(scene.run(THREE_DAYS).await.exits(0));

    let (shuffled, etl104) = scheduled_from(&scene, FOURTH_DAY).await;
    let days = [FIRST_DAY, SECOND_DAY, THIRD_DAY, FOURTH_DAY].map(|day| day.to_string());
    let order = [2, 0, 1];
    for at in order {
        drop(etl104.run(&backfill(&days[at], &days[at + 1], &[])).await.exits(0));
    }
    it_equals("ordered and shuffled", &scene, &shuffled).await;

    let files = scene.files_delivered();
    for at in order {
        let again = backfill(&days[at], &days[at + 1], &["--refetch", "all"]);
        let summary = etl104.run(&again).await.exits(0).summary();
        assert!(
            summary["counts"]["stored"].as_u64() > Some(0),
            "each id is asked again: {summary}"
        );
    }
    it_equals("once and again", &scene, &shuffled).await;
    assert_eq!(scene.files_delivered(), files, "the same window asked again fetches no file");
}

#[tokio::test]
async fn shuffled_and_repeated_windows_are_one_clean_run_where_104_answers_as_then() {
    check_shuffled_and_repeated(Answers::AsThen).await;
}

#[tokio::test]
async fn shuffled_and_repeated_windows_are_one_clean_run_where_104_answers_as_now() {
    check_shuffled_and_repeated(Answers::AsNow).await;
}

fn held_or_done(finished: &Finished) {
    assert!(matches!(finished.code, Some(0 | 4)), "{:?}: {}", finished.code, finished.stderr);
}

#[tokio::test]
async fn a_backfill_after_or_during_live_hours_is_one_clean_run() {
    let scene = Scene::new(generated(18)).await;
    drop(scene.run(THREE_DAYS).await.exits(0));
    let (first, third) = (FIRST_DAY.to_string(), THIRD_DAY.to_string());
    let live = ["run", "--output", "json", "--until", THREE_DAYS];

    let (after, etl104) = scheduled_from(&scene, THIRD_DAY).await;
    drop(etl104.run(&live).await.exits(0));
    drop(etl104.run(&backfill(&first, &third, &["--newest-first"])).await.exits(0));
    it_equals("together and live before", &scene, &after).await;

    let (during, etl104) = scheduled_from(&scene, SECOND_DAY).await;
    let past = backfill(&first, &third, &["--refetch", "all"]);
    let (one, other) = tokio::join!(etl104.run(&past), etl104.run(&live));
    held_or_done(&one);
    held_or_done(&other);
    drop(etl104.run(&live).await.exits(0));
    drop(etl104.run(&backfill(&first, &third, &[])).await.exits(0));
    it_equals("together and at once", &scene, &during).await;
}

/// A backfill that has taken its first windows and waits, since a schedule is said to call.
async fn waiting(
    scene: &Scene,
    database: &TestDatabase,
    etl104: &Etl104,
    past: &[&str],
) -> Running {
    let credential: Vec<u8> = scene.database.ask("select credential_hash from etl.pace").await;
    sqlx::query(
        "insert into etl.pace (credential_hash, next_start_at, interval_ms, slots, schedule_until)
         values ($1, now(), 1, 1, now() + interval '4 minutes')",
    )
    .bind(credential)
    .execute(database.pool())
    .await
    .unwrap();
    let backfill = etl104.spawn(past);
    eventually("the backfill holds windows", async || {
        let held = "select count(*) from etl.fetch_window where lease_run_id is not null";
        database.count(held).await > 0
    })
    .await;
    backfill
}

#[tokio::test]
async fn a_run_takes_what_a_backfill_holds_that_waits_for_it() {
    let scene = Scene::new(generated(18)).await;
    drop(scene.run(THREE_DAYS).await.exits(0));
    let (first, fourth) = (FIRST_DAY.to_string(), FOURTH_DAY.to_string());
    let live = ["run", "--output", "json", "--until", THREE_DAYS];

    let (database, etl104) = scheduled_from(&scene, SECOND_DAY).await;
    let past = backfill(&first, &fourth, &["--newest-first"]);
    let past = waiting(&scene, &database, &etl104, &past).await;
    let run = etl104.run(&live).await.exits(0).summary();
    assert_eq!((&run["state"], &run["counts"]["windows_held"]), (&"complete".into(), &0.into()));
    let left = "select count(*) from etl.fetch_window
                where window_on >= '2025-08-23' and state <> 'closed'";
    assert_eq!(database.count(left).await, 0, "nothing that is due is left");

    let past = past.finish().await.exits(0);
    assert_eq!(past.summary()["state"], "complete", "{}", past.stderr);
    assert!(past.summary()["resume_command"].is_null(), "{}", past.stdout);
    it_equals("one after another and at once", &scene, &database).await;
}

#[tokio::test]
async fn a_backfill_that_ends_within_a_day_and_a_run_share_its_hours() {
    let scene = Scene::new(generated(18)).await;
    drop(scene.run(THREE_DAYS).await.exits(0));
    let (first, live) = (FIRST_DAY.to_string(), ["run", "--output", "json", "--until", THREE_DAYS]);

    let (database, etl104) = scheduled_from(&scene, FIRST_DAY).await;
    let past = backfill(&first, "2025-08-24T10", &["--newest-first"]);
    let past = waiting(&scene, &database, &etl104, &past).await;
    drop(etl104.run(&live).await.exits(0));
    drop(past.finish().await.exits(0));
    assert_eq!(etl104.run(&live).await.exits(0).summary()["state"], "nothing_due");
    let hours = "select sum(end_hour - start_hour) from etl.fetch_window where state = 'closed'";
    assert_eq!(database.count(hours).await, 3 * 72, "each hour of each source once");
    database.assert_sound().await;
    assert_same(
        "whole days and a cut one",
        &newest_state(&scene.database).await,
        &newest_state(&database).await,
    );
}

#[tokio::test]
async fn reprocessing_during_live_hours_is_one_clean_run() {
    let scene = Scene::new(generated(30)).await;
    drop(scene.run(THREE_DAYS).await.exits(0));

    let (during, etl104) = scene.elsewhere().await;
    let mut live = etl104.spawn(&["run", "--output", "json", "--until", THREE_DAYS]);
    let mut rounds = 0;
    while !live.has_ended() {
        drop(etl104.run(&["reprocess", "--output", "json"]).await.exits(0));
        rounds += 1;
    }
    drop(live.finish().await.exits(0));
    assert!(rounds > 0, "they were at work at once");
    it_equals("alone and reprocessed meanwhile", &scene, &during).await;
}

/// What is told by the newest document alone, whatever windows showed it.
const NEWEST_STATE: [&str; 10] = [
    "candidate_sensitive",
    "candidate_narrative",
    "job_preference",
    "education",
    "experience",
    "skill",
    "language",
    "certificate",
    "project",
    "recommender",
];

async fn newest_state(database: &TestDatabase) -> Vec<TableDigest> {
    let all = database.digest(COMPANY).await;
    all.into_iter().filter(|table| NEWEST_STATE.contains(&table.table)).collect()
}

#[tokio::test]
async fn day_windows_and_hour_windows_show_the_same_newest_state() {
    let scene = Scene::new(generated(18)).await;
    let (first, third) = (FIRST_DAY.to_string(), THIRD_DAY.to_string());
    let newest = async |width: &str| -> Vec<TableDigest> {
        let (database, etl104) = scheduled_from(&scene, FOURTH_DAY).await;
        drop(etl104.run(&backfill(&first, &third, &["--width", width])).await.exits(0));
        database.assert_sound().await;
        newest_state(&database).await
    };
    let (days, hours) = (newest("day").await, newest("hour").await);
    assert_eq!(days.len(), NEWEST_STATE.len());
    assert_same("days and hours", &days, &hours);
}
