//! Answers that are odd: taken for what they hold, and nobody is ever stored under the id of another.

use acceptance::{FIRST_DAY, ONE_DAY, Scene, applied, by_hand};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};

use crate::calm::it_ends_as_one_clean_run;

fn set(at: &str, value: Value) -> Action {
    Action::Set { at: at.into(), value }
}

fn remove(at: &str) -> Action {
    Action::Remove { at: at.into() }
}

/// Documents by number; each is listed under `B-00`, `B-01`, ….
async fn scene_of(documents: impl IntoIterator<Item = Value>) -> Scene {
    let scene = Scene::new(by_hand()).await;
    for (number, document) in documents.into_iter().enumerate() {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, &format!("B-{number:02}"), document));
    }
    scene
}

/// So many people whose resumes name themselves, and whose names hold their numbers.
fn named(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(
        |number| json!({"idno": format!("B-{number:02}"), "fullName": format!("名{number:02}")}),
    )
}

fn on_applied(endpoint: Endpoint) -> Rule {
    Rule { flag: Some(1), ..Rule::on(endpoint) }
}

async fn everybody_has_their_own_name(scene: &Scene, what: &str) {
    let swapped = "select count(*) from recruiting.candidate where right(resume_id, 2) <> right(full_name, 2)";
    assert_eq!(scene.database.count(swapped).await, 0, "{what}: everybody has their own name");
}

/// A list that is odd in one place holds three people all the same.
async fn check_list(then: Action) {
    let scene = scene_of(named(3)).await;
    scene.simulator.script(on_applied(Endpoint::QueryList).then(then.clone()));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 3)], "{then:?}");
    everybody_has_their_own_name(&scene, &format!("{then:?}")).await;
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_total_may_be_anything() {
    for total in [json!("3"), json!(null), json!(-1), json!("many"), json!(2.5), json!({})] {
        check_list(set("/data/total", total)).await;
    }
    check_list(remove("/data/total")).await;
}

#[tokio::test]
async fn ids_may_be_listed_a_thousand_times_and_with_blanks() {
    let ids: Vec<&str> =
        ["B-00", " B-01", "B-02 ", "B-00 "].into_iter().cycle().take(1000).collect();
    check_list(set("/data/idList", ids.into())).await;
}

/// The list is missing or none, as often as it takes to be asked again.
async fn check_asked_again(then: Action) {
    let scene = scene_of(named(3)).await;
    scene.simulator.script(on_applied(Endpoint::QueryList).first(2).then(then.clone()));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 3)], "{then:?}");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn what_is_no_list_is_no_empty_one() {
    tokio::join!(
        check_asked_again(set("/data/idList", json!(null))),
        check_asked_again(set("/data/idList", json!({"0": "B-00"}))),
        check_asked_again(set("/data/idList", json!("B-00"))),
        check_asked_again(set("/data", json!(null))),
        check_asked_again(remove("/data")),
        check_asked_again(set("", json!([]))),
    );
}

#[tokio::test]
async fn an_empty_list_beside_a_total_is_asked_by_parts() {
    let scene = scene_of(named(3)).await;
    scene
        .simulator
        .script(on_applied(Endpoint::QueryList).first(1).then(set("/data/idList", json!([]))));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 3)]);
    it_is_known(&scene, "A-12").await;
}

async fn it_is_known(scene: &Scene, assumption: &str) {
    let broken: Vec<(String,)> = scene
        .database
        .rows("select assumption from etl.contract_observation where not is_held")
        .await;
    assert!(broken.iter().any(|(known,)| known == assumption), "{broken:?}");
}

#[tokio::test]
async fn entries_that_are_no_ids_are_rejected_beside_those_that_are() {
    let scene = scene_of(named(3)).await;
    let entries =
        json!(["B-00", "", null, {"id": 1}, "1,2", "B 01", 1.5, -7, "B-01", null, "B-02", 7]);
    let rule = on_applied(Endpoint::QueryList).then(set("/data/idList", entries));
    scene.simulator.script(rule.then(set("/data/total", json!(12))));
    drop(scene.run(ONE_DAY).await.exits(3));
    let codes: Vec<(String, i64)> = scene
        .database
        .rows("select code, count(*) from etl.rejection where resolved_at is null group by 1 order by 1")
        .await;
    // `7` can be asked, and 104 knows nobody of that id.
    assert_eq!(codes, [("id_refused".into(), 1), ("unusable_id".into(), 7)]);
    let stored = "select count(*) from etl.window_item where state = 'stored'";
    assert_eq!(scene.database.count(stored).await, 3);
    assert_eq!(scene.database.windows().await, [("closed".into(), 3)]);
    everybody_has_their_own_name(&scene, "odd entries").await;
    scene.database.assert_sound().await;

    // Those that can't be asked stay rejected; nothing is counted twice.
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(3));
    assert_eq!(scene.database.count(stored).await, 3);
    scene.database.assert_sound().await;
}

