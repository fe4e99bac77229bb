//! One resume's story.

use acceptance::{FIRST_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};

/// Stands in every text about the person.
const CANARY: &str = "zq7canary";
/// Stands where digits are expected.
const PHONE: &str = "0987104987";

fn resume(id: &str, firm: &str) -> Value {
    json!({
        "idno": id, "resumeId": "M-77", "fullName": format!("{CANARY} 陳"),
        "email": format!("{CANARY}@example.com"), "cellPhone": PHONE, "headshotUrl": "sim:headshot",
        "experiences": [{"firmName": format!("{CANARY} {firm}"), "startDate": format!("{CANARY} 2008")}],
        "attachFiles": [{"type": 1, "title": CANARY, "fileName": format!("{CANARY}.pdf"),
            "resourceLink": "sim:attachment:0"}],
        "applyJob": [{"applyDate": "2025-08-22", "name": format!("{CANARY} 工程師"), "jobNo": "9104"},
            {"applyDate": "2025-08-21", "name": CANARY, "jobNo": CANARY.repeat(2)}],
    })
}

/// Somebody with two versions, whom 104 refused to give at first, and whose photo failed at first.
async fn scene() -> Scene {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "R-1", resume("R-1", "甲")));
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "R-2", resume("R-2", "甲")));
    scene.simulator.add_listing(applied(SECOND_DAY, 14, "R-1", resume("R-1", "乙")));
    let code = |code| Action::Code { code, message: Some(CANARY.into()), status: None };
    for rule in [
        Rule::on(Endpoint::QueryBatch).id("R-1").then(code(898)),
        Rule::on(Endpoint::Query).id("R-1").then(code(898)),
    ] {
        scene.simulator.script(rule);
    }
    drop(scene.run(TWO_DAYS).await.exits(3));
    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    scene
}

#[tokio::test]
async fn a_resumes_story_names_everything_but_the_person() {
    let scene = scene().await;
    // Another was at work when it was listed, and had nothing to do with it.
    scene
        .database
        .change(
            "insert into etl.run (run_id, command, state, started_at, ended_at, program_version, transform_version)
             select gen_random_uuid(), 'as-of', 'complete', min(started_at), max(ended_at), '0', 1 from etl.run",
        )
        .await;
    let told = scene.etl104.run(&["trace", "R-1"]).await.exits(0);
    for (what, times) in [
        ("resume R-1 of company 01234567", 1),
        ("version 1 until 2025-08-24 00:00", 1),
        ("version 2 until now", 1),
        ("changed: experience", 1),
        ("application to job 9104 of 2025-08-22", 1),
        ("application to job without a number of 2025-08-21", 1),
        ("listed in window", 2),
        ("received: ", 2),
        ("shows document 2\n", 1),
        ("shows document 3\n", 1),
        (", headshot 1: stored, ", 2),
        (", attachment 1: stored, ", 2),
        (": id_refused (", 2),
        (": resolved", 2),
        ("(run) began; it ended partial", 1),
        ("(retry rejections) began; it ended complete", 1),
        ("(as-of) began", 0),
        ("notes: experience.start_on 1: ", 1),
    ] {
        assert_eq!(told.stdout.matches(what).count(), times, "{what}\n{}", told.stdout);
    }
    let as_json = scene.etl104.run(&["trace", "R-1", "--output", "json"]).await.exits(0);
    let story = &as_json.summary()["resumes"][0];
    assert_eq!(story["held"]["versions"].as_array().unwrap().len(), 2);
    assert_eq!(story["ledger"]["rejections"].as_array().unwrap().len(), 2);
    for said in [&told.stdout, &told.stderr, &as_json.stdout] {
        assert!(!said.contains(CANARY) && !said.contains(PHONE), "{said}");
    }
}

#[tokio::test]
async fn a_member_names_all_resumes_and_an_unknown_id_none() {
    let scene = scene().await;
    let told = scene.etl104.run(&["trace", "M-77"]).await.exits(0);
    assert!(told.stdout.contains("resume R-1 of") && told.stdout.contains("resume R-2 of"));
    let both =
        "M-77 is a member's number: resume R-1 of company 01234567, resume R-2 of company 01234567";
    assert!(told.stderr.contains(both), "{}", told.stderr);
    let unknown = scene.etl104.run(&["trace", "R-3"]).await.exits(2);
    assert!(unknown.stderr.contains("no resume or member R-3 is known"), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("etl104 backfill"), "{}", unknown.stderr);
}
