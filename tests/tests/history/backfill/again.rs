//! Hours that are held, looked at again.

use acceptance::{Scene, applied, by_hand};
use jiff::civil::Date;
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Flag, Listing, Rule};

use super::{FROM, backfill, lists};

const ONE: (&str, &str) = (FROM, "2025-08-19");

fn on() -> Date {
    FROM.parse().unwrap()
}

fn resume(id: &str, name: &str) -> Value {
    json!({"idno": id, "fullName": name})
}

/// A day with three people that is held.
async fn held() -> Scene {
    let scene = Scene::new(by_hand()).await;
    for id in ["A-1", "A-2", "A-3"] {
        scene.simulator.add_listing(applied(on(), 9, id, resume(id, "甲")));
    }
    drop(backfill(&scene, ONE, &[]).await.exits(0));
    scene
}

async fn counts(scene: &Scene) -> (String, i32, i32, i32, i32) {
    let counts = "select state, listed, stored, absent, rejected from etl.fetch_window
                  where source = 'applied' and window_on = '2025-08-18'";
    scene.database.rows(counts).await.remove(0)
}

#[tokio::test]
async fn who_came_late_is_fetched_and_nobody_else() {
    let scene = held().await;
    scene.simulator.add_listing(applied(on(), 9, "late", resume("late", "乙")));
    scene.simulator.add_listing(applied(on(), 10, "A-1", resume("A-1", "改")));
    let before = scene.simulator.stats().resumes_delivered;
    let summary = backfill(&scene, ONE, &[]).await.exits(0).summary();
    assert_eq!(summary["counts"]["listed"], 1);
    assert_eq!(scene.simulator.stats().resumes_delivered, before + 1);
    assert_eq!(lists(&scene), 6);
    assert_eq!(counts(&scene).await, ("closed".into(), 4, 4, 0, 0));
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn who_a_dry_run_found_late_in_another_source_is_asked_for() {
    let scene = held().await;
    let late = applied(on(), 9, "A-1", resume("A-1", "甲"));
    scene.simulator.add_listing(Listing { flag: Flag::Matched, ..late });
    let before = scene.simulator.stats().resumes_delivered;
    drop(backfill(&scene, ONE, &["--dry-run", "--list"]).await.exits(0));
    drop(backfill(&scene, ONE, &[]).await.exits(0));
    assert_eq!(scene.simulator.stats().resumes_delivered, before + 1, "its document is an old one");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn everyone_is_fetched_again_when_104_corrected_its_data() {
    let scene = held().await;
    scene.simulator.add_listing(applied(on(), 9, "A-1", resume("A-1", "正")));
    let before = scene.simulator.stats().resumes_delivered;
    let summary = backfill(&scene, ONE, &["--refetch", "all"]).await.exits(0).summary();
    assert_eq!(summary["counts"]["stored"], 3, "{summary}");
    assert_eq!(scene.simulator.stats().resumes_delivered, before + 3);
    assert_eq!(counts(&scene).await, ("closed".into(), 3, 3, 0, 0));
    let corrected = "select count(*) from raw.resume_document where resume_id = 'A-1'";
    assert_eq!(scene.database.count(corrected).await, 2);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn what_a_dry_run_listed_is_asked_for_again_save_what_can_t_be_asked() {
    let scene = held().await;
    scene.simulator.add_listing(applied(on(), 9, "A,4", resume("A,4", "丁")));
    let all = ["--refetch", "all"];
    let listed = backfill(&scene, ONE, &[&all[..], &["--dry-run", "--list"]].concat()).await;
    let listed = listed.summary();
    assert_eq!(listed["companies"][0]["resumes"], 3, "{listed}");
    scene.simulator.add_listing(applied(on(), 9, "A-1", resume("A-1", "正")));
    let before = (lists(&scene), scene.simulator.stats().resumes_delivered);
    let summary = backfill(&scene, ONE, &all).await.exits(0).summary();
    assert_eq!(summary["counts"]["stored"], 3, "{summary}");
    let after = (lists(&scene), scene.simulator.stats().resumes_delivered);
    assert_eq!(after, (before.0, before.1 + 3), "no list is asked for twice");
    assert_eq!(counts(&scene).await, ("closed".into(), 4, 3, 0, 1));
    let corrected = "select count(*) from raw.resume_document where resume_id = 'A-1'";
    assert_eq!(scene.database.count(corrected).await, 2);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn who_is_absent_now_and_was_held_before_stays_stored() {
    let scene = held().await;
    let gone = Rule::on(Endpoint::QueryBatch).then(Action::Omit { id: Some("A-2".into()) });
    scene.simulator.script(gone);
    let gone = Rule::on(Endpoint::Query).then(Action::Omit { id: Some("A-2".into()) });
    scene.simulator.script(gone);
    scene.simulator.add_listing(applied(on(), 9, "new", resume("new", "乙")));
    let rule = Rule::on(Endpoint::QueryBatch).then(Action::Omit { id: Some("new".into()) });
    scene.simulator.script(rule);
    let rule = Rule::on(Endpoint::Query).then(Action::Omit { id: Some("new".into()) });
    scene.simulator.script(rule);
    let summary = backfill(&scene, ONE, &["--refetch", "all"]).await.exits(0).summary();
    assert_eq!(
        (&summary["counts"]["stored"], &summary["counts"]["absent"]),
        (&3.into(), &1.into())
    );
    assert_eq!(counts(&scene).await, ("closed".into(), 4, 3, 1, 0));
    let held = "select count(*) from recruiting.candidate where resume_id = 'A-2'";
    assert_eq!(scene.database.count(held).await, 1);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn everyone_is_fetched_again_once_however_often_it_is_stopped() {
    let scene = Scene::new(by_hand()).await;
    for day in 18..21 {
        for number in 0..12 {
            let id = format!("A-{day}-{number}");
            let on = jiff::civil::date(2025, 8, day);
            scene.simulator.add_listing(applied(on, 9, &id, resume(&id, "甲")));
        }
    }
    let range = (FROM, super::TO);
    drop(backfill(&scene, range, &[]).await.exits(0));
    let before = scene.simulator.stats();
    let all = ["--refetch", "all", "--max-calls"];
    for calls in ["3", "4", "5", "200"] {
        drop(backfill(&scene, range, &[&all[..], &[calls]].concat()).await.exits(0));
        scene.database.assert_sound().await;
    }
    let after = scene.simulator.stats();
    // An answer that is on its way when the budget is spent may be lost: at most a call a stop.
    let asked = after.resumes_delivered - before.resumes_delivered;
    assert!((36..=36 + 3 * 10).contains(&asked), "{asked}");
    assert_eq!(after.calls[&Endpoint::QueryList], before.calls[&Endpoint::QueryList] + 9);
    let left = "select count(*) from etl.backfill where state <> 'complete'";
    assert_eq!(scene.database.count(left).await, 0);
}

#[tokio::test]
async fn gaps_are_filled_and_failed_windows_taken_up_at_once() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(on(), 9, "A-1", resume("A-1", "甲")));
    drop(backfill(&scene, ("2025-08-18T08", "2025-08-18T11"), &[]).await.exits(0));
    scene.simulator.script(Rule::on(Endpoint::QueryList).then(Action::Code {
        code: 899,
        message: None,
        status: None,
    }));
    drop(backfill(&scene, ("2025-08-18T20", "2025-08-19"), &[]).await.exits(3));
    scene.simulator.clear_script();
    drop(backfill(&scene, ONE, &[]).await.exits(0));
    let windows: Vec<(i16, i16, String)> = scene
        .database
        .rows(
            "select start_hour, end_hour, state from etl.fetch_window where source = 'applied'
             order by 1",
        )
        .await;
    let hours: Vec<(i16, i16)> = windows.iter().map(|(start, end, _)| (*start, *end)).collect();
    assert_eq!(hours, [(0, 8), (8, 11), (11, 20), (20, 24)]);
    assert!(windows.iter().all(|(_, _, state)| state == "closed" || state == "empty_unconfirmed"));
}

#[tokio::test]
async fn an_empty_past_is_said_in_one_line_with_the_way_to_accept_it() {
    let scene = held().await;
    let range = ["--from", "2025-08-01", "--to", FROM];
    let finished = scene.etl104.run(&[&["backfill"], &range[..]].concat()).await.exits(0);
    let all = format!("{}{}", finished.stdout, finished.stderr);
    let said: Vec<&str> = all.lines().filter(|line| line.contains("unconfirmed")).collect();
    assert_eq!(said.len(), 1, "{all}");
    assert!(said[0].contains("51") && said[0].contains("etl104 windows accept"), "{}", said[0]);
    drop(scene.etl104.run(&["windows", "accept"]).await.exits(0));
    let left = "select count(*) from etl.fetch_window where state = 'empty_unconfirmed'";
    assert_eq!(scene.database.count(left).await, 0);
}
