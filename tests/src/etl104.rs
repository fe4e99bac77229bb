//! The real binary, run as a user runs it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{Settings, summary_schema, workspace};

/// `etl104` in a folder of its own, with its own `etl104.toml` and nothing in its environment but what the
/// settings name, `PATH`, `TMPDIR`, and `HOME`, which is the folder.
#[derive(Debug)]
pub struct Etl104 {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    time_limit: Duration,
}

/// A command at work. It is killed with this value.
#[derive(Debug)]
pub struct Running {
    child: Child,
    command: String,
    stdout: Option<oneshot::Receiver<Vec<u8>>>,
    printed: Arc<Mutex<Vec<u8>>>,
    stderr: Option<oneshot::Receiver<Vec<u8>>>,
    time_limit: Duration,
}

/// A command that came to its end.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// The data that it printed.
    pub stdout: String,
    /// What it said about its work.
    pub stderr: String,
    command: String,
}

impl Etl104 {
    /// A folder with these settings.
    pub fn new(settings: &Settings) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        // Another command on the same warehouse refuses to make anew what holds files already.
        std::fs::create_dir(folder.path().join("objects")).expect("the folder is ours");
        let etl104 =
            Self { folder, environment: BTreeMap::new(), time_limit: Duration::from_mins(2) };
        etl104.with(settings)
    }

    /// The same folder with other settings.
    #[must_use]
    pub fn with(mut self, settings: &Settings) -> Self {
        std::fs::write(self.folder.path().join("etl104.toml"), settings.to_toml())
            .expect("the folder is ours");
        self.environment = settings.to_environment();
        self
    }

    /// A command that takes longer than this fails its test. Two minutes if not said.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The folder in which commands run; it holds `etl104.toml`, and `objects` if they go to files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command to its end: `etl104.run(&["run", "--output", "json"]).await`.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        self.spawn(arguments).finish().await
    }

    /// Another program in the same folder and environment, which finds `etl104` on its path.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let binary = binary();
        let beside = binary.parent().expect("it lies in a folder").display();
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", format!("/usr/local/bin:/usr/bin:/bin:{beside}"))
            .env("TMPDIR", std::env::temp_dir())
            .envs(&self.environment);
        command
    }

    /// Starts a command.
    pub fn spawn(&self, arguments: &[&str]) -> Running {
        let mut child = self
            .command(binary())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let printed = Arc::default();
        let stdout = child.stdout.take().map(|pipe| read_to_end(pipe, Arc::clone(&printed)));
        let stderr = child.stderr.take().map(|pipe| read_to_end(pipe, Arc::default()));
        let command = format!("etl104 {}", arguments.join(" "));
        Running { child, command, stdout, printed, stderr, time_limit: self.time_limit }
    }
}

impl Running {
    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it came to its end, by itself or not.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// The data that it has printed so far.
    pub fn printed(&self) -> String {
        let printed = self.printed.lock().expect("its reader does not panic").clone();
        String::from_utf8(printed).expect("etl104 prints UTF-8, line by line")
    }

    /// Ends it as `kill -9` does, without a chance to tidy up.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name])
            .arg(self.pid().to_string())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{} does not run any more",
            self.command
        );
    }

    /// The most memory that it has held so far, in KiB; none where the system does not tell, or after its end.
    pub fn peak_memory_kib(&self) -> Option<u64> {
        peak_memory_kib(self.pid())
    }

    /// Waits for its end, and tells the most memory that it held, in KiB.
    pub async fn finish_measured(self) -> (Finished, Option<u64>) {
        let pid = self.pid();
        let mut peak = self.peak_memory_kib();
        let mut finish = std::pin::pin!(self.finish());
        loop {
            tokio::select! {
                finished = &mut finish => return (finished, peak),
                // After its end the system does not tell any more.
                () = tokio::time::sleep(Duration::from_millis(20)) => peak = peak_memory_kib(pid).max(peak),
            }
        }
    }

    /// Waits for its end.
    pub async fn finish(mut self) -> Finished {
        let stdout = self.stdout.take().expect("it finishes once");
        let stderr = self.stderr.take().expect("it finishes once");
        let output = async { (stdout.await, stderr.await) };
        let Ok((stdout, stderr)) = tokio::time::timeout(self.time_limit, output).await else {
            panic!("`{}` did not end within {:?}", self.command, self.time_limit);
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("etl104 prints UTF-8");
        Finished {
            code: self.child.wait().expect("it has closed its output and ends").code(),
            stdout: text(stdout.expect("its reader lives on")),
            stderr: text(stderr.expect("its reader lives on")),
            command: std::mem::take(&mut self.command),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

impl Finished {
    /// Holds the exit code to what the test expects, and shows all that was said if it is another.
    #[track_caller]
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        let Self { stdout, stderr, command, .. } = &self;
        assert_eq!(
            self.code,
            Some(code),
            "exit code of `{command}`\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        );
        self
    }

    /// The summary of a run: the last line of stdout under `--output json`, held to its schema.
    #[track_caller]
    pub fn summary(&self) -> Value {
        let Self { stdout, stderr, command, .. } = self;
        let last = stdout.lines().last().unwrap_or_default();
        let summary = serde_json::from_str(last).unwrap_or_else(|error| {
            panic!("`{command}` ended without a JSON line ({error})\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
        });
        if let Err(faults) = summary_schema::check(&summary) {
            panic!(
                "`{command}` ended with what docs/summary.schema.json does not know: {faults}\n{summary}"
            )
        }
        summary
    }
}

fn peak_memory_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .trim()
        .strip_suffix(" kB")?
        .parse()
        .ok()
}

fn read_to_end(
    mut pipe: impl Read + Send + 'static,
    read: Arc<Mutex<Vec<u8>>>,
) -> oneshot::Receiver<Vec<u8>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut chunk = [0; 8 * 1024];
        // A killed process leaves what it wrote.
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            read.lock().expect("nobody panics").extend_from_slice(&chunk[..length]);
        }
        drop(sender.send(std::mem::take(&mut *read.lock().expect("nobody panics"))));
    });
    receiver
}

/// The binary beside the test's own executable, so both are of one profile.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its executable");
    let profile = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps");
    let binary = profile.join("etl104");
    let built = std::fs::metadata(&binary).and_then(|metadata| metadata.modified());
    let Ok(built) = built else {
        panic!("{} is missing: run `cargo build --workspace` first", binary.display());
    };
    if let Some(newer) = source_newer_than(built) {
        #[expect(
            clippy::print_stderr,
            reason = "shown only if the test fails, and then it matters"
        )]
        {
            eprintln!("etl104 is older than {}: run `cargo build --workspace`", newer.display());
        }
    }
    binary
}

/// A source of the binary that was changed after it was built; `cargo test -p acceptance` does not rebuild it.
fn source_newer_than(built: SystemTime) -> Option<PathBuf> {
    let mut folders: Vec<_> =
        ["crates", "pipelines", "migrations"].map(|name| workspace::root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).ok()?.flatten() {
            let path = entry.path();
            let Ok(metadata) = entry.metadata() else { continue };
            let is_source =
                path.extension().is_some_and(|extension| extension == "rs" || extension == "sql");
            if metadata.is_dir() && !path.ends_with("crates/simulator") {
                folders.push(path);
            } else if is_source && metadata.modified().is_ok_and(|changed| changed > built) {
                return Some(path);
            }
        }
    }
    None
}
