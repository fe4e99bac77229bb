//! What a scheduler calls its run, kept with ours: either leads to the other.

use acceptance::{Etl104, ONE_DAY, Scene, by_hand};
use serde_json::Value;

/// The labels of all runs, the oldest first.
async fn labels(scene: &Scene) -> Vec<Option<String>> {
    let rows: Vec<(Option<String>,)> =
        scene.database.rows("select run_label from etl.run order by run_id").await;
    rows.into_iter().map(|(label,)| label).collect()
}

#[tokio::test]
async fn a_label_is_kept_shown_and_in_the_summary() {
    let scene = Scene::new(by_hand()).await;
    let day = ["--from", "2025-08-18", "--to", "2025-08-19"];
    let backfill = [&["backfill"], &day[..]].concat();
    let listing = [&backfill[..], &["--dry-run", "--list"]].concat();
    let mut expected: Vec<Option<String>> = Vec::new();
    for command in [
        &["run", "--until", ONE_DAY][..],
        &["retry", "windows"],
        &["reprocess"],
        &backfill,
        &listing,
    ] {
        let label = format!("scheduled__2026-11-22T10:05:00+00:00 第{}次", expected.len());
        let flags = ["--output", "json", "--run-label", &label];
        let summary = scene.etl104.run(&[command, &flags].concat()).await.exits(0).summary();
        let listing = &summary["listing"];
        let of_run = if listing.is_object() { listing } else { &summary };
        assert_eq!(of_run["run_label"], label.as_str(), "{command:?}: {summary}");
        let resume = summary["resume_command"].as_str().unwrap_or_default();
        assert!(!resume.contains("run-label"), "another run has another label: {resume}");
        expected.push(Some(label));
    }
    let unlabelled = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!(unlabelled["run_label"], Value::Null);
    expected.push(None);
    assert_eq!(labels(&scene).await, expected);

    let first = expected[0].clone().unwrap();
    for command in [&["runs", "list"][..], &["status"]] {
        let shown = scene.etl104.run(command).await.exits(0).stdout;
        assert!(shown.contains(" label "), "{shown}");
    }
    let all = scene.etl104.run(&["runs", "list"]).await.exits(0).stdout;
    assert!(all.contains(&first), "{all}");
    let listed = scene.etl104.run(&["runs", "list", "--output", "json"]).await.exits(0).stdout;
    let oldest: Value = serde_json::from_str(listed.lines().last().unwrap()).unwrap();
    assert_eq!(oldest["run_label"], first.as_str());
    let id = oldest["run_id"].as_str().unwrap();
    let one = scene.etl104.run(&["runs", "show", id]).await.exits(0).stdout;
    assert!(one.contains(&format!("label            {first}")), "{one}");
}

#[tokio::test]
async fn a_flag_goes_before_the_environment_and_that_before_the_settings() {
    let scene = Scene::with(by_hand(), |it| it.text("run", "label", "host-1")).await;
    let by_environment = scene.settings.clone().environment("ETL104_RUN__LABEL", "pod-7");
    let by_environment = Etl104::new(&by_environment);
    drop(scene.run(ONE_DAY).await.exits(0));
    drop(by_environment.run(&["run", "--until", ONE_DAY]).await.exits(0));
    let flag = ["run", "--until", ONE_DAY, "--run-label", "by hand"];
    drop(by_environment.run(&flag).await.exits(0));
    // Commands without the flag are runs too.
    drop(scene.etl104.run(&["verify", "--repair"]).await.exits(0));
    let expected = ["host-1", "pod-7", "by hand", "host-1"].map(|label| Some(label.to_owned()));
    assert_eq!(labels(&scene).await, expected);
}

#[tokio::test]
async fn a_label_that_is_no_short_line_is_refused_before_any_call() {
    let scene = Scene::new(by_hand()).await;
    let long = "x".repeat(201);
    for (label, problem) in [
        (long.as_str(), "has 201 characters"),
        ("two\nlines", "holds a control character"),
        ("", "is empty"),
    ] {
        let refused = scene.run_with(ONE_DAY, &["--run-label", label]).await.exits(2);
        assert_eq!(refused.summary()["run_label"], Value::Null);
        let said = &refused.summary()["failures"][0];
        assert_eq!(said["at"], "--run-label [run] label", "{said}");
        assert!(said["what"].as_str().unwrap().contains(problem), "{said}");
    }
    assert_eq!(scene.calls(), 0);
    let longest = "x".repeat(200);
    drop(scene.run_with(ONE_DAY, &["--run-label", &longest]).await.exits(0));
}
