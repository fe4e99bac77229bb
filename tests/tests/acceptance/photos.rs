//! A new window says that 104 changed something; if the document is equal, it may be a file.

use acceptance::{FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand};
use serde_json::json;

/// Somebody is listed on two dates with an equal resume; in between the photo was changed, or not.
async fn check(refetch: &str, photo_changes: bool, downloads: u64, contents: i64) {
    let setting = format!("{refetch:?}");
    let scene = Scene::with(by_hand(), |it| it.set("files", "refetch", &setting)).await;
    let resume = || json!({"idno": "A-1", "fullName": "陳怡君", "headshotUrl": "sim:headshot"});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", resume()));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.files_delivered(), 1);
    let first_photo: Vec<u8> =
        scene.database.ask("select sha256 from recruiting.resume_file").await;

    if photo_changes {
        scene.simulator.set_photo("A-1", 2);
    }
    scene.simulator.add_listing(applied(SECOND_DAY, 14, "A-1", resume()));
    drop(scene.run(TWO_DAYS).await.exits(0));

    assert_eq!(scene.files_delivered(), downloads, "{refetch}");
    let photo: Vec<u8> = scene.database.ask("select sha256 from recruiting.resume_file").await;
    assert_eq!(photo != first_photo, contents == 2, "{refetch}: the newest photo is shown");
    for (what, statement, expected) in [
        ("documents", "select count(*) from raw.resume_document", 1),
        ("versions", "select count(*) from recruiting.candidate_version", 1),
        ("sightings", "select count(*) from raw.sighting", 2),
        ("contents", "select count(*) from raw.file_object", contents),
        ("photos in one slot", "select count(*) from recruiting.resume_file", 1),
    ] {
        assert_eq!(scene.database.count(statement).await, expected, "{refetch}: {what}");
    }
}

#[tokio::test]
async fn a_changed_photo_under_an_equal_resume_is_stored() {
    check("new_window", true, 2, 2).await;
}

#[tokio::test]
async fn an_equal_photo_is_stored_once_however_often_it_is_fetched() {
    check("new_window", false, 2, 1).await;
}

#[tokio::test]
async fn whoever_asks_for_each_file_once_gets_it_once() {
    check("never", true, 1, 1).await;
}
