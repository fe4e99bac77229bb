//! Killed anywhere, run again: the same tables as one clean run (P3).

use std::collections::BTreeMap;

use acceptance::{Etl104, Scene, Settings, TWO_DAYS, eventually, generated, objects_below};
use sqlx::AssertSqlSafe;

/// When a run is killed: as soon as so many rows of this kind are there.
struct Moment {
    what: &'static str,
    rows: &'static str,
    at_least: i64,
}

const MOMENTS: [Moment; 5] = [
    Moment { what: "while lists arrive", rows: "etl.fetch_window where is_listed", at_least: 1 },
    Moment { what: "while resumes arrive", rows: "raw.resume_document", at_least: 8 },
    Moment {
        what: "while rows are loaded",
        rows: "etl.window_item where state = 'stored'",
        at_least: 25,
    },
    Moment {
        what: "while files arrive",
        rows: "etl.file_task where state = 'stored'",
        at_least: 20,
    },
    Moment { what: "near the end", rows: "etl.file_task where state = 'stored'", at_least: 60 },
];

#[tokio::test]
async fn a_run_killed_at_five_moments_ends_as_one_clean_run() {
    check("true").await;
}

#[tokio::test]
async fn so_does_one_that_asks_for_each_source_by_itself() {
    check("false").await;
}

async fn check(share_between_sources: &str) {
    let adjust = |it: Settings| {
        it.calls_per_second(100).set("run", "share_between_sources", share_between_sources)
    };
    let scene = Scene::with(generated(35), adjust).await;
    for moment in MOMENTS {
        let running = scene.spawn(TWO_DAYS);
        let statement = format!("select count(*) from {}", moment.rows);
        eventually(moment.what, async || {
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(statement.clone()))
                .fetch_one(scene.database.pool())
                .await
                .unwrap();
            rows >= moment.at_least
        })
        .await;
        running.kill();
        let open =
            scene.database.count("select count(*) from etl.run where state = 'running'").await;
        assert!(open > 0, "{}: the run was over before it could be killed", moment.what);
    }

    // What a killed process held is free at once: nobody waits for its leases to end.
    let summary = scene.run(TWO_DAYS).await.exits(0).summary();
    assert_eq!(summary["state"], "complete");
    assert_eq!(scene.run(TWO_DAYS).await.exits(0).summary()["state"], "nothing_due");

    let (clean, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", TWO_DAYS]).await.exits(0));
    scene.assert_equals(&clean).await;
    assert_eq!(objects(&scene.etl104), objects(&etl104));
}

/// Keys and sizes. What was arriving at a killed process lies apart, and is swept when it is old.
fn objects(etl104: &Etl104) -> BTreeMap<String, u64> {
    objects_below(&etl104.folder().join("objects"))
        .into_iter()
        .filter(|object| !object.key.starts_with(".arriving/"))
        .map(|object| (object.key, object.size))
        .collect()
}
