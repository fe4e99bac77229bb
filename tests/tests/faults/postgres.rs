//! Postgres is away, out of connections, read-only or full: the run waits for it and goes on, or ends with 7, its
//! windows left open. Nobody calls 104 meanwhile.

use std::time::Duration;

use acceptance::{
    Etl104, Finished, ONE_DAY, OwnPostgres, Relay, Running, Scene, TestDatabase, eventually,
    generated,
};
use sqlx::AssertSqlSafe;

const RUN: [&str; 5] = ["run", "--output", "json", "--until", ONE_DAY];
/// Moments in a run: so many rows are there.
const IN_A_BATCH: (&str, i64) = ("raw.resume_document", 5);
const IN_THE_FILES: (&str, i64) = ("etl.file_task where state = 'stored'", 5);

/// A run of some seconds, through a relay, with so much patience.
struct Away {
    scene: Scene,
    relay: Relay,
    etl104: Etl104,
}

impl Away {
    async fn new(patience: &str) -> Self {
        let scene = Scene::new(generated(24)).await;
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

async fn reached(database: &TestDatabase, (rows, at_least): (&str, i64)) {
    let statement = format!("select count(*) from {rows}");
    eventually(rows, async || {
        let counted =
            sqlx::query_scalar(AssertSqlSafe(statement.clone())).fetch_one(database.pool());
        counted.await.unwrap_or(0) >= at_least
    })
    .await;
}

/// Exit code 7 with a summary that says what to do, and nothing that is no help.
fn assert_says(finished: &Finished, remedy: &str) {
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
    let finished = running.finish().await;
    away.relay.pass();
    away.assert_gave_up(finished, "check that Postgres runs").await;
}

#[tokio::test]
async fn refused_for_good_in_the_file_stage_it_is_7_soon() {
    let away = Away::new("2s").await;
    let running = away.run_until(IN_THE_FILES).await;
    away.relay.refuse();
    let finished = running.finish().await;
    away.relay.pass();
    away.assert_gave_up(finished, "check that Postgres runs").await;
}

#[tokio::test]
async fn a_slow_way_to_postgres_breaks_no_pace_and_loses_nothing() {
    let away = Away::new("10s").await;
    away.relay.delay(Duration::from_millis(15));
    let running = away.run_until(IN_A_BATCH).await;
    away.assert_went_on(running).await;
}

/// A scene on a Postgres of its own, where the program connects as an ordinary role `loader`.
async fn on(server: &OwnPostgres, how: &str, patience: &str) -> (Scene, Etl104) {
    server.change("create role loader login password 'loader'").await;
    let mut scene = Scene::new(generated(24)).await;
    scene.database = TestDatabase::on(server.options(), how).await;
    let grant = "do $$ begin
        execute format('grant all on database %I to loader', current_database());
        grant pg_read_all_data, pg_write_all_data to loader;
        grant all on schema public, etl, raw, recruiting, recruiting_partition to loader;
        grant usage on all sequences in schema etl, raw to loader;
    end $$";
    scene.database.change(grant).await;
    // The partitions are made by whoever owns the tables.
    scene.database.change("select recruiting.add_company('01234567')").await;
    let loader = scene.database.options().clone().username("loader").password("loader");
    let url = sqlx::ConnectOptions::to_url_lossy(&loader).to_string();
    scene.settings =
        scene.settings.text("database", "url", &url).text("database", "patience", patience);
    scene.etl104 = Etl104::new(&scene.settings);
    let etl104 = Etl104::new(&scene.settings.clone().calls_per_second(25).text(
        "storage",
        "url",
        &format!("file:{}", scene.etl104.folder().join("objects").display()),
    ));
    (scene, etl104)
}

#[tokio::test]
async fn a_power_cut_of_the_server_is_ridden_out() {
    let server = OwnPostgres::start();
    let (scene, etl104) = on(&server, "", "15s").await;
    let running = etl104.spawn(&RUN);
    reached(&scene.database, IN_A_BATCH).await;
    for moment in [IN_A_BATCH, IN_THE_FILES] {
        reached(&scene.database, moment).await;
        server.crash();
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.start_again();
    }
    drop(running.finish().await.exits(0));
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

const END_THEM: &str =
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'loader'";

#[tokio::test]
async fn a_server_without_a_connection_left_is_waited_for_or_named() {
    let server = OwnPostgres::start();
    let (scene, etl104) = on(&server, "", "2s").await;
    server.change("alter role loader connection limit 0").await;
    let refused = etl104.run(&RUN).await;
    assert_says(&refused, "connection limit");
    assert_eq!(scene.calls(), 0);
    drop(etl104.run(&["status"]).await.exits(7));

    // At the start it is waited for, and so it is in the middle.
    let running = etl104.spawn(&RUN);
    tokio::time::sleep(Duration::from_millis(700)).await;
    server.change("alter role loader connection limit 30").await;
    reached(&scene.database, IN_A_BATCH).await;
    server.change("alter role loader connection limit 0").await;
    server.change(END_THEM).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.change("alter role loader connection limit 4").await;
    reached(&scene.database, IN_THE_FILES).await;

    // If none comes free it ends.
    server.change("alter role loader connection limit 0").await;
    server.change(END_THEM).await;
    assert_says(&running.finish().await, "connection limit");
    server.change("alter role loader connection limit -1").await;
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn a_server_that_became_read_only_is_waited_for_or_named() {
    let server = OwnPostgres::start();
    let (scene, etl104) = on(&server, "", "2s").await;
    let running = etl104.spawn(&RUN);
    reached(&scene.database, IN_A_BATCH).await;
    server.change("alter role loader set default_transaction_read_only = on").await;
    server.change(END_THEM).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.change("alter role loader reset default_transaction_read_only").await;
    // Those that were opened meanwhile stay read-only; they are given up.
    reached(&scene.database, IN_THE_FILES).await;

    server.change("alter role loader set default_transaction_read_only = on").await;
    server.change(END_THEM).await;
    assert_says(&running.finish().await, "primary");
    let calls = scene.calls();
    assert_says(&etl104.run(&RUN).await, "primary");
    assert_eq!(scene.calls(), calls);
    server.change("alter role loader reset default_transaction_read_only").await;
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

/// A file system of a few megabytes for a tablespace; `None` where none may be mounted.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(owner: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), permissions).unwrap();
        let options = format!("size=48m,mode=0700,uid={owner}");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then(|| Self(folder))
    }

    fn filler(&self) -> std::path::PathBuf {
        self.0.path().join("filler")
    }

    /// Leaves no byte free.
    fn fill(&self) {
        use std::io::Write;
        let mut filler = std::fs::File::create(self.filler()).unwrap();
        while filler.write_all(&[1; 4096]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(std::process::Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

#[tokio::test]
async fn a_full_disk_is_waited_for_or_named() {
    use std::os::unix::fs::MetadataExt;

    let server = OwnPostgres::start();
    let owner = server.ask("show data_directory").await;
    let Some(disk) = SmallDisk::mount(std::fs::metadata(owner).map_or(0, |data| data.uid())) else {
        eprintln!("no file system may be mounted here, so no disk was filled");
        return;
    };
    let location = disk.0.path().display();
    server.change(&format!("create tablespace small location '{location}'")).await;
    let (scene, etl104) = on(&server, "tablespace small", "2s").await;
    let running = etl104.spawn(&RUN);
    reached(&scene.database, IN_A_BATCH).await;
    disk.fill();
    tokio::time::sleep(Duration::from_secs(2)).await;
    disk.free();
    reached(&scene.database, IN_THE_FILES).await;

    disk.fill();
    assert_says(&running.finish().await, "free space");
    let calls = scene.calls();
    disk.free();
    drop(etl104.run(&RUN).await.exits(0));
    assert!(scene.calls() > calls);
    scene.assert_as_one_clean_run(ONE_DAY).await;
    // The cluster goes before its disk.
    drop(scene);
    drop(server);
}
