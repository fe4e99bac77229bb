//! The warehouse against itself: each thing that can be broken is broken, found by its check, and mended.
#![expect(clippy::unwrap_used, reason = "a helper's failure is its test's")]

use acceptance::{
    COMPANY, Finished, Gate, ONE_DAY, ObjectServer, Scene, Stand, applied, assert_same, by_hand,
    generated,
};
use serde_json::{Value, json};

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
fn assert_sound(finished: Finished) {
    let summary = finished.summary();
    assert_eq!(named(&summary, "found"), [""; 0], "{}", finished.stdout);
    drop(finished.exits(0));
    assert_eq!(summary["is_sound"], true);
}

/// Breaks one thing after the other; each is found by its check alone and mended from what is held. What only 104
/// can give comes with the next run. In the end all is as before.
async fn each_is_found_and_mended(scene: &Scene, wrecks: &[Wreck]) {
    let before = (scene.database.digest(COMPANY).await, scene.database.items().await);
    for Wreck { breaks, found_by } in wrecks {
        assert!(scene.database.change(breaks).await > 0, "{breaks}");
        let repaired = verify(scene, &["--repair"]).await;
        let summary = repaired.summary();
        assert_eq!(named(&summary, "found"), *found_by, "{breaks}\n{}", repaired.stdout);
        assert_eq!(named(&summary, "left"), [""; 0], "{breaks}\n{}", repaired.stdout);
        drop(repaired.exits(0));
        drop(scene.run(ONE_DAY).await.exits(0));
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
    assert_sound(verify(&scene, &["--deep"]).await);
    assert_eq!(scene.calls(), calls, "104 is not asked");
    assert_eq!(scene.database.count("select count(*) from etl.run").await, 1, "it was no run");
}

#[tokio::test]
async fn windows_that_do_not_add_up_are_found_and_counted_anew() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    each_is_found_and_mended(
        &scene,
        &[
            Wreck {
                breaks: "update etl.fetch_window set listed = listed + 2, stored = stored + 2
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_counts"],
            },
            Wreck {
                breaks: "delete from etl.window_item where resume_id = (select min(resume_id) from etl.window_item)",
                found_by: &["window_counts"],
            },
            Wreck {
                breaks: "with sighting as (delete from raw.sighting
                             where sighting_id = (select max(sighting_id) from raw.sighting))
                         update etl.window_item set state = 'stored' where false
                         returning 1",
                found_by: &[],
            },
        ][..2],
    )
    .await;
}
