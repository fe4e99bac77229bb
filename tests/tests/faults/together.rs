//! Many processes on one ledger: no window is done twice, no sighting is lost between two.

use std::collections::BTreeMap;

use acceptance::{
    FIRST_DAY, Gate, ONE_DAY, ObjectServer, SECOND_DAY, Scene, Stand, TWO_DAYS, applied, by_hand,
    eventually, generated,
};
use serde_json::json;
use simulator::{Endpoint, Flag, Listing};

/// So many `run` at once, over ten dates.
async fn check_at_once(processes: usize) {
    const TEN_DAYS: &str = "2025-09-01T00";
    let server = ObjectServer::start();
    let scene = Scene::with(generated(8), |it| it.object_server(&server)).await;
    let running: Vec<_> = (0..processes).map(|_| scene.spawn(TEN_DAYS)).collect();
    let mut closed = 0;
    for process in running {
        let ended = process.finish().await;
        assert!(matches!(ended.code, Some(0 | 4)), "{:?}: {}", ended.code, ended.stderr);
        closed += ended.summary()["counts"]["windows_closed"].as_i64().unwrap();
    }
    assert_eq!(closed, 30, "each window was closed by one process");
    assert_eq!(scene.database.windows().await, [("closed".into(), 30)]);

    let mut asked: BTreeMap<_, usize> = BTreeMap::new();
    for call in scene.simulator.journal() {
        if matches!(call.endpoint, Endpoint::QueryList | Endpoint::QueryBatch | Endpoint::Query) {
            *asked
                .entry((call.endpoint, call.date, (call.start, call.end), call.flag, call.ids))
                .or_default() += 1;
        }
    }
    let twice: Vec<_> = asked.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "asked more than once: {twice:?}");
    let token_calls = scene.simulator.stats().calls[&Endpoint::Token];
    assert_eq!(token_calls, 1, "one asks for the token, the others take it");

    drop(scene.run(TEN_DAYS).await.exits(0));
    scene.database.assert_sound_with(&server.objects(), true).await;
    scene.assert_equals_one_clean_run(TEN_DAYS).await;
}

#[tokio::test]
async fn two_processes_do_each_window_once() {
    check_at_once(2).await;
}

#[tokio::test]
async fn eight_processes_do_each_window_once() {
    check_at_once(8).await;
}

#[tokio::test]
async fn runs_that_plan_other_hours_of_one_day_ask_for_no_hour_twice() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", json!({"idno": "A-1"})));
    let matched = applied(FIRST_DAY, 14, "M-1", json!({"idno": "M-1"}));
    scene.simulator.add_listing(Listing { flag: Flag::Matched, ..matched });
    let is_first = "new.resume_id = 'A-1'";
    let gate = Gate::close(&scene.database, Stand::Insert, "raw.resume_document", is_first).await;
    // The first one is still at its first source when the second one sees an hour more.
    let first = scene.spawn("2025-08-22T15");
    gate.somebody_waits().await;
    let second = scene.run("2025-08-22T16").await.exits(0).summary();
    assert_eq!(second["counts"]["windows_held"], 1, "{second}");
    gate.open().await;
    let first = first.finish().await.exits(0).summary();
    assert_eq!(
        (&first["state"], &first["counts"]["windows_held"]),
        (&"complete".into(), &0.into())
    );

    scene.database.assert_sound().await;
    let hours = "select sum(end_hour - start_hour) from etl.fetch_window where state <> 'open'";
    assert_eq!(scene.database.count(hours).await, 48, "each hour of each source");
    assert_eq!(scene.database.items().await, [("stored".into(), 2)]);
    assert_eq!(scene.run("2025-08-22T16").await.exits(0).summary()["state"], "nothing_due");
}

#[tokio::test]
async fn two_processes_that_recompute_one_person_at_once_both_count() {
    let scene = Scene::new(by_hand()).await;
    for (date, name, job) in [(FIRST_DAY, "舊名", "J-1"), (SECOND_DAY, "新名", "J-2")] {
        let resume = json!({"idno": "P-1", "fullName": name,
            "applyJob": [{"jobNo": job, "applyDate": date.to_string()}]});
        scene.simulator.add_listing(applied(date, 9, "P-1", resume));
    }
    let gate = Gate::close(&scene.database, Stand::Insert, "recruiting.candidate", "true").await;
    let first = scene.spawn(ONE_DAY);
    gate.somebody_waits().await;
    let second = scene.spawn(TWO_DAYS);
    // The second one has kept its document, and now waits for the person whom the first one computes.
    let waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted
                 and database = (select oid from pg_database where datname = current_database())";
    eventually("the second run waits for the person", async || {
        scene.database.count("select count(*) from raw.resume_document").await == 2
            && scene.database.count(waits).await == 2
    })
    .await;
    gate.open().await;
    drop(first.finish().await.exits(0));
    let second = second.finish().await;
    assert!(matches!(second.code, Some(0 | 4)), "{}", second.stderr);
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.database.assert_sound().await;

    let windows = "select window_count::bigint from recruiting.candidate_source";
    assert_eq!(scene.database.count(windows).await, 2, "both sightings count");
    scene.assert_equals_one_clean_run(TWO_DAYS).await;
    let name: String = scene.database.ask("select full_name from recruiting.candidate").await;
    assert_eq!(name, "新名");
    assert_eq!(scene.database.count("select count(*) from recruiting.application").await, 2);
    assert_eq!(scene.database.count("select count(*) from recruiting.candidate_version").await, 2);
}
