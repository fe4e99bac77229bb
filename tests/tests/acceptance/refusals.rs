//! 104 refuses: what it means for the exit code, and what is said about it.

use std::time::Duration;

use acceptance::{Company, FIRST_DAY, Scene, Settings, TWO_DAYS, generated};
use simulator::{Action, Endpoint, Options, Rule};

#[tokio::test]
async fn a_wrong_secret_is_5() {
    let company = Company { client_secret: "wrong-secret".into(), ..Company::demo(FIRST_DAY) };
    let scene = Scene::with(generated(3), |it| only(it, company)).await;
    let refused = scene.run(TWO_DAYS).await.exits(5);
    assert!(refused.stderr.contains("client_secret"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("wrong-secret"));
    let calls = scene.simulator.stats().calls;
    assert!(calls[&Endpoint::Token] <= 2, "a wrong secret is not tried again and again: {calls:?}");
    assert_eq!(calls.get(&Endpoint::QueryList), None);
    assert_eq!(refused.summary()["state"], "failed");
}

#[tokio::test]
async fn a_company_number_of_somebody_else_is_2_and_names_the_setting() {
    let company = Company { no: "12345675".into(), ..Company::demo(FIRST_DAY) };
    let scene = Scene::with(generated(3), |it| only(it, company)).await;
    let refused = scene.run(TWO_DAYS).await.exits(2);
    assert!(refused.stderr.contains("[[company]] no"), "{}", refused.stderr);
    let lists = scene.simulator.stats().calls[&Endpoint::QueryList];
    assert!(lists <= 4, "the company is stopped, its windows are not tried one by one: {lists}");
}

/// The settings with another company instead of the demo's.
fn only(settings: Settings, company: Company) -> Settings {
    settings.without_companies().company(company)
}

/// An error code of 104 for each list, under the HTTP status that A-21 leaves open.
async fn check(code: i32, exit_code: i32) {
    for errors_under_200 in [false, true] {
        let scene = Scene::new(Options { errors_under_200, ..generated(5) }).await;
        let refusal = Action::Code { code, message: None, status: None };
        scene.simulator.script(Rule::on(Endpoint::QueryList).then(refusal));
        let refused = scene.run(TWO_DAYS).await.exits(exit_code);
        assert!(refused.stderr.contains("remedy:"), "{code}: {}", refused.stderr);
        assert_eq!(scene.database.items().await, [], "{code}: an error is never an empty list");
        let closed =
            "select count(*) from etl.fetch_window where state in ('closed', 'empty_unconfirmed')";
        assert_eq!(scene.database.count(closed).await, 0, "{code}");
    }
}

#[tokio::test]
async fn codes_that_mean_wrong_settings_or_a_bug_are_2() {
    for code in [900, 996, 897, 896] {
        check(code, 2).await;
    }
}

#[tokio::test]
async fn code_899_fails_the_window() {
    check(899, 3).await;
}

#[tokio::test]
async fn a_token_that_104_takes_back_is_renewed_once_and_nothing_is_lost() {
    let scene = Scene::new(generated(10)).await;
    for nth in [2, 5] {
        scene.simulator.script(Rule::on(Endpoint::QueryBatch).nth(nth).then(Action::RevokeTokens));
    }
    let summary = scene.run(TWO_DAYS).await.exits(0).summary();
    assert_eq!(summary["state"], "complete");
    let stats = scene.simulator.stats();
    assert!((2..=4).contains(&stats.calls[&Endpoint::Token]), "{:?}", stats.calls);
    assert!(stats.statuses[&401] > 0, "the script took a token back");
}

#[tokio::test]
async fn throttled_calls_wait_and_are_asked_again() {
    let scene = Scene::new(generated(10)).await;
    scene.simulator.script(
        Rule::on(Endpoint::QueryBatch)
            .nth(2)
            .then(Action::Throttle { retry_after: Some("1".into()) }),
    );
    let summary = scene.run(TWO_DAYS).await.exits(0).summary();
    assert_eq!((&summary["state"], &summary["throttled"]), (&"complete".into(), &1.into()));
    let journal = scene.simulator.journal();
    let refused = journal.iter().find(|entry| entry.status == Some(429)).unwrap();
    // Calls that had their start time already may still come.
    let (from, to) = (Duration::from_millis(300), Duration::from_millis(900));
    let impatient = journal
        .iter()
        .filter(|entry| (refused.at + from..refused.at + to).contains(&entry.at))
        .count();
    assert_eq!(impatient, 0, "Retry-After is obeyed by all calls");
    assert!(journal.iter().any(|entry| entry.at >= refused.at + to), "and then they go on");
}
