//! Exports of every format, read back by DuckDB and pyarrow, and the memory that Parquet takes.
//!
//! Asked for by name, since it needs a binary with Parquet, and Python: `make test-export`.
#![expect(clippy::unwrap_used, reason = "what can't be set up or read fails its test")]

use std::process::Command;
use std::time::Duration;

use acceptance::{Etl104, Scene, Settings, TWO_DAYS, by_hand, generated, workspace};
use sqlx::AssertSqlSafe;

const TABLES: [&str; 11] = [
    "mart.candidate_overview",
    "mart.application_overview",
    "mart.application_daily",
    "mart.job_overview",
    "mart.coverage_hour",
    "recruiting.candidate",
    "recruiting.candidate_contact",
    "recruiting.candidate_narrative",
    "recruiting.education",
    "recruiting.skill_term",
    "recruiting.resume_file",
];

/// What no generated person has.
const ODD: &str = r#"
    update recruiting.candidate set full_name = '=1+1', english_name = '',
        employment_status = E'say "a, b"\r\n\tand ＝more'
    where resume_id = (select min(resume_id) from recruiting.candidate)"#;

#[tokio::test]
#[ignore = "needs Parquet and Python: `make test-export`"]
async fn every_format_is_read_back_equal_by_others() {
    let scene = Scene::with(generated(60), Settings::fresh_marts).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.database.change(ODD).await;
    let out = scene.etl104.folder().join("out");
    for format in ["parquet", "csv", "jsonl"] {
        let how = ["--format", format, "--to", "out"];
        drop(scene.etl104.run(&[&["export"], &TABLES[..], &how[..]].concat()).await.exits(0));
    }
    for table in TABLES {
        let statement = format!("select to_jsonb(t)::text || E'\\n' from {table} t");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement))
            .fetch_all(scene.database.pool())
            .await
            .unwrap();
        assert!(!rows.is_empty(), "{table} is empty: it would prove nothing");
        std::fs::write(out.join(format!("{table}.expected")), rows.concat()).unwrap();
    }
    let read = Command::new(workspace::root().join("target/test-export/bin/python"))
        .arg(workspace::root().join("scripts/read-exports.py"))
        .arg(&out)
        .status();
    assert!(read.unwrap().success());
}

/// The most memory of a Parquet export of so many rows of a kilobyte, in KiB.
async fn peak(rows: i32) -> u64 {
    let scene = Scene::new(by_hand()).await;
    let view = format!(
        "create view mart.generated as
         select n, md5(n::text) as word, repeat(md5(n::text), 30) as words, array[md5(n::text)] as list,
             date '2026-01-01' + n % 365 as on_date, now() as at, n % 7 = 0 as flag
         from generate_series(1, {rows}) n"
    );
    sqlx::query(AssertSqlSafe(view)).execute(scene.database.pool()).await.unwrap();
    let etl104 = Etl104::new(&scene.settings).time_limit(Duration::from_mins(10));
    let export = ["export", "mart.generated", "--format", "parquet", "--to", "out"];
    let running = etl104.spawn(&[&export[..], &["--output", "json"]].concat());
    let (finished, peak) = running.finish_measured().await;
    let summary = finished.exits(0).summary();
    let file = &summary["files"][0];
    assert_eq!(file["rows"], rows);
    #[expect(clippy::print_stdout, reason = "the figure is what one asks for")]
    {
        println!("{peak:?} KiB for {rows} rows, {} bytes, {} s", file["bytes"], summary["seconds"]);
    }
    peak.unwrap_or_default()
}

#[tokio::test]
#[ignore = "needs Parquet: `make test-export`"]
async fn two_hundred_thousand_rows_take_the_memory_of_one_row_group() {
    let (few, many) = (peak(2_000).await, peak(200_000).await);
    let more = peak(600_000).await;
    assert!(many < 200_000 && more < many + many / 5, "{few} KiB, {many} KiB, {more} KiB");
}
