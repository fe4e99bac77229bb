//! What a backfill would cost: certain where it is known, an estimate where it is not.

use acceptance::{Scene, TWO_DAYS, applied, by_hand, generated};
use serde_json::{Value, json};
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
    let people = scene.etl104.run(&["backfill", "--from", FROM, "--to", TO, "--dry-run"]).await;
    let people = people.exits(0).stdout;
    assert!(people.contains("estimate") && people.contains("closed windows)"), "{people}");
    let estimated = said["calls"].as_u64().unwrap();
    let real = backfill(&scene, RANGE, &[]).await.exits(0).summary()["calls"].as_u64().unwrap();
    assert!(estimated.abs_diff(real) * 3 < real, "{estimated} estimated, {real} made");
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

    let items = "select count(*) from etl.window_item where state = 'listed'";
    let items = scene.database.count(items).await;
    let real = backfill(&scene, RANGE, &["--files", "none"]).await.exits(0);
    assert!(real.stderr.contains("after the dry run"), "{}", real.stderr);
    let told = format!("9 windows, {items} resumes listed before");
    assert!(real.stderr.contains(&told), "{}", real.stderr);
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
async fn a_dry_run_of_everyone_anew_keeps_its_lists_and_counts_no_file_of_who_is_held() {
    let scene = Scene::new(generated(20)).await;
    drop(backfill(&scene, RANGE, &[]).await.exits(0));
    let before = scene.simulator.stats().resumes_delivered;
    let said = dry_run(&scene, &["--list", "--refetch", "all"]).await;
    let company = &said["companies"][0];
    let resumes = company["resumes"].as_u64().unwrap();
    let of_hours = "select count(*) from (
        select distinct starts_at, resume_id from etl.fetch_window
        join etl.window_item using (window_id)) as one";
    assert_eq!(scene.database.count(of_hours).await, i64::try_from(resumes).unwrap(), "{said}");
    assert_eq!(scene.simulator.stats().resumes_delivered, before, "nobody is asked for");
    assert_eq!((&company["resumes_held"], &company["list_calls"]), (&resumes.into(), &0.into()));
    assert_eq!(scene.database.windows().await, [("closed".into(), 9)], "nothing is set back");
    assert_eq!(lists(&scene), 18);

    let again = dry_run(&scene, &["--list", "--refetch", "all"]).await;
    assert_eq!((lists(&scene), &again["calls"]), (18, &said["calls"]), "lists are kept");
    let people = ["backfill", "--from", FROM, "--to", TO, "--dry-run", "--refetch", "all"];
    let people = scene.etl104.run(&people).await.exits(0).stdout;
    assert!(people.contains("are held: files only of documents that changed"), "{people}");

    let real = backfill(&scene, RANGE, &["--refetch", "all"]).await.exits(0);
    let items = scene.database.count("select count(*) from etl.window_item").await;
    let told = format!("9 windows, {items} resumes listed before");
    assert!(real.stderr.contains(&told), "{}", real.stderr);
    assert_eq!(lists(&scene), 18, "not one more list");
    assert_eq!(scene.simulator.stats().resumes_delivered, before + resumes);
    let made = real.summary()["calls"].as_u64().unwrap();
    assert_between(made, said["calls"].as_u64().unwrap());
    scene.database.assert_sound().await;
}

/// As many calls as were said, save for an access token that is still at hand.
#[track_caller]
fn assert_between(made: u64, said: u64) {
    assert!((said - 1..=said).contains(&made), "{made} made, {said} said");
}

