//! Runs that end before their work: a spent budget, a signal, work that others hold, nothing to do.

use std::time::{Duration, Instant};

use acceptance::{
    Company, FIRST_DAY, ONE_DAY, Scene, Settings, TWO_DAYS, applied, by_hand, eventually, generated,
};
use serde_json::json;
use simulator::{Action, Endpoint, Rule};

#[tokio::test]
async fn nothing_due_is_0() {
    let scene = Scene::new(generated(0)).await;
    // Nothing is listed, and nothing is due afterwards.
    drop(scene.run(TWO_DAYS).await.exits(0));
    let calls = scene.calls();
    let idle = scene.run(TWO_DAYS).await.exits(0).summary();
    assert_eq!((&idle["state"], &idle["calls"]), (&"nothing_due".into(), &0.into()));
    assert_eq!(scene.calls(), calls);
}

#[tokio::test]
async fn a_dry_run_says_what_is_due_and_calls_nobody() {
    let scene = Scene::new(generated(5)).await;
    let plan = scene.run_with(TWO_DAYS, &["--dry-run"]).await.exits(0);
    assert_eq!(plan.stdout.lines().count(), 6 + 1, "{}", plan.stdout);
    assert_eq!(plan.summary()["windows"], 6);
    assert_eq!(scene.calls(), 0);
    assert_eq!(scene.database.windows().await, []);
}

#[tokio::test]
async fn a_spent_budget_is_0_and_the_next_run_goes_on() {
    let scene = Scene::new(generated(20)).await;
    let spent = scene.run_with(TWO_DAYS, &["--max-calls", "12"]).await.exits(0).summary();
    assert_eq!(spent["state"], "budget_spent");
    let calls = spent["calls"].as_u64().unwrap();
    assert_eq!(calls, scene.calls());
    assert!((8..=12).contains(&calls), "{calls} calls: not one more; a start time may be lost");
    let go_on = spent["resume_command"].as_str().unwrap();
    assert!(go_on.starts_with("etl104 run") && go_on.contains(TWO_DAYS), "{go_on}");
    assert_eq!(
        scene
            .database
            .count("select count(*) from etl.fetch_window where lease_run_id is not null")
            .await,
        0,
        "all work is given back"
    );

    assert_eq!(scene.run(TWO_DAYS).await.exits(0).summary()["state"], "complete");
    scene.assert_equals_one_clean_run(TWO_DAYS).await;
}

#[tokio::test]
async fn a_terminated_run_drains_and_is_143_and_the_next_run_goes_on() {
    // Sources by themselves: what sharing makes of a second run is told by `killed`.
    let scene = Scene::with(generated(30), |it| it.calls_per_second(60)).await;
    let running = scene.spawn(TWO_DAYS);
    eventually("resumes arrive", async || {
        scene.database.count("select count(*) from etl.window_item where state = 'stored'").await
            >= 10
    })
    .await;
    running.signal("TERM");
    let stopped = running.finish().await.exits(143).summary();
    assert_eq!(stopped["state"], "stopped");
    assert_eq!(stopped["calls"], scene.calls(), "what was on its way is counted");
    let held = "select (select count(*) from etl.fetch_window where lease_run_id is not null)
                     + (select count(*) from etl.file_task where lease_run_id is not null)";
    assert_eq!(scene.database.count(held).await, 0, "all work is given back");
    let state: (String, i16) =
        scene.database.rows("select state, exit_code from etl.run").await.remove(0);
    assert_eq!(state, ("stopped".into(), 143));
    let unfinished = "select count(*) from etl.window_item where state in ('listed', 'kept')";
    let open_files = "select count(*) from etl.file_task where closed_at is null";
    let left = scene.database.count(unfinished).await + scene.database.count(open_files).await;
    assert!(left > 0, "it was stopped in the middle");

    assert_eq!(scene.run(TWO_DAYS).await.exits(0).summary()["state"], "complete");
    scene.assert_equals_one_clean_run(TWO_DAYS).await;
}

#[tokio::test]
async fn a_file_that_does_not_come_holds_up_no_terminated_run() {
    let scene = Scene::new(by_hand()).await;
    let never = Rule::on(Endpoint::Headshot).then(Action::Delay { ms: 120_000 });
    scene.simulator.script(never);
    let resume = json!({"idno": "A-1", "headshotUrl": "sim:headshot"});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", resume));
    let running = scene.spawn(ONE_DAY);
    eventually("the photo is asked for", async || {
        scene.simulator.journal().iter().any(|entry| entry.endpoint == Endpoint::Headshot)
    })
    .await;
    let began = Instant::now();
    running.signal("TERM");
    drop(running.finish().await.exits(143));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());

    scene.simulator.clear_script();
    drop(scene.run(ONE_DAY).await.exits(0));
    let stored = "select count(*) from recruiting.resume_file where state = 'stored'";
    assert_eq!(scene.database.count(stored).await, 1);
}

#[tokio::test]
async fn an_interrupted_run_is_130() {
    let scene = Scene::with(generated(10), |it| it.calls_per_second(10)).await;
    let running = scene.spawn(TWO_DAYS);
    eventually("the run has begun", async || scene.calls() > 2).await;
    running.signal("INT");
    assert_eq!(running.finish().await.exits(130).summary()["state"], "stopped");
}

#[tokio::test]
async fn work_that_another_process_holds_is_4() {
    let one_source = |settings: Settings| {
        let mut company = Company::demo(FIRST_DAY);
        company.more.push(("sources".into(), r#"["applied"]"#.into()));
        settings.without_companies().company(company)
    };
    let scene = Scene::with(generated(5), one_source).await;
    let slow = Action::Delay { ms: 20_000 };
    scene.simulator.script(Rule::on(Endpoint::QueryList).first(1).then(slow));
    let first = scene.spawn(ONE_DAY);
    eventually("the first run asks for its window", async || {
        scene.simulator.stats().calls.contains_key(&Endpoint::QueryList)
    })
    .await;
    let second = scene.run(ONE_DAY).await.exits(4).summary();
    assert_eq!(second["state"], "held_elsewhere");
    assert_eq!(scene.simulator.stats().calls[&Endpoint::QueryList], 1);

    // What a killed process held is free again.
    first.kill();
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "complete");
}
