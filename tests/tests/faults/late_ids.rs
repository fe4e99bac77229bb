//! Windows that grow after they were listed: the rechecks find who came late, and fetch nobody else.

use acceptance::{COMPANY, FIRST_DAY, ONE_DAY, Scene, applied, assert_same, by_hand};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Flag, Listing, Rule};

fn resume(id: &str) -> Value {
    json!({"idno": id, "fullName": format!("名{id}")})
}

fn list(scene: &Scene, id: &str) {
    scene.simulator.add_listing(applied(FIRST_DAY, 9, id, resume(id)));
}

/// As if the windows had last been listed so long after their end.
async fn listed_after(scene: &Scene, aged: &'static str) {
    assert!(scene.database.change(aged).await > 0);
}

const TEN_MINUTES: &str =
    "update etl.fetch_window set last_listed_at = ends_at + interval '10 minutes'";
const TWO_HOURS: &str = "update etl.fetch_window set last_listed_at = ends_at + interval '2 hours'";
const TWO_DAYS: &str = "update etl.fetch_window set last_listed_at = ends_at + interval '2 days'";

/// The rechecks find so many new ids, ask for them alone, and then nothing is due.
async fn a_recheck_finds(scene: &Scene, late: u64) {
    let before = scene.simulator.stats();
    let summary = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!(summary["counts"]["listed"], late, "{summary}");
    let after = scene.simulator.stats();
    assert_eq!(after.resumes_delivered - before.resumes_delivered, late, "nobody else is fetched");
    let lists = after.calls[&Endpoint::QueryList] - before.calls[&Endpoint::QueryList];
    assert_eq!(lists, 3, "missed rechecks collapse into one for each source");
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "nothing_due");
    scene.database.assert_sound().await;
}

async fn it_equals_one_that_came_later(scene: &Scene) {
    let (later, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", ONE_DAY]).await.exits(0));
    let (ours, theirs) = (scene.database.digest(COMPANY).await, later.digest(COMPANY).await);
    assert_same("found late and listed at once", &ours, &theirs);
    assert_eq!(scene.database.raw_counts().await, later.raw_counts().await);
    assert_eq!(scene.database.items().await, later.items().await);
}

#[tokio::test]
async fn a_window_that_grows_twice_is_found_out_twice() {
    let scene = Scene::new(by_hand()).await;
    list(&scene, "A-1");
    drop(scene.run(ONE_DAY).await.exits(0));
    for (late, aged) in [(&["A-2", "A-3"][..], TEN_MINUTES), (&["A-4"], TWO_HOURS), (&[], TWO_DAYS)]
    {
        for id in late {
            list(&scene, id);
        }
        listed_after(&scene, aged).await;
        a_recheck_finds(&scene, late.len() as u64).await;
    }
    it_equals_one_that_came_later(&scene).await;
}

#[tokio::test]
async fn a_window_that_grows_between_listing_and_closing_is_found_out() {
    let scene = Scene::new(by_hand()).await;
    (0..12).for_each(|number| list(&scene, &format!("A-{number}")));
    // The run ends in the middle of the window, and goes on from the list that it has.
    let refusal = Action::Code { code: 899, message: None, status: None };
    let second = Rule { flag: Some(1), ..Rule::default() };
    scene.simulator.script(Rule { endpoint: Some(Endpoint::QueryBatch), ..second }.then(refusal));
    drop(scene.run(ONE_DAY).await.exits(3));
    list(&scene, "A-99");
    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 12)]);

    listed_after(&scene, TEN_MINUTES).await;
    a_recheck_finds(&scene, 1).await;
    it_equals_one_that_came_later(&scene).await;
}

#[tokio::test]
async fn an_empty_window_that_grows_is_found_out() {
    let scene = Scene::new(by_hand()).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.windows().await, [("empty_unconfirmed".into(), 3)]);
    list(&scene, "A-1");
    listed_after(&scene, TEN_MINUTES).await;
    a_recheck_finds(&scene, 1).await;
    assert_eq!(scene.database.items().await, [("stored".into(), 1)]);
    let closed =
        "select count(*) from etl.fetch_window where source = 'applied' and state = 'closed'";
    assert_eq!(scene.database.count(closed).await, 1);
}

