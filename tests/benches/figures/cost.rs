//! What a piece of work costs: time, CPU of both sides, WAL.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::PgPool;

/// Linux counts CPU time in these, whatever the kernel's own clock.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one piece of work took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    /// CPU seconds of our process and of the commands it waited for.
    pub(crate) client_cpu: f64,
    /// CPU seconds of all processes of the server.
    pub(crate) server_cpu: f64,
    /// CPU seconds of whoever else was at work on the machine: what makes a wall time worthless.
    pub(crate) others_cpu: f64,
    pub(crate) wal_bytes: f64,
    /// The most memory of the command, in KiB, where one was run.
    pub(crate) peak_kib: Option<u64>,
}

impl Cost {
    /// Both sides.
    pub(crate) fn cpu(&self) -> f64 {
        self.client_cpu + self.server_cpu
    }

    /// One piece after the other.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            client_cpu: self.client_cpu + other.client_cpu,
            server_cpu: self.server_cpu + other.server_cpu,
            others_cpu: self.others_cpu + other.others_cpu,
            wal_bytes: self.wal_bytes + other.wal_bytes,
            peak_kib: self.peak_kib.max(other.peak_kib),
        }
    }
}

/// A stop-watch over a server on this machine.
#[derive(Debug)]
pub(crate) struct Meter {
    pool: PgPool,
    postmaster: u32,
}

/// What the counters say at one moment.
struct Reading {
    at: Instant,
    client: u64,
    server: u64,
    machine: u64,
    wal: i64,
}

impl Meter {
    /// Finds the server's processes by the one that serves this pool.
    pub(crate) async fn new(pool: &PgPool) -> Self {
        let (backend,): (i32,) = sqlx::query_as("select pg_backend_pid()")
            .fetch_one(pool)
            .await
            .expect("the server answers");
        let stat = Stat::of(&backend.to_string())
            .expect("the server runs on this machine, which has Linux' /proc");
        Self { pool: pool.clone(), postmaster: stat.parent }
    }

    /// Lets the server come to rest, so that what was before is not paid by what follows.
    pub(crate) async fn rest(&self) {
        for statement in ["vacuum (analyze)", "checkpoint"] {
            sqlx::query(statement).execute(&self.pool).await.expect("the server comes to rest");
        }
    }

    /// Measures a piece of work.
    pub(crate) async fn measure<T>(&self, work: impl Future<Output = T>) -> (T, Cost) {
        let before = self.read().await;
        let done = work.await;
        let after = self.read().await;
        let seconds =
            |ticks: u64| f64::from(u32::try_from(ticks).unwrap_or(u32::MAX)) / TICKS_PER_SECOND;
        let client = after.client.saturating_sub(before.client);
        let server = after.server.saturating_sub(before.server);
        let machine = after.machine.saturating_sub(before.machine);
        let cost = Cost {
            wall: after.at.duration_since(before.at).as_secs_f64(),
            client_cpu: seconds(client),
            server_cpu: seconds(server),
            others_cpu: seconds(machine.saturating_sub(client + server)),
            wal_bytes: float(after.wal - before.wal),
            peak_kib: None,
        };
        (done, cost)
    }

    /// Holds the server's processes, and those it begins from now on, to these cores; says whether that can be done.
    pub(crate) fn hold_to(&self, cores: &str) -> bool {
        let processes = std::fs::read_dir("/proc").expect("Linux has /proc").flatten();
        let stats = processes.filter_map(|it| Stat::of(it.file_name().to_str()?));
        let own = stats.filter(|it| it.process == self.postmaster || it.parent == self.postmaster);
        // Some end meanwhile; those that begin take after the postmaster.
        let held = own.filter(|it| is_held_to(it.process, cores)).map(|it| it.process);
        held.collect::<Vec<_>>().contains(&self.postmaster)
    }

    async fn read(&self) -> Reading {
        let lsn = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";
        let wal =
            sqlx::query_scalar(lsn).fetch_one(&self.pool).await.expect("the server tells its WAL");
        Reading {
            at: Instant::now(),
            client: client_ticks(),
            server: self.server_ticks(),
            machine: machine_ticks(),
            wal,
        }
    }

    /// Of the postmaster, its children, and those that ended.
    fn server_ticks(&self) -> u64 {
        let processes = std::fs::read_dir("/proc").expect("Linux has /proc").flatten();
        let stats = processes.filter_map(|it| Stat::of(it.file_name().to_str()?));
        let of_server = stats.filter_map(|stat| {
            if stat.process == self.postmaster {
                return Some(stat.own + stat.ended_children);
            }
            (stat.parent == self.postmaster).then_some(stat.own)
        });
        of_server.sum()
    }
}

fn is_held_to(process: u32, cores: &str) -> bool {
    let mut taskset = std::process::Command::new("taskset");
    taskset.args(["-p", "-c", cores, &process.to_string()]);
    taskset.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    taskset.status().is_ok_and(|status| status.success())
}

/// Of this process and the commands that it waited for.
fn client_ticks() -> u64 {
    let stat = Stat::of("self").expect("Linux has /proc");
    stat.own + stat.ended_children
}

/// Of everybody on this machine: all but the fourth and fifth number, idle and waiting for a disk.
fn machine_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/stat").expect("Linux has /proc");
    let all = stat.lines().next().unwrap_or_default().split_ascii_whitespace().skip(1).take(8);
    let busy = all.enumerate().filter(|(at, _)| !matches!(at, 3 | 4));
    busy.filter_map(|(_, ticks)| ticks.parse::<u64>().ok()).sum()
}

/// A line of `/proc/<pid>/stat`.
struct Stat {
    process: u32,
    parent: u32,
    own: u64,
    ended_children: u64,
}

impl Stat {
    fn of(process: &str) -> Option<Self> {
        let path = Path::new("/proc").join(process).join("stat");
        let line = std::fs::read_to_string(path).ok()?;
        // The name in brackets may hold anything.
        let (process, _) = line.split_once(' ')?;
        let (_, rest) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        Some(Self {
            process: process.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            own: ticks(11)? + ticks(12)?,
            ended_children: ticks(13)? + ticks(14)?,
        })
    }
}

/// CPU seconds of this very process, for what is measured without a server.
pub(crate) fn client_cpu() -> Duration {
    Duration::from_millis(client_ticks() * 10)
}

/// CPU seconds of everybody on this machine.
pub(crate) fn machine_cpu() -> Duration {
    Duration::from_millis(machine_ticks() * 10)
}

/// A count as a figure; ours are far below the point where that loses digits.
#[expect(clippy::cast_precision_loss, reason = "a figure of a few digits is made of it")]
pub(crate) fn float(count: i64) -> f64 {
    count as f64
}

/// The middle of some measured values; the lower one of two.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
