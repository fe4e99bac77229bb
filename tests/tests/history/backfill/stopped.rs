//! Backfills that are stopped, and gone on with.

use std::collections::HashMap;

use acceptance::{
    COMPANY, Company, FIRST_DAY, Scene, TWO_DAYS, applied, by_hand, eventually, generated,
};
use serde_json::json;
use simulator::{Action, Endpoint, Rule};

use super::{FROM, TO, arguments, asked, backfill, go_on, lists, resume_command};

/// Nothing was listed or asked for twice.
fn assert_nothing_twice(scene: &Scene) {
    let mut lists: HashMap<(Option<String>, Option<String>), u32> = HashMap::new();
    for entry in scene.simulator.journal() {
        if entry.endpoint == Endpoint::QueryList {
            *lists.entry((entry.date, entry.flag)).or_default() += 1;
        }
    }
    assert!(lists.values().all(|times| *times == 1), "{lists:?}");
}

#[tokio::test]
async fn a_spent_budget_leaves_the_command_that_goes_on() {
    let scene = Scene::new(generated(30)).await;
    let stopped = backfill(&scene, (FROM, TO), &["--max-calls", "14"]).await.exits(0);
    assert_eq!(stopped.summary()["state"], "budget_spent");
    let mut command = resume_command(&stopped);
    assert!(stopped.stderr.contains(&command.join(" ")), "{}", stopped.stderr);
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    assert!(status.contains(&command.join(" ")), "{status}");
    let status = scene.etl104.run(&["status", "--output", "json"]).await.exits(0).summary();
    let row = &status["backfills"][0];
    assert_eq!((&row["windows_planned"], &row["is_running"]), (&9.into(), &false.into()), "{row}");

    command.truncate(command.iter().position(|word| word == "--max-calls").unwrap());
    let ended = go_on(&scene, &command).await.exits(0);
    assert_eq!(ended.summary()["state"], "complete");
    assert!(ended.stderr.contains("going on with the backfill"), "{}", ended.stderr);
    assert_nothing_twice(&scene);
    let status = scene.etl104.run(&["status", "--output", "json"]).await.exits(0).summary();
    assert_eq!(status["backfills"], json!([]));
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_dry_run_leaves_an_unfinished_one_as_it_was_asked_for() {
    let scene = Scene::new(generated(30)).await;
    let asked = ["--files", "later", "--newest-first", "--max-calls", "12"];
    let stopped = backfill(&scene, (FROM, TO), &asked).await.exits(0);
    let command = resume_command(&stopped);
    let row =
        "select row(files, is_newest_first, state, run_id, worked_at)::text from etl.backfill";
    let before: String = scene.database.ask(row).await;
    drop(backfill(&scene, (FROM, TO), &["--dry-run", "--list"]).await.exits(0));
    let status = scene.etl104.run(&["status", "--output", "json"]).await.exits(0).summary();
    let told = &status["backfills"][0]["resume_command"];
    assert_eq!(told, &format!("etl104 {}", command.join(" ")), "{status}");
    assert_eq!(scene.database.ask::<String>(row).await, before);

    // What a dry run began, the next one asks for anew.
    let other = ("2025-08-10", "2025-08-12");
    drop(backfill(&scene, other, &["--dry-run", "--list", "--newest-first"]).await.exits(0));
    drop(backfill(&scene, other, &["--dry-run", "--list"]).await.exits(0));
    let told = "select command from etl.backfill where state = 'listed'";
    let told: String = scene.database.ask(told).await;
    assert!(!told.contains("newest"), "{told}");
}

#[tokio::test]
async fn one_that_was_killed_is_in_status_and_goes_on() {
    let scene = Scene::with(generated(30), |it| it.calls_per_second(60)).await;
    let running = scene.etl104.spawn(&arguments((FROM, TO), &[]));
    eventually("resumes arrive", async || {
        scene.database.count("select count(*) from etl.window_item where state = 'stored'").await
            >= 10
    })
    .await;
    running.kill();
    let status = scene.etl104.run(&["status", "--output", "json"]).await.exits(0).summary();
    let row = &status["backfills"][0];
    let expected = format!("etl104 backfill --from {FROM} --to {TO}");
    assert_eq!(
        (row["resume_command"].as_str(), &row["is_running"]),
        (Some(expected.as_str()), &false.into())
    );

    // A schedule leaves it alone: not one of its dates is asked for.
    let before = scene.simulator.journal().len();
    drop(scene.run(TWO_DAYS).await.exits(0));
    let journal = scene.simulator.journal();
    let of_backfill = journal[before..].iter().filter(|entry| {
        entry.endpoint == Endpoint::QueryList && entry.date.as_deref() < Some("2025-08-22")
    });
    assert_eq!(of_backfill.count(), 0);
    let open =
        "select count(*) from etl.fetch_window where state = 'open' and window_on < '2025-08-22'";
    assert!(scene.database.count(open).await > 0);

    let ended = backfill(&scene, (FROM, TO), &[]).await.exits(0).summary();
    assert_eq!(ended["state"], "complete");
    assert_eq!(scene.database.count(open).await, 0);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn hours_from_the_start_on_are_the_business_of_run_whoever_began_them() {
    let scene = Scene::new(generated(30)).await;
    let range = ("2025-08-22", "2025-08-24");
    drop(backfill(&scene, range, &["--max-calls", "6"]).await.exits(0));
    assert_eq!(scene.run(TWO_DAYS).await.exits(0).summary()["state"], "complete");
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)]);
    // What run finished is done for the backfill as well.
    let ended = backfill(&scene, range, &[]).await.exits(0).summary();
    assert_eq!(ended["state"], "nothing_due", "{ended}");
    assert_nothing_twice(&scene);
}