#[tokio::test]
async fn files_that_stand_open_are_counted_and_nothing_is_left_only_without_them() {
    let scene = Scene::new(generated(30)).await;
    drop(backfill(&scene, RANGE, &["--files", "later"]).await.exits(0));
    // As one that was stopped among its files.
    scene.database.change("update etl.backfill set state = 'open', ended_at = null").await;
    let open = "select count(*) from etl.file_task where state = 'open'";
    let open = u64::try_from(scene.database.count(open).await).unwrap();
    assert!(open > 0);
    let said = dry_run(&scene, &[]).await;
    let company = &said["companies"][0];
    assert_eq!((&company["waiting_files"], &company["list_calls"]), (&open.into(), &0.into()));
    assert!(said["minutes"].as_f64().unwrap() > 0.0, "{said}");
    let plain = ["backfill", "--from", FROM, "--to", TO];
    let people = scene.etl104.run(&[&plain[..], &["--dry-run"]].concat()).await.exits(0).stdout;
    assert!(people.contains(&format!("{open} files left open before")), "{people}");
    let later = dry_run(&scene, &["--files", "later"]).await;
    assert_eq!(later["calls"], 0, "they are no part of it: {later}");

    // Tokens that have grown old cost a call for ten people of a window each.
    let aged = "update etl.file_task set token_fetched_at = token_fetched_at - interval '1 hour'
                where state = 'open'";
    scene.database.change(aged).await;
    let renewals = "select sum((people + 9) / 10)::bigint from (
        select count(distinct resume_id) as people from etl.file_task where state = 'open'
        group by window_id) as window_";
    let renewals: i64 = scene.database.ask(renewals).await;
    let said = dry_run(&scene, &[]).await;
    assert_eq!(said["companies"][0]["waiting_renewal_calls"], renewals, "{said}");

    let real = scene.etl104.run(&[&plain[..], &["--output", "json"]].concat()).await.exits(0);
    let told = format!("left: 0 windows, {open} files left open before");
    assert!(real.stderr.contains(&told), "{}", real.stderr);
    assert_between(real.summary()["calls"].as_u64().unwrap(), said["calls"].as_u64().unwrap());
}

#[tokio::test]
async fn a_source_with_less_than_one_a_day_has_its_share_in_the_estimate() {
    let scene = Scene::new(by_hand()).await;
    let first = "2025-07-20".parse().unwrap();
    scene.simulator.add_listing(applied(first, 9, "A-1", json!({"idno": "A-1"})));
    drop(backfill(&scene, ("2025-07-20", "2025-08-19"), &[]).await.exits(0));
    let said = backfill(&scene, ("2024-07-20", "2025-07-20"), &["--dry-run"]).await;
    let said = said.exits(0).summary();
    // One in 30 days, over 365.
    assert_eq!(said["companies"][0]["estimate"]["resumes"], 13, "{said}");
}

#[tokio::test]
async fn a_listing_that_was_stopped_says_how_far_it_came_and_how_to_list_the_rest() {
    let scene = Scene::new(generated(10)).await;
    let list = ["--dry-run", "--list"];
    let stopped = backfill(&scene, RANGE, &[&list[..], &["--max-calls", "5"]].concat()).await;
    let listing = stopped.exits(0).summary()["listing"].clone();
    let (listed, again) =
        (listing["windows_listed"].as_u64().unwrap(), listing["resume_command"].as_str().unwrap());
    assert_eq!((&listing["state"], &listing["windows"]), (&"budget_spent".into(), &9.into()));
    assert_eq!(scene.database.count(LISTED).await, i64::try_from(listed).unwrap());
    assert!(listed < 9 && again.ends_with("--dry-run --list"), "{listing}");

    let people = ["backfill", "--from", FROM, "--to", TO, "--dry-run", "--list"];
    let stopped = scene.etl104.run(&[&people[..], &["--max-calls", "2"]].concat()).await.exits(0);
    let listed = scene.database.count(LISTED).await;
    let told = format!("{listed} of 9 windows are listed");
    for words in ["the budget is spent", &told, "list the rest by: etl104 backfill"] {
        assert!(stopped.stderr.contains(words), "{words}: {}", stopped.stderr);
    }

    // There is no average yet, and nothing more to list.
    let ended = scene.etl104.run(&people).await.exits(0);
    assert!(ended.stderr.contains("kept for a day: etl104 backfill"), "{}", ended.stderr);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("files unknown") && !said.contains("--list"), "{said}");
}

const LISTED: &str = "select count(*) from etl.fetch_window where is_listed";

#[tokio::test]
async fn a_listing_that_could_not_begin_does_not_say_that_it_kept_lists() {
    let scene = Scene::with(by_hand(), |it| {
        it.text("database", "url", "postgres://nobody@127.0.0.1:1/nothing")
    })
    .await;
    let people = ["backfill", "--from", FROM, "--to", TO, "--dry-run", "--list"];
    let failed = scene.etl104.run(&people).await.exits(7);
    assert!(!failed.stderr.contains("kept"), "{}", failed.stderr);
    assert!(failed.stderr.contains("again by: etl104 backfill"), "{}", failed.stderr);
}
