//! `kill -9` at every seam of a run: what was begun is neither lost nor done twice.

use acceptance::{Gate, ONE_DAY, ObjectServer, Scene, Stand, eventually, generated};
use simulator::{Action, Endpoint, Rule};

/// A run is killed while it stands before a gate; the next run completes, and all is as after one clean run.
async fn check_killed_at(stand: Stand, table: &'static str, when: &str) {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(9), |it| it.object_server(&server)).await;
    let gate = Gate::close(&scene.database, stand, table, when).await;
    let running = scene.spawn(ONE_DAY);
    gate.somebody_waits().await;
    running.kill();
    gate.open().await;
    it_ends_as_one_clean_run(&scene, &server).await;
}

/// A run is killed while it waits for the answer to its first call of a kind, or to a later one, once there are
/// so many rows.
async fn check_killed_in_a_call(
    endpoint: Endpoint,
    earlier: u64,
    never: Action,
    rows: &'static str,
) {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(24), |it| it.object_server(&server)).await;
    scene.simulator.script(Rule { after: Some(earlier), ..Rule::on(endpoint) }.then(never));
    let running = scene.spawn(ONE_DAY);
    eventually("104 is asked", async || {
        let calls = scene.simulator.stats().calls.get(&endpoint).copied().unwrap_or(0);
        calls > earlier && scene.database.count(rows).await > 0
    })
    .await;
    running.kill();
    scene.simulator.clear_script();
    it_ends_as_one_clean_run(&scene, &server).await;
}

const SOON: &str = "select count(*) from etl.run";
const NEVER: Action = Action::Delay { ms: 60_000 };

#[tokio::test]
async fn between_the_token_and_the_first_list() {
    check_killed_in_a_call(Endpoint::QueryList, 0, NEVER, SOON).await;
}

#[tokio::test]
async fn after_the_load_commit_during_the_next_batch() {
    let loaded = "select count(*) from etl.window_item where state = 'stored'";
    check_killed_in_a_call(Endpoint::QueryBatch, 1, NEVER, loaded).await;
}

#[tokio::test]
async fn in_the_middle_of_a_file() {
    let stops = Action::Silence { after: Some(1000) };
    check_killed_in_a_call(Endpoint::Attachment, 0, stops, SOON).await;
}

async fn it_ends_as_one_clean_run(scene: &Scene, server: &ObjectServer) {
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "nothing_due");
    scene.database.assert_sound_with(&server.objects(), true).await;
    scene.assert_equals_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn after_the_token_before_it_is_shared() {
    check_killed_at(Stand::Insert, "etl.access_token", "true").await;
}

#[tokio::test]
async fn after_a_list_before_its_items() {
    check_killed_at(Stand::Insert, "etl.window_item", "new.position = 2").await;
}

#[tokio::test]
async fn in_the_commit_of_a_list() {
    check_killed_at(Stand::Commit, "etl.window_item", "new.state = 'listed'").await;
}

#[tokio::test]
async fn in_the_commit_of_raw_documents() {
    check_killed_at(Stand::Commit, "raw.sighting", "true").await;
}

#[tokio::test]
async fn after_the_raw_commit_when_people_were_interpreted() {
    check_killed_at(Stand::Insert, "recruiting.candidate", "true").await;
}

#[tokio::test]
async fn in_the_middle_of_a_persons_rows() {
    check_killed_at(Stand::Insert, "recruiting.skill", "new.item_no = 2").await;
}

#[tokio::test]
async fn before_the_load_commit() {
    check_killed_at(Stand::Update, "etl.window_item", "new.state = 'stored'").await;
}

#[tokio::test]
async fn in_the_load_commit() {
    check_killed_at(Stand::Commit, "etl.window_item", "new.state = 'stored'").await;
}

#[tokio::test]
async fn before_a_window_closes() {
    check_killed_at(Stand::Update, "etl.fetch_window", "new.state = 'closed'").await;
}

#[tokio::test]
async fn when_the_object_is_put_before_its_row() {
    check_killed_at(Stand::Insert, "raw.file_object", "true").await;
}

#[tokio::test]
async fn in_the_commit_of_a_receipt() {
    check_killed_at(Stand::Commit, "raw.document_file", "true").await;
}

#[tokio::test]
async fn before_the_run_closes() {
    check_killed_at(Stand::Update, "etl.run", "new.state <> 'running'").await;
}