#[tokio::test]
async fn a_spent_budget_hides_no_empty_past() {
    let scene = Scene::new(by_hand()).await;
    let summary =
        backfill(&scene, ("2025-08-10", TO), &["--max-calls", "9"]).await.exits(0).summary();
    assert_eq!(summary["state"], "budget_spent", "{summary}");
    let empty = "select count(*) from etl.fetch_window where state = 'empty_unconfirmed'";
    let empty = scene.database.count(empty).await;
    assert!(empty > 0 && summary["counts"]["windows_unconfirmed"] == empty, "{empty}: {summary}");
}

async fn backfills(scene: &Scene) -> serde_json::Value {
    let status = ["status", "--output", "json"];
    scene.etl104.run(&status).await.exits(0).summary()["backfills"].clone()
}

#[tokio::test]
async fn what_a_wider_one_or_a_run_did_along_is_not_left() {
    let scene = Scene::new(generated(10)).await;
    let wider = ("2025-08-17", TO);
    for range in [(FROM, TO), ("2025-08-22", "2025-08-24")] {
        drop(backfill(&scene, range, &["--max-calls", "6"]).await.exits(0));
    }
    assert_eq!(backfills(&scene).await.as_array().unwrap().len(), 2);
    drop(backfill(&scene, wider, &[]).await.exits(0));
    assert_eq!(backfills(&scene).await.as_array().unwrap().len(), 1);
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(backfills(&scene).await, json!([]));
}

#[tokio::test]
async fn a_dry_run_whose_lists_are_too_old_is_not_offered_to_go_on_with() {
    let scene = Scene::new(generated(10)).await;
    drop(backfill(&scene, (FROM, TO), &["--dry-run", "--list"]).await.exits(0));
    assert_eq!(backfills(&scene).await[0]["state"], "listed");
    let aged = "update etl.backfill set started_at = started_at - interval '25 hours'";
    assert_eq!(scene.database.change(aged).await, 1);
    assert_eq!(backfills(&scene).await, json!([]));
    // What it listed is told all the same, with what helps.
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    let told = "resumes listed by a backfill and not stored yet: `etl104 retry windows` goes on";
    assert!(status.contains(told) && !status.contains("not stored yet: `etl104 run`"), "{status}");
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    assert!(!status.contains("not stored yet"), "{status}");
}

