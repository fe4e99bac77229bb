//! Something is away: Postgres, the object storage, 104. What is done stays done, the rest waits.

use std::net::TcpListener;

use acceptance::{ObjectServer, Scene, TWO_DAYS, generated};
use simulator::{Action, Endpoint, Options, Rule};

#[tokio::test]
async fn without_postgres_nobody_is_called() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://etl104:a-password@{closed}/warehouse");
    let scene = Scene::with(generated(3), |it| it.text("database", "url", &url)).await;
    let failed = scene.run(TWO_DAYS).await.exits(7);
    assert!(failed.stderr.contains("[database] url"), "{}", failed.stderr);
    assert!(!failed.stderr.contains("a-password"), "{}", failed.stderr);
    assert_eq!(failed.summary()["state"], "failed");
    assert_eq!(scene.calls(), 0);
}

#[tokio::test]
async fn without_storage_resumes_are_loaded_and_files_follow_later() {
    let mut server = ObjectServer::start();
    let scene = Scene::with(generated(10), |it| it.object_server(&server)).await;
    server.stop();
    let failed = scene.run(TWO_DAYS).await.exits(7);
    assert!(failed.stderr.contains("storage"), "{}", failed.stderr);
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)], "resumes are loaded");
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    assert!(people > 15, "{people}");
    let open = "select count(*) from etl.file_task where state in ('open', 'failed')";
    let waiting = scene.database.count(open).await;
    assert!(waiting > 15, "{waiting}");
    assert_eq!(scene.database.count("select count(*) from raw.file_object").await, 0);
    let pending = "select count(*) from recruiting.resume_file where state = 'pending'";
    assert_eq!(scene.database.count(pending).await, waiting);

    server.start_again();
    let summary =
        scene.etl104.run(&["retry", "files", "--output", "json"]).await.exits(0).summary();
    assert_eq!(summary["counts"]["files_stored"], waiting);
    assert_eq!(scene.database.count(open).await, 0);
    assert_eq!(scene.database.count(pending).await, 0);
    let contents = scene.database.count("select count(*) from raw.file_object").await;
    assert_eq!(server.objects().len(), usize::try_from(contents).unwrap());

    scene.assert_equals_one_clean_run(TWO_DAYS).await;
}

/// 104 answers no list. The breaker opens after ten failures in a row, so that no budget of retries is spent on
/// each window.
async fn check_104_is_away(then: Action, exit_code: i32) {
    let scene = Scene::new(generated(4)).await;
    let rule =
        Rule { name: Some("away".into()), endpoint: Some(Endpoint::QueryList), ..Rule::default() };
    scene.simulator.script(rule.then(then));
    let until = "2025-08-28T00";
    let failed = scene.run(until).await.exits(exit_code);
    assert!(failed.stderr.contains("remedy:"), "{}", failed.stderr);
    let lists = scene.simulator.stats().calls[&Endpoint::QueryList];
    assert!(lists <= 16, "104 is left alone after ten failures; it saw {lists} lists");
    assert_eq!(scene.database.items().await, []);

    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    drop(scene.run(until).await.exits(0));
    assert_eq!(scene.database.windows().await, [("closed".into(), 18)]);
}

#[tokio::test]
async fn a_104_that_is_down_is_6_soon() {
    let body = String::from("down for maintenance");
    let down = Action::Status {
        status: 503,
        body,
        content_type: Some("text/html".into()),
        headers: [].into(),
    };
    check_104_is_away(down, 6).await;
}

#[tokio::test]
async fn a_refused_source_address_is_6_at_once() {
    check_104_is_away(Action::HtmlPage { status: 403 }, 6).await;
}

#[tokio::test]
async fn answers_that_break_off_are_asked_again_and_lose_nothing() {
    let scene = Scene::new(Options { seed: 7, ..generated(12) }).await;
    for (endpoint, every, then) in [
        (Endpoint::QueryList, 4, Action::HangUp),
        (Endpoint::QueryBatch, 3, Action::Cut { after: 700 }),
        (Endpoint::QueryBatch, 5, Action::EmptyBody),
        (Endpoint::Headshot, 5, Action::Cut { after: 100 }),
        (Endpoint::Attachment, 4, Action::HangUp),
    ] {
        scene.simulator.script(Rule::on(endpoint).every(every).then(then));
    }
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.simulator.clear_script();
    scene.assert_equals_one_clean_run(TWO_DAYS).await;
}
