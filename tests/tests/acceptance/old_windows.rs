//! How 104 answers for old windows is learnt from the first window that was asked again.

use acceptance::{FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand};
use serde_json::json;
use simulator::{Action, Endpoint, Rule};

fn resume(name: &str) -> serde_json::Value {
    json!({"idno": "A-1", "fullName": name, "headshotUrl": "sim:headshot"})
}

async fn learnt(scene: &Scene) -> String {
    scene
        .database
        .ask("select finding from etl.contract_observation where assumption = 'A-15'")
        .await
}

/// A photo that could not be had, and a token too old to be tried: the resume is asked again.
async fn a_photo_is_open(scene: &Scene) {
    let refused =
        Rule::on(Endpoint::Headshot).then(Action::Code { code: 899, message: None, status: None });
    scene.simulator.script(refused);
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", resume("陳怡君")));
    drop(scene.run(ONE_DAY).await.exits(3));
}

async fn scene() -> Scene {
    Scene::with(by_hand(), |it| it.set("files", "token_max_age", "\"0s\"")).await
}

#[tokio::test]
async fn other_content_under_the_same_window_is_that_of_now() {
    let scene = scene().await;
    a_photo_is_open(&scene).await;
    scene.simulator.clear_script();
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", resume("陳怡君二")));
    drop(scene.etl104.run(&["retry", "files"]).await.exits(0));

    assert!(learnt(&scene).await.contains("answer as now"));
    let kept = "select count(*) from raw.sighting";
    assert_eq!(scene.database.count(kept).await, 2, "what was answered is kept");
}

#[tokio::test]
async fn the_same_content_though_a_newer_is_known_is_that_of_then() {
    let scene = scene().await;
    a_photo_is_open(&scene).await;
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "A-1", resume("陳怡君二")));
    drop(scene.run(TWO_DAYS).await.exits(3));
    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "files"]).await.exits(0));

    assert!(learnt(&scene).await.contains("answer as then"));
    let stored = "select count(*) from recruiting.resume_file where state = 'stored'";
    assert_eq!(scene.database.count(stored).await, 2, "the photo of each document");
}
