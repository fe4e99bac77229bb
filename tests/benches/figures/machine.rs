//! On what it was measured; no name and no path of the machine.

use std::process::Command;

use acceptance::workspace;
use sqlx::PgPool;

/// Machine and versions.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_gb: u64,
    pub(crate) postgres: String,
    /// Settings of the server, as `name = value`.
    pub(crate) settings: Vec<String>,
    pub(crate) rustc: String,
    pub(crate) commit: String,
    pub(crate) on: String,
}

const SETTINGS: &str = "
    select name || ' = ' || current_setting(name) from pg_settings
    where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size', 'wal_level',
        'work_mem', 'maintenance_work_mem', 'max_parallel_maintenance_workers', 'autovacuum')
    order by name";

impl Machine {
    pub(crate) async fn look(pool: &PgPool) -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kib = memory.split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0);
        let ask = "select split_part(version(), ' on ', 1), current_date::text";
        let (postgres, on): (String, String) =
            sqlx::query_as(ask).fetch_one(pool).await.expect("the server answers");
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".into()),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_gb: (kib + 512 * 1024) / (1024 * 1024),
            postgres,
            settings: sqlx::query_scalar(SETTINGS).fetch_all(pool).await.expect("it tells them"),
            rustc: said("rustc", &["--version"]),
            commit: said("git", &["describe", "--always", "--dirty", "--abbrev=10"]),
            on,
        }
    }
}

/// What a program says of itself.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(workspace::root()).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.ok().filter(|said| !said.is_empty()).unwrap_or_else(|| "unknown".into())
}
