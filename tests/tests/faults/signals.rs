//! SIGTERM and SIGINT, once and twice, wherever they come.

use std::time::{Duration, Instant};

use acceptance::{Gate, ONE_DAY, ObjectServer, Running, Scene, Stand, eventually, generated};
use simulator::{Action, Endpoint, Rule};

/// A supervisor that kills after ten seconds has nothing left to kill.
const DRAINED_WITHIN: Duration = Duration::from_secs(10);

/// A signal in the middle of resumes; `code` says by which one.
async fn check_drains(signal: &str, code: i32) {
    let server = ObjectServer::start();
    let scene =
        Scene::with(generated(20), |it| it.object_server(&server).calls_per_second(60)).await;
    let running = scene.spawn(ONE_DAY);
    eventually("resumes arrive", async || {
        scene.database.count("select count(*) from etl.window_item where state = 'stored'").await
            > 5
    })
    .await;
    let began = Instant::now();
    running.signal(signal);
    let stopped = running.finish().await.exits(code);
    assert!(began.elapsed() < DRAINED_WITHIN, "{:?}", began.elapsed());
    assert_eq!(stopped.summary()["state"], "stopped");
    assert!(stopped.stderr.contains("stopping"), "{}", stopped.stderr);
    scene.database.assert_sound_with(&server.objects(), true).await;
    it_completes(&scene, &server).await;
}

async fn it_completes(scene: &Scene, server: &ObjectServer) {
    scene.simulator.clear_script();
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.assert_sound_with(&server.objects(), true).await;
    scene.assert_equals_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn term_drains_and_is_143() {
    check_drains("TERM", 143).await;
}

#[tokio::test]
async fn int_drains_and_is_130() {
    check_drains("INT", 130).await;
}

/// 104 answers nothing for a long time: each endpoint in turn.
#[tokio::test]
async fn whoever_waits_for_104_is_drained_in_time() {
    for endpoint in [Endpoint::Token, Endpoint::QueryList, Endpoint::QueryBatch, Endpoint::Headshot]
    {
        let server = ObjectServer::start();
        let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
        scene.simulator.script(Rule::on(endpoint).then(Action::Delay { ms: 120_000 }));
        let running = scene.spawn(ONE_DAY);
        eventually("104 is asked", async || scene.simulator.stats().calls.contains_key(&endpoint))
            .await;
        let began = Instant::now();
        running.signal("TERM");
        drop(running.finish().await.exits(143));
        assert!(began.elapsed() < DRAINED_WITHIN, "{endpoint:?}: {:?}", began.elapsed());
        scene.simulator.clear_script();
        drop(scene.run(ONE_DAY).await.exits(0));
        scene.database.assert_sound_with(&server.objects(), true).await;
    }
}

/// 104 throttles for long: nobody waits for the end of it.
#[tokio::test]
async fn whoever_waits_for_the_pace_is_drained_in_time() {
    let scene = Scene::new(generated(8)).await;
    let wait = Action::Throttle { retry_after: Some("60".into()) };
    scene.simulator.script(Rule::on(Endpoint::QueryList).first(1).then(wait));
    let running = scene.spawn(ONE_DAY);
    eventually("104 throttles", async || scene.simulator.stats().statuses.contains_key(&429)).await;
    let began = Instant::now();
    running.signal("TERM");
    drop(running.finish().await.exits(143));
    assert!(began.elapsed() < DRAINED_WITHIN, "{:?}", began.elapsed());
}

/// The second signal ends it at once, whatever it is at.
async fn check_twice(running: Running, scene: &Scene, server: &ObjectServer, code: i32) {
    running.signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    running.signal(if code == 143 { "TERM" } else { "INT" });
    drop(running.finish().await.exits(code));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    it_completes(scene, server).await;
}

#[tokio::test]
async fn the_second_signal_stops_at_once_during_a_call() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
    scene.simulator.script(Rule::on(Endpoint::QueryBatch).then(Action::Delay { ms: 120_000 }));
    let running = scene.spawn(ONE_DAY);
    eventually("a batch is asked", async || {
        scene.simulator.stats().calls.contains_key(&Endpoint::QueryBatch)
    })
    .await;
    check_twice(running, &scene, &server, 143).await;
}

#[tokio::test]
async fn the_second_signal_stops_at_once_during_a_transaction() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
    let gate =
        Gate::close(&scene.database, Stand::Commit, "etl.window_item", "new.state = 'stored'")
            .await;
    let running = scene.spawn(ONE_DAY);
    gate.somebody_waits().await;
    running.signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.signal("INT");
    drop(running.finish().await.exits(130));
    gate.open().await;
    it_completes(&scene, &server).await;
}
