//! What faults leave behind: `status` names each open problem and its remedy, and the remedies, run one after
//! another, leave nothing open.

use acceptance::{SECOND_DAY, Scene, TWO_DAYS, applied, by_hand};
use serde_json::json;
use simulator::{Action, Endpoint, Rule};

fn refusal(code: i32) -> Action {
    Action::Code { code, message: None, status: None }
}

/// The first day is empty and unconfirmed; on the second one list fails, one id is refused, one photo can't be had.
async fn wreck() -> Scene {
    let scene = Scene::new(by_hand()).await;
    for id in ["W-1", "W-2"] {
        let resume = json!({"idno": id, "headshotUrl": "sim:headshot"});
        scene.simulator.add_listing(applied(SECOND_DAY, 9, id, resume));
    }
    let saved = Rule { flag: Some(2), date: Some(SECOND_DAY.to_string()), ..Rule::default() };
    scene
        .simulator
        .script(Rule { endpoint: Some(Endpoint::QueryList), ..saved }.then(refusal(899)));
    for endpoint in [Endpoint::QueryBatch, Endpoint::Query] {
        scene.simulator.script(Rule::on(endpoint).id("W-2").then(refusal(898)));
    }
    scene.simulator.script(Rule::on(Endpoint::Headshot).then(refusal(899)));
    drop(scene.run(TWO_DAYS).await.exits(3));
    scene
}

#[tokio::test]
async fn status_names_every_open_problem_with_its_remedy_and_the_remedies_leave_none() {
    let scene = wreck().await;
    scene.database.assert_sound().await;
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    let problems = [
        ("1 window failed", "etl104 windows list --state failed"),
        ("1 file to fetch (1 failed)", "etl104 files list"),
        ("1 rejection open", "etl104 retry rejections"),
        ("3 windows empty and older", "etl104 windows accept"),
    ];
    for (problem, remedy) in problems {
        let line = status.lines().find(|line| line.contains(problem));
        assert!(line.is_some_and(|line| line.contains(remedy)), "{problem}: {remedy}\n{status}");
    }
    assert!(status.contains("the newest one failed: "), "{status}");

    scene.simulator.clear_script();
    let remedies = [
        (&["retry", "rejections"][..], "1 rejection open"),
        (&["retry", "windows"], "1 window failed"),
        (&["retry", "files"], "to fetch"),
        (&["windows", "accept"], "empty and older"),
    ];
    for (remedy, problem) in remedies {
        drop(scene.etl104.run(remedy).await.exits(0));
        let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
        assert!(!status.contains(problem), "{remedy:?}\n{status}");
    }
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    assert!(status.contains("nothing is open"), "{status}");
    scene.database.assert_sound().await;
}
