//! What is kept before anything interprets it.

use jiff::SignedDuration;
use model::Source::{Applied, Saved};

use crate::world::{World, id, number, shown};

const RUNS: &str = "select count(*), count(distinct document_id) from raw.sighting";

#[tokio::test]
async fn keeping_twice_is_keeping_once() {
    let world = World::new().await;
    let answer = shown(Applied, 3, 9, r#"{"fullName":"甲"}"#);
    let first = world.keep(&answer).await;
    let again = world.keep(&answer).await;
    assert!(first.is_new_document && !again.is_new_document && again.seen_before_alike);
    assert_eq!(first.document_id, again.document_id);
    assert_eq!(world.rows::<(i64, i64)>(RUNS).await, [(1, 1)]);
    let text = world.texts("select document from raw.resume_document").await;
    assert_eq!(text, [r#"{"fullName":"甲"}"#]);
}

#[tokio::test]
async fn an_equal_answer_moves_the_sighting_and_another_appends_one() {
    let world = World::new().await;
    let first = shown(Applied, 3, 9, r#"{"fullName":"甲"}"#);
    let mut alike = first.clone();
    alike.json = r#" {"fullName" : "甲"} "#.to_owned();
    alike.fetched_at += SignedDuration::from_hours(1);
    let mut other = first.clone();
    other.json = r#"{"fullName":"乙"}"#.to_owned();
    other.fetched_at += SignedDuration::from_hours(2);

    world.keep(&first).await;
    world.keep(&alike).await;
    assert_eq!(world.rows::<(i64, i64)>(RUNS).await, [(1, 1)]);
    let kept = world.keep(&other).await;
    assert!(kept.is_new_document && kept.seen_before_differently && !kept.seen_before_alike);
    assert_eq!(world.rows::<(i64, i64)>(RUNS).await, [(2, 2)]);
    // A late repetition of the first says nothing new.
    world.keep(&first).await;
    assert_eq!(world.rows::<(i64, i64)>(RUNS).await, [(2, 2)]);
    let moved =
        "select bool_and(last_fetched_at - first_fetched_at = interval '1 hour') from raw.sighting
        where document_id = (select min(document_id) from raw.sighting)";
    assert_eq!(world.rows::<(bool,)>(moved).await, [(true,)]);
}

#[tokio::test]
async fn the_same_though_a_newer_is_known_unless_it_was_taken_back() {
    let world = World::new().await;
    let (a, b) = (r#"{"fullName":"甲"}"#, r#"{"fullName":"乙"}"#);
    let first = shown(Applied, 3, 9, a);
    let again = first.clone().after(60 * 24);
    let is_newer_known = async |kept| {
        let mut conn = world.database.pool().acquire().await.unwrap();
        load::raw::is_newer_known(&mut conn, &first.window, &[kept]).await.unwrap()
    };
    world.keep(&first).await;
    assert!(!is_newer_known(world.keep(&again).await).await, "nothing else was ever shown");
    // What a later window showed before this one showed its own says nothing of the time since.
    let (eager, late) = (shown(Applied, 2, 9, b).of("7002"), shown(Applied, 3, 9, a).of("7002"));
    world.keep(&shown(Applied, 4, 9, b).of("7002")).await;
    world.keep(&late.clone().after(60 * 24)).await;
    world.keep(&eager).await;
    assert!(!is_newer_known(world.keep(&late.after(70 * 24)).await).await);
    // A newer one, fetched since.
    world.keep(&shown(Applied, 4, 9, b)).await;
    assert!(is_newer_known(world.keep(&again).await).await);
    // Taken back since (A, B, A): 104 answers A, however it reads old windows.
    world.keep(&shown(Applied, 5, 9, a)).await;
    assert!(!is_newer_known(world.keep(&again).await).await);
}

#[tokio::test]
async fn a_source_shares_what_another_fetched_of_the_same_hours() {
    let world = World::new().await;
    let applied = shown(Applied, 3, 9, r#"{"fullName":"甲"}"#);
    world.keep(&applied).await;
    world.keep(&shown(Applied, 3, 10, r#"{"fullName":"乙"}"#).of("7002")).await;
    let saved = shown(Saved, 3, 9, "");
    let mut tx = world.database.pool().begin().await.unwrap();
    let share = async |tx: &mut _, since| {
        let asked = [(id("7001"), since), (id("7002"), since)];
        load::raw::share(tx, &saved.window, number(&saved.window), &asked).await.unwrap()
    };
    // 7002 was shown by another hour; nothing was fetched since the second moment.
    for since in [Some(applied.fetched_at), None] {
        let shared = share(&mut tx, since).await;
        assert_eq!(shared.iter().map(|kept| kept.resume_id.as_str()).collect::<Vec<_>>(), ["7001"]);
    }
    let later = applied.fetched_at + SignedDuration::from_secs(1);
    assert_eq!(share(&mut tx, Some(later)).await, []);
    tx.commit().await.unwrap();
    let sources = "select source from raw.sighting where resume_id = '7001' order by source";
    assert_eq!(world.texts(sources).await, ["applied", "saved"]);
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let world = World::new().await;
    for who in ["5", "1", "3"] {
        world.keep(&shown(Applied, 3, 9, r#"{"fullName":"甲"}"#).of(who)).await;
        world.keep(&shown(Applied, 3, 9, r#"{"fullName":"乙"}"#).of(who).after(2)).await;
    }
    let mut conn = world.database.pool().acquire().await.unwrap();
    let mut page = async |after: Option<&str>| {
        let after = after.map(id);
        let company = &world.company;
        load::raw::next_people(&mut conn, company, after.as_ref(), 2).await.unwrap()
    };
    assert_eq!(page(None).await, [id("1"), id("3")]);
    assert_eq!(page(Some("3")).await, [id("5")]);
    assert_eq!(page(Some("5")).await, []);
}
