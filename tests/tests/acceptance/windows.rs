//! Windows that fail: said, listed with their remedy, retried.

use acceptance::{Scene, TWO_DAYS, generated};
use serde_json::Value;
use simulator::{Action, Endpoint, Rule};

fn on_applied_of_the_first_day(endpoint: Endpoint) -> Rule {
    Rule {
        endpoint: Some(endpoint),
        date: Some("2025-08-22".into()),
        flag: Some(1),
        ..Rule::default()
    }
}

#[tokio::test]
async fn a_failed_window_is_3_is_shown_with_its_remedy_and_can_be_retried() {
    let scene = Scene::new(generated(20)).await;
    let refusal = Action::Code { code: 899, message: None, status: None };
    scene.simulator.script(on_applied_of_the_first_day(Endpoint::QueryList).then(refusal));

    let partial = scene.run(TWO_DAYS).await.exits(3);
    let summary = partial.summary();
    assert_eq!(summary["state"], "partial");
    assert_eq!(summary["counts"]["windows_failed"], 1);
    assert_eq!(summary["counts"]["windows_closed"], 5, "the others go on");
    assert_eq!(summary["open"]["windows_failed"], 1);
    assert!(partial.stderr.contains("899"), "{}", partial.stderr);

    let list = ["windows", "list", "--state", "failed", "--output", "json"];
    let rows = scene.etl104.run(&list).await.exits(0).stdout;
    let row: Value = serde_json::from_str(rows.trim()).unwrap();
    assert_eq!((&row["window_on"], &row["source"]), (&"2025-08-22".into(), &"applied".into()));
    assert!(row["failure"].as_str().unwrap().contains("899"), "{row}");
    assert!(!row["remedy"].as_str().unwrap().is_empty(), "{row}");
    let shown =
        scene.etl104.run(&["windows", "show", &row["window_id"].to_string()]).await.exits(0);
    assert!(shown.stdout.contains(row["remedy"].as_str().unwrap()), "{}", shown.stdout);
    let status = scene.etl104.run(&["status"]).await.exits(0);
    assert!(status.stdout.contains("windows list --state failed"), "{}", status.stdout);

    // Its gap has not passed: `run` leaves it alone.
    let calls = scene.calls();
    drop(scene.run(TWO_DAYS).await);
    assert_eq!(scene.calls(), calls);

    scene.simulator.clear_script();
    let retried = scene.etl104.run(&["retry", "windows", "--output", "json"]).await.exits(0);
    let summary = retried.summary();
    assert_eq!(summary["counts"]["windows_closed"], 1, "{summary}");
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)]);
    let left = "select count(*) from etl.fetch_window where failure is not null";
    assert_eq!(scene.database.count(left).await, 0);
}

#[tokio::test]
async fn a_window_whose_resumes_fail_goes_on_where_it_stood() {
    let scene = Scene::new(generated(60)).await;
    let refusal = Action::Code { code: 899, message: None, status: None };
    let rule = on_applied_of_the_first_day(Endpoint::QueryBatch);
    scene.simulator.script(rule.nth(2).then(refusal));
    drop(scene.run(TWO_DAYS).await.exits(3));
    let kept = "select count(*) from etl.window_item join etl.fetch_window using (window_id)
                where fetch_window.state = 'failed' and window_item.state = 'stored'";
    assert!(scene.database.count(kept).await > 0, "what came before is kept");

    let lists = scene.simulator.stats().calls[&Endpoint::QueryList];
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    assert_eq!(
        scene.simulator.stats().calls[&Endpoint::QueryList],
        lists,
        "nothing is listed anew"
    );
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)]);
}
