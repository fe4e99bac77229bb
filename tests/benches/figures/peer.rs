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

/// How dlt is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Nothing is.
    AsItComes,
    /// As its pages on performance advise.
    Fast,
}

impl Setting {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AsItComes => "as it comes",
            Self::Fast => "set for speed",
        }
    }

    fn argument(self) -> &'static str {
        match self {
            Self::AsItComes => "as-it-comes",
            Self::Fast => "fast",
        }
    }

    /// The schema of its tables, as the script names it.
    fn schema(self, manner: &str) -> String {
        format!("peer_{}_{manner}", self.argument().replace('-', "_"))
    }
}

/// Both of its ways with one setting.
#[derive(Debug)]
pub(crate) struct Loads {
    pub(crate) replace: Path,
    pub(crate) merge: Path,
}

/// What dlt did.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) version: String,
    pub(crate) plain: Loads,
    pub(crate) fast: Loads,
    /// How many tables it made of a resume.
    pub(crate) tables: i64,
    /// Documents that it was spared: it stops at `\u0000` and at lone surrogates.
    pub(crate) spared: u64,
}

impl Peer {
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        [&self.plain, &self.fast].into_iter().flat_map(|loads| [&loads.replace, &loads.merge])
    }
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
    let dlt = Dlt { python, folder: folder.path().to_owned(), url, now, next };
    let count = float(i64::try_from(people.count - spared).unwrap_or(i64::MAX));
    // As it comes it takes so long that once will do.
    let plain = dlt.loads(&database, &meter, Setting::AsItComes, count, 1).await?;
    let fast = dlt.loads(&database, &meter, Setting::Fast, count, repeats).await?;
    let (tables, _) = tables_and_rows(&database, &Setting::Fast.schema("replace")).await;
    Ok(Peer { version: dlt.version()?, plain, fast, tables, spared })
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
    now: PathBuf,
    next: PathBuf,
}

impl Dlt {
    async fn loads(
        &self,
        database: &TestDatabase,
        meter: &Meter,
        setting: Setting,
        people: f64,
        repeats: u32,
    ) -> Result<Loads, String> {
        let path = |way| Path { way, people, rows: f64::NAN, runs: Vec::new() };
        let mut loads =
            Loads { replace: path(Way::DltReplace(setting)), merge: path(Way::DltMerge(setting)) };
        self.load(meter, setting, "merge", &self.now).await?;
        for time in 0..repeats {
            loads.replace.runs.push(self.load(meter, setting, "replace", &self.now).await?);
            (_, loads.replace.rows) = tables_and_rows(database, &setting.schema("replace")).await;
            // Everybody's other document, in turn.
            let other = if time % 2 == 0 { &self.next } else { &self.now };
            loads.merge.runs.push(self.load(meter, setting, "merge", other).await?);
            (_, loads.merge.rows) = tables_and_rows(database, &setting.schema("merge")).await;
        }
        Ok(loads)
    }

    fn version(&self) -> Result<String, String> {
        let asked = std::process::Command::new(&self.python)
            .args(["-c", "import dlt; print(dlt.__version__)"])
            .output();
        let asked = asked.map_err(|error| format!("Python does not start: {error}"))?;
        Ok(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
    }

    /// Its own count of the seconds, so that the start of Python is not in them.
    async fn load(
        &self,
        meter: &Meter,
        setting: Setting,
        manner: &str,
        file: &FilePath,
    ) -> Result<Cost, String> {
        meter.rest().await;
        let mut command = std::process::Command::new(&self.python);
        command
            .arg(workspace::root().join("scripts/bench-dlt.py"))
            .args([self.url.as_str(), &self.folder.join("pipelines").to_string_lossy()])
            .args([setting.argument(), manner])
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
        let name = setting.name();
        crate::say(&format!("dlt {name}, {manner}: {wall:.2} s, {:.2} CPU s", cost.cpu()));
        Ok(Cost { wall, ..cost })
    }
}
