//! Storms of 429: all processes wait together, the wait is bounded, and whoever gives up says when to come back.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use acceptance::{
    COMPANY, Company, FIRST_DAY, Finished, ONE_DAY, Scene, TWO_DAYS, applied, by_hand, eventually,
    generated,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use simulator::{Action, Credential, Endpoint, Options, Rule};

use crate::calm::{it_ends_as_one_clean_run, time_passes};

/// Another company of the same credential, so that the journal tells two processes apart.
const SISTER: &str = "12345675";

fn throttle(retry_after: Option<&str>) -> Action {
    Action::Throttle { retry_after: retry_after.map(str::to_owned) }
}

/// A date two seconds away, by the clock of a 104 that lives in another year.
fn a_date() -> Action {
    let head = [
        ("Date", "Sat, 01 Jan 2000 00:00:00 GMT"),
        ("Retry-After", "Sat, 01 Jan 2000 00:00:02 GMT"),
    ];
    Action::Status {
        status: 429,
        body: String::new(),
        content_type: None,
        headers: head.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

/// Two processes under one credential, and one call of either throttled for two seconds.
async fn check_both_wait(then: Action) {
    let credential = Credential {
        client_id: "demo-client".into(),
        client_secret: "demo-secret".into(),
        companies: vec![COMPANY.into(), SISTER.into()],
    };
    let options = Options { credentials: vec![credential], ..generated(20) };
    let scene = Scene::with(options, |it| {
        let sister = Company { no: SISTER.into(), ..Company::demo(FIRST_DAY) };
        it.calls_per_second(30).company(sister)
    })
    .await;
    let run = |company| {
        let more = ["--company", company];
        scene.etl104.spawn(&[&["run", "--until", TWO_DAYS][..], &more].concat())
    };
    let (one, other) = (run(COMPANY), run(SISTER));
    eventually("both call", async || {
        let journal = scene.simulator.journal();
        [COMPANY, SISTER]
            .iter()
            .all(|no| journal.iter().any(|it| it.company.as_deref() == Some(no)))
    })
    .await;
    scene.simulator.script(Rule::default().nth(1).then(then));
    drop((one.finish().await.exits(0), other.finish().await.exits(0)));

    let journal = scene.simulator.journal();
    let refused = journal.iter().find(|entry| entry.status == Some(429)).unwrap();
    // Calls that had their start time already may still come; both processes had begun.
    let (from, to) = (Duration::from_millis(400), Duration::from_millis(1900));
    let between = |from: Duration, to: Duration| -> BTreeSet<&str> {
        let called = journal.iter().filter(|entry| (from..to).contains(&entry.at));
        called.filter_map(|entry| entry.company.as_deref()).collect()
    };
    let both = BTreeSet::from([COMPANY, SISTER]);
    assert_eq!(between(Duration::ZERO, refused.at + from), both);
    assert_eq!(between(refused.at + from, refused.at + to), BTreeSet::new(), "nobody calls");
    assert_eq!(between(refused.at + to, Duration::MAX), both, "both go on");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn all_processes_wait_together_for_seconds() {
    check_both_wait(throttle(Some("2"))).await;
}

#[tokio::test]
async fn all_processes_wait_together_for_a_date() {
    check_both_wait(a_date()).await;
}

/// Four throttles in a row that say nothing: each wait is longer than the one before.
async fn check_own_wait(retry_after: Option<&str>) {
    let scene = Scene::with(generated(2), |it| it.calls_per_second(20)).await;
    scene.simulator.script(Rule::on(Endpoint::Token).first(4).then(throttle(retry_after)));
    let summary = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!((&summary["throttled"], &summary["come_back_at"]), (&4.into(), &json!(null)));
    let asked: Vec<Duration> = scene.simulator.journal().iter().map(|entry| entry.at).collect();
    let waits: Vec<u128> =
        asked.windows(2).take(4).map(|pair| pair[1].saturating_sub(pair[0]).as_millis()).collect();
    // Six intervals of 52 ms, and half as much more each time; a busy machine delays arrivals.
    for (wait, least) in waits.iter().zip([300, 420, 630, 950]) {
        assert!(*wait >= least, "{retry_after:?}: {waits:?}");
    }
    assert!(waits.iter().sum::<u128>() < 12_000, "{waits:?}");
    it_ends_as_nothing_was(&scene).await;
}

async fn it_ends_as_nothing_was(scene: &Scene) {
    scene.database.assert_sound().await;
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "nothing_due");
}

#[tokio::test]
async fn no_hint_and_hints_that_are_none_mean_the_own_growing_wait() {
    tokio::join!(
        check_own_wait(None),
        check_own_wait(Some("0")),
        check_own_wait(Some("-5")),
        check_own_wait(Some("soon")),
        check_own_wait(Some("Sat, 01 Jan 2000 00:00:00 GMT")),
    );
}

/// It ended with 6, and says when to come back: to people, to programs, in the ledger, and in `status`.
async fn it_says_when_to_come_back(scene: &Scene, ended: &Finished) -> Timestamp {
    let summary = ended.summary();
    let said = summary["come_back_at"].as_str().unwrap_or_default();
    assert!(said.ends_with("+08:00"), "{summary}");
    // People are told the next whole minute, which may be another hour's.
    let at: Timestamp = said.parse().unwrap();
    let taiwan = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let hours = [0, 60].map(|later| {
        let hour = (at + SignedDuration::from_secs(later)).to_zoned(taiwan.clone());
        format!("not before {}", hour.strftime("%Y-%m-%d %H"))
    });
    assert!(hours.iter().any(|hour| ended.stderr.contains(hour)), "{hours:?}: {}", ended.stderr);
    assert!(ended.stderr.contains("(Taiwan time)"), "{}", ended.stderr);
    let kept = "select remedy from etl.run order by started_at desc limit 1";
    let kept: String = scene.database.ask(kept).await;
    assert!(kept.contains("not before 2"), "{kept}");
    let shown = scene.etl104.run(&["runs", "show"]).await.exits(0).stdout;
    assert!(shown.contains(&kept), "{shown}");
    said.parse().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the program under test goes by the same clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// 104 wants nobody to come back for years.
async fn check_absurd(retry_after: &str, least_hours: i64) {
    let scene = Scene::new(generated(6)).await;
    let rule = Rule::on(Endpoint::QueryList);
    scene.simulator.script(Rule { after: Some(1), ..rule }.then(throttle(Some(retry_after))));
    let began = Instant::now();
    let ended = scene.run(TWO_DAYS).await.exits(6);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    let at = it_says_when_to_come_back(&scene, &ended).await;
    let away = at.duration_since(now());
    assert!(away > SignedDuration::from_hours(least_hours), "{retry_after}: {away}");
    assert!(away < SignedDuration::from_hours(11 * 366 * 24), "{retry_after}: {away}");
    let lists = scene.simulator.stats().calls[&Endpoint::QueryList];
    assert!(lists <= 5, "{lists}: those under way together, and no other");

    // The row keeps an hour of it: until then a run makes no call, and says until when.
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    assert!(status.contains("no run calls before 2"), "{status}");
    let calls = scene.calls();
    let again = scene.run(TWO_DAYS).await.exits(6);
    assert_eq!(scene.calls(), calls, "no call is made");
    let at = it_says_when_to_come_back(&scene, &again).await;
    let away = at.duration_since(now());
    assert!((SignedDuration::from_mins(50)..SignedDuration::from_mins(61)).contains(&away));
    scene.database.assert_sound().await;
    time_passes(&scene).await;
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}

#[tokio::test]
async fn a_year_is_not_slept_through() {
    check_absurd("31536000", 8_000).await;
}

#[tokio::test]
async fn nor_is_any_other_absurd_wait() {
    tokio::join!(
        check_absurd("1e30", 80_000),
        check_absurd("Thu, 01 Jan 2099 00:00:00 GMT", 80_000),
        check_absurd("4000", 1),
    );
}

/// A storm without end over one kind of calls, or all.
async fn check_endless(endpoint: Option<Endpoint>, retry_after: Option<&str>) {
    let scene = Scene::new(generated(15)).await;
    let rule = Rule { endpoint, ..Rule::default() };
    scene.simulator.script(rule.then(throttle(retry_after)));
    let began = Instant::now();
    let ended = scene.run(TWO_DAYS).await.exits(6);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(30), "{endpoint:?} took {took:?}");
    it_says_when_to_come_back(&scene, &ended).await;
    let refused = scene.simulator.stats().statuses[&429];
    assert!(refused <= 60, "{endpoint:?}: {refused} calls were throttled");
    // What was under way when the run gave up is not waited for.
    let heard = ended.summary()["throttled"].as_u64().unwrap();
    assert!(heard <= refused && refused <= heard + 8, "{heard} of {refused} were heard");
    scene.database.assert_sound().await;
    let failed = "select count(*) from etl.fetch_window where state = 'failed'";
    assert_eq!(scene.database.count(failed).await, 0, "no window is to blame");
    time_passes(&scene).await;
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}

#[tokio::test]
async fn an_endless_storm_ends_the_run_within_one_budget() {
    check_endless(None, None).await;
    check_endless(Some(Endpoint::QueryList), Some("0")).await;
}

#[tokio::test]
async fn so_does_one_over_resumes_whose_hint_never_comes_true() {
    check_endless(Some(Endpoint::QueryBatch), Some("0.2")).await;
}

#[tokio::test]
async fn a_storm_in_the_middle_loses_nothing() {
    let scene = Scene::new(generated(18)).await;
    let rule = Rule { after: Some(4), ..Rule::on(Endpoint::QueryBatch) };
    scene.simulator.script(rule.then(throttle(None)));
    drop(scene.run(TWO_DAYS).await.exits(6));
    let stored = "select count(*) from etl.window_item where state = 'stored'";
    assert!(scene.database.count(stored).await >= 10, "what came before is kept");
    time_passes(&scene).await;
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}

#[tokio::test]
async fn files_that_are_throttled_for_ever_hold_up_no_resume() {
    let scene = Scene::new(generated(20)).await;
    for endpoint in [Endpoint::Headshot, Endpoint::Attachment] {
        scene.simulator.script(Rule::on(endpoint).then(throttle(None)));
    }
    let ended = scene.run(TWO_DAYS).await.exits(6);
    it_says_when_to_come_back(&scene, &ended).await;
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)], "all resumes are loaded");
    let refused = scene.simulator.stats().statuses[&429];
    assert!(refused <= 40, "{refused} files were asked for");
    let said = "select count(*) from etl.file_task where failure is not null and remedy like '%not before%'";
    assert!(scene.database.count(said).await > 0);
    let blamed = "select count(*) from etl.file_task where attempts > 0";
    assert_eq!(scene.database.count(blamed).await, 0, "no file is to blame");
    time_passes(&scene).await;
    it_ends_as_one_clean_run(&scene, TWO_DAYS).await;
}

#[tokio::test]
async fn a_throttled_file_is_asked_for_again() {
    let scene = Scene::new(by_hand()).await;
    let resume = json!({"idno": "A-1", "headshotUrl": "sim:headshot"});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", resume));
    scene.simulator.script(Rule::on(Endpoint::Headshot).first(3).then(throttle(Some("0"))));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.file_tasks().await, [("stored".into(), 1)]);
    scene.database.assert_sound().await;
}
