//! Files in an S3-compatible store: by content, whole, once.

use std::collections::BTreeSet;

use acceptance::{
    FIRST_DAY, ONE_DAY, ObjectServer, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand, generated,
};
use serde_json::json;
use simulator::Options;

#[tokio::test]
async fn photos_and_files_of_two_days_are_in_the_bucket() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(12), |it| it.object_server(&server)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let known: Vec<(String, i64)> =
        scene.database.rows("select object_key, size_bytes from raw.file_object").await;
    assert!(known.len() > 20);
    let known: BTreeSet<(String, u64)> =
        known.into_iter().map(|(key, size)| (key, u64::try_from(size).unwrap())).collect();
    let stored: BTreeSet<(String, u64)> =
        server.objects().into_iter().map(|object| (object.key, object.size)).collect();
    assert_eq!(stored, known);
    every_object_holds_its_content(&scene, &server).await;
}

#[tokio::test]
async fn a_large_file_goes_up_in_parts_and_arrives_whole() {
    let server = ObjectServer::start();
    let options = Options { attachment_bytes: 17_000_000..=17_000_000, ..by_hand() };
    let scene = Scene::with(options, |it| it.object_server(&server)).await;
    let resume = || json!({"idno": "L-1", "attachFiles": [{"type": 1, "fileName": "大檔.pdf", "resourceLink": "sim:attachment:0"}]});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "L-1", resume()));
    drop(scene.run(ONE_DAY).await.exits(0));
    let objects = server.objects();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].size, 17_000_000);
    every_object_holds_its_content(&scene, &server).await;

    // Fetched once more for a newer window, it is known by its content and not written again.
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "L-1", resume()));
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(scene.files_delivered(), 2);
    assert_eq!(server.objects(), objects);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_left_out_and_said() {
    let server = ObjectServer::start();
    let options = Options { attachment_bytes: 50_000..=50_000, ..by_hand() };
    let scene =
        Scene::with(options, |it| it.object_server(&server).set("files", "max_size", "\"40kB\""))
            .await;
    let resume =
        json!({"idno": "L-1", "attachFiles": [{"type": 1, "resourceLink": "sim:attachment:0"}]});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "L-1", resume));
    let summary = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!(summary["counts"]["files_unavailable"], 1);
    let state: String = scene.database.ask("select state from recruiting.resume_file").await;
    assert_eq!(state, "too_large");
    assert_eq!(server.objects(), []);
}

async fn every_object_holds_its_content(scene: &Scene, server: &ObjectServer) {
    for object in server.objects() {
        let is_that: bool = sqlx::query_scalar(
            "select exists (select from raw.file_object where object_key = $1 and sha256 = sha256($2))",
        )
        .bind(&object.key)
        .bind(server.read(&object.key))
        .fetch_one(scene.database.pool())
        .await
        .unwrap();
        assert!(is_that, "{} holds other bytes", object.key);
    }
}
