//! A lower number never appears after a higher one was read, however many processes write.

use std::process::Stdio;
use std::time::Duration;

use acceptance::{
    FIRST_DAY, Gate, ONE_DAY, Running, Scene, Stand, TWO_DAYS, applied, by_hand, eventually,
    generated,
};
use serde_json::{Value, json};

use super::{after, lines, number, said};

fn follow(scene: &Scene) -> Running {
    scene.etl104.spawn(&["changes", "--after", "0", "--follow", "--output", "json"])
}

/// Waits until a follower has printed as many changes as there are.
async fn has_come_to_the_end(scene: &Scene, follower: &Running) {
    eventually("the follower has come to the end", async || {
        let newest = scene.database.count("select last_no from etl.change_counter").await;
        let printed = follower.printed();
        printed.ends_with('\n') && lines(&printed).last().map_or(0, number) == newest
    })
    .await;
}

fn numbers(printed: &str) -> Vec<i64> {
    lines(printed).iter().map(number).collect()
}

/// One process stands in its commit, with its numbers given; another one is done with all but its numbers.
#[tokio::test]
async fn whoever_comes_later_waits_for_whoever_has_numbers_already() {
    let scene = Scene::new(by_hand()).await;
    for id in ["C-1", "C-2"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, json!({"idno": id, "fullName": id})));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.change("update recruiting.candidate set full_name = '?'").await;
    let gate =
        Gate::close(&scene.database, Stand::Commit, "recruiting.change", "new.resume_id = 'C-1'")
            .await;
    let reprocess = |id| scene.etl104.spawn(&["reprocess", "--resume-id", id]);
    let earlier = reprocess("C-1");
    gate.somebody_waits().await;
    let mut later = reprocess("C-2");
    eventually("the later one waits", async || {
        assert!(!later.has_ended(), "its number would be seen before a lower one");
        scene
            .database
            .count(
                "select count(*) from pg_stat_activity where datname = current_database()
                   and wait_event_type = 'Lock' and query like '%etl.change_counter%'",
            )
            .await
            > 0
    })
    .await;
    assert_eq!(after(&scene, 2).await, [] as [Value; 0], "neither is seen");
    gate.open().await;
    for ended in [earlier, later] {
        drop(ended.finish().await.exits(0));
    }
    assert_eq!(
        said(&after(&scene, 2).await),
        ["C-1 changed candidate.full_name", "C-2 changed candidate.full_name"]
    );
}

#[tokio::test]
async fn a_follower_of_several_processes_of_which_some_are_killed_has_read_all() {
    let scene = Scene::new(generated(30)).await;
    let follower = follow(&scene);
    for kill_at in [20, 70] {
        let running: Vec<Running> = (0..3).map(|_| scene.spawn(TWO_DAYS)).collect();
        eventually("changes are told", async || {
            scene.database.count("select last_no from etl.change_counter").await >= kill_at
        })
        .await;
        running.into_iter().for_each(Running::kill);
    }
    let running: Vec<Running> = (0..3).map(|_| scene.spawn(TWO_DAYS)).collect();
    for one in running {
        let ended = one.finish().await;
        assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.stderr);
    }
    drop(scene.run(TWO_DAYS).await.exits(0));
    has_come_to_the_end(&scene, &follower).await;
    follower.signal("TERM");
    let stopped = follower.finish().await.exits(143);
    let told: Vec<(i64,)> =
        scene.database.rows("select change_no from recruiting.change order by 1").await;
    let told: Vec<i64> = told.into_iter().map(|(no,)| no).collect();
    assert!(told.len() > 100, "{}", told.len());
    assert_eq!(numbers(&stopped.stdout), told, "each number once, in order");
    let last = format!("go on with --after {}\n", told.len());
    assert!(stopped.stderr.contains(&last), "{}", stopped.stderr);
    scene.database.assert_sound().await;
    scene.assert_equals_one_clean_run(TWO_DAYS).await;
}

#[tokio::test]
async fn a_follower_ends_when_nobody_reads_and_when_it_has_enough() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "C-1", json!({"idno": "C-1"})));
    drop(scene.run(ONE_DAY).await.exits(0));
    let read_one = "etl104 changes --after 0 --follow --output json | head -n 1";
    let mut shell = scene.etl104.command("sh");
    let mut reader = shell.args(["-c", read_one]).stdout(Stdio::null()).spawn().unwrap();
    // What comes next finds nobody who reads.
    eventually("the follower ends", async || {
        scene
            .database
            .change(
                "update recruiting.candidate set is_employed = not coalesce(is_employed, false)",
            )
            .await;
        drop(scene.etl104.run(&["reprocess"]).await.exits(0));
        reader.try_wait().unwrap().is_some()
    })
    .await;
    let follower = scene.etl104.time_limit(Duration::from_secs(20));
    let enough = ["changes", "--after", "0", "--follow", "--limit", "1", "--output", "json"];
    assert_eq!(numbers(&follower.run(&enough).await.exits(0).stdout), [1]);
}
