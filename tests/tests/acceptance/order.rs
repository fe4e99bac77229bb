//! By any number of processes, in any order, in any width: the same newest state (P3).

use acceptance::{COMPANY, ONE_DAY, Scene, TWO_DAYS, assert_same, generated};
use load::digest::TableDigest;

#[tokio::test]
async fn three_processes_at_once_equal_one() {
    let scene = Scene::new(generated(30)).await;
    let until = "2025-08-25T00";
    let together = tokio::join!(scene.run(until), scene.run(until), scene.run(until));
    for finished in [together.0, together.1, together.2] {
        // Whoever comes too late for any window finds all of them held, or nothing due.
        assert!(matches!(finished.code, Some(0 | 4)), "{:?}: {}", finished.code, finished.stderr);
    }
    drop(scene.run(until).await.exits(0));
    assert_eq!(scene.database.windows().await, [("closed".into(), 9)]);

    let (alone, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", until]).await.exits(0));
    assert_same(
        "three and one",
        &scene.database.digest(COMPANY).await,
        &alone.digest(COMPANY).await,
    );
    assert_eq!(scene.database.raw_counts().await, alone.raw_counts().await);
    assert_eq!(scene.database.items().await, alone.items().await);
    assert_eq!(scene.database.file_tasks().await, alone.file_tasks().await);
}

#[tokio::test]
async fn the_older_date_first_or_last_makes_the_same_tables() {
    let scene = Scene::new(generated(60)).await;
    for until in [ONE_DAY, TWO_DAYS] {
        drop(scene.run(until).await.exits(0));
    }
    let (newest_first, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", TWO_DAYS]).await.exits(0));
    let (one, other) = (scene.database.digest(COMPANY).await, newest_first.digest(COMPANY).await);
    assert_same("oldest first and newest first", &one, &other);
}

/// What is told by the newest document alone, whatever windows showed it.
const NEWEST_STATE: [&str; 10] = [
    "candidate_sensitive",
    "candidate_narrative",
    "job_preference",
    "education",
    "experience",
    "skill",
    "language",
    "certificate",
    "project",
    "recommender",
];

#[tokio::test]
async fn hour_by_hour_or_a_whole_day_shows_the_same_newest_state() {
    let hours = Scene::new(generated(40)).await;
    for hour in [9, 12, 13, 18, 24] {
        let until = if hour == 24 { ONE_DAY.to_owned() } else { format!("2025-08-22T{hour:02}") };
        drop(hours.run(&until).await.exits(0));
    }
    let (day, etl104) = hours.elsewhere().await;
    drop(etl104.run(&["run", "--until", ONE_DAY]).await.exits(0));
    let newest = |all: Vec<TableDigest>| -> Vec<TableDigest> {
        all.into_iter().filter(|table| NEWEST_STATE.contains(&table.table)).collect()
    };
    let (hours, day) =
        (newest(hours.database.digest(COMPANY).await), newest(day.digest(COMPANY).await));
    assert_eq!(hours.len(), NEWEST_STATE.len());
    assert_same("hours and day", &hours, &day);
}
