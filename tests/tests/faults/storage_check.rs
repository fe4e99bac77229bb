//! `etl104 check storage` before each of these faults: which step fails, why, and what helps.

use acceptance::ObjectCall::{BeginUpload, Complete, Delete, Get, Head, List, Part, Put};
use acceptance::ObjectFault::{Halved, HungUp, Page, Pretended, Refused, RefusedUnder200};
use acceptance::{ObjectRule, ObjectServer, Scene, by_hand};

/// The line that fails, with its remedy; the check leaves nothing behind.
async fn check_said(scene: &Scene, server: &ObjectServer, step: &str, words: &[&str]) {
    let checked = scene.etl104.run(&["check", "storage"]).await.exits(7);
    let failed = format!("FAIL  storage {step}: ");
    let (_, said) = checked.stdout.split_once(&failed).unwrap_or_else(|| {
        unreachable!("{failed} was expected of\n{}{}", checked.stdout, checked.stderr)
    });
    for word in words {
        assert!(said.contains(word), "{word} was expected of\n{said}");
    }
    assert!(!said.contains("test-access-key"), "{said}");
    assert_eq!((server.objects(), server.open_uploads()), (vec![], [].into()), "left by {step}");
    server.recover();
}

async fn scene(server: &ObjectServer) -> Scene {
    Scene::with(by_hand(), |it| it.object_server(server)).await
}

#[tokio::test]
async fn each_step_says_what_it_may_not() {
    let server = ObjectServer::start();
    let scene = scene(&server).await;
    drop(scene.etl104.run(&["check", "storage"]).await.exits(0));
    for (call, step) in [
        (Put, "put"),
        (Head, "get and compare"),
        (Get, "get and compare"),
        (List, "list"),
        (BeginUpload, "multipart"),
        (Part, "multipart"),
        (Complete, "multipart"),
    ] {
        server.script(ObjectRule::on(call, Refused(403, "AccessDenied")));
        check_said(&scene, &server, step, &["it answered 403", "grant this key"]).await;
    }
    // What may not be deleted stays; once it may, the next check passes.
    server.script(ObjectRule::on(Delete, Refused(403, "AccessDenied")));
    let checked = scene.etl104.run(&["check", "storage"]).await.exits(7);
    assert!(
        checked.stdout.contains("FAIL  storage delete: could not delete"),
        "{}",
        checked.stdout
    );
    assert!(server.objects().iter().all(|object| object.key.starts_with("check/")));
}

#[tokio::test]
async fn a_missing_bucket_and_wrong_keys_are_told_apart() {
    let server = ObjectServer::start();
    let scene = scene(&server).await;
    for (code, remedy) in [
        ("InvalidAccessKeyId", "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ("SignatureDoesNotMatch", "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ("ExpiredToken", "renew AWS_SESSION_TOKEN"),
        ("RequestTimeTooSkewed", "set this machine's clock"),
    ] {
        server.script(ObjectRule::always(Refused(403, code)));
        check_said(&scene, &server, "put", &[code, remedy]).await;
    }
    server.script(ObjectRule::always(Refused(400, "AuthorizationHeaderMalformed")));
    check_said(&scene, &server, "put", &["set AWS_REGION"]).await;
    server.remove_bucket();
    check_said(&scene, &server, "put", &["404 NoSuchBucket", "create the bucket"]).await;
}

#[tokio::test]
async fn what_is_broken_or_lies_is_said() {
    let mut server = ObjectServer::start();
    let scene = scene(&server).await;
    server.script(ObjectRule::always(Refused(503, "SlowDown")));
    check_said(&scene, &server, "put", &["503 SlowDown", "busy or broken"]).await;
    server.script(ObjectRule::always(Page(200)));
    check_said(&scene, &server, "get and compare", &["does not have it"]).await;
    server.script(ObjectRule::on(Part, HungUp).after(1));
    check_said(&scene, &server, "multipart", &["could not write an object in parts"]).await;
    server.script(ObjectRule::on(Complete, RefusedUnder200("InternalError")));
    check_said(&scene, &server, "multipart", &["InternalError", "busy or broken"]).await;
    for lie in [Pretended, Halved] {
        server.script(ObjectRule::on(Put, lie));
        check_said(&scene, &server, "get and compare", &["does not keep what it is given"]).await;
    }
    server.stop();
    let said = ["refuses the connection", "check [storage] endpoint"];
    check_said(&scene, &server, "put", &said).await;
}
