//! Tables and marts as files, read back by Postgres itself.

use std::path::{Path, PathBuf};

use acceptance::{
    Etl104, ObjectCall, ObjectFault, ObjectRule, ObjectServer, Scene, Settings, TWO_DAYS,
    TestDatabase, by_hand, eventually, generated,
};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

/// 40 MB.
const WIDE: &str = "create view mart.wide as
    select n, repeat('字', 340) as words from generate_series(1, 40000) n";

/// Rows that come one by one, two milliseconds apart; and after what time a session cuts them off.
const SLOW: &str = "create view mart.slow as
    select n, current_setting('statement_timeout') as cut_after, pg_sleep(0.002)::text, repeat('x', 10000)
    from generate_series(1, 300) n";
const NEVER_ENDING: &str = "create or replace view mart.slow as
    select n, current_setting('statement_timeout') as cut_after, pg_sleep(0.002)::text, repeat('x', 10000)
    from generate_series(1, 100000) n";

fn parts(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "part")).collect()
}

async fn until_it_grows(folder: &Path) {
    eventually("a part grows", async || {
        parts(folder).iter().any(|part| part.metadata().is_ok_and(|part| part.len() > 0))
    })
    .await;
}

/// How many rows of a table and of a file's rows have no equal on the other side.
async fn differences(conn: &mut PgConnection, table: &str, rows: &str) -> i64 {
    let statement = format!(
        "select (select count(*) from (select to_jsonb(a) from {table} a
             except all select to_jsonb(b) from {rows} b) only_there)
              + (select count(*) from (select to_jsonb(b) from {rows} b
             except all select to_jsonb(a) from {table} a) only_here)"
    );
    sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(conn).await.unwrap()
}

/// Postgres makes rows of JSON lines again.
async fn json_lines_differ(database: &TestDatabase, table: &str, lines: &[u8]) -> i64 {
    let lines = std::str::from_utf8(lines).unwrap();
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut conn = database.pool().acquire().await.unwrap();
    for statement in [
        "drop table if exists pg_temp.lines".to_owned(),
        format!("create temp table lines as select * from {table} limit 0"),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *conn).await.unwrap();
    }
    sqlx::query("insert into lines select * from jsonb_populate_recordset(null::lines, $1)")
        .bind(Value::from(rows))
        .execute(&mut *conn)
        .await
        .unwrap();
    differences(&mut conn, table, "lines").await
}

/// Postgres reads the CSV.
async fn csv_differs(database: &TestDatabase, table: &str, csv: &[u8]) -> i64 {
    let mut conn = database.pool().acquire().await.unwrap();
    let make = format!("create temp table read_back as select * from {table} limit 0");
    sqlx::query(AssertSqlSafe(make)).execute(&mut *conn).await.unwrap();
    let mut copy =
        conn.copy_in_raw("copy read_back from stdin (format csv, header match)").await.unwrap();
    copy.send(csv).await.unwrap();
    copy.finish().await.unwrap();
    differences(&mut conn, table, "read_back").await
}

