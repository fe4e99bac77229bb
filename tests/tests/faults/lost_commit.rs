//! The answer to a commit is lost: nothing is done twice, nothing is lost, and the run counts what it did.

use acceptance::{Etl104, Loss, ONE_DAY, Relay, Scene, generated};
use serde_json::Value;

/// A run behind a relay that loses commits ends as a clean one, and says of itself what a clean one says.
async fn check(loss: Loss, every: u64) {
    let scene = Scene::new(generated(14)).await;
    let relay = Relay::before(&scene.database).await;
    relay.lose_commits(loss, every).await;
    let summary = behind(&relay, &scene).run(&RUN).await.exits(0).summary();
    assert!(relay.lost_commits() > 10, "only {} commits were lost", relay.lost_commits());
    assert_counts_are_true(&scene, &summary).await;
    scene.database.assert_sound().await;

    let (clean, etl104) = scene.elsewhere().await;
    let of_clean = etl104.run(&RUN).await.exits(0).summary();
    assert_eq!(counts(&summary), counts(&of_clean), "what the run says of itself");
    drop(clean);
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

/// What a run counted. Whose rows a file's receipt wrote first are unchanged for the load that comes after.
fn counts(summary: &Value) -> Value {
    let mut counts = summary["counts"].clone();
    let people = ["people_written", "people_unchanged"].map(|it| counts[it].as_i64().unwrap());
    counts["people_written"] = people.iter().sum::<i64>().into();
    counts["people_unchanged"] = 0.into();
    counts
}

const RUN: [&str; 5] = ["run", "--output", "json", "--until", ONE_DAY];

/// The command in a folder of its own, with its objects where the scene's lie.
fn behind(relay: &Relay, scene: &Scene) -> Etl104 {
    let objects = format!("file:{}", scene.etl104.folder().join("objects").display());
    let settings = scene.settings.clone().text("database", "url", &relay.url(&scene.database));
    Etl104::new(&settings.text("storage", "url", &objects))
}

/// The counts of a run are those of the tables that it alone wrote, and stand in its row as it says them.
async fn assert_counts_are_true(scene: &Scene, summary: &Value) {
    let in_tables: (i64, i64, i64, i64, i64) = scene
        .database
        .rows(
            "select (select count(*) from etl.fetch_window where state = 'closed'),
             (select count(*) from etl.window_item),
             (select count(*) from etl.window_item where state = 'stored'),
             (select count(*) from etl.file_task where state = 'stored'),
             (select count(*) from recruiting.candidate)",
        )
        .await[0];
    let in_row: (i64, i64, i64, i64) = scene
        .database
        .rows("select windows_closed, listed, stored, files_stored from etl.run order by started_at limit 1")
        .await[0];
    let said = |count: &str| summary["counts"][count].as_i64().unwrap();
    let (windows, listed, stored, files, people) = in_tables;
    assert_eq!(
        (windows, listed, stored, files),
        (said("windows_closed"), said("listed"), said("stored"), said("files_stored")),
    );
    assert_eq!(in_row, (windows, listed, stored, files));
    assert!(said("people_written") + said("people_unchanged") >= people, "{summary}");
}

#[tokio::test]
async fn the_answer_to_every_commit_is_lost() {
    check(Loss::Answer, 1).await;
}

#[tokio::test]
async fn the_answer_to_every_third_commit_is_lost() {
    check(Loss::Answer, 3).await;
}

#[tokio::test]
async fn every_third_commit_never_arrives() {
    check(Loss::Question, 3).await;
}

#[tokio::test]
async fn reprocess_counts_whom_it_wrote_when_answers_are_lost() {
    let scene = Scene::new(generated(14)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.empty_recruiting().await;
    let people =
        scene.database.count("select count(distinct resume_id) from raw.resume_document").await;
    let relay = Relay::before(&scene.database).await;
    relay.lose_commits(Loss::Answer, 1).await;
    let summary =
        behind(&relay, &scene).run(&["reprocess", "--output", "json"]).await.exits(0).summary();
    assert!(relay.lost_commits() > 0);
    assert_eq!(summary["people_written"], people, "{summary}");
    scene.assert_as_one_clean_run(ONE_DAY).await;
}
