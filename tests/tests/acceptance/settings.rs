//! Settings that can't be used: exit code 2, the place, the remedy, and no call.

use acceptance::{
    Company, Etl104, FIRST_DAY, Scene, Settings, TWO_DAYS, TestDatabase, by_hand, generated,
};

/// What `etl104 run` says to a settings file that is this text instead.
async fn check(edit: impl FnOnce(String) -> String, said: &[&str]) {
    let scene = Scene::new(by_hand()).await;
    let toml = edit(scene.settings.to_toml());
    std::fs::write(scene.etl104.folder().join("etl104.toml"), toml).unwrap();
    let refused = scene.run(TWO_DAYS).await.exits(2);
    for words in said {
        assert!(refused.stderr.contains(words), "{words:?} is not in\n{}", refused.stderr);
    }
    assert_eq!(scene.calls(), 0, "refused before any call");
    let runs = "select count(*) from etl.run";
    assert_eq!(scene.database.count(runs).await, 0, "and before anything is written");
}

#[tokio::test]
async fn bad_toml_is_shown_with_its_line_and_column() {
    check(|it| format!("# one\n# two\n[run\n{it}"), &["etl104.toml:3:5"]).await;
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_the_nearest_one() {
    check(
        |it| format!("{it}\n[run]\nsetle = \"5m\"\n"),
        &["setle", "did you mean settle?", "etl104.toml:"],
    )
    .await;
}

#[tokio::test]
async fn a_wrong_value_names_its_setting_and_a_remedy() {
    check(
        |it| format!("{it}\n[run]\nsettle = \"five minutes\"\n"),
        &["[run] settle", "five minutes", "remedy:"],
    )
    .await;
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    check(
        |it| {
            it.replace("calls_per_second = 400", "calls_per_second = -1")
                .replace("2025-08-22", "1999-08-22")
                .replace("no = \"01234567\"", "no = \"123456789\"")
                .replace("client_id", "client_name")
        },
        &["client_name", "[api] calls_per_second", "start_on", "no: \"123456789\""],
    )
    .await;
}

#[tokio::test]
async fn a_missing_secret_names_its_variable() {
    check(
        |it| it.replace("TEST_CLIENT_SECRET_0", "NOBODY_SET_THIS"),
        &["client_secret_env", "NOBODY_SET_THIS"],
    )
    .await;
}

#[tokio::test]
async fn more_than_three_calls_a_second_are_for_this_machine_alone() {
    check(
        |it| {
            let is_url =
                |line: &&str| line.starts_with("token_url") || line.starts_with("base_url");
            let rest: Vec<&str> = it.lines().filter(|line| !is_url(line)).collect();
            rest.join("\n").replace("[api]", "[api]\nenvironment = \"sandbox\"")
        },
        &["[api] calls_per_second", "400", "3"],
    )
    .await;
}

#[tokio::test]
async fn a_database_without_tables_names_migrate_which_helps() {
    let scene = Scene::new(generated(3)).await;
    let empty = TestDatabase::empty().await;
    let settings = scene.settings.clone().text("database", "url", empty.url());
    let etl104 = Etl104::new(&settings);
    let run = ["run", "--until", TWO_DAYS];

    let refused = etl104.run(&run).await.exits(2);
    assert!(refused.stderr.contains("etl104 migrate"), "{}", refused.stderr);
    assert_eq!(scene.calls(), 0);

    drop(etl104.run(&["migrate"]).await.exits(0));
    drop(etl104.run(&["migrate"]).await.exits(0));
    drop(etl104.run(&run).await.exits(0));
    assert!(empty.count("select count(*) from recruiting.candidate").await > 0);
}

#[tokio::test]
async fn a_database_newer_than_the_program_is_refused() {
    let scene = Scene::new(by_hand()).await;
    scene
        .database
        .change(
            "insert into public._sqlx_migrations (version, description, success, checksum, execution_time)
             select max(version) + 1, 'of tomorrow', true, '', 0 from public._sqlx_migrations",
        )
        .await;
    let refused = scene.run(TWO_DAYS).await.exits(2);
    assert!(refused.stderr.contains("newer"), "{}", refused.stderr);
    assert_eq!(scene.calls(), 0);
}

#[tokio::test]
async fn a_database_of_production_refuses_the_sandbox_before_any_call() {
    let scene = Scene::new(by_hand()).await;
    scene
        .database
        .change(
            "insert into etl.installation (environment, token_origin, base_origin)
             values ('production', 'https://apis.104api.com.tw', 'https://apis.104api.com.tw')",
        )
        .await;
    let refused = scene.run(TWO_DAYS).await.exits(2);
    assert!(refused.stderr.contains("production"), "{}", refused.stderr);
    assert_eq!(scene.calls(), 0);

    // The sandbox itself; should it be called all the same, the proxy leads nowhere.
    let database = |settings: Settings| settings.text("database", "url", scene.database.url());
    let sandbox = database(Settings::default())
        .text("storage", "url", "file:./objects")
        .text("api", "environment", "sandbox")
        .text("api", "proxy", "http://127.0.0.1:1")
        .company(Company::demo(FIRST_DAY));
    let refused = Etl104::new(&sandbox).run(&["run"]).await.exits(2);
    assert!(refused.stderr.contains("production"), "{}", refused.stderr);
    assert!(refused.stderr.contains("sandbox"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_database_of_a_simulator_refuses_104_itself_and_takes_another_simulator() {
    let scene = Scene::new(generated(3)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    // Should it be called all the same, the proxy leads nowhere.
    let production = scene.settings.clone().production().text("api", "proxy", "http://127.0.0.1:1");
    let refused = Etl104::new(&production).run(&["run", "--until", TWO_DAYS]).await.exits(2);
    assert!(refused.stderr.contains("production"), "{}", refused.stderr);

    // A simulator comes back on another port.
    let other = simulator::Simulator::start(generated(3)).await.unwrap();
    let etl104 = Etl104::new(&scene.settings.clone().simulator(&other));
    drop(etl104.run(&["run", "--until", "2025-08-25T00"]).await.exits(0));
}
