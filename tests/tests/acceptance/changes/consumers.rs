//! The followers of `docs/changes.md`, run as they are printed there.

use std::process::Command;

use acceptance::{FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand};
use serde_json::json;
use sqlx::AssertSqlSafe;

const PAGE: &str = include_str!("../../../../docs/changes.md");

/// The blocks of code of a language, in their order.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    PAGE.split(&start).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

async fn sql(scene: &Scene, block: &'static str) {
    sqlx::raw_sql(AssertSqlSafe(block)).execute(scene.database.pool()).await.expect(block);
}

/// Whom a follower in SQL holds.
async fn followed(scene: &Scene) -> Vec<(String, String, String)> {
    scene.database.rows("select resume_id, full_name, email from hr.person order by 1").await
}

fn person(id: &str, name: &str, email: &str) -> (String, String, String) {
    (id.to_owned(), name.to_owned(), email.to_owned())
}

fn resume(id: &str, name: &str) -> serde_json::Value {
    json!({"idno": id, "fullName": name, "email": format!("{id}@example.com")})
}

/// Python 3, if this machine has it; the test of SQL says more.
fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success())
}

/// What the follower in Python holds, after it came to its end.
fn python(scene: &Scene) -> Vec<(String, String, String)> {
    let followers = blocks("python");
    assert_eq!(followers.len(), 1, "the page has one follower in Python");
    let folder = scene.etl104.folder();
    std::fs::write(folder.join("follower.py"), followers[0]).unwrap();
    let ended = scene.etl104.command("python3").arg("follower.py").output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let held = "import sqlite3, json; print(json.dumps(sqlite3.connect('hr.db').execute(\
                'select resume_id, name, email from person order by 1').fetchall()))";
    let held = scene.etl104.command("python3").args(["-c", held]).output().unwrap();
    serde_json::from_slice(&held.stdout).unwrap()
}

#[tokio::test]
async fn both_followers_hold_who_is_held() {
    let scene = Scene::new(by_hand()).await;
    let [setup, follow, prune, has_missed, copy] = blocks("sql")[..] else {
        panic!("the page has five blocks of SQL")
    };
    let has_python = has_python();
    if !has_python {
        println!("there is no python3: only the follower in SQL is tried");
    }
    sql(&scene, setup).await;
    for id in ["C-1", "C-2"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, resume(id, "陳怡君")));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    let both = ["C-1", "C-2"].map(|id| person(id, "陳怡君", &format!("{id}@example.com"))).to_vec();
    for _again in 0..2 {
        sql(&scene, follow).await;
        assert_eq!(followed(&scene).await, both);
        assert!(!has_python || python(&scene) == both);
    }

    // One changes, one comes, one is erased, and the page's number is forgotten in between.
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "C-1", resume("C-1", "陳怡")));
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "C-3", resume("C-3", "林")));
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.database.change("delete from recruiting.candidate where resume_id = 'C-2'").await;
    scene.database.change("update hr.followed set after = 1").await;
    if has_python {
        std::fs::remove_file(scene.etl104.folder().join("changes.after")).unwrap();
    }
    let now = [person("C-1", "陳怡", "C-1@example.com"), person("C-3", "林", "C-3@example.com")];
    sql(&scene, follow).await;
    assert_eq!(followed(&scene).await, now);
    assert!(!has_python || python(&scene) == now);
    let newest: i64 = scene.database.ask("select max(change_no) from recruiting.change").await;
    assert_eq!(scene.database.count("select after from hr.followed").await, newest);

    // The oldest are deleted: whoever had not come so far copies everybody.
    let missed = async || -> bool {
        sqlx::query_scalar(has_missed).fetch_one(scene.database.pool()).await.unwrap()
    };
    scene
        .database
        .change("update recruiting.change set changed_at = '2020-01-01' where change_no < 3")
        .await;
    sql(&scene, prune).await;
    assert!(!missed().await);
    scene.database.change("update hr.followed set after = 1").await;
    assert!(missed().await);
    scene.database.change("delete from hr.person where resume_id = 'C-3'").await;
    sql(&scene, copy).await;
    assert!(!missed().await);
    assert_eq!(followed(&scene).await, now);
    assert_eq!(scene.database.count("select after from hr.followed").await, newest);
}