#[tokio::test]
async fn tables_and_marts_are_read_back_as_they_are() {
    let scene = Scene::with(generated(12), Settings::fresh_marts).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let database = &scene.database;
    let formula =
        "update recruiting.candidate set full_name = '=HYPERLINK(\"a\")', english_name = ''
        where resume_id = (select min(resume_id) from recruiting.candidate)";
    database.change(formula).await;
    let out = scene.etl104.folder().join("out");
    let file = |name: &str| std::fs::read(out.join(name)).unwrap();
    let export = |names: &'static [&'static str], flags: &'static [&'static str]| {
        scene.etl104.spawn(&[&["export"], names, &["--to", "out"], flags].concat()).finish()
    };

    let tables =
        ["recruiting.candidate", "candidate_overview", "application_overview", "education"];
    let lines = ["--format", "jsonl", "--output", "json", "--company", "01234567"];
    let summary = scene
        .etl104
        .run(&[&["export"], &tables[..], &["--to", "out"], &lines[..]].concat())
        .await
        .exits(0)
        .summary();
    assert_eq!((&summary["state"], &summary["exit_code"]), (&"complete".into(), &0.into()));
    for (position, table) in [
        "recruiting.candidate",
        "mart.candidate_overview",
        "mart.application_overview",
        "recruiting.education",
    ]
    .into_iter()
    .enumerate()
    {
        let told = &summary["files"][position];
        let bytes = file(&format!("{table}.jsonl"));
        let rows = String::from_utf8_lossy(&bytes).lines().count();
        assert!(rows > 5, "{table}: {rows}");
        assert_eq!((&told["name"], &told["rows"]), (&table.into(), &rows.into()));
        assert_eq!(told["bytes"], bytes.len());
        assert_eq!(json_lines_differ(database, table, &bytes).await, 0, "{table}");
    }

    // As it is, CSV is what Postgres reads; safe for spreadsheets, a formula is text.
    drop(export(&["recruiting.candidate"], &["--format", "csv", "--raw-text"]).await.exits(0));
    let raw = file("recruiting.candidate.csv");
    assert_eq!(csv_differs(database, "recruiting.candidate", &raw).await, 0);
    drop(export(&["recruiting.candidate"], &["--format", "csv", "--bom"]).await.exits(0));
    let safe = String::from_utf8(file("recruiting.candidate.csv")).unwrap();
    assert!(safe.starts_with("\u{feff}company_no,"));
    assert!(safe.contains(",\"'=HYPERLINK(\"\"a\"\")\",") && !safe.contains(",\"=HYPER"));
    assert_eq!(parts(&out), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_is_not_exported_is_said_with_what_is() {
    let scene = Scene::new(by_hand()).await;
    for (arguments, words) in [
        (["job_overveiw", "csv", "out"], "did you mean job_overview?"),
        (["candidate_change", "csv", "out"], "mart.candidate_change, recruiting.candidate_change"),
        (["raw.resume_document", "csv", "out"], "this schema is not exported"),
        (["job_overview", "csv", "gs://bucket"], "neither a folder nor s3://"),
        (["job_overview", "parquet", "out"], "--features parquet"),
    ] {
        let [name, format, to] = arguments;
        let refused = scene
            .etl104
            .run(&["export", name, "--format", format, "--to", to, "--output", "json"])
            .await
            .exits(2);
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
        assert_eq!(refused.summary()["command"], "export");
    }
    let with_company = ["--company", "01234567", "--format", "csv", "--to", "out"];
    drop(
        scene.etl104.run(&[&["export", "mart.refresh"], &with_company[..]].concat()).await.exits(2),
    );
    assert!(!scene.etl104.folder().join("out").exists());
    // An empty table is a header.
    drop(scene.etl104.run(&[&["export", "project"], &with_company[..]].concat()).await.exits(0));
    let csv = std::fs::read_to_string(scene.etl104.folder().join("out/recruiting.project.csv"));
    assert!(csv.is_ok_and(|csv| csv.starts_with("company_no,") && csv.lines().count() == 1));
}

#[tokio::test]
async fn a_bucket_gets_an_object_whole_or_not_at_all() {
    let server = ObjectServer::start();
    let scene = Scene::new(by_hand()).await;
    scene.database.change(WIDE).await;
    let etl104 = Etl104::new(&scene.settings.clone().object_server(&server));
    let to = format!("s3://{}/lake/daily", server.bucket());
    let export = ["export", "mart.wide", "--format", "jsonl", "--to", &to];
    server.script(
        ObjectRule::on(ObjectCall::Part, ObjectFault::Refused(403, "AccessDenied")).after(1),
    );
    let failed = etl104.run(&export).await.exits(7);
    assert!(failed.stderr.contains("grant this key"), "{}", failed.stderr);
    assert!(server.objects().is_empty() && server.open_uploads().is_empty());

    server.recover();
    drop(etl104.run(&export).await.exits(0));
    let objects = server.objects();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].key, "lake/daily/mart.wide.jsonl");
    let lines = server.read("lake/daily/mart.wide.jsonl");
    assert!(server.calls(ObjectCall::Part) > 3 && lines.len() > 40_000_000);
    let last: Value =
        serde_json::from_slice(lines.rsplit(|byte| *byte == b'\n').nth(1).unwrap()).unwrap();
    assert_eq!(last["n"], 40_000);
    assert!(server.open_uploads().is_empty());
}

#[tokio::test]
async fn all_files_show_one_moment_and_a_killed_export_leaves_no_half_file() {
    let scene = Scene::with(generated(6), Settings::fresh_marts).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    scene.database.change(SLOW).await;
    let out = scene.etl104.folder().join("out");
    let export = ["export", "mart.slow", "recruiting.candidate", "--format", "csv", "--to", "out"];
    let running = scene.etl104.spawn(&[&export[..], &["--output", "json"]].concat());
    until_it_grows(&out).await;
    scene.database.change("delete from recruiting.candidate").await;
    let summary = running.finish().await.exits(0).summary();
    assert_eq!(
        (&summary["files"][0]["rows"], &summary["files"][1]["rows"]),
        (&300.into(), &people.into())
    );

    // What is there stays until the next is whole.
    let before = std::fs::read(out.join("mart.slow.csv")).unwrap();
    assert!(String::from_utf8_lossy(&before).contains("\r\n1,0,"), "a long export is cut off");
    scene.database.change(NEVER_ENDING).await;
    let running = scene.etl104.spawn(&export);
    until_it_grows(&out).await;
    running.signal("TERM");
    drop(running.finish().await.exits(143));
    assert_eq!(parts(&out), Vec::<PathBuf>::new());
    let running = scene.etl104.spawn(&export);
    until_it_grows(&out).await;
    running.kill();
    assert_eq!(parts(&out).len(), 1);
    assert_eq!(std::fs::read(out.join("mart.slow.csv")).unwrap(), before);
}
