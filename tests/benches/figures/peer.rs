//! Goal 4: dlt, which a user would take instead, on the same server with the same documents.

use std::fmt::Write as _;
use std::path::{Path as FilePath, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use acceptance::{TestDatabase, workspace};
use serde_json::Value;
use tempfile::TempDir;

use crate::cost::{Cost, Meter, float};
use crate::history::{Path, Way};
use crate::limit::target;
use crate::people::People;

/// From `PyPI`, into a virtual environment of its own.
const PACKAGE: &str = "dlt[postgres]==1.31.0";

/// What dlt did.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) version: String,
    pub(crate) replace: Path,
    pub(crate) merge: Path,
    /// How many tables it made of a resume.
    pub(crate) tables: i64,
    /// Documents that it was spared: it stops at `\u0000` and at lone surrogates.
    pub(crate) spared: u64,
}

/// Loads everybody by dlt, or says why not.
pub(crate) async fn measure(people: &Arc<People>, repeats: u32) -> Result<Peer, String> {
    let python = environment()?;
    let folder = TempDir::with_prefix_in("figures-", target()).expect("target can be written");
    let database = TestDatabase::empty().await;
    let meter = Meter::new(database.pool()).await;
    // The newest document of each, and the one after.
    let (now, spared) = write(people, 4, &folder.path().join("now.jsonl"));
    let (next, _) = write(people, 5, &folder.path().join("next.jsonl"));
    // What our driver adds is no parameter of theirs.
    let url = database.url().split('?').next().unwrap_or_default().to_owned();
    let dlt = Dlt { python, folder: folder.path().to_owned(), url };
    let count = float(i64::try_from(people.count - spared).unwrap_or(i64::MAX));
    let path = |way| Path { way, people: count, rows: f64::NAN, runs: Vec::new() };
    let (mut replace, mut merge) = (path(Way::DltReplace), path(Way::DltMerge));
    let (mut version, mut tables) = (String::new(), 0);
    dlt.load(&meter, "merge", &now).await?;
    for time in 0..repeats {
        let (summary, cost) = dlt.load(&meter, "replace", &now).await?;
        summary["dlt"].as_str().unwrap_or_default().clone_into(&mut version);
        (tables, replace.rows) = tables_and_rows(&database, "peer_replace").await;
        replace.runs.push(cost);
        // Everybody's other document, in turn.
        let other = if time % 2 == 0 { &next } else { &now };
        let (_, cost) = dlt.load(&meter, "merge", other).await?;
        (_, merge.rows) = tables_and_rows(&database, "peer_merge").await;
        merge.runs.push(cost);
    }
    Ok(Peer { version, replace, merge, tables, spared })
}

/// How many tables of people a schema has, and how many rows are in them.
async fn tables_and_rows(database: &TestDatabase, schema: &str) -> (i64, f64) {
    let (tables, rows): (i64, i64) = sqlx::query_as(
        "select count(*), coalesce(sum((xpath('/row/n/text()', query_to_xml(
             format('select count(*) as n from %I.%I', schemaname, tablename), false, true, '')))[1]::text::bigint), 0)::bigint
         from pg_tables where schemaname = $1 and tablename not like '\\_dlt\\_%'",
    )
    .bind(schema)
    .fetch_one(database.pool())
    .await
    .expect("rows are counted");
    (tables, float(rows))
}

/// A Python with dlt in it.
fn environment() -> Result<PathBuf, String> {
    let folder = target().join("bench-dlt");
    let python = folder.join("bin/python");
    let run = |program: &FilePath, arguments: &[&str]| {
        let status = std::process::Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    if !python.exists()
        && !run(FilePath::new("python3"), &["-m", "venv", &folder.to_string_lossy()])
    {
        return Err("there is no Python with venv".to_owned());
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
    if !run(&python, &["-c", "import dlt, psycopg2"]) && !run(&python, &install) {
        return Err(format!("{PACKAGE} can not be had from PyPI"));
    }
    Ok(python)
}

/// Writes a document a line; gives the file, and how many are left out of it.
fn write(people: &People, wave: u32, file: &FilePath) -> (PathBuf, u64) {
    let (mut text, mut spared) = (String::new(), 0);
    for document in people.batch(0..people.count, wave) {
        let json = document.raw.json;
        if json.contains("\\u0000") || serde_json::from_str::<Value>(&json).is_err() {
            spared += 1;
            continue;
        }
        writeln!(text, "{json}").expect("a string grows");
    }
    std::fs::write(file, text).expect("there is room");
    (file.to_owned(), spared)
}

struct Dlt {
    python: PathBuf,
    folder: PathBuf,
    url: String,
}

impl Dlt {
    /// Its own count of the seconds, so that the start of Python is not in them.
    async fn load(
        &self,
        meter: &Meter,
        manner: &str,
        file: &FilePath,
    ) -> Result<(Value, Cost), String> {
        meter.rest().await;
        let mut command = std::process::Command::new(&self.python);
        command
            .arg(workspace::root().join("scripts/bench-dlt.py"))
            .args([self.url.as_str(), &self.folder.join("pipelines").to_string_lossy(), manner])
            .arg(file)
            .current_dir(&self.folder);
        let (output, cost) = meter.measure(async { command.output() }).await;
        let output = output.map_err(|error| format!("Python does not start: {error}"))?;
        let last = String::from_utf8_lossy(&output.stdout);
        let last = last.lines().last().unwrap_or_default();
        let Ok(summary) = serde_json::from_str::<Value>(last) else {
            let said = String::from_utf8_lossy(&output.stderr);
            crate::say(&said);
            return Err(format!("dlt failed at {manner}"));
        };
        let wall = summary["seconds"].as_f64().unwrap_or(cost.wall);
        crate::say(&format!("dlt {manner}: {wall:.2} s, {:.2} CPU s, {summary}", cost.cpu()));
        Ok((summary, Cost { wall, ..cost }))
    }
}
