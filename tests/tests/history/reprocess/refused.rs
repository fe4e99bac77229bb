//! By Postgres, by the settings, or not at all though the storage is away.

use std::net::TcpListener;

use acceptance::{
    COMPANY, Etl104, FIRST_DAY, Scene, TWO_DAYS, applied, assert_same, by_hand, generated,
};
use serde_json::json;

use super::{reprocess, said};

#[tokio::test]
async fn rows_that_postgres_refuses_reject_their_own_resume_and_come_back_later() {
    let scene = Scene::new(by_hand()).await;
    for id in ["P-1", "P-2", "P-3", "P-4", "P-5"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, json!({"idno": id, "fullName": id})));
    }
    drop(scene.run(TWO_DAYS).await.exits(0));
    let digest = scene.database.digest(COMPANY).await;
    scene.database.change("update recruiting.candidate set full_name = null").await;
    scene.database.change("alter table recruiting.candidate add constraint odd_one_out check (full_name <> 'P-3')").await;
    let foretold = scene.etl104.run(&["reprocess", "--dry-run", "--output", "json"]).await.exits(3);
    let refused = scene.etl104.run(&["reprocess", "--output", "json"]).await.exits(3).summary();
    assert_eq!(said(&foretold.summary()), said(&refused));
    assert_eq!(
        (&refused["people"], &refused["people_written"], &refused["rejections_new"]),
        (&json!(5), &json!(4), &json!(1)),
        "{refused}"
    );
    let rows: Vec<(String, String)> = scene
        .database
        .rows("select resume_id, code from etl.rejection where resolved_at is null")
        .await;
    assert_eq!(rows, [("P-3".to_owned(), "refused_rows".to_owned())]);
    let rejected: Vec<(String, i32)> =
        scene.database.rows("select resume_id, rejected from etl.window_item join etl.fetch_window using (window_id) where window_item.state = 'rejected'").await;
    assert_eq!(rejected, [("P-3".to_owned(), 1)]);
    scene.database.assert_sound().await;
    // As long as nothing is mended it is refused again, and said once.
    drop(scene.etl104.run(&["reprocess"]).await.exits(3));
    assert_eq!(scene.database.count("select count(*) from etl.rejection").await, 1);
    scene.database.change("alter table recruiting.candidate drop constraint odd_one_out").await;
    let mended = reprocess(&scene, &[]).await;
    assert_eq!((&mended["rejections_resolved"], &mended["items_stored"]), (&json!(1), &json!(1)));
    assert_same("before and after", &digest, &scene.database.digest(COMPANY).await);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn what_is_made_from_raw_needs_no_storage() {
    let scene = Scene::new(generated(5)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let id: String = scene.database.ask("select min(resume_id) from recruiting.candidate").await;
    let objects = scene.etl104.folder().join("objects");
    std::fs::rename(&objects, objects.with_file_name("elsewhere")).unwrap();
    let without_a_key = scene.settings.clone().text("storage", "url", "s3://bucket");
    for etl104 in [&scene.etl104, &Etl104::new(&without_a_key)] {
        for command in [
            &["reprocess"][..],
            &["reprocess", "--dry-run"],
            &["as-of", TWO_DAYS, "--schema", "august"],
            &["run", "--dry-run", "--until", TWO_DAYS],
            &["backfill", "--dry-run", "--from", "2025-08-18", "--to", "2025-08-19"],
            &["trace", &id],
            &["status"],
        ] {
            let done = etl104.run(command).await.exits(0);
            assert!(!done.stderr.contains("storage"), "{command:?}: {}", done.stderr);
        }
    }
}

#[tokio::test]
async fn one_that_could_not_begin_says_nothing_of_people() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://etl104@{closed}/warehouse");
    let scene = Scene::with(by_hand(), |it| it.text("database", "url", &url)).await;
    let failed = scene.etl104.run(&["reprocess"]).await.exits(7);
    assert_eq!(failed.stdout, "nobody was done\nagain: `etl104 reprocess`\n");
}
