//! Which hours are asked when: after a downtime, before an hour has settled, and once more.

use std::collections::BTreeMap;

use acceptance::{
    Company, FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand, generated,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use model::{hour_start, taiwan_date_hour};
use serde_json::json;
use simulator::{Beyond, Endpoint, Options};

/// The windows of one source: date, from, to.
async fn windows_asked(scene: &Scene) -> Vec<(String, i16, i16)> {
    scene
        .database
        .rows(
            "select window_on::text, start_hour, end_hour from etl.fetch_window
             where source = 'applied' order by window_on, start_hour",
        )
        .await
}

#[tokio::test]
async fn past_dates_are_asked_as_days_and_the_hours_of_today_as_one_window() {
    let scene = Scene::new(generated(6)).await;
    drop(scene.run("2025-08-24T10").await.exits(0));
    let mut expected = vec![
        ("2025-08-22".to_owned(), 0, 24),
        ("2025-08-23".to_owned(), 0, 24),
        ("2025-08-24".to_owned(), 0, 10),
    ];
    assert_eq!(windows_asked(&scene).await, expected);
    let before = scene.simulator.stats().calls[&Endpoint::QueryList];

    // Three hours later: those three, and nothing else.
    drop(scene.run("2025-08-24T13").await.exits(0));
    expected.push(("2025-08-24".to_owned(), 10, 13));
    assert_eq!(windows_asked(&scene).await, expected);
    assert_eq!(scene.simulator.stats().calls[&Endpoint::QueryList], before + 3);
}

#[tokio::test]
async fn the_newest_dates_come_first() {
    let scene = Scene::new(generated(2)).await;
    drop(scene.run("2025-09-03T00").await.exits(0));
    // The place of each date among the first lists of all dates.
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for entry in scene.simulator.journal() {
        if entry.endpoint == Endpoint::QueryList {
            let place = places.len();
            places.entry(entry.date.unwrap()).or_insert(place);
        }
    }
    assert_eq!(places.len(), 12);
    for (expected, (date, place)) in places.iter().rev().enumerate() {
        // Four windows are worked on at once, and may overtake each other.
        assert!(place.abs_diff(expected) < 4, "{date} was asked as number {place} of {places:?}");
    }
}

#[tokio::test]
async fn an_hour_is_asked_when_it_has_settled() {
    let settle = SignedDuration::from_hours(24);
    let settled = || {
        let (date, hour) = taiwan_date_hour(now() - settle);
        hour_start(date, hour)
    };
    let start_on: Date = taiwan_date_hour(now()).0.checked_sub(3.days()).unwrap();
    let scene = Scene::with(by_hand(), |it| {
        it.set("run", "settle", "\"24h\"").without_companies().company(Company::demo(start_on))
    })
    .await;
    let (before, _, after) = (settled(), scene.etl104.run(&["run"]).await.exits(0), settled());
    let asked: String =
        scene.database.ask("select to_char(max(ends_at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from etl.fetch_window").await;
    let asked: Timestamp = asked.parse().unwrap();
    assert!(
        before <= asked && asked <= after,
        "asked up to {asked}, settled were {before} to {after}"
    );
}

#[expect(clippy::disallowed_methods, reason = "the program under test goes by the same clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[tokio::test]
async fn a_recheck_finds_who_came_late_and_reopens_the_window() {
    let scene = Scene::new(by_hand()).await;
    let resume = |id: &str| json!({"idno": id, "fullName": id});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "in-time", resume("in-time")));
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "late", resume("late")));

    // Closed windows are not asked again before their time.
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 1)]);

    let aged = "update etl.fetch_window set last_listed_at = ends_at + interval '10 minutes',
                                            closed_at = ends_at + interval '10 minutes'";
    scene.database.change(aged).await;
    let resumes = scene.simulator.stats().resumes_delivered;
    let summary = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!(summary["counts"]["listed"], 1, "the id that is new");
    assert_eq!(scene.database.items().await, [("stored".into(), 2)]);
    assert_eq!(
        scene.simulator.stats().resumes_delivered,
        resumes + 1,
        "only the late one is fetched"
    );
    let counts: Vec<(String, i32, i32)> = scene
        .database
        .rows("select state, listed, stored from etl.fetch_window where source = 'applied'")
        .await;
    assert_eq!(counts, [("closed".into(), 2, 2)]);
    let reclosed = "select closed_at > now() - interval '1 hour' from etl.fetch_window where source = 'applied'";
    assert!(scene.database.ask::<bool>(reclosed).await, "it was open again meanwhile");
}

#[tokio::test]
async fn an_empty_past_is_unconfirmed_until_it_is_accepted() {
    let options = Options { oldest_day: Some(SECOND_DAY), ..generated(12) };
    let scene = Scene::new(options).await;
    let run = ["run", "--until", TWO_DAYS];
    let first = scene.etl104.run(&run).await.exits(0);
    let windows = [("closed".to_owned(), 3), ("empty_unconfirmed".to_owned(), 3)];
    assert_eq!(scene.database.windows().await, windows);
    let said = |it: &acceptance::Finished| {
        let all = format!("{}{}", it.stdout, it.stderr);
        all.lines().filter(|line| line.contains("unconfirmed")).count()
    };
    assert_eq!(said(&first), 1, "{}{}", first.stdout, first.stderr);
    let again = scene.etl104.run(&run).await.exits(0);
    assert_eq!(said(&again), 0, "said once: {}{}", again.stdout, again.stderr);
    let status = scene.etl104.run(&["status"]).await.exits(0);
    assert!(status.stdout.contains("etl104 windows accept"), "{}", status.stdout);

    drop(scene.etl104.run(&["windows", "accept", "--dry-run"]).await.exits(0));
    assert_eq!(scene.database.windows().await, windows);
    drop(scene.etl104.run(&["windows", "accept"]).await.exits(0));
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)]);
    assert_eq!(scene.run(TWO_DAYS).await.exits(0).summary()["state"], "nothing_due");
}

#[tokio::test]
async fn emptiness_after_a_listing_is_real() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", json!({"idno": "A-1"})));
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)]);
}

#[tokio::test]
async fn a_past_that_104_refuses_stops_nothing_newer() {
    let options =
        Options { oldest_day: Some(SECOND_DAY), beyond_oldest: Beyond::Refused, ..generated(12) };
    let scene = Scene::new(options).await;
    drop(scene.run(TWO_DAYS).await.exits(2));
    let windows: Vec<(String, String, i64)> = scene
        .database
        .rows("select window_on::text, state, count(*) from etl.fetch_window group by 1, 2 order by 1")
        .await;
    let row = |date: &str, state: &str| (date.to_owned(), state.to_owned(), 3);
    assert_eq!(windows, [row("2025-08-22", "failed"), row("2025-08-23", "closed")]);
}
