//! What runs leave in the marts: who is there, and how complete it is.

use std::time::Duration;

use acceptance::{
    FIRST_DAY, SECOND_DAY, Scene, Settings, TWO_DAYS, applied, by_hand, eventually, generated,
};
use serde_json::json;
use simulator::{Action, Endpoint, Rule};

const COVERAGE: &str = "select on_date::text, source, state, is_complete, count(*)
    from mart.coverage_hour where source = 'applied' group by 1, 2, 3, 4 order by 1, 3";
type Coverage = (String, String, String, bool, i64);

fn hours(on: jiff::civil::Date, state: &str, is_complete: bool, count: i64) -> Coverage {
    (on.to_string(), "applied".into(), state.into(), is_complete, count)
}

#[tokio::test]
async fn whoever_a_run_wrote_stands_in_the_overview_when_it_ends() {
    let scene = Scene::with(generated(12), Settings::fresh_marts).await;
    let missing = "select count(*) from recruiting.candidate c
        where not exists (select from mart.candidate_overview shown
            where shown.candidate_key = mart.candidate_key(c.company_no, c.member_no, c.resume_id))";
    drop(scene.run("2025-08-23T00").await.exits(0));
    let first = scene.database.count("select count(*) from mart.candidate_overview").await;
    assert!(first > 0 && scene.database.count(missing).await == 0);
    drop(scene.run(TWO_DAYS).await.exits(0));
    let both = scene.database.count("select count(*) from mart.candidate_overview").await;
    assert!(both > first && scene.database.count(missing).await == 0);

    // Whoever is taken out goes, and what is rebuilt comes back.
    scene.database.change("delete from recruiting.candidate").await;
    drop(scene.etl104.run(&["verify", "--repair"]).await.exits(0));
    let rebuilt = scene.database.count("select count(*) from mart.candidate_overview").await;
    assert_eq!((rebuilt, scene.database.count(missing).await), (both, 0));
}

#[tokio::test]
async fn coverage_tells_each_hour_and_freshness_how_far_it_is_whole() {
    let scene = Scene::with(by_hand(), Settings::fresh_marts).await;
    for (day, hour, id) in [(FIRST_DAY, 9, "C-1"), (SECOND_DAY, 10, "C-2")] {
        let resume = json!({"idno": id, "fullName": format!("名{id}")});
        scene.simulator.add_listing(applied(day, hour, id, resume));
    }
    let broken = Rule { date: Some(SECOND_DAY.to_string()), ..Rule::on(Endpoint::QueryList) };
    scene.simulator.script(broken.then(Action::Code { code: 899, message: None, status: None }));
    drop(scene.run(TWO_DAYS).await.exits(3));
    assert_eq!(
        scene.database.rows::<Coverage>(COVERAGE).await,
        [hours(FIRST_DAY, "closed", true, 24), hours(SECOND_DAY, "failed", false, 24)]
    );
    let freshness =
        "select complete_until_on::text, windows_failed, overview_refreshed_at is not null
        from mart.freshness where source = 'applied'";
    let seen: Vec<(String, i32, bool)> = scene.database.rows(freshness).await;
    assert_eq!(seen, [(FIRST_DAY.to_string(), 1, true)]);

    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    assert_eq!(
        scene.database.rows::<Coverage>(COVERAGE).await,
        [hours(FIRST_DAY, "closed", true, 24), hours(SECOND_DAY, "closed", true, 24)]
    );
    // An hour that was never asked for lies between two that were.
    scene.database.change("delete from etl.window_item where resume_id = 'C-1'").await;
    scene
        .database
        .change(
            "delete from etl.fetch_window where window_on = '2025-08-22' and source = 'applied'",
        )
        .await;
    drop(
        scene
            .etl104
            .run(&["backfill", "--from", "2025-08-21", "--to", "2025-08-22"])
            .await
            .exits(0),
    );
    let missing = scene.database.count(
        "select count(*) from mart.coverage_hour
         where source = 'applied' and state = 'missing' and on_date = '2025-08-22' and not is_complete").await;
    assert_eq!(missing, 24);
}

#[tokio::test]
async fn a_refresh_may_take_longer_than_a_statement_is_waited_for() {
    let scene = Scene::with(generated(3), |settings| {
        settings.fresh_marts().text("database", "patience", "1s")
    })
    .await;
    let mut other = scene.database.pool().begin().await.unwrap();
    sqlx::query("update mart.refresh set refreshed_at = refreshed_at")
        .execute(&mut *other)
        .await
        .unwrap();
    let running = scene.spawn(TWO_DAYS);
    // It has written everybody, and waits for the marts: longer than any other transaction may take, and once more.
    eventually("the refresh waits", async || {
        let waits = "select count(*) from pg_stat_activity
            where datname = current_database() and query like '%refresh_marts%' and wait_event_type = 'Lock'";
        scene.database.count(waits).await == 1
    })
    .await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    other.rollback().await.unwrap();
    assert_eq!(running.finish().await.exits(0).summary()["failures"], json!([]));
    assert!(scene.database.count("select count(*) from mart.candidate_overview").await > 0);
}
