//! What was never fetched, and what may have changed since.

mod cost;
mod dry_run;
mod again;
mod refused;
mod stopped;

use acceptance::{Finished, Scene, generated};
use simulator::Endpoint;

/// Three dates before the first one that `run` covers.
const FROM: &str = "2025-08-18";
const TO: &str = "2025-08-21";

/// `backfill` of a range, to its end.
async fn backfill(scene: &Scene, range: (&str, &str), more: &[&str]) -> Finished {
    scene.etl104.run(&arguments(range, more)).await
}

fn arguments<'a>(range: (&'a str, &'a str), more: &[&'a str]) -> Vec<&'a str> {
    let backfill = ["backfill", "--output", "json", "--from", range.0, "--to", range.1];
    [&backfill, more].concat()
}

/// The command that a summary names, without the program's own name.
fn resume_command(finished: &Finished) -> Vec<String> {
    let summary = finished.summary();
    let command = summary["resume_command"].as_str().unwrap_or_default().to_owned();
    assert!(command.starts_with("etl104 backfill"), "{summary}");
    command.split(' ').skip(1).map(str::to_owned).collect()
}

/// Runs such a command.
async fn go_on(scene: &Scene, command: &[String]) -> Finished {
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    scene.etl104.run(&[&command[..], &["--output", "json"]].concat()).await
}

fn lists(scene: &Scene) -> u64 {
    scene.simulator.stats().calls.get(&Endpoint::QueryList).copied().unwrap_or(0)
}

/// The dates and hours of all lists, in the order in which they were asked.
fn asked(scene: &Scene) -> Vec<(String, String)> {
    let lists = scene.simulator.journal().into_iter();
    lists
        .filter(|entry| entry.endpoint == Endpoint::QueryList)
        .map(|entry| (entry.date.unwrap_or_default(), entry.start.unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn whole_days_cost_one_list_call_a_day_and_source() {
    let scene = Scene::new(generated(30)).await;
    let first = backfill(&scene, (FROM, TO), &[]).await.exits(0);
    assert_eq!(first.summary()["state"], "complete", "{}", first.stdout);
    assert!(first.summary()["resume_command"].is_null());
    assert_eq!(lists(&scene), 9);
    assert_eq!(scene.database.windows().await, [("closed".into(), 9)]);
    let resumes = scene.simulator.stats().resumes_delivered;
    assert!(resumes > 60, "{resumes}");

    // Again: who is there is asked once more, and nobody is new.
    let again = backfill(&scene, (FROM, TO), &[]).await.exits(0).summary();
    assert_eq!((&again["state"], &again["counts"]["listed"]), (&"complete".into(), &0.into()));
    assert_eq!((lists(&scene), scene.simulator.stats().resumes_delivered), (18, resumes));
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn what_is_backfilled_equals_one_clean_run() {
    let mut scene = Scene::new(generated(25)).await;
    drop(backfill(&scene, (FROM, TO), &[]).await.exits(0));
    // The same days by a run whose company starts with them.
    scene.settings = scene
        .settings
        .clone()
        .without_companies()
        .company(acceptance::Company::demo(FROM.parse().unwrap()));
    scene.etl104 = scene.etl104.with(&scene.settings);
    scene.assert_as_one_clean_run("2025-08-21T00").await;
}

#[tokio::test]
async fn hours_are_asked_one_by_one_on_request() {
    let scene = Scene::new(generated(60)).await;
    let range = ("2025-08-18T09", "2025-08-18T12");
    drop(backfill(&scene, range, &["--width", "hour"]).await.exits(0));
    let windows: Vec<(i16, i16, i64)> = scene
        .database
        .rows(
            "select start_hour, end_hour, count(*) from etl.fetch_window group by 1, 2 order by 1",
        )
        .await;
    assert_eq!(windows, [(9, 10, 3), (10, 11, 3), (11, 12, 3)]);
    assert_eq!(lists(&scene), 9);
}

#[tokio::test]
async fn the_oldest_dates_come_first_and_the_newest_on_request() {
    for (flags, is_reversed) in [(&[][..], false), (&["--newest-first"][..], true)] {
        let scene = Scene::new(generated(2)).await;
        drop(backfill(&scene, ("2025-08-02", "2025-08-14"), flags).await.exits(0));
        let mut dates: Vec<String> = asked(&scene).into_iter().map(|(date, _)| date).collect();
        dates.dedup();
        let mut seen = std::collections::HashSet::new();
        dates.retain(|date| seen.insert(date.clone()));
        let mut expected = dates.clone();
        expected.sort();
        if is_reversed {
            expected.reverse();
        }
        assert_eq!(expected.len(), 12);
        for (place, date) in dates.iter().enumerate() {
            // Four windows are worked on at once, and may overtake each other.
            let right = expected.iter().position(|it| it == date).unwrap();
            assert!(place.abs_diff(right) < 4, "{flags:?}: {dates:?}");
        }
    }
}
