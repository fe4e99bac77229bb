//! One id poisons its batch, or 104 fails at everything: the one is rejected, in the other nobody is.

use std::time::Duration;

use acceptance::{FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand, generated};
use serde_json::json;
use simulator::{Action, Endpoint, Options, Rule};

use crate::calm::{
    it_ends_as_one_clean_run, it_ends_with_the_tables_of_one_clean_run,
    it_is_as_after_one_clean_run,
};

const BOTH: [Endpoint; 2] = [Endpoint::QueryBatch, Endpoint::Query];

/// So many people applied on the first day, two an hour, each with a name of the own number.
async fn scene_of(people: u8) -> Scene {
    let scene = Scene::new(by_hand()).await;
    for number in 0..people {
        let id = format!("P-{number:02}");
        let resume = json!({"idno": id, "fullName": format!("名{number:02}")});
        scene.simulator.add_listing(applied(FIRST_DAY, number / 2, &id, resume));
    }
    scene
}

fn code(code: i32) -> Action {
    Action::Code { code, message: None, status: None }
}

fn failing(status: u16) -> Action {
    let body = "<html>upstream failed</html>".into();
    Action::Status { status, body, content_type: Some("text/html".into()), headers: [].into() }
}

async fn everybody_has_their_own_name(scene: &Scene) {
    let swapped = "select count(*) from recruiting.candidate where right(resume_id, 2) <> right(full_name, 2)";
    assert_eq!(scene.database.count(swapped).await, 0);
}

async fn items_are(scene: &Scene, rejected: i64, stored: i64) {
    let items = [("rejected".to_owned(), rejected), ("stored".to_owned(), stored)];
    assert_eq!(scene.database.items().await, items);
}

/// Some ids are poison to whatever call asks for them: they alone are rejected, each with a reason and a remedy,
/// and come through once the poison is gone.
async fn check_rejected(people: u8, poison: &[&str], then: Action, code: &str) {
    let scene = scene_of(people).await;
    for (id, endpoint) in poison.iter().flat_map(|id| BOTH.map(|endpoint| (id, endpoint))) {
        scene.simulator.script(Rule::on(endpoint).id(*id).then(then.clone()));
    }
    let ended = scene.run(ONE_DAY).await.exits(3);
    let count = i64::try_from(poison.len()).unwrap();
    items_are(&scene, count, i64::from(people) - count).await;
    everybody_has_their_own_name(&scene).await;
    assert_eq!(scene.database.windows().await, [("closed".into(), 3)], "{}", ended.stderr);
    scene.database.assert_sound().await;
    let rejected: Vec<(String, String, String)> = scene
        .database
        .rows("select resume_id, code, reason from etl.rejection where resolved_at is null order by 1")
        .await;
    let ids: Vec<&str> = rejected.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(ids, poison, "{then:?}");
    assert!(
        rejected.iter().all(|(_, said, reason)| said == code && !reason.is_empty()),
        "{rejected:?}"
    );
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    assert!(status.contains("etl104 retry rejections"), "{status}");

    // Still poisoned: asked again and rejected again, and nothing else is touched.
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(3));
    items_are(&scene, count, i64::from(people) - count).await;
    scene.database.assert_sound().await;

    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    let open = "select count(*) from etl.rejection where resolved_at is null";
    assert_eq!(scene.database.count(open).await, 0);
    everybody_has_their_own_name(&scene).await;
    it_is_as_after_one_clean_run(&scene, ONE_DAY).await;
}

#[tokio::test]
async fn an_id_that_104_refuses_is_rejected_alone() {
    check_rejected(12, &["P-03"], code(898), "id_refused").await;
}

#[tokio::test]
async fn an_id_at_which_104_fails_is_rejected_alone() {
    tokio::join!(
        check_rejected(12, &["P-03"], code(999), "server_error_for_id"),
        check_rejected(12, &["P-09"], failing(500), "server_error_for_id"),
    );
}

#[tokio::test]
async fn an_id_whose_answer_is_cut_or_a_page_is_rejected_alone() {
    tokio::join!(
        check_rejected(12, &["P-00"], Action::Cut { after: 30 }, "unreadable_answer"),
        check_rejected(12, &["P-04"], Action::HtmlPage { status: 200 }, "unreadable_answer"),
    );
}

#[tokio::test]
async fn two_poisonous_ids_in_one_batch_are_rejected_both() {
    tokio::join!(
        check_rejected(12, &["P-03", "P-04"], code(999), "server_error_for_id"),
        check_rejected(
            14,
            &["P-02", "P-07", "P-12"],
            Action::Cut { after: 30 },
            "unreadable_answer"
        ),
    );
}