/// A batch whose answer is odd; asked one by one, everybody comes through.
async fn check_batch(then: Action) {
    let scene = scene_of(named(12)).await;
    scene.simulator.script(Rule::on(Endpoint::QueryBatch).then(then.clone()));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 12)], "{then:?}");
    everybody_has_their_own_name(&scene, &format!("{then:?}")).await;
    it_ends_as_one_clean_run(&scene, ONE_DAY).await;
}

#[tokio::test]
async fn batches_without_a_list_or_with_another_shape_are_asked_one_by_one() {
    tokio::join!(
        check_batch(Action::MissingList),
        check_batch(set("/data/list", json!(null))),
        check_batch(set("/data/list", json!({"fullName": "名99"}))),
        check_batch(set("/data/list", json!([]))),
        check_batch(set("/data/list/3", json!(null))),
    );
}

#[tokio::test]
async fn batches_in_which_two_claim_one_id_are_asked_one_by_one() {
    tokio::join!(
        check_batch(set("/data/list/0/idno", json!("B-01"))),
        check_batch(remove("/data/list/1/idno")),
        check_batch(set("/data/list/-", json!({"idno": "B-00", "fullName": "名98"}))),
        check_batch(set("/data/list/-", json!({"fullName": "名97"}))),
        check_batch(set("/data/list/0/idno", json!(["B-00"]))),
    );
}

/// Resumes that name themselves otherwise; nobody may get another's.
async fn check_documents(documents: Vec<Value>, then: Option<Action>) -> Scene {
    let scene = scene_of(documents).await;
    if let Some(then) = then {
        scene.simulator.script(Rule::on(Endpoint::QueryBatch).then(then));
    }
    let ended = scene.run(ONE_DAY).await;
    assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stderr);
    everybody_has_their_own_name(&scene, "other names").await;
    scene.database.assert_sound().await;
    scene
}

#[tokio::test]
async fn resumes_without_any_id_go_by_their_place_if_the_counts_agree() {
    let nameless = || (0..12).map(|number| json!({"fullName": format!("名{number:02}")})).collect();
    let scene = check_documents(nameless(), None).await;
    assert_eq!(scene.database.items().await, [("stored".into(), 12)]);
    assert_eq!(scene.simulator.stats().calls.get(&Endpoint::Query), None, "by their place");

    // One too many or too few: no place means anything.
    for then in [set("/data/list/-", json!({"fullName": "名99"})), remove("/data/list/0")] {
        let scene = check_documents(nameless(), Some(then)).await;
        assert_eq!(scene.database.items().await, [("stored".into(), 12)]);
        assert_eq!(scene.simulator.stats().calls[&Endpoint::Query], 12);
    }
}

#[tokio::test]
async fn member_numbers_that_nobody_listed_are_no_ids() {
    let members = (0..12).map(
        |number| json!({"resumeId": format!("M-{number}"), "fullName": format!("名{number:02}")}),
    );
    let scene = check_documents(members.collect(), Some(Action::Reverse)).await;
    assert_eq!(scene.database.items().await, [("stored".into(), 12)]);
}

#[tokio::test]
async fn a_resume_that_names_another_listed_id_is_that_ones_whenever_it_is_asked() {
    let named = |id: &str, name: &str| json!({"resumeId": id, "fullName": name});
    // Asked for B-00, 104 answers with B-01's resume.
    let documents = vec![named("B-01", "名01"), named("B-01", "名01"), named("B-02", "名02")];
    let scene = check_documents(documents, None).await;
    let items = [("rejected".to_owned(), 1), ("stored".to_owned(), 2)];
    assert_eq!(scene.database.items().await, items);

    // B-01 is stored by now, and B-00 all that is left to ask: a stranger's resume it stays.
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(3));
    assert_eq!(scene.database.items().await, items);
    let code: String =
        scene.database.ask("select code from etl.rejection where resolved_at is null").await;
    assert_eq!(code, "stranger");
    everybody_has_their_own_name(&scene, "asked again").await;
    scene.database.assert_sound().await;

    scene.simulator.add_listing(applied(FIRST_DAY, 9, "B-00", named("B-00", "名00")));
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 3)]);
    everybody_has_their_own_name(&scene, "mended").await;
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn swapped_resumes_go_to_whom_they_name() {
    let named = |id: &str, name: &str| json!({"resumeId": id, "fullName": name});
    let documents = vec![named("B-01", "名01"), named("B-00", "名00"), named("B-02", "名02")];
    let scene = check_documents(documents, None).await;
    assert_eq!(scene.database.items().await, [("stored".into(), 3)]);
}

#[tokio::test]
async fn listed_ids_without_a_resume_are_absent_and_looked_for_no_more() {
    let scene = scene_of(named(12)).await;
    for endpoint in [Endpoint::QueryBatch, Endpoint::Query] {
        scene
            .simulator
            .script(Rule::on(endpoint).id("B-07").then(Action::Omit { id: Some("B-07".into()) }));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("absent".into(), 1), ("stored".into(), 11)]);
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "nothing_due");
    scene.database.assert_sound().await;
}
