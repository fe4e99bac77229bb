//! The storage is away, slow, broken, refuses, or lies: resumes are stored, files wait with their reason, and no
//! row points to an object that is not there.

use std::time::{Duration, Instant};

use acceptance::ObjectCall::{Head, Put};
use acceptance::ObjectFault::{HungUp, Late, Page, Pretended, Refused, Silent};
use acceptance::{
    FIRST_DAY, Finished, ONE_DAY, ObjectFault, ObjectRule, ObjectServer, SECOND_DAY, Scene,
    TWO_DAYS, applied, by_hand, eventually, generated,
};
use serde_json::{Value, json};

pub(crate) const OPEN: &str =
    "select count(*) from etl.file_task where state in ('open', 'failed')";

/// What holds while the fault lasts: all resumes are in, whatever could not be stored waits and says why, and the
/// bucket holds what the rows say and nothing else.
pub(crate) async fn files_wait(scene: &Scene, server: &ObjectServer, run: &Finished, why: &str) {
    let closed = scene.database.windows().await;
    assert!(matches!(&closed[..], [(state, 3)] if state == "closed"), "{closed:?}");
    assert!(scene.database.count(OPEN).await > 0);
    let said = scene.database.rows::<(String, String)>(
        "select distinct failure, remedy from etl.file_task where state = 'failed'",
    );
    let said = said.await;
    assert!(!said.is_empty(), "a task that was tried says why");
    for (failure, remedy) in &said {
        let said = format!("{failure}\nremedy: {remedy}");
        assert!(said.contains(why), "{why} was expected of\n{said}");
        assert!(run.stderr.contains(remedy), "{remedy} was expected of\n{}", run.stderr);
    }
    assert!(!run.stderr.contains("test-access-key"), "a key was printed: {}", run.stderr);
    no_upload_is_left(scene, server).await;
    scene.database.assert_sound_with(&server.objects(), true).await;
}

pub(crate) async fn no_upload_is_left(scene: &Scene, server: &ObjectServer) {
    assert_eq!(scene.database.count("select count(*) from etl.file_upload").await, 0);
    assert_eq!(server.open_uploads(), [].into(), "uploads that nobody completes");
}

/// Once the fault is over the next run stores what waited.
pub(crate) async fn it_completes(scene: &Scene, server: &ObjectServer) {
    server.recover();
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.count(OPEN).await, 0);
    no_upload_is_left(scene, server).await;
    scene.database.assert_sound_with(&server.objects(), true).await;
}

/// The same, and all is as after one clean run.
pub(crate) async fn it_ends_as_one_clean_run(scene: &Scene, server: &ObjectServer) {
    it_completes(scene, server).await;
    scene.assert_equals_one_clean_run(ONE_DAY).await;
}

/// Every call meets the fault, to the end of the run.
async fn check_files_wait(fault: ObjectFault, exit_code: i32, why: &str) {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
    server.script(ObjectRule::always(fault));
    let run = scene.run(ONE_DAY).await.exits(exit_code);
    files_wait(&scene, &server, &run, why).await;
    it_ends_as_one_clean_run(&scene, &server).await;
}

#[tokio::test]
async fn a_storage_that_asks_to_slow_down_is_left_alone() {
    check_files_wait(Refused(503, "SlowDown"), 7, "it answered 503 SlowDown").await;
}

#[tokio::test]
async fn a_storage_that_is_broken_is_left_alone() {
    check_files_wait(Refused(500, "InternalError"), 7, "busy or broken").await;
}

#[tokio::test]
async fn a_storage_behind_a_broken_gateway_is_left_alone() {
    check_files_wait(Page(502), 7, "it answered 502").await;
}

#[tokio::test]
async fn a_storage_that_hangs_up_is_left_alone() {
    check_files_wait(HungUp, 7, "could not write an object").await;
}

#[tokio::test]
async fn what_the_storage_only_says_to_have_is_not_recorded() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
    for fault in [Pretended, ObjectFault::Halved] {
        server.script(ObjectRule::on(Put, fault));
        let run = scene.run(ONE_DAY).await.exits(7);
        assert!(run.stderr.contains("does not have it"), "{}", run.stderr);
        assert_eq!(scene.database.count("select count(*) from raw.file_object").await, 0);
        scene.database.assert_sound().await;
        server.recover();
    }
    it_ends_as_one_clean_run(&scene, &server).await;
}

/// Nothing becomes better by trying: each file in flight meets the refusal once, and no other one.
async fn check_refused(code: &'static str, remedy: &str) {
    let server = ObjectServer::start();
    let scene =
        Scene::with(generated(8), |it| it.object_server(&server).text("storage", "patience", "1m"))
            .await;
    server.script(ObjectRule::always(Refused(403, code)));
    let began = Instant::now();
    let run = scene.run(ONE_DAY).await.exits(7);
    assert!(began.elapsed() < Duration::from_secs(30), "a refusal is not repeated for a minute");
    assert!(server.calls(Put) <= 6, "{} files were tried", server.calls(Put));
    files_wait(&scene, &server, &run, remedy).await;
    it_completes(&scene, &server).await;
}

