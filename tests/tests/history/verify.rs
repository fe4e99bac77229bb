//! The warehouse against itself: each thing that can be broken is broken, found by its check, and mended.

mod catalogue;
mod ledger;
mod rows;
mod files;

use acceptance::{COMPANY, Finished, Gate, ONE_DAY, Scene, Stand, assert_same, generated};
use serde_json::Value;

/// Something that is broken behind the product's back, and the checks that must say so: no other may.
struct Wreck {
    breaks: &'static str,
    found_by: &'static [&'static str],
}

/// What `verify` says, with more flags.
async fn verify(scene: &Scene, more: &[&str]) -> Finished {
    scene.etl104.run(&[&["verify", "--output", "json"], more].concat()).await
}

/// Names of the checks of which a field counts something.
fn named(summary: &Value, field: &str) -> Vec<String> {
    let checks = summary["checks"].as_array().unwrap();
    let counted = checks.iter().filter(|check| check[field].as_u64().unwrap() > 0);
    counted.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}

fn check<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let checks = summary["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap()
}

#[track_caller]
fn assert_sound(finished: Finished) -> Value {
    let summary = finished.summary();
    assert_eq!(named(&summary, "found"), [""; 0], "{}", finished.stdout);
    assert_eq!(summary["is_sound"], true);
    drop(finished.exits(0));
    summary
}

/// Breaks one thing after the other; each is found by its checks alone, and mended. What only 104 can give
/// comes with the next run. Each time all is as before.
async fn each_is_found_and_mended(scene: &Scene, wrecks: &[Wreck]) {
    let before = (scene.database.digest(COMPANY).await, scene.database.items().await);
    for Wreck { breaks, found_by } in wrecks {
        sqlx::raw_sql(*breaks).execute(scene.database.pool()).await.expect(breaks);
        let repaired = verify(scene, &["--repair"]).await;
        let summary = repaired.summary();
        assert_eq!(named(&summary, "found"), *found_by, "{breaks}\n{}", repaired.stdout);
        assert_eq!(named(&summary, "left"), [""; 0], "{breaks}\n{}", repaired.stdout);
        drop(repaired.exits(0));
        let open = "select (select count(*) from etl.fetch_window where state <> 'closed')
                        + (select count(*) from etl.file_task where state = 'open')";
        if scene.database.count(open).await > 0 {
            drop(scene.run(ONE_DAY).await.exits(0));
        }
        assert_same(breaks, &before.0, &scene.database.digest(COMPANY).await);
        assert_eq!(before.1, scene.database.items().await, "{breaks}");
    }
    assert_sound(verify(scene, &[]).await);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_sound_warehouse_has_no_finding_and_nothing_is_changed() {
    let scene = Scene::new(generated(10)).await;
    assert_sound(verify(&scene, &[]).await);
    drop(scene.run(ONE_DAY).await.exits(0));
    let calls = scene.calls();
    let summary = assert_sound(verify(&scene, &["--deep"]).await);
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    assert_eq!(summary["examined"]["people"], people);
    let bytes: i64 =
        scene.database.ask("select sum(size_bytes)::bigint from raw.file_object").await;
    assert_eq!(summary["examined"]["bytes"], bytes, "each file is read once");
    assert_eq!(scene.calls(), calls, "104 is not asked");
    assert_eq!(scene.database.count("select count(*) from etl.run").await, 1, "it was no run");
}

#[tokio::test]
async fn what_a_live_run_is_about_to_write_is_no_finding() {
    let scene = Scene::new(generated(10)).await;
    let gate = Gate::close(&scene.database, Stand::Insert, "raw.resume_document", "true").await;
    let run = scene.spawn(ONE_DAY);
    gate.somebody_waits().await;
    assert_sound(verify(&scene, &[]).await);
    gate.open().await;

    // Their documents are kept, and whoever was to write their rows is gone a moment ago.
    drop(run.finish().await.exits(0));
    let again = "update etl.window_item set state = 'kept', settled_at = null";
    scene.database.change(again).await;
    let open = "update etl.fetch_window set state = 'open', closed_at = null, stored = 0";
    scene.database.change(open).await;
    scene.database.empty_recruiting().await;
    let summary = assert_sound(verify(&scene, &[]).await);
    assert!(summary["examined"]["people"].as_u64().unwrap() > 5);
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_sound(verify(&scene, &[]).await);
}
