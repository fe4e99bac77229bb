//! The same windows with the same answers, any number of times (P3).

use acceptance::{Scene, StoredObject, TWO_DAYS, assert_same, generated, objects_below};
use simulator::Endpoint;

/// As if nobody had ever asked for these windows.
const FORGET_THE_WINDOWS: &str = "
    with items as (delete from etl.window_item)
    update etl.fetch_window set state = 'open', is_listed = false, closed_at = null,
        listed = 0, stored = 0, absent = 0, rejected = 0";

#[tokio::test]
async fn the_same_windows_again_change_no_row_and_fetch_no_file() {
    let scene = Scene::new(generated(30)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let before = Kept::of(&scene).await;

    // 104 makes new file tokens for each answer, so this also shows that tokens alone make no new
    // document and no new version.
    scene.database.change(FORGET_THE_WINDOWS).await;
    let summary = scene.run(TWO_DAYS).await.exits(0).summary();

    assert_eq!(summary["counts"]["windows_closed"], 6, "the windows were really asked again");
    assert!(summary["counts"]["stored"].as_u64().unwrap() > 40);
    assert_eq!(summary["counts"]["people_written"], 0);
    assert_eq!(summary["counts"]["files_stored"], 0);
    before.equals(&Kept::of(&scene).await);
}

#[tokio::test]
async fn a_recheck_that_finds_nothing_new_asks_for_the_list_alone() {
    let scene = Scene::new(generated(15)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let before = Kept::of(&scene).await;
    let calls = scene.simulator.stats().calls;

    // As if the windows had been closed on the day itself: the rechecks since then have been missed.
    let aged = "update etl.fetch_window set last_listed_at = ends_at + interval '10 minutes'";
    assert_eq!(scene.database.change(aged).await, 6);
    drop(scene.run(TWO_DAYS).await.exits(0));

    let after = scene.simulator.stats().calls;
    assert_eq!(
        after[&Endpoint::QueryList],
        calls[&Endpoint::QueryList] + 6,
        "missed rechecks collapse into one"
    );
    assert_eq!(after[&Endpoint::QueryBatch], calls[&Endpoint::QueryBatch]);
    assert_eq!(after.get(&Endpoint::Query), calls.get(&Endpoint::Query));
    before.equals(&Kept::of(&scene).await);
    let open =
        "select count(*) from etl.fetch_window where state <> 'closed' or lease_run_id is not null";
    assert_eq!(scene.database.count(open).await, 0);

    assert_eq!(scene.run(TWO_DAYS).await.exits(0).summary()["state"], "nothing_due");
}

/// All that a repetition may not change.
struct Kept {
    digest: Vec<load::digest::TableDigest>,
    raw: Vec<(String, i64)>,
    objects: Vec<StoredObject>,
    files_delivered: u64,
}

impl Kept {
    async fn of(scene: &Scene) -> Self {
        Self {
            digest: scene.database.digest(acceptance::COMPANY).await,
            raw: scene.database.raw_counts().await,
            objects: objects_below(&scene.etl104.folder().join("objects")),
            files_delivered: scene.files_delivered(),
        }
    }

    #[track_caller]
    fn equals(&self, other: &Self) {
        assert_same("before and after", &self.digest, &other.digest);
        assert_eq!(self.raw, other.raw, "documents, sightings, receipts, contents");
        assert_eq!(self.files_delivered, other.files_delivered, "nothing is downloaded");
        assert_eq!(self.objects, other.objects, "no object is written");
    }
}