#[tokio::test]
async fn the_last_id_of_a_window_alone_in_its_batch_is_rejected_at_once() {
    tokio::join!(
        check_rejected(11, &["P-10"], code(999), "server_error_for_id"),
        check_rejected(1 + 20, &["P-20"], failing(502), "server_error_for_id"),
    );
}

/// An id is poison to batches alone: it comes through when it is asked for by itself.
async fn check_comes_through(then: Action) {
    let scene = scene_of(12).await;
    scene.simulator.script(Rule::on(Endpoint::QueryBatch).id("P-05").then(then));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 12)]);
    everybody_has_their_own_name(&scene).await;
    it_ends_as_one_clean_run(&scene, ONE_DAY).await;
}

#[tokio::test]
async fn what_poisons_batches_alone_comes_through_one_by_one() {
    tokio::join!(
        check_comes_through(code(898)),
        check_comes_through(code(999)),
        check_comes_through(Action::Cut { after: 200 }),
        check_comes_through(failing(500)),
    );
}

#[tokio::test]
async fn poison_in_two_windows_spoils_neither() {
    let scene = scene_of(12).await;
    for (day, id) in [(SECOND_DAY, "P-03"), (SECOND_DAY, "P-30"), (SECOND_DAY, "P-31")] {
        let resume = json!({"idno": id, "fullName": format!("名{}", id.get(2..).unwrap())});
        scene.simulator.add_listing(applied(day, 9, id, resume));
    }
    for endpoint in BOTH {
        scene.simulator.script(Rule::on(endpoint).id("P-03").then(code(999)));
    }
    drop(scene.run(TWO_DAYS).await.exits(3));
    items_are(&scene, 2, 13).await;
    everybody_has_their_own_name(&scene).await;
    scene.database.assert_sound().await;
    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    it_is_as_after_one_clean_run(&scene, TWO_DAYS).await;
}

/// Nobody was rejected, and when 104 is well again all is as if it had never failed.
async fn nobody_is_to_blame(scene: &Scene) {
    // What 104 answered instead of an answer is kept with its window, and concerns no id.
    let rejected = "select count(*) from etl.rejection where resume_id is not null";
    assert_eq!(scene.database.count(rejected).await, 0, "nobody is to blame");
    scene.database.assert_sound().await;
    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    it_ends_with_the_tables_of_one_clean_run(scene, TWO_DAYS).await;
}

#[tokio::test]
async fn a_104_that_fails_at_everything_for_a_while_rejects_nobody() {
    let scene = Scene::new(generated(24)).await;
    for (endpoint, first) in
        [(Endpoint::QueryList, 4), (Endpoint::QueryBatch, 5), (Endpoint::Query, 9)]
    {
        scene.simulator.script(Rule::on(endpoint).first(first).then(code(999)));
    }
    let ended = scene.run(TWO_DAYS).await;
    assert!(matches!(ended.code, Some(0 | 3 | 6)), "{:?} {}", ended.code, ended.stderr);
    nobody_is_to_blame(&scene).await;
}

/// An outage of resumes begins while some are still on their way; lists are answered all the while.
async fn check_outage_in_the_middle(after: u64, then: Action) {
    let latency = Duration::ZERO..=Duration::from_millis(120);
    let scene = Scene::new(Options { latency, ..generated(50) }).await;
    let rule = Rule { after: Some(after), ..Rule::on(Endpoint::QueryBatch) };
    scene.simulator.script(rule.then(then.clone()));
    scene.simulator.script(Rule::on(Endpoint::Query).then(then.clone()));
    let ended = scene.run(TWO_DAYS).await;
    assert!(matches!(ended.code, Some(3 | 6)), "{then:?}: {:?} {}", ended.code, ended.stderr);
    let stats = scene.simulator.stats();
    let resumes: u64 = BOTH.iter().filter_map(|endpoint| stats.calls.get(endpoint)).sum();
    assert!(resumes < after + 120, "104 is not asked {resumes} times");
    let kept = "select count(*) from etl.window_item where state = 'stored'";
    assert!(scene.database.count(kept).await > 0, "what came before is kept");
    nobody_is_to_blame(&scene).await;
}

#[tokio::test]
async fn an_outage_that_begins_in_the_middle_rejects_nobody() {
    check_outage_in_the_middle(3, code(999)).await;
}

#[tokio::test]
async fn nor_does_a_failing_server() {
    check_outage_in_the_middle(5, failing(503)).await;
}

#[tokio::test]
async fn nor_do_answers_that_are_all_cut() {
    check_outage_in_the_middle(4, Action::Cut { after: 20 }).await;
}
