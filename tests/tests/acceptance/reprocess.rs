//! Everything in `recruiting` can be rebuilt from `raw`, without a call to 104 (P2).

use acceptance::{COMPANY, Scene, TWO_DAYS, assert_same, generated};

#[tokio::test]
async fn emptied_tables_are_rebuilt_without_a_call() {
    let scene = Scene::new(generated(30)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let (before, calls) = (scene.database.digest(COMPANY).await, scene.calls());
    let files = scene.database.file_tasks().await;

    scene.database.empty_recruiting().await;
    assert!(scene.database.digest(COMPANY).await.iter().all(|table| table.rows == 0));
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));

    assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
    assert_eq!(scene.calls(), calls, "104 is not asked");
    assert_eq!(scene.database.file_tasks().await, files, "no file is wanted once more");
    assert_eq!(scene.run(TWO_DAYS).await.exits(0).summary()["state"], "nothing_due");
    assert_eq!(scene.calls(), calls);
}

#[tokio::test]
async fn one_resume_alone_can_be_reprocessed() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    let id: String = scene.database.ask("select min(resume_id) from recruiting.candidate").await;

    scene.database.empty_recruiting().await;
    drop(scene.etl104.run(&["reprocess", "--resume-id", &id]).await.exits(0));
    let found: Vec<(String,)> =
        scene.database.rows("select resume_id from recruiting.candidate").await;
    assert_eq!(found, [(id,)]);

    drop(scene.etl104.run(&["reprocess", "--dry-run"]).await.exits(0));
    assert_eq!(
        scene.database.count("select count(*) from recruiting.candidate").await,
        1,
        "a dry run writes nothing"
    );
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));
    assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
}

#[tokio::test]
async fn what_raw_does_not_hold_is_no_resume_to_reprocess() {
    let scene = Scene::new(generated(3)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    drop(scene.etl104.run(&["reprocess", "--resume-id", "nobody"]).await);
    assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
}
