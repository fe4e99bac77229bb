//! A Postgres of one test's own, which it may stop, break off, starve and fill.

use std::process::Command;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use crate::{Shown, eventually, workspace};

/// A durable cluster of its own, deleted with this value. It is made in about two seconds.
#[derive(Debug)]
pub struct OwnPostgres {
    folder: TempDir,
    options: PgConnectOptions,
}

impl OwnPostgres {
    /// Makes a cluster and starts it.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let url = order(&folder, "start");
        let options = PgConnectOptions::from_str(url.trim()).expect("the cluster's URL");
        Self { folder, options }
    }

    /// How its superuser connects.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Breaks it off as a power cut does.
    pub fn crash(&self) {
        order(&self.folder, "crash");
    }

    /// Starts it again, on the same port.
    pub fn start_again(&self) {
        order(&self.folder, "start");
    }

    /// Does something as its superuser, in its own database.
    pub async fn change(&self, statement: &str) {
        let mut connection = self.options.connect().await.expect("the cluster runs");
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
        done.unwrap_or_else(|error| panic!("`{statement}` failed: {error}"));
        connection.close().await.expect("the cluster runs");
    }

    /// From now on it takes TLS, and shows this certificate.
    pub async fn show(&self, shown: &Shown) {
        for (file, pem) in [("server.crt", &shown.certificate), ("server.key", &shown.key)] {
            // Its own user has to own the key. A line of text can't hold the lines of PEM.
            let line = pem.lines().collect::<Vec<_>>().join("|");
            let program = format!("tr \"|\" \"\\n\" >{file} && chmod 600 {file}");
            self.change(&format!("copy (select '{line}') to program '{program}'")).await;
        }
        let read_at = "select pg_conf_load_time()::text";
        let before = self.ask(read_at).await;
        self.change("alter system set ssl = on").await;
        self.change("select pg_reload_conf()").await;
        eventually("it has read its settings", async || self.ask(read_at).await != before).await;
    }

    /// A text that its superuser asks for.
    pub async fn ask(&self, statement: &str) -> String {
        let mut connection = self.options.connect().await.expect("the cluster runs");
        let answer = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut connection).await;
        answer.unwrap_or_else(|error| panic!("`{statement}` failed: {error}"))
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        order(&self.folder, "remove");
    }
}

fn order(folder: &TempDir, verb: &str) -> String {
    let output = Command::new(workspace::root().join("scripts/postgres"))
        .arg(verb)
        .arg(folder.path())
        .output()
        .expect("scripts/postgres can be run");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/postgres {verb} failed:\n{talk}");
    String::from_utf8(output.stdout).expect("a URL is text")
}
