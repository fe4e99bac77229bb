//! A large file goes up in parts: whatever breaks off between, no part stays in the bucket for ever.

use std::time::Duration;

use acceptance::ObjectCall::{Abort, BeginUpload, Complete, Part};
use acceptance::ObjectFault::{AnswerLost, HungUp, Late, Refused, RefusedUnder200, Silent};
use acceptance::{
    FIRST_DAY, ONE_DAY, ObjectRule, ObjectServer, Scene, applied, by_hand, eventually,
};
use serde_json::json;
use simulator::Options;

use crate::storage::{OPEN, files_wait, it_completes, it_ends_as_one_clean_run, no_upload_is_left};

const UPLOADS: &str = "select count(*) from etl.file_upload";

const LATER: &str = "update etl.file_task set next_attempt_at = now() + interval '1 hour'";
const NOW: &str = "update etl.file_task set next_attempt_at = now()";

/// One person with one file of two parts.
async fn two_parts(server: &ObjectServer) -> Scene {
    let options = Options { attachment_bytes: 9_000_000..=9_000_000, ..by_hand() };
    let scene = Scene::with(options, |it| it.object_server(server)).await;
    let resume =
        json!({"idno": "L-1", "attachFiles": [{"type": 1, "resourceLink": "sim:attachment:0"}]});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "L-1", resume));
    scene
}

/// The upload fails and is given up at once.
async fn check_given_up(rule: ObjectRule, why: &str) {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(rule);
    let run = scene.run(ONE_DAY).await.exits(7);
    files_wait(&scene, &server, &run, why).await;
    it_completes(&scene, &server).await;
}

#[tokio::test]
async fn an_upload_that_can_t_begin_leaves_nothing() {
    check_given_up(ObjectRule::on(BeginUpload, Refused(503, "SlowDown")), "503 SlowDown").await;
}

#[tokio::test]
async fn a_part_that_fails_ends_the_upload() {
    let second = ObjectRule::on(Part, Refused(500, "InternalError")).after(1);
    check_given_up(second, "could not write a part").await;
}

#[tokio::test]
async fn a_part_that_breaks_off_ends_the_upload() {
    check_given_up(ObjectRule::on(Part, HungUp).after(1), "could not write a part").await;
}

#[tokio::test]
async fn a_completion_that_fails_ends_the_upload() {
    let refused = ObjectRule::on(Complete, Refused(503, "ServiceUnavailable"));
    check_given_up(refused, "could not complete").await;
}

#[tokio::test]
async fn a_completion_that_fails_under_200_is_no_success() {
    let late = ObjectRule::on(Complete, RefusedUnder200("InternalError"));
    check_given_up(late, "InternalError").await;
    // A code that the client takes for no passing fault.
    let late = ObjectRule::on(Complete, RefusedUnder200("EntityTooSmall"));
    check_given_up(late, "could not complete").await;
}

#[tokio::test]
async fn a_part_that_fails_twice_is_sent_again() {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(ObjectRule::on(Part, Refused(503, "SlowDown")).after(1).times(2));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(server.calls(Part), 4);
    it_completes(&scene, &server).await;
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_was_one() {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(ObjectRule::on(Complete, AnswerLost).times(1));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!((server.calls(Part), server.calls(Complete)), (2, 2), "nothing is sent again");
    no_upload_is_left(&scene, &server).await;
    it_completes(&scene, &server).await;
}

#[tokio::test]
async fn what_can_t_be_given_up_at_once_is_given_up_by_the_next_run() {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(ObjectRule::on(Part, Refused(500, "InternalError")).after(1));
    server.script(ObjectRule::on(Abort, Refused(500, "InternalError")));
    drop(scene.run(ONE_DAY).await.exits(7));
    assert_eq!((server.open_uploads().len(), scene.database.count(UPLOADS).await), (1, 1));
    // Nor can the next one: it says so, though it may have nothing else to do.
    scene.database.change(LATER).await;
    let run = scene.run(ONE_DAY).await.exits(7);
    assert!(run.stderr.contains("could not abort an upload in parts"), "{}", run.stderr);
    scene.database.change(NOW).await;
    it_completes(&scene, &server).await;
}

#[tokio::test]
async fn killed_between_two_parts() {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(ObjectRule::on(Part, Silent).after(1));
    let running = scene.spawn(ONE_DAY);
    eventually("the second part is on its way", async || server.calls(Part) == 2).await;
    running.kill();
    assert_eq!((server.open_uploads().len(), scene.database.count(UPLOADS).await), (1, 1));
    assert_eq!(server.objects(), []);
    it_ends_as_one_clean_run(&scene, &server).await;
}

#[tokio::test]
async fn killed_between_the_last_part_and_the_object() {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(ObjectRule::on(Complete, Silent));
    let running = scene.spawn(ONE_DAY);
    eventually("the completion is on its way", async || server.calls(Complete) == 1).await;
    running.kill();
    it_completes(&scene, &server).await;
}

#[tokio::test]
async fn killed_between_the_object_and_its_row() {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(ObjectRule::on(acceptance::ObjectCall::Head, Silent));
    let running = scene.spawn(ONE_DAY);
    eventually("the object is there", async || server.calls(acceptance::ObjectCall::Head) == 1)
        .await;
    running.kill();
    assert_eq!(server.objects().len(), 1);
    it_completes(&scene, &server).await;
}

#[tokio::test]
async fn a_living_run_s_upload_is_left_alone() {
    let server = ObjectServer::start();
    let scene = two_parts(&server).await;
    server.script(ObjectRule::on(Part, Late(Duration::from_secs(3))).after(1).times(1));
    let running = scene.spawn(ONE_DAY);
    eventually("the second part is on its way", async || server.calls(Part) == 2).await;
    let other = scene.run(ONE_DAY).await;
    assert!(matches!(other.code, Some(0 | 4)), "{}", other.stderr);
    assert_eq!((server.open_uploads().len(), server.calls(Abort)), (1, 0));
    drop(running.finish().await.exits(0));
    assert_eq!(scene.database.count(OPEN).await, 0);
    it_completes(&scene, &server).await;
}
