//! What a backfill would cost: certain where it is known, an estimate where it is not.

use acceptance::{Scene, TWO_DAYS, generated};
use serde_json::Value;
use simulator::Endpoint;

use super::{FROM, TO, backfill, lists};

const RANGE: (&str, &str) = (FROM, TO);

async fn dry_run(scene: &Scene, more: &[&str]) -> Value {
    backfill(scene, RANGE, &[&["--dry-run"], more].concat()).await.exits(0).summary()
}

fn sum(company: &Value, what: &str) -> u64 {
    company["windows"].as_array().unwrap().iter().map(|it| it[what].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn a_dry_run_calls_nobody_and_knows_the_windows() {
    let scene = Scene::new(generated(30)).await;
    let said = dry_run(&scene, &[]).await;
    let company = &said["companies"][0];
    assert_eq!((sum(company, "new"), &company["list_calls"]), (9, &9.into()), "{said}");
    assert!(company["estimate"].is_null(), "there is nothing to estimate from: {said}");
    assert_eq!((scene.calls(), scene.database.windows().await), (0, vec![]));
    assert_eq!(scene.database.count("select count(*) from etl.backfill").await, 0);

    let people = scene.etl104.run(&["backfill", "--from", FROM, "--to", TO, "--dry-run"]).await;
    let people = people.exits(0).stdout;
    assert!(people.contains("9 list calls") && people.contains("no closed window"), "{people}");
    assert!(people.contains("at least 10 calls"), "{people}");

    // With two days held there are averages.
    drop(scene.run(TWO_DAYS).await.exits(0));
    let calls = scene.calls();
    let said = dry_run(&scene, &[]).await;
    let estimate = &said["companies"][0]["estimate"];
    assert_eq!(estimate["from_windows"], 6, "{said}");
    assert_eq!(scene.calls(), calls);
    let estimated = said["calls"].as_u64().unwrap();
    let real = backfill(&scene, RANGE, &[]).await.exits(0).summary()["calls"].as_u64().unwrap();
    assert!(estimated.abs_diff(real) * 3 < real, "{estimated} estimated, {real} made");
    let people = scene.etl104.run(&["backfill", "--from", FROM, "--to", TO, "--dry-run"]).await;
    let people = people.exits(0).stdout;
    assert!(people.contains("estimate") && people.contains("closed windows)"), "{people}");
}

#[tokio::test]
async fn lists_that_a_dry_run_spent_are_kept_and_nobody_is_fetched_meanwhile() {
    let scene = Scene::new(generated(30)).await;
    let said = dry_run(&scene, &["--list"]).await;
    let company = &said["companies"][0];
    assert_eq!((lists(&scene), &company["list_calls"]), (9, &0.into()), "{said}");
    assert_eq!(said["listing"]["state"], "complete");
    assert_eq!(scene.simulator.stats().resumes_delivered, 0);
    let (resumes, batches) =
        (company["resumes"].as_u64().unwrap(), company["resume_calls"].as_u64().unwrap());
    // A second dry run spends nothing.
    let again = dry_run(&scene, &["--list"]).await;
    assert_eq!((lists(&scene), &again["companies"][0]["resumes"]), (9, &resumes.into()));

    // The schedule leaves them alone, and does not hold them for its own.
    let before = scene.simulator.stats().resumes_delivered;
    assert_eq!(scene.run("2025-08-22T00").await.exits(0).summary()["state"], "nothing_due");
    assert_eq!(scene.simulator.stats().resumes_delivered, before);
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    assert!(status.contains("listed by a dry run"), "{status}");

    let real = backfill(&scene, RANGE, &["--files", "none"]).await.exits(0);
    assert!(real.stderr.contains("after the dry run"), "{}", real.stderr);
    assert_eq!(lists(&scene), 9, "not one more list");
    let stats = scene.simulator.stats();
    assert_eq!(stats.resumes_delivered, resumes, "exactly");
    // Who is alone is asked by another endpoint.
    let alone = stats.calls.get(&Endpoint::Query).copied().unwrap_or(0);
    assert_eq!(stats.calls[&Endpoint::QueryBatch] + alone, batches, "exactly");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn lists_that_are_older_than_a_day_are_asked_for_again() {
    let scene = Scene::new(generated(10)).await;
    drop(dry_run(&scene, &["--list"]).await);
    let aged = "update etl.backfill set started_at = started_at - interval '25 hours'";
    scene.database.change(aged).await;
    let aged =
        "update etl.fetch_window set first_listed_at = first_listed_at - interval '25 hours',
                                            last_listed_at = last_listed_at - interval '25 hours'";
    scene.database.change(aged).await;
    drop(backfill(&scene, RANGE, &["--files", "none"]).await.exits(0));
    assert_eq!(lists(&scene), 18);
}

#[tokio::test]
async fn a_dry_run_of_everyone_anew_counts_who_is_held() {
    let scene = Scene::new(generated(20)).await;
    drop(backfill(&scene, RANGE, &["--files", "none"]).await.exits(0));
    let before = scene.simulator.stats().resumes_delivered;
    let said = dry_run(&scene, &["--list", "--refetch", "all", "--files", "none"]).await;
    let resumes = said["companies"][0]["resumes"].as_u64().unwrap();
    assert_eq!((resumes, scene.simulator.stats().resumes_delivered), (before, before), "{said}");
    assert_eq!(scene.database.windows().await, [("closed".into(), 9)], "nothing is set back");
    drop(backfill(&scene, RANGE, &["--refetch", "all", "--files", "none"]).await.exits(0));
    assert_eq!(scene.simulator.stats().resumes_delivered, before + resumes);
}
