//! Somebody under several sources of the same hours: asked once, and with the most that 104 shows.

use acceptance::{FIRST_DAY, ONE_DAY, Scene, applied, by_hand};
use serde_json::json;
use simulator::{Action, Endpoint, Flag, Listing, Rule};

/// Somebody is listed under these sources; only who applied is shown with an address.
async fn check(flags: &[Flag], share: bool, resumes_asked: u64) {
    let setting = share.to_string();
    let scene = Scene::with(by_hand(), |it| it.set("run", "share_between_sources", &setting)).await;
    for flag in flags {
        let mut resume = json!({"idno": "A-1", "fullName": "王小明"});
        if *flag != Flag::Matched {
            resume["email"] = "ming@example.com".into();
        }
        scene
            .simulator
            .add_listing(Listing { flag: *flag, ..applied(FIRST_DAY, 9, "A-1", resume) });
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    let email: Option<String> =
        scene.database.ask("select email from recruiting.candidate_contact").await;
    assert_eq!(email.as_deref(), Some("ming@example.com"), "{flags:?}, shared: {share}");
    let stored =
        scene.database.count("select count(*) from etl.window_item where state = 'stored'").await;
    assert_eq!(usize::try_from(stored).unwrap(), flags.len());
    let sources = scene.database.count("select count(*) from recruiting.candidate_source").await;
    assert_eq!(usize::try_from(sources).unwrap(), flags.len(), "each source is told");
    let calls = scene.simulator.stats().calls;
    let asked =
        calls.get(&Endpoint::QueryBatch).unwrap_or(&0) + calls.get(&Endpoint::Query).unwrap_or(&0);
    assert_eq!(asked, resumes_asked, "{flags:?}, shared: {share}");
}

#[tokio::test]
async fn whoever_was_matched_and_applied_is_asked_once_and_keeps_the_address() {
    check(&[Flag::Matched, Flag::Applied], true, 1).await;
    check(&Flag::ALL, true, 1).await;
}

#[tokio::test]
async fn asked_for_each_source_the_poorer_answer_empties_nothing() {
    check(&[Flag::Matched, Flag::Applied], false, 2).await;
}

/// The richer source fails in a run that asks for the poorer one by itself.
#[tokio::test]
async fn once_the_richer_source_answers_the_poorer_one_tells_nothing_of_its_own() {
    let scene = Scene::new(by_hand()).await;
    for flag in Flag::ALL {
        let mut resume =
            json!({"idno": "A-1", "fullName": "王小明", "headshotUrl": "sim:headshot"});
        if flag != Flag::Matched {
            resume["email"] = "ming@example.com".into();
        }
        scene.simulator.add_listing(Listing { flag, ..applied(FIRST_DAY, 9, "A-1", resume) });
    }
    let refused = Action::Code { code: 899, message: None, status: None };
    for flag in [1, 2] {
        scene.simulator.script(Rule { flag: Some(flag), ..Rule::default() }.then(refused.clone()));
    }
    drop(scene.run(ONE_DAY).await.exits(3));
    let windows = [("closed".to_owned(), 1), ("failed".to_owned(), 2)];
    assert_eq!(scene.database.windows().await, windows, "the poorer one is not held up");

    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "windows"]).await.exits(0));
    let documents = "select count(*) from raw.resume_document";
    assert_eq!(scene.database.count(documents).await, 2, "what was received is kept");
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "nothing_due");
    scene.database.assert_sound().await;
    scene.assert_tables_of_one_clean_run(ONE_DAY).await;
    drop(scene.etl104.run(&["verify"]).await.exits(0));
}
