//! Order and repetition leave no trace (P3), and all can be rebuilt from raw (P2).

use jiff::civil::date;
use load::person::{OldWindows, PersonState};
use model::Source::{Applied, Matched, Saved};

use crate::world::{Shown, World, full, id, shown, states, within};

fn answers() -> Vec<Shown> {
    let (a, b, c) = (full("甲公司", "p1"), full("乙公司", "p2"), full("丙公司", "p3"));
    let poor = r#"{"resumeId":"m-1","fullName":"王小明"}"#;
    vec![
        shown(Applied, 3, 9, &a),
        shown(Matched, 3, 9, poor),
        shown(Saved, 3, 9, &b).after(3),
        within(Applied, date(2026, 11, 3), 0, 24, &b),
        shown(Matched, 4, 9, &c),
        shown(Matched, 4, 9, poor).after(30),
        shown(Matched, 4, 9, &c).after(60),
        shown(Applied, 2, 9, &a).after(24 * 40),
        shown(Applied, 1, 9, "[]"),
        shown(Matched, 6, 9, poor),
    ]
}

/// Deals the answers out in an order of its own.
fn shuffled(mut answers: Vec<Shown>, mut seed: usize) -> Vec<Shown> {
    let mut dealt = Vec::new();
    while !answers.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        dealt.push(answers.remove((seed >> 33) % answers.len()));
    }
    dealt
}

#[tokio::test]
async fn the_tables_follow_from_the_set_of_answers() {
    for old_windows in [OldWindows::Unknown, OldWindows::Now] {
        let mut first = World::new().await;
        first.old_windows = old_windows;
        first.see(&answers()).await;
        let expected = first.digest().await;
        for seed in 1..5 {
            let mut other = World::new().await;
            other.old_windows = old_windows;
            // Recomputed after each answer, each answer given twice.
            for one in shuffled([answers(), answers()].concat(), seed) {
                other.see(&[one]).await;
            }
            assert_eq!(other.digest().await, expected, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn emptied_tables_are_rebuilt_from_raw() {
    let world = World::new().await;
    world.see(&answers()).await;
    let before = world.digest().await;
    sqlx::query("truncate recruiting.candidate cascade")
        .execute(world.database.pool())
        .await
        .unwrap();
    assert!(world.digest().await.iter().all(|table| table.rows == 0));
    let results = world.recompute_all(&[id("7001")], true).await;
    assert_eq!(states(&results), [PersonState::Written]);
    assert_eq!(world.digest().await, before);
    world.recompute_all(&[id("7001")], true).await;
    assert_eq!(world.digest().await, before);
}

#[tokio::test]
async fn two_processes_may_recompute_the_same_people() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for who in ["1", "2", "3", "4", "5"] {
        for one in answers() {
            world.keep(&one.of(who)).await;
        }
        ids.push(id(who));
    }
    let backwards: Vec<_> = ids.iter().rev().cloned().collect();
    for _ in 0..5 {
        let (one, other) =
            tokio::join!(world.recompute_all(&ids, true), world.recompute_all(&backwards, true));
        assert_eq!(one.len() + other.len(), 10);
    }
    let results = world.recompute_all(&ids, false).await;
    assert_eq!(states(&results), [PersonState::Unchanged; 5]);
}

#[tokio::test]
async fn many_people_at_once_have_the_rows_that_each_alone_has() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for who in 1..=60 {
        let who = who.to_string();
        for one in answers() {
            world.keep(&one.of(&who)).await;
        }
        ids.push(id(&who));
    }
    for one in &ids {
        world.recompute_all(std::slice::from_ref(one), true).await;
    }
    let alone = world.digest().await;
    assert!(
        alone.iter().map(|table| table.rows).sum::<i64>() > 1_000,
        "more than one statement takes"
    );
    world.database.change("truncate recruiting.candidate cascade").await;
    world.recompute_all(&ids, true).await;
    assert_eq!(world.digest().await, alone);
}

#[tokio::test]
async fn one_who_waited_sees_what_the_other_committed() {
    let world = World::new().await;
    world.see(&[shown(Applied, 3, 9, &full("甲公司", "p1"))]).await;
    let mut tx = world.database.pool().begin().await.unwrap();
    load::person::lock_people(&mut tx, &world.company, &[id("7001")]).await.unwrap();
    let newer = shown(Applied, 4, 9, &full("乙公司", "p1"));
    let ((), result) = tokio::join!(
        async {
            // The other has begun, and waits for the lock.
            acceptance::eventually("the other waits", async || {
                let waiting = "select count(*) from pg_locks
                    where locktype = 'advisory' and not granted and database =
                        (select oid from pg_database where datname = current_database())";
                world.rows::<(i64,)>(waiting).await == [(1,)]
            })
            .await;
            world.keep(&newer).await;
            tx.commit().await.unwrap();
        },
        world.recompute("7001"),
    );
    assert_eq!(result.state, PersonState::Written);
    assert_eq!(world.texts("select firm_name from recruiting.experience").await, ["乙公司"]);
}
