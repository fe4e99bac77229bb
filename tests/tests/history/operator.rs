//! The operator's page: each of its rows on a prepared wreck, with the very command that it names.

use acceptance::{
    COMPANY, Company, Etl104, FIRST_DAY, Finished, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied,
    by_hand, objects_below,
};
use jiff::civil::date;
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};

const PAGE: &str = include_str!("../../../docs/operator.md");

/// The commands of the row that begins with what happened, as they are typed, without the program's name.
fn commands(happened: &str) -> Vec<Vec<&'static str>> {
    let start = format!("| **{happened}**");
    let row = PAGE.lines().find(|line| line.starts_with(&start)).expect("the page has that row");
    let column = row.split(" | ").nth(1).expect("its second column");
    let typed = column.split('`').filter_map(|part| part.strip_prefix("etl104 "));
    typed.map(|command| command.split_whitespace().collect()).collect()
}

async fn mend(etl104: &Etl104, happened: &str, more: &[&str]) -> Finished {
    let [command] = &commands(happened)[..] else { panic!("one command mends it: {happened}") };
    etl104.run(&[&command[..], more].concat()).await.exits(0)
}

fn named(id: &str, name: &str) -> Value {
    json!({"idno": id, "fullName": name, "headshotUrl": "sim:headshot"})
}

async fn names(scene: &Scene) -> Vec<String> {
    let rows: Vec<(String,)> =
        scene.database.rows("select full_name from recruiting.candidate order by resume_id").await;
    rows.into_iter().map(|(name,)| name).collect()
}

/// One who applied on the first day is held.
async fn scene() -> Scene {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "W-1", named("W-1", "王一")));
    drop(scene.run(ONE_DAY).await.exits(0));
    scene
}

#[tokio::test]
async fn missing_hours_come_with_the_next_run() {
    let scene = scene().await;
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "W-2", named("W-2", "王二")));
    drop(mend(&scene.etl104, "hours are missing", &["--until", TWO_DAYS]).await);
    assert_eq!(names(&scene).await, ["王一", "王二"]);
    scene.assert_as_one_clean_run(TWO_DAYS).await;
}

#[tokio::test]
async fn older_hours_come_with_a_backfill() {
    let scene = scene().await;
    scene.simulator.add_listing(applied(date(2025, 8, 10), 9, "W-0", named("W-0", "王零")));
    drop(mend(&scene.etl104, "older hours are wanted", &[]).await);
    assert_eq!(names(&scene).await, ["王零", "王一"]);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn late_ids_come_with_a_backfill_of_closed_days_and_cost_no_other_resume() {
    let scene = scene().await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "W-2", named("W-2", "王二")));
    let summary = mend(&scene.etl104, "ids came late", &["--output", "json"]).await.summary();
    assert_eq!(summary["counts"]["stored"], 1, "{summary}");
    assert_eq!(names(&scene).await, ["王一", "王二"]);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn corrected_data_come_with_a_refetch_and_what_was_held_stays_as_history() {
    let scene = scene().await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "W-1", named("W-1", "王壹")));
    drop(mend(&scene.etl104, "104 corrected its data", &[]).await);
    assert_eq!(names(&scene).await, ["王壹"]);
    assert_eq!(scene.database.count("select count(*) from raw.resume_document").await, 2);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn what_was_read_wrongly_is_read_anew_without_a_call() {
    let scene = scene().await;
    let before = scene.database.digest(COMPANY).await;
    scene.database.change("update recruiting.candidate set full_name = '王?'").await;
    let calls = scene.calls();
    drop(mend(&scene.etl104, "our reading was wrong", &[]).await);
    assert_eq!(scene.calls(), calls);
    acceptance::assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
}

