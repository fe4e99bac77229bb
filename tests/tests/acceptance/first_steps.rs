//! A newcomer's first commands: `init`, `check`, `migrate`.

use acceptance::{Etl104, ObjectServer, Scene, Settings, TestDatabase, generated};
use serde_json::Value;

/// Every setting of the contract.
const SETTINGS: [&str; 29] = [
    "environment",
    "token_url",
    "base_url",
    "calls_per_second",
    "proxy",
    "ca_file",
    "url",
    "url_file",
    "allow_plain_text",
    "patience",
    "endpoint",
    "recheck_after",
    "settle",
    "share_between_sources",
    "old_windows",
    "windows_at_once",
    "label",
    "kinds",
    "refetch",
    "at_once",
    "token_max_age",
    "max_size",
    "spool_dir",
    "no",
    "client_id",
    "client_secret_env",
    "client_secret_file",
    "sources",
    "start_on",
];

#[tokio::test]
async fn init_writes_settings_that_name_all_there_are_and_overwrites_none() {
    let etl104 = Etl104::new(&Settings::default());
    let file = etl104.folder().join("etl104.toml");
    std::fs::remove_file(&file).unwrap();
    drop(etl104.run(&["init"]).await.exits(0));
    let text = std::fs::read_to_string(&file).unwrap();
    for setting in SETTINGS {
        let is_named = |line: &str| {
            line.trim_start_matches("# ").split_once(" = ").is_some_and(|(key, _)| key == setting)
        };
        assert!(text.lines().any(is_named), "{setting} is not in\n{text}");
    }
    assert!(etl104.folder().join(".env.example").exists());

    // As it is it is not yet usable: it says what to fill in, and reads as TOML.
    let open = etl104.run(&["check", "--offline"]).await.exits(2);
    assert!(
        open.stderr.contains("client_id") && open.stderr.contains("remedy:"),
        "{}",
        open.stderr
    );

    std::fs::write(&file, "mine").unwrap();
    drop(etl104.run(&["init"]).await.exits(2));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

/// What `check` says, a line each.
async fn check(etl104: &Etl104, arguments: &[&str], code: i32) -> Vec<Value> {
    let checked =
        etl104.run(&[&["check", "--output", "json"], arguments].concat()).await.exits(code);
    checked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn failed(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .filter(|line| line["is_ok"] == false)
        .map(|line| line["what"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn check_passes_line_by_line() {
    let server = ObjectServer::start();
    let scene = Scene::with(generated(40), |it| it.object_server(&server)).await;
    let lines = check(&scene.etl104, &[], 0).await;
    assert_eq!(failed(&lines), [""; 0]);
    for part in ["settings", "database", "storage", "104 token", "104 resumes"] {
        assert!(
            lines.iter().any(|line| line["what"].as_str().unwrap().starts_with(part)),
            "{part}"
        );
    }
    let resumes = lines.iter().find(|line| line["what"] == "104 resumes").unwrap();
    assert!(resumes["found"].as_str().unwrap().contains("newest day"), "{resumes}");
    assert!(scene.calls() <= 13, "a token and twelve lists at most");
    assert_eq!(scene.simulator.stats().resumes_delivered, 0, "no resume is fetched");
    assert_eq!(server.objects(), [], "nothing is left behind");
    assert_eq!(scene.database.count("select count(*) from etl.run").await, 0);

    let calls = scene.calls();
    drop(check(&scene.etl104, &["--offline"], 0).await);
    assert_eq!(scene.calls(), calls);
}

#[tokio::test]
async fn check_names_what_fails_and_goes_on() {
    let mut server = ObjectServer::start();
    let scene = Scene::with(generated(5), |it| it.object_server(&server)).await;
    server.stop();
    let lines = check(&scene.etl104, &[], 7).await;
    let failed = failed(&lines);
    assert!(
        !failed.is_empty() && failed.iter().all(|what| what.starts_with("storage")),
        "{failed:?}"
    );
    for line in lines.iter().filter(|line| line["is_ok"] == false) {
        assert!(!line["remedy"].as_str().unwrap().is_empty(), "{line}");
    }
    assert!(lines.iter().any(|line| line["what"] == "104 resumes" && line["is_ok"] == true));
}

#[tokio::test]
async fn each_part_can_be_checked_while_the_others_are_away() {
    let scene =
        Scene::with(generated(5), |it| it.text("database", "url", "postgres://127.0.0.1:1/none"))
            .await;
    drop(check(&scene.etl104, &["api"], 0).await);
    drop(check(&scene.etl104, &["storage"], 0).await);
    drop(check(&scene.etl104, &["database"], 7).await);
    let (_database, etl104) = scene.elsewhere().await;
    drop(check(&etl104, &["database"], 0).await);
}

#[tokio::test]
async fn a_database_to_be_migrated_fails_the_check_with_migrate_as_its_remedy() {
    let scene = Scene::new(generated(5)).await;
    let empty = TestDatabase::empty().await;
    let etl104 = Etl104::new(&scene.settings.clone().text("database", "url", empty.url()));
    let lines = check(&etl104, &["database"], 2).await;
    let tables = lines.iter().find(|line| line["is_ok"] == false).unwrap();
    assert!(tables["remedy"].as_str().unwrap().contains("etl104 migrate"), "{tables}");
    drop(etl104.run(&["migrate"]).await.exits(0));
    drop(check(&etl104, &["database"], 0).await);
}
