//! Lists that are capped, cut, wrong or doubled: never taken for complete, never for empty.

use acceptance::{FIRST_DAY, ONE_DAY, Scene, applied, by_hand, generated};
use serde_json::json;
use simulator::{Action, Endpoint, Options, Rule};

#[tokio::test]
async fn a_capped_list_is_asked_in_parts_and_nobody_is_lost() {
    let day = || Options { resumes_per_day: 60, ..generated(60) };
    let scene = Scene::new(Options { list_cap: Some(8), ..day() }).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let whole = Scene::new(day()).await;
    drop(whole.run(ONE_DAY).await.exits(0));
    let listed =
        "select source, resume_id from etl.fetch_window join etl.window_item using (window_id)
                  order by 1, 2";
    let ids: Vec<(String, String)> = scene.database.rows(listed).await;
    assert_eq!(ids, whole.database.rows::<(String, String)>(listed).await);
    assert!(ids.len() > 50);
    assert!(scene.simulator.stats().calls[&Endpoint::QueryList] > 9, "lists were asked in parts");
    assert_eq!(
        scene.database.items().await,
        [("stored".into(), i64::try_from(ids.len()).unwrap())]
    );
    let learnt = "select count(*) from etl.contract_observation where assumption = 'A-12'";
    assert!(scene.database.count(learnt).await > 0);
}

#[tokio::test]
async fn an_hour_that_stays_short_is_taken_with_a_note() {
    let scene = Scene::new(Options { list_cap: Some(2), ..by_hand() }).await;
    for id in ["A-1", "A-2", "A-3"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, json!({"idno": id})));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    let row: Vec<(String, i32, Option<i64>, Option<String>)> = scene
        .database
        .rows("select state, listed, list_total, list_note from etl.fetch_window where source = 'applied'")
        .await;
    let [(state, 2, Some(3), Some(note))] = row.as_slice() else { panic!("{row:?}") };
    assert_eq!(state, "closed");
    let list = scene.etl104.run(&["windows", "list"]).await.exits(0);
    assert!(list.stdout.contains(note.as_str()), "{}", list.stdout);
}

/// One list of the applied is odd; what it holds is taken.
async fn check_taken(then: Action, has_note: bool) {
    let scene = Scene::new(by_hand()).await;
    for id in ["A-1", "A-2", "A-3"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, json!({"idno": id})));
    }
    let rule = Rule { flag: Some(1), ..Rule::on(Endpoint::QueryList) };
    scene.simulator.script(rule.then(then.clone()));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 3)], "{then:?}");
    let noted = "select count(*) from etl.fetch_window where list_note is not null";
    assert_eq!(scene.database.count(noted).await == 1, has_note, "{then:?}");
}

#[tokio::test]
async fn odd_lists_are_taken_for_what_they_hold() {
    check_taken(Action::WrongTotal { by: -2 }, true).await;
    check_taken(Action::Duplicate { id: None }, true).await;
    check_taken(Action::Reverse, false).await;
}

#[tokio::test]
async fn a_missing_list_is_asked_again() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", json!({"idno": "A-1"})));
    scene.simulator.script(Rule::on(Endpoint::QueryList).first(2).then(Action::MissingList));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 1)]);
}

#[tokio::test]
async fn lists_that_stay_missing_are_no_empty_ones() {
    let scene = Scene::new(generated(5)).await;
    scene.simulator.script(Rule::on(Endpoint::QueryList).then(Action::MissingList));
    let failed = scene.run("2025-08-28T00").await;
    assert!(matches!(failed.code, Some(3 | 6)), "{:?} {}", failed.code, failed.stderr);
    let closed =
        "select count(*) from etl.fetch_window where state in ('closed', 'empty_unconfirmed')";
    assert_eq!(scene.database.count(closed).await, 0);
}
