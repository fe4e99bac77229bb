//! With `--output json` the last line on stdout is one JSON object, and its exit code is the process's: however early
//! the command is refused.

use std::net::TcpListener;

use acceptance::{Etl104, ONE_DAY, Scene, TWO_DAYS, TestDatabase, by_hand, generated};
use serde_json::{Value, json};

/// Commands that end with a summary, and the name that it has there.
const COMMANDS: [(&str, &[&str]); 10] = [
    ("run", &["run", "--dry-run", "--until", TWO_DAYS]),
    ("run", &["run", "--until", TWO_DAYS]),
    ("retry windows", &["retry", "windows"]),
    ("backfill", &["backfill", "--from", "2025-08-18", "--to", "2025-08-19", "--dry-run"]),
    ("backfill", &["backfill", "--from", "2025-08-18", "--to", "2025-08-19"]),
    ("reprocess", &["reprocess"]),
    ("reprocess", &["reprocess", "--dry-run"]),
    ("verify", &["verify"]),
    ("verify", &["verify", "--repair"]),
    ("as-of", &["as-of", ONE_DAY, "--schema", "august"]),
];

/// Runs it, and holds the last line to how it ended.
async fn check(etl104: &Etl104, name: &str, command: &[&str], exit_code: i32) {
    let ended = etl104.run(&[command, &["--output", "json"]].concat()).await.exits(exit_code);
    let summary = ended.summary();
    let said = json!([summary["schema"], summary["command"], summary["exit_code"]]);
    assert_eq!(said, json!([1, name, exit_code]), "{command:?}: {summary}");
    assert_eq!(summary["state"] == "failed", exit_code != 0, "{command:?}: {summary}");
    let failures = summary["failures"].as_array().expect("what failed is a list");
    assert_eq!(failures.is_empty(), exit_code == 0, "{command:?}: {summary}");
    let is_said =
        |failure: &Value, key: &str| failure[key].as_str().is_some_and(|it| !it.is_empty());
    for failure in failures {
        assert!(is_said(failure, "what") && is_said(failure, "remedy"), "{command:?}: {failure}");
    }
}

#[tokio::test]
async fn when_it_is_done() {
    let scene = Scene::new(generated(3)).await;
    for (name, command) in COMMANDS {
        check(&scene.etl104, name, command, 0).await;
    }
}

#[tokio::test]
async fn when_settings_or_tables_do_not_serve() {
    let scene = Scene::new(by_hand()).await;
    let wrong = Etl104::new(&scene.settings.clone().text("run", "settle", "soon"));
    let bare = TestDatabase::empty().await;
    let bare = Etl104::new(&scene.settings.clone().text("database", "url", bare.url()));
    for (etl104, more) in [
        (&wrong, &[][..]),
        (&bare, &[]),
        (&scene.etl104, &["--config", "nowhere.toml"]),
        (&scene.etl104, &["--company", "99999999"]),
    ] {
        for (name, command) in COMMANDS {
            check(etl104, name, &[command, more].concat(), 2).await;
        }
    }
    assert_eq!(scene.calls(), 0);
}

#[tokio::test]
async fn when_the_database_is_away() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://etl104@{closed}/warehouse");
    let scene = Scene::with(by_hand(), |it| it.text("database", "url", &url)).await;
    for (name, command) in COMMANDS {
        check(&scene.etl104, name, command, 7).await;
    }
    assert_eq!(scene.calls(), 0);
}

#[tokio::test]
async fn when_it_can_not_be_done_as_asked() {
    let scene = Scene::new(by_hand()).await;
    let reversed: &[&str] = &["--from", "2025-08-20", "--to", "2025-08-18"];
    let unsettled: &[&str] = &["--from", "2025-08-20", "--to", "2099-01-01"];
    for (name, flags) in [
        ("backfill", reversed),
        ("backfill", unsettled),
        ("reprocess", reversed),
        ("reprocess", &["--resume-id", "nobody"]),
        ("as-of", &["2099-01-01", "--schema", "august"]),
        ("as-of", &[ONE_DAY, "--schema", "august"]),
        ("as-of", &[ONE_DAY, "--schema", "select"]),
    ] {
        check(&scene.etl104, name, &[&[name], flags].concat(), 2).await;
        if name != "as-of" {
            check(&scene.etl104, name, &[&[name], flags, &["--dry-run"]].concat(), 2).await;
        }
    }
    assert_eq!(scene.calls(), 0);
}
