//! Tokens that lie about their life, end in the middle, or never come: one renewal, one repeat, for all.

use std::collections::BTreeMap;
use std::time::Duration;

use acceptance::{ONE_DAY, Scene, TWO_DAYS, generated};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Entry, Options, Rule};

use crate::calm::{it_ends_as_one_clean_run, time_passes};

fn token_calls(scene: &Scene) -> u64 {
    scene.simulator.stats().calls.get(&Endpoint::Token).copied().unwrap_or(0)
}

/// What a call asks for, whenever and with whatever token.
fn question(entry: &Entry) -> String {
    let Entry { path, date, start, end, flag, ids, .. } = entry;
    format!("{path} {date:?} {start:?}-{end:?} {flag:?} {ids:?}")
}

/// How often each question was answered 401.
fn refusals(scene: &Scene) -> BTreeMap<String, u64> {
    let mut refusals = BTreeMap::new();
    for entry in scene.simulator.journal().iter().filter(|entry| entry.status == Some(401)) {
        *refusals.entry(question(entry)).or_default() += 1;
    }
    refusals
}

/// `expires_in` is that, or missing.
async fn check_life(expires_in: Option<Value>) {
    let scene = Scene::new(generated(3)).await;
    let at = "/expires_in".to_owned();
    let then = match expires_in.clone() {
        Some(value) => Action::Set { at, value },
        None => Action::Remove { at },
    };
    scene.simulator.script(Rule::on(Endpoint::Token).then(then));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(token_calls(&scene), 1, "{expires_in:?}");
    let kept: f64 = scene
        .database
        .ask("select extract(epoch from expires_at - obtained_at)::double precision from etl.access_token")
        .await;
    assert!((5.0..=86_400.0).contains(&kept), "{expires_in:?}: kept for {kept} s");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_life_that_is_missing_or_no_number_is_guessed() {
    tokio::join!(check_life(None), check_life(Some(json!(null))), check_life(Some(json!("soon"))));
    tokio::join!(check_life(Some(json!({}))), check_life(Some(json!("3600"))));
}

#[tokio::test]
async fn a_life_that_is_nothing_absurd_or_odd_asks_for_no_token_before_each_call() {
    tokio::join!(check_life(Some(json!(0))), check_life(Some(json!(-1))));
    tokio::join!(check_life(Some(json!(0.001))), check_life(Some(json!("1"))));
    tokio::join!(check_life(Some(json!(1e300))), check_life(Some(json!(1_790_000_000))));
}

#[tokio::test]
async fn tokens_that_end_sooner_than_they_say_are_renewed_once_each() {
    let life = Duration::from_secs(2);
    let options = Options { token_lifetime: life, ..generated(30) };
    let scene = Scene::with(options, |it| it.calls_per_second(25)).await;
    let at = "/expires_in".to_owned();
    let says = Action::Set { at, value: json!(3600) };
    scene.simulator.script(Rule::on(Endpoint::Token).then(says));
    drop(scene.run(TWO_DAYS).await.exits(0));

    let last = scene.simulator.journal().last().unwrap().at;
    let ends = last.as_millis() / life.as_millis();
    let tokens = token_calls(&scene);
    assert!(tokens >= 3, "the run was long enough for some: {tokens} in {last:?}");
    assert!(u128::from(tokens) <= ends + 1, "one a life: {tokens} in {last:?}");
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}

#[tokio::test]
async fn calls_that_are_refused_together_are_each_repeated_once_with_one_new_token() {
    let options = Options { new_token_revokes_old: true, ..generated(30) };
    let scene = Scene::new(options).await;
    // Batches take long enough that others are under way, however busy the machine is.
    scene.simulator.script(Rule::on(Endpoint::QueryBatch).then(Action::Delay { ms: 450 }));
    scene.simulator.script(Rule::on(Endpoint::QueryBatch).nth(2).then(Action::RevokeTokens));
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(token_calls(&scene), 2);
    let refusals = refusals(&scene);
    assert!(refusals.len() >= 2, "several were under way: {refusals:?}");
    assert!(refusals.values().all(|times| *times == 1), "{refusals:?}");
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}

#[tokio::test]
async fn answers_without_a_token_are_asked_again() {
    let at = || "/access_token".to_owned();
    let scene = Scene::new(generated(3)).await;
    for (nth, then) in [
        (1, Action::HtmlPage { status: 200 }),
        (2, Action::Remove { at: at() }),
        (3, Action::Set { at: at(), value: json!("a\u{0}b") }),
        (4, Action::Set { at: at(), value: json!(7) }),
    ] {
        scene.simulator.script(Rule::on(Endpoint::Token).nth(nth).then(then));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(token_calls(&scene), 5);
    it_ends_as_one_clean_run(&scene, ONE_DAY).await;
}

/// No token is to be had at all: 6, and no window is to blame.
async fn check_away(then: Action, most: u64) {
    let scene = Scene::new(generated(3)).await;
    scene.simulator.script(Rule::on(Endpoint::Token).then(then.clone()));
    let ended = scene.run(ONE_DAY).await.exits(6);
    assert!(ended.stderr.contains("remedy:"), "{then:?}: {}", ended.stderr);
    assert!(token_calls(&scene) <= most, "{then:?}: {}", token_calls(&scene));
    assert_eq!(scene.calls(), token_calls(&scene), "nothing else is asked");
    let failed = "select count(*) from etl.fetch_window where state = 'failed'";
    assert_eq!(scene.database.count(failed).await, 0, "{then:?}");
    time_passes(&scene).await;
    it_ends_as_one_clean_run(&scene, ONE_DAY).await;
}

#[tokio::test]
async fn without_a_token_the_run_ends_with_6() {
    check_away(Action::HtmlPage { status: 403 }, 1).await;
    check_away(Action::Throttle { retry_after: None }, 8).await;
    check_away(Action::Throttle { retry_after: Some("7200".into()) }, 1).await;
}

#[tokio::test]
async fn tokens_that_are_taken_back_for_ever_end_the_run_with_5() {
    let scene = Scene::new(generated(10)).await;
    for endpoint in [Endpoint::QueryList, Endpoint::QueryBatch, Endpoint::Query] {
        scene.simulator.script(Rule::on(endpoint).then(Action::RevokeTokens));
    }
    let ended = scene.run(TWO_DAYS).await.exits(5);
    assert!(ended.stderr.contains("another program uses the same client_id"), "{}", ended.stderr);
    let calls = scene.calls();
    assert!(calls <= 20, "{calls} calls");
    scene.database.assert_sound().await;
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}

#[tokio::test]
async fn two_processes_of_tokens_that_end_soon_and_revoke_each_other_play_no_ping_pong() {
    let life = Duration::from_secs(2);
    let options = Options { token_lifetime: life, new_token_revokes_old: true, ..generated(35) };
    let scene = Scene::with(options, |it| it.calls_per_second(30)).await;
    let at = "/expires_in".to_owned();
    scene
        .simulator
        .script(Rule::on(Endpoint::Token).then(Action::Set { at, value: json!("a while") }));
    let (one, other) = tokio::join!(scene.run(TWO_DAYS), scene.run(TWO_DAYS));
    for finished in [one, other] {
        assert!(matches!(finished.code, Some(0 | 4)), "{:?} {}", finished.code, finished.stderr);
    }
    let last = scene.simulator.journal().last().unwrap().at;
    let most = last.as_millis() / life.as_millis() + 1;
    assert!(u128::from(token_calls(&scene)) <= most, "{} in {last:?}", token_calls(&scene));
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}
