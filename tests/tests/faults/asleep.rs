//! A process that is paused (a laptop's lid, a frozen container, a debugger) and wakes after others took over.

use acceptance::{
    COMPANY, FIRST_DAY, Gate, ONE_DAY, ObjectServer, Running, Scene, Stand, applied, assert_same,
    by_hand, eventually, generated,
};
use serde_json::json;
use simulator::{Action, Endpoint, Rule};

/// What a minute without a heartbeat does to a lease.
const LEASES_END: &str =
    "with windows as (update etl.fetch_window set lease_expires_at = now() - interval '1 second'
         where lease_run_id is not null)
     update etl.file_task set lease_expires_at = now() - interval '1 second'
     where lease_run_id is not null";

const CLOSED: &str = "select count(*) from etl.fetch_window where state = 'closed'";

/// One batch and a smaller one, so that little else is under way.
async fn fourteen_people(server: &ObjectServer) -> Scene {
    let scene = Scene::with(by_hand(), |it| it.object_server(server)).await;
    for number in 0..14 {
        let id = format!("S-{number:02}");
        let resume = json!({"idno": id, "fullName": id, "headshotUrl": "sim:headshot"});
        scene.simulator.add_listing(applied(FIRST_DAY, 9, &id, resume));
    }
    scene
}

/// A run beside the sleeper: it does what is free, if anything is.
async fn check_run(scene: &Scene) {
    let run = scene.run(ONE_DAY).await;
    assert!(matches!(run.code, Some(0 | 4)), "{:?} {}", run.code, run.stderr);
}

/// The sleeper wakes, finds that its work is another's, and ends; all is as after one clean run.
async fn check_wakes(scene: &Scene, server: &ObjectServer, sleeper: Running, closed: i64) {
    let before = (scene.database.digest(COMPANY).await, scene.database.raw_counts().await);
    sleeper.signal("CONT");
    let woken = sleeper.finish().await;
    // What it was waiting for when it fell asleep may have taken too long by its own clock (7).
    assert!(matches!(woken.code, Some(0 | 4 | 7)), "{:?} {}", woken.code, woken.stderr);
    assert_eq!(woken.summary()["counts"]["windows_closed"], closed, "what it did before it slept");
    assert_same("before and after it woke", &before.0, &scene.database.digest(COMPANY).await);
    assert_eq!(before.1, scene.database.raw_counts().await);
    scene.database.assert_sound_with(&server.objects(), true).await;

    scene.assert_equals_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn a_process_that_sleeps_during_a_call_finds_its_window_taken_and_writes_nothing() {
    let server = ObjectServer::start();
    let scene = fourteen_people(&server).await;
    let slow = Rule::on(Endpoint::QueryBatch).first(2).then(Action::Delay { ms: 1500 });
    scene.simulator.script(slow);
    let sleeper = scene.spawn(ONE_DAY);
    eventually("a batch is under way", async || {
        scene.simulator.stats().calls.contains_key(&Endpoint::QueryBatch)
    })
    .await;
    sleeper.signal("STOP");
    let closed = scene.database.count(CLOSED).await;

    check_run(&scene).await;
    assert_eq!(scene.database.count(CLOSED).await, closed, "its leases are good for a minute");
    scene.database.change(LEASES_END).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.windows().await, [("closed".into(), 3)]);
    check_wakes(&scene, &server, sleeper, closed).await;
}

#[tokio::test]
async fn one_that_sleeps_inside_a_transaction_holds_nobody_up() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(14), |it| it.object_server(&server)).await;
    let gate = Gate::close(&scene.database, Stand::Insert, "recruiting.candidate", "true").await;
    let sleeper = scene.spawn(ONE_DAY);
    gate.somebody_waits().await;
    sleeper.signal("STOP");
    let closed = scene.database.count(CLOSED).await;
    gate.open().await;
    let idle = "select count(*) from pg_stat_activity where state = 'idle in transaction'
                and application_name = 'etl104' and datname = current_database()";
    eventually("its transaction stands still", async || scene.database.count(idle).await > 0).await;

    scene.database.change(LEASES_END).await;
    check_run(&scene).await;

    // Postgres ends its session well before its leases would end.
    eventually("its transaction is given up", async || scene.database.count(idle).await == 0).await;
    scene.database.change(LEASES_END).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    check_wakes(&scene, &server, sleeper, closed).await;
}

#[tokio::test]
async fn one_that_sleeps_while_a_file_arrives_records_it_once() {
    let server = ObjectServer::start();
    let scene = fourteen_people(&server).await;
    let slow = Rule::on(Endpoint::Headshot).then(Action::Delay { ms: 1500 });
    scene.simulator.script(slow);
    let sleeper = scene.spawn(ONE_DAY);
    eventually("a photo is under way and the windows are closed", async || {
        scene.simulator.stats().calls.contains_key(&Endpoint::Headshot)
            && scene.database.windows().await == [("closed".to_owned(), 3)]
    })
    .await;
    sleeper.signal("STOP");
    scene.simulator.clear_script();
    scene.database.change(LEASES_END).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    check_wakes(&scene, &server, sleeper, 3).await;
}
