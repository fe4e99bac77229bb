//! A disk is full, read-only or gone: that of the files on their way, or that of the folder that holds them.

use std::path::Path;

use acceptance::{
    FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, Settings, SmallDisk, TWO_DAYS, applied, by_hand,
    generated, objects_below,
};
use serde_json::json;
use simulator::Options;

use crate::storage::OPEN;

/// One person a size, with a file of it.
fn with_files(scene: &Scene, how_many: u8) {
    for n in 0..how_many {
        let id = format!("L-{n}");
        let resume =
            json!({"idno": id, "attachFiles": [{"type": 1, "resourceLink": "sim:attachment:0"}]});
        scene.simulator.add_listing(applied(FIRST_DAY, 9, &id, resume));
    }
}

fn in_folder(settings: Settings, folder: &Path) -> Settings {
    settings.text("storage", "url", &format!("file:{}", folder.display()))
}

#[tokio::test]
async fn a_full_spool_leaves_the_task_open_and_names_the_path() {
    let Some(spool) = SmallDisk::mount("256k") else { return };
    let path = spool.path().display().to_string();
    let options = Options { attachment_bytes: 400_000..=400_000, ..generated(4) };
    let scene = Scene::with(options, |it| it.environment("TMPDIR", &path)).await;
    let run = scene.run(ONE_DAY).await.exits(7);
    assert!(run.stderr.contains(&path), "{}", run.stderr);
    assert!(run.stderr.contains("[files] spool_dir"), "{}", run.stderr);
    assert!(scene.database.count(OPEN).await > 0);
    let said = scene.database.rows::<(String, String)>(
        "select distinct failure, remedy from etl.file_task where state = 'failed'",
    );
    let said = said.await;
    assert!(
        matches!(&said[..], [(why, _)] if why.contains(&path) && why.contains("No space")),
        "{said:?}"
    );
    let stored = objects_below(&scene.etl104.folder().join("objects"));
    scene.database.assert_sound_with(&stored, true).await;

    spool.remount("size=16m");
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.count(OPEN).await, 0);
    let stored = objects_below(&scene.etl104.folder().join("objects"));
    scene.database.assert_sound_with(&stored, true).await;
}

/// Two files, and a disk that takes one of them.
async fn check_full(disk: &str, size: u64) {
    let Some(disk) = SmallDisk::mount(disk) else { return };
    let options = Options { attachment_bytes: size..=size, ..by_hand() };
    // One after the other: two halves would leave room for neither.
    let scene =
        Scene::with(options, |it| in_folder(it, disk.path()).set("files", "at_once", "1")).await;
    with_files(&scene, 2);
    let run = scene.run(ONE_DAY).await.exits(7);
    assert!(run.stderr.contains("No space left"), "{}", run.stderr);
    assert!(run.stderr.contains("free space where [storage] url points"), "{}", run.stderr);
    let tasks = scene.database.file_tasks().await;
    assert_eq!(tasks, [("failed".into(), 1), ("stored".into(), 1)]);
    scene.database.assert_sound_with(&objects_below(disk.path()), true).await;

    disk.remount("size=64m");
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.assert_sound_with(&objects_below(disk.path()), true).await;
    assert_eq!(objects_below(disk.path()).len(), 2);
}

#[tokio::test]
async fn a_full_folder_keeps_no_half_of_a_file() {
    check_full("600k", 400_000).await;
}

#[tokio::test]
async fn a_full_folder_keeps_no_half_of_a_large_file() {
    check_full("13m", 9_000_000).await;
}

#[tokio::test]
async fn a_folder_that_can_t_be_written_holds_up_no_resume() {
    let Some(disk) = SmallDisk::mount("16m") else { return };
    let scene = Scene::with(by_hand(), |it| in_folder(it, disk.path())).await;
    with_files(&scene, 2);
    disk.remount("ro");
    let run = scene.run(ONE_DAY).await.exits(7);
    assert!(run.stderr.contains("make the folder of [storage] url writable"), "{}", run.stderr);
    assert_eq!(scene.database.items().await, [("stored".into(), 2)]);
    assert_eq!(scene.database.count(OPEN).await, 2);
    scene.database.assert_sound().await;

    disk.remount("rw");
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.assert_sound_with(&objects_below(disk.path()), true).await;
}

#[tokio::test]
async fn a_folder_that_can_t_be_made_holds_up_no_resume() {
    let place = tempfile::tempdir().unwrap();
    let in_the_way = place.path().join("data");
    std::fs::write(&in_the_way, "a file").unwrap();
    let scene = Scene::with(by_hand(), |it| in_folder(it, &in_the_way.join("objects"))).await;
    with_files(&scene, 2);
    let run = scene.run(ONE_DAY).await.exits(7);
    assert!(run.stderr.contains(&in_the_way.display().to_string()), "{}", run.stderr);
    assert_eq!(scene.database.items().await, [("stored".into(), 2)]);
    assert_eq!(scene.database.count(OPEN).await, 2);
    scene.database.assert_sound().await;

    std::fs::remove_file(&in_the_way).unwrap();
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.assert_sound_with(&objects_below(&in_the_way.join("objects")), true).await;
}

#[tokio::test]
async fn a_folder_that_vanished_with_its_files_is_not_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (place.path().join("disk/objects"), place.path().join("unmounted"));
    let scene = Scene::with(by_hand(), |it| in_folder(it, &folder)).await;
    with_files(&scene, 2);
    drop(scene.run(ONE_DAY).await.exits(0));
    std::fs::rename(&folder, &elsewhere).unwrap();
    let resume =
        json!({"idno": "L-9", "attachFiles": [{"type": 1, "resourceLink": "sim:attachment:0"}]});
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "L-9", resume));
    for command in [&["run", "--until", TWO_DAYS][..], &["check", "storage"]] {
        let failed = scene.etl104.run(command).await.exits(7);
        let said = format!("{}{}", failed.stdout, failed.stderr);
        assert!(said.contains("is gone") && said.contains("mount it again"), "{said}");
        assert!(!folder.exists());
    }
    assert_eq!(scene.database.items().await, [("stored".into(), 3)]);
    assert_eq!(scene.database.count(OPEN).await, 1);

    std::fs::rename(&elsewhere, &folder).unwrap();
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.database.assert_sound_with(&objects_below(&folder), true).await;
}