#[tokio::test]
async fn a_key_that_is_unknown_is_said() {
    check_refused("InvalidAccessKeyId", "correct AWS_ACCESS_KEY_ID").await;
}

#[tokio::test]
async fn a_secret_that_is_wrong_is_said() {
    check_refused("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY").await;
}

#[tokio::test]
async fn a_key_that_may_not_is_said() {
    check_refused("AccessDenied", "grant this key").await;
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_said() {
    check_refused("RequestTimeTooSkewed", "this machine's clock").await;
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_said() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
    server.remove_bucket();
    let run = scene.run(ONE_DAY).await.exits(7);
    files_wait(&scene, &server, &run, "create the bucket").await;
    server.make_bucket();
    it_ends_as_one_clean_run(&scene, &server).await;
}

#[tokio::test]
async fn a_short_outage_is_ridden_out() {
    let mut server = ObjectServer::start();
    let patient = |server: &ObjectServer| {
        let server = server.endpoint();
        move |it: acceptance::Settings| {
            it.text("storage", "endpoint", &server).text("storage", "patience", "30s")
        }
    };
    let adjust = patient(&server);
    let scene = Scene::with(generated(8), |it| adjust(it.object_server(&server))).await;
    server.stop();
    let running = scene.spawn(ONE_DAY);
    eventually(
        "resumes are in while the storage is away",
        async || matches!(&scene.database.windows().await[..], [(state, 3)] if state == "closed"),
    )
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.start_again();
    let summary = running.finish().await.exits(0).summary();
    assert_eq!(summary["counts"]["files_failed"], 0);
    it_ends_as_one_clean_run(&scene, &server).await;
}

#[tokio::test]
async fn a_slow_storage_delays_files_alone() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(3), |it| it.object_server(&server)).await;
    server.script(ObjectRule::always(Late(Duration::from_millis(600))));
    let running = scene.spawn(ONE_DAY);
    eventually(
        "resumes are in before their files",
        async || matches!(&scene.database.windows().await[..], [(state, 3)] if state == "closed"),
    )
    .await;
    assert!(scene.database.count(OPEN).await > 0);
    drop(running.finish().await.exits(0));
    it_ends_as_one_clean_run(&scene, &server).await;
}

#[tokio::test]
async fn a_storage_that_never_answers_holds_up_no_resume_and_no_end() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
    server.script(ObjectRule::always(Silent));
    let running = scene.spawn(ONE_DAY);
    eventually(
        "resumes are in",
        async || matches!(&scene.database.windows().await[..], [(state, 3)] if state == "closed"),
    )
    .await;
    running.signal("TERM");
    let began = Instant::now();
    drop(running.finish().await.exits(143));
    assert!(began.elapsed() < Duration::from_secs(20), "it took {:?}", began.elapsed());
    it_ends_as_one_clean_run(&scene, &server).await;
}

#[tokio::test]
async fn one_object_that_is_refused_does_not_hold_up_the_others() {
    let server = ObjectServer::start();
    // One after another, so that the others come after it.
    let scene =
        Scene::with(generated(8), |it| it.object_server(&server).set("files", "at_once", "1"))
            .await;
    let (_database, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", ONE_DAY]).await.exits(0));
    let all = server.objects();
    let first = all.iter().min_by_key(|object| object.written_at).unwrap();
    server.remove_bucket();
    server.make_bucket();
    server.script(ObjectRule::on(Put, Refused(500, "InternalError")).key(&first.key));
    let run = scene.run(ONE_DAY).await.exits(7);
    assert_eq!(server.objects().len(), all.len() - 1, "all others are stored");
    files_wait(&scene, &server, &run, "500 InternalError").await;
    it_ends_as_one_clean_run(&scene, &server).await;
}

fn with_a_file() -> Value {
    json!({"idno": "L-1", "attachFiles": [{"type": 1, "resourceLink": "sim:attachment:0"}]})
}

#[tokio::test]
async fn an_object_that_vanished_is_stored_again_when_its_content_comes_again() {
    let server = ObjectServer::start();
    let scene = Scene::with(by_hand(), |it| it.object_server(&server)).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "L-1", with_a_file()));
    drop(scene.run(ONE_DAY).await.exits(0));
    let key = server.objects()[0].key.clone();
    server.lose(&key);
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "L-1", with_a_file()));
    let (heads, puts) = (server.calls(Head), server.calls(Put));
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!((server.calls(Head) - heads, server.calls(Put) - puts), (2, 1));
    scene.database.assert_sound_with(&server.objects(), true).await;
}