#[tokio::test]
async fn an_id_that_vanishes_from_the_list_stays_stored() {
    let scene = Scene::new(by_hand()).await;
    for id in ["A-1", "A-2"] {
        list(&scene, id);
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    let gone = Rule { flag: Some(1), ..Rule::on(Endpoint::QueryList) };
    let gone = gone.then(Action::DropEntry { id: Some("A-1".into()) });
    scene.simulator.script(gone.then(Action::WrongTotal { by: -1 }));
    listed_after(&scene, TEN_MINUTES).await;
    a_recheck_finds(&scene, 0).await;
    assert_eq!(scene.database.items().await, [("stored".into(), 2)]);
    assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
}

#[tokio::test]
async fn a_late_match_of_a_known_applicant_is_one_more_sighting() {
    let scene = Scene::new(by_hand()).await;
    list(&scene, "A-1");
    drop(scene.run(ONE_DAY).await.exits(0));
    let matched = Listing { flag: Flag::Matched, ..applied(FIRST_DAY, 9, "A-1", resume("A-1")) };
    scene.simulator.add_listing(matched);
    listed_after(&scene, TEN_MINUTES).await;
    a_recheck_finds(&scene, 1).await;
    assert_eq!(scene.database.items().await, [("stored".into(), 2)]);
    assert_eq!(scene.database.count("select count(*) from recruiting.candidate").await, 1);
    assert_eq!(scene.database.count("select count(*) from recruiting.candidate_source").await, 2);
    it_equals_one_that_came_later(&scene).await;
}

#[tokio::test]
async fn a_late_match_that_was_listed_and_not_asked_for_is_asked_for_all_the_same() {
    let scene = Scene::new(by_hand()).await;
    list(&scene, "A-1");
    drop(scene.run(ONE_DAY).await.exits(0));
    let matched = Listing { flag: Flag::Matched, ..applied(FIRST_DAY, 9, "A-1", resume("A-1")) };
    scene.simulator.add_listing(matched);
    listed_after(&scene, TEN_MINUTES).await;
    let refusal = Action::Code { code: 899, message: None, status: None };
    scene.simulator.script(Rule::on(Endpoint::QueryBatch).then(refusal.clone()));
    scene.simulator.script(Rule::on(Endpoint::Query).then(refusal));
    drop(scene.run(ONE_DAY).await.exits(3));
    scene.simulator.clear_script();
    let before = scene.simulator.stats().resumes_delivered;
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    assert_eq!(scene.simulator.stats().resumes_delivered, before + 1, "as if nothing had failed");
    it_equals_one_that_came_later(&scene).await;
}

#[tokio::test]
async fn a_recheck_that_fails_is_done_again() {
    let scene = Scene::new(by_hand()).await;
    list(&scene, "A-1");
    drop(scene.run(ONE_DAY).await.exits(0));
    list(&scene, "A-2");
    listed_after(&scene, TEN_MINUTES).await;
    let refusal = Action::Code { code: 899, message: None, status: None };
    scene.simulator.script(Rule::on(Endpoint::QueryList).then(refusal));
    drop(scene.run(ONE_DAY).await.exits(3));
    assert_eq!(scene.database.windows().await, [("closed".into(), 3)], "closed it stays");
    scene.database.assert_sound().await;
    scene.simulator.clear_script();
    a_recheck_finds(&scene, 1).await;
    it_equals_one_that_came_later(&scene).await;
}

#[tokio::test]
async fn a_late_id_that_is_poison_is_rejected_and_reopens_nothing_else() {
    let scene = Scene::new(by_hand()).await;
    list(&scene, "A-1");
    drop(scene.run(ONE_DAY).await.exits(0));
    list(&scene, "A-2");
    listed_after(&scene, TEN_MINUTES).await;
    let fails = Action::Code { code: 999, message: None, status: None };
    scene.simulator.script(Rule::on(Endpoint::Query).id("A-2").then(fails));
    drop(scene.run(ONE_DAY).await.exits(3));
    assert_eq!(scene.database.items().await, [("rejected".into(), 1), ("stored".into(), 1)]);
    scene.database.assert_sound().await;
    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    it_equals_one_that_came_later(&scene).await;
}
