//! Killed, stopped, or with a live run beside it.

use acceptance::{
    COMPANY, Gate, Running, Scene, Stand, TWO_DAYS, assert_same, eventually, generated,
};
use resumes::Reprocessed;
use serde_json::json;

use super::reprocess;

/// Four hundred more people in raw, who have no rows yet: three batches and a half.
async fn with_a_crowd() -> Scene {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene
        .database
        .change(
            "with copied as (
                 insert into raw.resume_document (company_no, resume_id, content_hash, hash_rule, document, byte_length, first_fetched_at)
                 select company_no, 'Z-' || lpad(n::text, 4, '0'), content_hash, hash_rule, document, byte_length, first_fetched_at
                 from (select * from raw.resume_document order by document_id limit 1) d, generate_series(1, 400) n
                 returning *
             )
             insert into raw.sighting (company_no, resume_id, source, window_id, window_starts_at, window_ends_at, document_id, first_fetched_at, last_fetched_at)
             select company_no, c.resume_id, source, window_id, window_starts_at, window_ends_at, c.document_id, c.first_fetched_at, c.first_fetched_at
             from copied c cross join (select source, window_id, window_starts_at, window_ends_at from raw.sighting limit 1) s",
        )
        .await;
    scene
}

/// A reprocess that waits before the rows of one of the crowd.
async fn stopped_at(scene: &Scene, id: &str) -> (Gate, Running) {
    let when = format!("new.resume_id = '{id}'");
    let gate = Gate::close(&scene.database, Stand::Insert, "recruiting.candidate", &when).await;
    let running = scene.etl104.spawn(&["reprocess", "--output", "json"]);
    gate.somebody_waits().await;
    eventually("those before are done", async || {
        scene.database.count("select coalesce(sum(people), 0)::bigint from etl.reprocess").await
            >= 100
    })
    .await;
    (gate, running)
}

#[tokio::test]
async fn a_killed_reprocess_goes_on_behind_what_it_did() {
    let scene = with_a_crowd().await;
    let people =
        scene.database.count("select count(distinct resume_id) from raw.resume_document").await;
    let (gate, running) = stopped_at(&scene, "Z-0350").await;

    // Meanwhile nobody else does the same; a part of it may be done.
    let held = scene.etl104.run(&["reprocess"]).await.exits(4);
    assert!(held.stdout.contains("another process reprocesses the same people"), "{}", held.stdout);
    let status = scene.etl104.run(&["status"]).await.exits(0);
    assert!(status.stdout.contains("people done, and going on"), "{}", status.stdout);
    assert_eq!(reprocess(&scene, &["--having-note", "unread"]).await["exit_code"], 0);

    running.kill();
    gate.open().await;
    let status = scene.etl104.run(&["status"]).await.exits(0);
    let goes_on = format!("`etl104 reprocess --company {COMPANY}` goes on");
    assert!(status.stdout.contains(&goes_on), "{}", status.stdout);
    let before: i64 = scene.database.count("select people from etl.reprocess").await;
    assert!((100..people).contains(&before), "{before}");

    let shown = scene.etl104.run(&["reprocess"]).await.exits(0);
    let went_on = format!("went on behind {before} people");
    assert!(shown.stdout.contains(&went_on), "{}", shown.stdout);
    assert!(shown.stdout.starts_with(&format!("{people} people in ")), "{}", shown.stdout);
    let candidates = scene.database.count("select count(*) from recruiting.candidate").await;
    assert_eq!(candidates, people);
    assert_eq!(scene.database.count("select count(*) from etl.reprocess").await, 0);
    let again = reprocess(&scene, &[]).await;
    assert_eq!((&again["people_unchanged"], &again["people_before"]), (&json!(people), &json!(0)));
}

#[tokio::test]
async fn a_signal_ends_it_between_two_batches_and_says_how_to_go_on() {
    let scene = with_a_crowd().await;
    scene
        .database
        .change(
            "insert into etl.reprocess (company_no, selection, transform_version, run_id)
             values ('01234567', ' --having-note unread', 1, gen_random_uuid())",
        )
        .await;
    let (gate, running) = stopped_at(&scene, "Z-0350").await;
    running.signal("TERM");
    gate.open().await;
    let stopped = running.finish().await.exits(143).summary();
    assert_eq!(stopped["state"], "stopped");
    assert_eq!(stopped["resume_command"], "etl104 reprocess");
    let done = stopped["people"].as_i64().unwrap();
    let unfinished = "select people from etl.reprocess where selection = ''";
    assert_eq!(scene.database.count(unfinished).await, done);

    let restarted = reprocess(&scene, &["--restart"]).await;
    assert_eq!(restarted["people_before"], 0);
    // Everyone is done, and whoever was selected once among them.
    assert_eq!(scene.database.count("select count(*) from etl.reprocess").await, 0);
    assert_eq!(reprocess(&scene, &[]).await["people_written"], 0);
}

#[tokio::test]
async fn one_that_was_stopped_under_other_rules_begins_anew() {
    let scene = Scene::new(generated(5)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let counts = Reprocessed { people: 7, ..Reprocessed::default() };
    let counts = serde_json::to_string(&counts).unwrap();
    let (reading, rows) = (transform::TRANSFORM_VERSION, load::person::ROWS_VERSION);
    for (reading, rows, people_before) in
        [(reading, rows, 7), (reading - 1, rows, 0), (reading, rows - 1, 0)]
    {
        let stopped = sqlx::query(
            "insert into etl.reprocess (company_no, selection, transform_version, rows_version, run_id,
                 resume_id, people, counts)
             select $1, '', $2, $3, gen_random_uuid(), max(resume_id), 7, $4::jsonb
             from recruiting.candidate",
        );
        let stopped = stopped.bind(COMPANY).bind(reading).bind(rows).bind(&counts);
        stopped.execute(scene.database.pool()).await.unwrap();
        let summary = reprocess(&scene, &[]).await;
        assert_eq!(summary["people_before"], people_before, "{summary}");
    }
}

#[tokio::test]
async fn beside_a_live_run_both_end_as_one_clean_run() {
    let scene = Scene::new(generated(60)).await;
    drop(scene.run("2025-08-22T12").await.exits(0));
    // Every row that stands is wrong in something.
    scene.database.change("update recruiting.experience set firm_name = 'x'").await;
    scene
        .database
        .change("update recruiting.candidate set full_name = 'x', _etl_transform_version = 0")
        .await;
    let live = scene.spawn(TWO_DAYS);
    let mut reprocessed = 0;
    loop {
        let summary = reprocess(&scene, &["--restart"]).await;
        reprocessed += summary["people_written"].as_i64().unwrap();
        let done = "select count(*) from etl.run where command = 'run' and state = 'running'";
        if scene.database.count(done).await == 0 {
            break;
        }
    }
    drop(live.finish().await.exits(0));
    assert!(reprocessed > 0);
    drop(reprocess(&scene, &[]).await);
    scene.database.assert_sound().await;
    let (clean, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", "2025-08-22T12"]).await.exits(0));
    drop(etl104.run(&["run", "--until", TWO_DAYS]).await.exits(0));
    assert_same(
        "both and clean",
        &scene.database.digest(COMPANY).await,
        &clean.digest(COMPANY).await,
    );
    assert_eq!(scene.database.items().await, clean.items().await);
    assert_eq!(scene.database.file_tasks().await, clean.file_tasks().await);
}
