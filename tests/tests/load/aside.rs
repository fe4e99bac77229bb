//! A rebuild aside tells the change feed by people, some at a time.

use std::time::Duration;

use futures::future::join_all;
use load::aside::{self, Gathered, Plan, Untold};
use model::ResumeId;
use model::Source::{Applied, Matched};
use tokio::time::timeout;

use crate::world::{World, full, id, shown};

/// The tables built anew and swapped, with nothing told yet.
async fn swapped(world: &World, ids: &[ResumeId]) -> Plan {
    let settings = world.settings(transform::TRANSFORM_VERSION);
    let plan = Plan::new(&world.company, settings.run_id).unwrap();
    let mut tx = world.database.pool().begin().await.unwrap();
    aside::begin(&mut tx, &plan).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = world.database.pool().begin().await.unwrap();
    let (_, rows) = aside::build(&mut tx, &settings, ids, &transform::interpret).await.unwrap();
    let mut gathered = Gathered::default();
    let full = gathered.add(rows);
    for portion in full.iter().chain(&gathered.rest()) {
        aside::copy(&mut tx, &plan, portion).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut tx = world.database.pool().begin().await.unwrap();
    for table in aside::tables() {
        aside::add_indexes(&mut tx, &plan, table).await.unwrap();
    }
    let compared = aside::compare_people(&mut tx, &plan).await.unwrap();
    for table in aside::tables() {
        aside::compare_table(&mut tx, &plan, &compared, table).await.unwrap();
    }
    aside::sum_up(&mut tx, &plan, &compared).await.unwrap();
    aside::swap(&mut tx, &plan).await.unwrap();
    tx.commit().await.unwrap();
    plan
}

async fn next_untold(
    world: &World,
    plan: &Plan,
    others: Option<&Untold>,
    limit: u32,
) -> Option<Untold> {
    let mut conn = world.database.pool().acquire().await.unwrap();
    aside::next_untold(&mut conn, plan, others, limit).await.unwrap()
}

async fn tell(world: &World, plan: &Plan, people: &Untold) -> bool {
    let mut tx = world.database.pool().begin().await.unwrap();
    let is_told = aside::tell(&mut tx, plan, people).await.unwrap();
    tx.commit().await.unwrap();
    is_told
}

#[tokio::test]
async fn whoever_is_told_of_by_parts_is_told_of_once_and_as_a_whole() {
    let world = World::new().await;
    let ids: Vec<ResumeId> = (1..=7).map(|who| id(&who.to_string())).collect();
    for one in &ids {
        for shown in [
            shown(Applied, 3, 9, &full("甲公司", "p1")),
            shown(Matched, 4, 9, &full("乙公司", "p2")),
        ] {
            world.keep(&shown.of(one.as_str())).await;
        }
    }
    let plan = swapped(&world, &ids).await;
    let mut parts: Vec<Untold> = Vec::new();
    while let Some(next) = next_untold(&world, &plan, parts.last(), 2).await {
        parts.push(next);
    }
    assert_eq!(parts.len(), 4);
    assert!(!tell(&world, &plan, &parts[1]).await, "before those before them");
    // Another who takes more at a time has told of half of the second part.
    let three = next_untold(&world, &plan, None, 3).await.unwrap();
    assert!(tell(&world, &plan, &three).await);
    // By two at once, and the last first.
    let all =
        join_all(parts.iter().rev().chain(&parts).map(
            async |people| {
                while !tell(&world, &plan, people).await {}
            },
        ));
    timeout(Duration::from_mins(1), all).await.expect("everybody has their turn");
    assert!(tell(&world, &plan, &parts[1]).await, "long ago");
    assert!(next_untold(&world, &plan, None, 2).await.is_none());
    let told = "select change_no, resume_id, kind from recruiting.change order by 1";
    let happened = "
        select row_number() over (order by resume_id, turn), resume_id, kind
        from (select resume_id, 1 as turn, 'new' as kind from recruiting.candidate
              union all select resume_id, 2, 'applied' from recruiting.application
              union all select resume_id, 3, 'file' from recruiting.resume_file where state <> 'pending') as happened
        order by 1";
    let expected: Vec<(i64, String, String)> = world.rows(happened).await;
    assert!(expected.iter().any(|(_, _, kind)| kind == "applied"), "{expected:?}");
    assert_eq!(world.rows::<(i64, String, String)>(told).await, expected);
}
