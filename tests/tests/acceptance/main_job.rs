//! The main job: every resume, photo and file of every due hour, with the ledger that proves it (P1).

use std::collections::BTreeMap;

use acceptance::{COMPANY, Scene, TWO_DAYS, generated, objects_below};
use sqlx::FromRow;

#[tokio::test]
async fn two_days_of_resumes_photos_and_files_are_in_the_warehouse() {
    let scene = Scene::new(generated(40)).await;
    let summary = scene.run(TWO_DAYS).await.exits(0).summary();
    assert_eq!(summary["state"], "complete");

    every_listed_id_is_accounted_for(&scene).await;
    for (table, least) in [
        ("select count(*) from recruiting.candidate", 50),
        ("select count(*) from recruiting.candidate_version", 50),
        ("select count(*) from recruiting.education", 50),
        ("select count(*) from recruiting.experience", 50),
        ("select count(*) from recruiting.application", 25),
        (
            "select count(*) from recruiting.resume_file where role = 'headshot' and state = 'stored'",
            30,
        ),
        (
            "select count(*) from recruiting.resume_file where role = 'attachment' and state = 'stored'",
            20,
        ),
        (
            "select count(*) from recruiting.resume_file where role = 'project' and state = 'stored'",
            3,
        ),
    ] {
        let rows = scene.database.count(table).await;
        assert!(rows >= least, "`{table}` gives {rows}");
    }
    every_candidate_was_stored_and_every_stored_one_is_a_candidate(&scene).await;
    every_stored_file_is_an_object_of_that_content(&scene).await;
    the_summary_says_what_the_simulator_and_the_ledger_say(&scene, &summary).await;
}

#[derive(Debug, PartialEq, FromRow)]
struct WindowRow {
    window_id: i64,
    source: String,
    date: String,
    start_hour: i16,
    end_hour: i16,
    state: String,
    listed: i32,
    stored: i32,
    absent: i32,
    rejected: i32,
}

/// The ledger's windows are those that 104 was asked for, with as many ids as it listed, and each id has its end.
async fn every_listed_id_is_accounted_for(scene: &Scene) {
    let windows: Vec<WindowRow> = scene
        .database
        .rows(
            "select window_id, source, window_on::text as date, start_hour, end_hour, state,
                    listed, stored, absent, rejected from etl.fetch_window",
        )
        .await;
    let told: BTreeMap<_, _> = scene
        .simulator
        .stats()
        .listed
        .into_iter()
        .map(|told| ((told.flag.unwrap(), told.date, told.start, told.end), told.ids))
        .collect();
    assert_eq!(windows.len(), told.len(), "{windows:?}\n{told:?}");
    for window in &windows {
        assert_eq!(window.state, "closed", "{window:?}");
        assert_eq!(window.listed, window.stored + window.absent + window.rejected, "{window:?}");
        let flag = match window.source.as_str() {
            "matched" => 0,
            "applied" => 1,
            _ => 2,
        };
        let hours = (window.start_hour.try_into().unwrap(), window.end_hour.try_into().unwrap());
        let key = (flag, window.date.clone(), hours.0, hours.1);
        assert_eq!(told[&key], usize::try_from(window.listed).unwrap(), "{window:?}");
    }
    let counted_otherwise = scene
        .database
        .count(
            "select count(*) from etl.fetch_window as counted where (listed, stored, absent, rejected) <>
                 (select count(*), count(*) filter (where state = 'stored'),
                         count(*) filter (where state = 'absent'), count(*) filter (where state = 'rejected')
                  from etl.window_item where window_id = counted.window_id)",
        )
        .await;
    assert_eq!(counted_otherwise, 0, "the windows' counts are those of their items");
    let ids = scene.database.count("select count(distinct resume_id) from etl.window_item").await;
    assert_eq!(usize::try_from(ids).unwrap(), scene.simulator.stats().distinct_ids[COMPANY]);
}

async fn every_candidate_was_stored_and_every_stored_one_is_a_candidate(scene: &Scene) {
    let missing = scene
        .database
        .count(
            "select count(*) from etl.window_item where state = 'stored' and not exists (
                 select from recruiting.candidate as candidate
                 where (candidate.company_no, candidate.resume_id) = (window_item.company_no, window_item.resume_id))",
        )
        .await;
    assert_eq!(missing, 0);
    let stored: i64 = scene
        .database
        .count("select count(distinct resume_id) from etl.window_item where state = 'stored'")
        .await;
    assert_eq!(scene.database.count("select count(*) from recruiting.candidate").await, stored);
    let unproven = scene
        .database
        .count(
            "select count(*) from etl.window_item where state = 'stored' and not exists (
                 select from raw.sighting where sighting.window_id = window_item.window_id
                 and sighting.resume_id = window_item.resume_id)",
        )
        .await;
    assert_eq!(unproven, 0, "each stored item has its sighting");
}

async fn every_stored_file_is_an_object_of_that_content(scene: &Scene) {
    let folder = scene.etl104.folder().join("objects");
    let objects: BTreeMap<String, u64> =
        objects_below(&folder).into_iter().map(|object| (object.key, object.size)).collect();
    let stored = "select count(*) from recruiting.resume_file where state = 'stored'";
    let files: Vec<(String, i64, Vec<u8>)> = scene
        .database
        .rows(
            "select object.object_key, object.size_bytes, object.sha256 from recruiting.resume_file as file
             join raw.file_object as object using (company_no, sha256) where file.state = 'stored'",
        )
        .await;
    assert_eq!(scene.database.count(stored).await, i64::try_from(files.len()).unwrap());
    assert!(files.len() > 60);
    for (key, size, sha256) in files {
        let size = u64::try_from(size).unwrap();
        assert_eq!(objects.get(&key), Some(&size), "{key}");
        let bytes = std::fs::read(folder.join(&key)).unwrap();
        let is_that: bool = sqlx::query_scalar("select sha256($1) = $2")
            .bind(bytes)
            .bind(sha256)
            .fetch_one(scene.database.pool())
            .await
            .unwrap();
        assert!(is_that, "{key} holds other bytes");
    }
    let known = scene.database.count("select count(*) from raw.file_object").await;
    assert_eq!(objects.len(), usize::try_from(known).unwrap(), "no object without its row");
    assert_eq!(
        scene.database.count("select count(*) from etl.file_task where closed_at is null").await,
        0
    );
}

async fn the_summary_says_what_the_simulator_and_the_ledger_say(
    scene: &Scene,
    summary: &serde_json::Value,
) {
    assert_eq!(summary["calls"], scene.calls());
    assert_eq!(summary["throttled"], 0);
    for (count, statement) in [
        ("windows_closed", "select count(*) from etl.fetch_window where state = 'closed'"),
        ("listed", "select count(*) from etl.window_item"),
        ("stored", "select count(*) from etl.window_item where state = 'stored'"),
        ("files_stored", "select count(*) from etl.file_task where state = 'stored'"),
    ] {
        let rows = scene.database.count(statement).await;
        assert_eq!(summary["counts"][count], rows, "{count}");
    }
    let run: Vec<(String, i64, i64, Option<i16>)> =
        scene.database.rows("select state, calls, stored, exit_code from etl.run").await;
    let stored = summary["counts"]["stored"].as_i64().unwrap();
    let calls = summary["calls"].as_i64().unwrap();
    assert_eq!(run, [("complete".to_owned(), calls, stored, Some(0))]);
}
