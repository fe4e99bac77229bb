//! The fault is over: what the next run makes of it.

use acceptance::Scene;

/// The next run completes, nothing is left to do, and all is as after one clean run.
pub(crate) async fn it_ends_as_one_clean_run(scene: &Scene, until: &str) {
    scene.simulator.clear_script();
    drop(scene.run(until).await.exits(0));
    assert_eq!(scene.run(until).await.exits(0).summary()["state"], "nothing_due");
    it_is_as_after_one_clean_run(scene, until).await;
}

/// The same where a richer source failed and a poorer one of its hours did not: that one was asked by itself, and
/// what it showed less of the same people stays in raw. The tables are those of one clean run.
pub(crate) async fn it_ends_with_the_tables_of_one_clean_run(scene: &Scene, until: &str) {
    scene.simulator.clear_script();
    drop(scene.run(until).await.exits(0));
    assert_eq!(scene.run(until).await.exits(0).summary()["state"], "nothing_due");
    scene.database.assert_sound().await;
    scene.assert_tables_of_one_clean_run(until).await;
}

/// All is as after one clean run.
pub(crate) async fn it_is_as_after_one_clean_run(scene: &Scene, until: &str) {
    scene.database.assert_sound().await;
    scene.assert_equals_one_clean_run(until).await;
}

/// As if an hour had passed, in which the pace eased back.
pub(crate) async fn time_passes(scene: &Scene) {
    let eased = "update etl.pace set interval_ms = 1, next_start_at = clock_timestamp(),
                                     throttled_until = clock_timestamp()";
    scene.database.change(eased).await;
}