#[tokio::test]
async fn what_was_given_up_is_taken_up_again() {
    let scene = Scene::new(by_hand()).await;
    for id in ["W-1", "W-2"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, named(id, id)));
    }
    let refusal = |code| Action::Code { code, message: None, status: None };
    let saved = Rule { flag: Some(2), ..Rule::on(Endpoint::QueryList) };
    scene.simulator.script(saved.then(refusal(899)));
    scene.simulator.script(Rule::on(Endpoint::Headshot).then(refusal(899)));
    for endpoint in [Endpoint::QueryBatch, Endpoint::Query] {
        scene.simulator.script(Rule::on(endpoint).id("W-2").then(refusal(898)));
    }
    drop(scene.run(ONE_DAY).await.exits(3));
    for given_up in [
        "update etl.fetch_window set attempts = 5, next_attempt_at = null where state = 'failed'",
        "update etl.file_task set attempts = 5, next_attempt_at = null where state = 'failed'",
    ] {
        scene.database.change(given_up).await;
    }
    scene.simulator.clear_script();
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "nothing_due");

    for retry in commands("something failed") {
        drop(scene.etl104.run(&retry).await.exits(0));
    }
    drop(scene.etl104.run(&["retry", "files"]).await.exits(0));
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn an_empty_past_is_accepted() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "W-1", named("W-1", "王一")));
    drop(scene.run(TWO_DAYS).await.exits(0));
    let windows = [("closed".into(), 3), ("empty_unconfirmed".into(), 3)];
    assert_eq!(scene.database.windows().await, windows);
    drop(mend(&scene.etl104, "an empty past", &[]).await);
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)]);
}

#[tokio::test]
async fn a_restored_backup_is_told_from_a_sound_warehouse_and_mended() {
    let scene = scene().await;
    let [verify, repair, run] = &commands("a restored backup, or doubts")[..] else {
        panic!("three commands mend it");
    };
    drop(scene.etl104.run(verify).await.exits(0));
    // A repair that leaves lost files ends with 3, and the run is then needed most.
    let help = scene.etl104.run(&["verify", "--help"]).await.exits(0).stdout;
    assert!(help.contains("verify --repair; etl104 run"), "{help}");
    let before = scene.database.digest(COMPANY).await;

    // The bucket is older than the database, and so is one table.
    for object in objects_below(&scene.etl104.folder().join("objects")) {
        std::fs::remove_file(scene.etl104.folder().join("objects").join(&object.key)).unwrap();
    }
    scene.database.change("delete from recruiting.candidate_version").await;
    drop(scene.etl104.run(verify).await.exits(3));
    drop(scene.etl104.run(repair).await);
    drop(scene.etl104.run(&[&run[..], &["--until", ONE_DAY]].concat()).await.exits(0));
    drop(scene.etl104.run(verify).await.exits(0));
    acceptance::assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
}

#[tokio::test]
async fn one_person_is_traced_and_the_past_is_shown() {
    let scene = scene().await;
    let [trace] = &commands("one person")[..] else { panic!("one command tells it") };
    let story = scene.etl104.run(&[trace[0], "W-1"]).await.exits(0).stdout;
    assert!(story.contains("W-1") && !story.contains("王一"), "{story}");

    let shown = mend(&scene.etl104, "the past", &[]).await;
    let people = "select count(*) from as_of_0823.candidate";
    assert_eq!(scene.database.count(people).await, 1, "{}", shown.stderr);
}

/// The page names no command that does not exist.
#[tokio::test]
async fn every_command_of_the_page_exists() {
    let etl104 = Etl104::new(
        &acceptance::Settings::new(&acceptance::TestDatabase::empty().await)
            .company(Company::demo(FIRST_DAY)),
    );
    let typed = PAGE.split('`').filter_map(|part| part.strip_prefix("etl104 "));
    for command in typed {
        let words: Vec<&str> = command
            .split_whitespace()
            .take_while(|word| {
                !word.starts_with("--") && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            })
            .collect();
        drop(etl104.run(&[&words[..], &["--help"]].concat()).await.exits(0));
    }
}
