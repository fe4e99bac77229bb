//! Postgres is away: the run waits for it and goes on, or ends with 7, its
//! windows left open. Nobody calls 104 meanwhile.

use std::time::{Duration, Instant};

use acceptance::{
    Etl104, Finished, ONE_DAY, Relay, Running, Scene, TestDatabase, eventually, generated,
};
use sqlx::AssertSqlSafe;

pub(super) const RUN: [&str; 5] = ["run", "--output", "json", "--until", ONE_DAY];
/// Moments in a run: so many rows are there.
pub(super) const IN_A_BATCH: (&str, i64) = ("raw.resume_document", 5);
pub(super) const IN_THE_FILES: (&str, i64) = ("etl.file_task where state = 'stored'", 5);

/// A run of some seconds, through a relay, with so much patience.
struct Away {
    scene: Scene,
    relay: Relay,
    etl104: Etl104,
}

impl Away {
    async fn new(patience: &str) -> Self {
        let scene = Scene::new(generated(16)).await;
        let relay = Relay::before(&scene.database).await;
        let objects = format!("file:{}", scene.etl104.folder().join("objects").display());
        let settings = scene.settings.clone().text("database", "url", &relay.url(&scene.database));
        let settings = settings.text("database", "patience", patience).calls_per_second(25);
        let etl104 = Etl104::new(&settings.text("storage", "url", &objects));
        Self { scene, relay, etl104 }
    }

    async fn run_until(&self, moment: (&str, i64)) -> Running {
        let running = self.etl104.spawn(&RUN);
        reached(&self.scene.database, moment).await;
        running
    }

    /// No call starts without a row of the pace: 104 has seen no more than were handed out.
    async fn assert_no_call_without_slot(&self) {
        let slots = self.scene.database.count("select sum(slots)::bigint from etl.pace").await;
        let calls = i64::try_from(self.scene.calls()).unwrap();
        assert!(calls <= slots, "{calls} calls with {slots} start times");
    }

    /// While nothing arrives from Postgres, 104 hears nothing new.
    async fn assert_104_is_left_alone_for(&self, time: Duration) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = self.scene.calls();
        tokio::time::sleep(time.saturating_sub(Duration::from_secs(1))).await;
        assert_eq!(self.scene.calls(), before, "calls while Postgres was away");
        self.assert_no_call_without_slot().await;
    }

    /// The run rode it out, and says the truth of itself.
    async fn assert_went_on(self, running: Running) {
        let summary = running.finish().await.exits(0).summary();
        self.assert_no_call_without_slot().await;
        let stored = self
            .scene
            .database
            .count("select count(*) from etl.window_item where state = 'stored'")
            .await;
        assert_eq!(summary["counts"]["stored"], stored, "{summary}");
        self.scene.assert_as_one_clean_run(ONE_DAY).await;
    }

    /// The run gave up with 7; the next one calls it lost and completes.
    async fn assert_gave_up(self, finished: Finished, remedy: &str) {
        assert_says(&finished, remedy);
        self.assert_no_call_without_slot().await;
        let open = "select count(*) from etl.fetch_window where state = 'open'";
        let files = "select count(*) from etl.file_task where state = 'open'";
        let database = &self.scene.database;
        assert!(database.count(open).await + database.count(files).await > 0, "work is left open");
        database.change("update etl.run set heartbeat_at = now() - interval '2 minutes'").await;
        drop(self.scene.run(ONE_DAY).await.exits(0));
        let states: Vec<(String,)> =
            database.rows("select state from etl.run order by started_at").await;
        assert_eq!(states[0].0, "lost");
        self.scene.assert_as_one_clean_run(ONE_DAY).await;
    }
}

pub(super) async fn reached(database: &TestDatabase, (rows, at_least): (&str, i64)) {
    let statement = format!("select count(*) from {rows}");
    eventually(rows, async || {
        let counted =
            sqlx::query_scalar(AssertSqlSafe(statement.clone())).fetch_one(database.pool());
        counted.await.unwrap_or(0) >= at_least
    })
    .await;
}

/// Exit code 7 with a summary that says what to do, and nothing that is no help.
pub(super) fn assert_says(finished: &Finished, remedy: &str) {
    let summary = finished.clone().exits(7).summary();
    assert_eq!(summary["state"], "failed");
    let failures = summary["failures"].as_array().unwrap();
    assert!(!failures.is_empty());
    for failure in failures {
        assert_eq!(failure["kind"], "warehouse", "{summary}");
        assert!(failure["remedy"].as_str().unwrap().contains(remedy), "{summary}");
    }
}

#[tokio::test]
async fn silent_for_20_seconds_in_a_batch_it_is_waited_for() {
    let away = Away::new("30s").await;
    let running = away.run_until(IN_A_BATCH).await;
    away.relay.fall_silent();
    away.assert_104_is_left_alone_for(Duration::from_secs(20)).await;
    away.relay.pass();
    away.assert_went_on(running).await;
}

#[tokio::test]
async fn refused_for_20_seconds_in_the_file_stage_it_is_waited_for() {
    let away = Away::new("15s").await;
    let running = away.run_until(IN_THE_FILES).await;
    away.relay.refuse();
    away.assert_104_is_left_alone_for(Duration::from_secs(20)).await;
    away.relay.pass();
    away.assert_went_on(running).await;
}

#[tokio::test]
async fn resets_and_cuts_in_the_middle_are_ridden_out() {
    let away = Away::new("10s").await;
    let running = away.run_until(IN_A_BATCH).await;
    for _ in 0..4 {
        away.relay.reset();
        tokio::time::sleep(Duration::from_millis(300)).await;
        away.relay.cut();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    away.assert_went_on(running).await;
}

#[tokio::test]
async fn connections_that_a_firewall_forgot_are_replaced() {
    let away = Away::new("2s").await;
    let running = away.run_until(IN_A_BATCH).await;
    away.relay.forget_connections();
    tokio::time::sleep(Duration::from_millis(500)).await;
    // What the firewall forgot the server's keepalive ends, and with it the locks.
    away.scene
        .database
        .change(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = 'etl104' and datname = current_database()
               and backend_start < now() - interval '400 milliseconds'",
        )
        .await;
    away.assert_went_on(running).await;
}

#[tokio::test]
async fn silent_for_good_in_a_batch_it_is_7_soon() {
    let away = Away::new("2s").await;
    let running = away.run_until(IN_A_BATCH).await;
    away.relay.fall_silent();
    let began = Instant::now();
    let finished = running.finish().await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(40), "whoever is patient for 2 s gave up after {took:?}");
    away.relay.pass();
    away.assert_gave_up(finished, "check that Postgres runs").await;
}

#[tokio::test]
async fn refused_for_good_in_the_file_stage_it_is_7_soon() {
    let away = Away::new("2s").await;
    let running = away.run_until(IN_THE_FILES).await;
    away.relay.refuse();
    let began = Instant::now();
    let finished = running.finish().await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(40), "whoever is patient for 2 s gave up after {took:?}");
    away.relay.pass();
    away.assert_gave_up(finished, "check that Postgres runs").await;
}

#[tokio::test]
async fn a_slow_way_to_postgres_loses_nothing() {
    let away = Away::new("10s").await;
    away.relay.delay(Duration::from_millis(5));
    let running = away.run_until(IN_A_BATCH).await;
    away.assert_went_on(running).await;
}