#[tokio::test]
async fn what_failed_in_it_is_retried_like_anything_else() {
    let scene = Scene::new(generated(10)).await;
    scene.simulator.script(Rule::on(Endpoint::QueryList).then(Action::Code {
        code: 899,
        message: None,
        status: None,
    }));
    let partial = backfill(&scene, (FROM, "2025-08-19"), &[]).await.exits(3);
    drop(resume_command(&partial));
    scene.simulator.clear_script();
    assert_eq!(scene.run("2025-08-22T00").await.exits(0).summary()["state"], "nothing_due");
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    let told = "3 windows of a backfill failed: `etl104 windows list --state failed` says why; the backfill below";
    assert!(status.contains(told) && !status.contains("`etl104 run` tries again"), "{status}");
    let retried = scene.etl104.run(&["retry", "windows", "--output", "json"]).await.exits(0);
    assert_eq!(retried.summary()["counts"]["windows_closed"], 3);
    let ended = backfill(&scene, (FROM, "2025-08-19"), &[]).await.exits(0).summary();
    assert_eq!(ended["state"], "nothing_due", "{ended}");
}

#[tokio::test]
async fn two_of_the_same_range_share_it_or_one_leaves_it_to_the_other() {
    let one_source = |settings: acceptance::Settings| {
        let mut company = Company::demo(FIRST_DAY);
        company.more.push(("sources".into(), r#"["applied"]"#.into()));
        settings.without_companies().company(company)
    };
    let scene = Scene::with(generated(5), one_source).await;
    let slow = Action::Delay { ms: 20_000 };
    scene.simulator.script(Rule::on(Endpoint::QueryList).first(1).then(slow));
    let range = (FROM, "2025-08-19");
    let first = scene.etl104.spawn(&arguments(range, &[]));
    eventually("the first asks for its window", async || lists(&scene) > 0).await;
    let second = backfill(&scene, range, &[]).await.exits(4);
    assert_eq!(second.summary()["state"], "held_elsewhere");
    assert_eq!(lists(&scene), 1);
    first.kill();
    scene.simulator.clear_script();
    drop(backfill(&scene, range, &[]).await.exits(0));

    // Several days at once: each window is somebody's, and nothing is asked for twice.
    let range = ("2025-08-01", "2025-08-15");
    let before = lists(&scene);
    let (one, other) = (arguments(range, &[]), arguments(range, &[]));
    let (one, other) = (scene.etl104.spawn(&one), scene.etl104.spawn(&other));
    let (one, other) = tokio::join!(one.finish(), other.finish());
    assert!([one.code, other.code].contains(&Some(0)), "{}\n{}", one.stderr, other.stderr);
    drop(backfill(&scene, range, &[]).await.exits(0));
    let open = scene.database.count("select count(*) from etl.backfill where state <> 'complete'");
    assert_eq!(open.await, 0);
    let dates = asked(&scene).len() as u64 - before;
    // Whoever begins after the others ended begins anew, and asks for each date once more.
    assert!(dates.is_multiple_of(14) && dates <= 42, "{dates}");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_company_that_is_named_is_backfilled_alone() {
    let scene = Scene::with(by_hand(), |it| {
        it.company(Company { no: "12345675".into(), ..Company::demo(FIRST_DAY) })
    })
    .await;
    let on = FROM.parse().unwrap();
    scene.simulator.add_listing(applied(on, 9, "A-1", json!({"idno": "A-1"})));
    drop(backfill(&scene, (FROM, TO), &["--company", COMPANY]).await.exits(0));
    let companies = "select count(distinct company_no) from etl.fetch_window";
    assert_eq!(scene.database.count(companies).await, 1);
    let backfills = "select command from etl.backfill";
    let command: String = scene.database.ask(backfills).await;
    assert!(command.contains("--company 01234567"), "{command}");
}
