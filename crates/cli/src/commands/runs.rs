//! `runs`: what was run, and how it ended.

use clap::{Args, Subcommand, ValueEnum};
use pipeline::report::{self, RunRow};

use super::list::{Narrow, fact, json_lines, no_such, or_dash, when};
use crate::context::Context;
use crate::exit::Failure;
use crate::table::Table;
use crate::taiwan::span;

/// Runs: list, show
///
/// Runs of the commands that work: run, retry, reprocess.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 runs list --since 24h
  etl104 runs list --state partial --state failed
  etl104 runs show 0198c1        the start of a run's id is enough
  etl104 runs show               the newest run

Exit codes: 0; 2 settings, or no such run; 7 database unavailable.")]
pub(crate) struct Runs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The runs, the newest first
    List {
        /// Only those that ended so; may stand more than once
        #[arg(long, value_enum)]
        state: Vec<State>,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// One run with its counts, its failure and the remedy
    Show {
        /// The run's id or its start; the newest run without it
        #[arg(default_value = "", hide_default_value = true)]
        run_id: String,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum State {
    Running,
    Complete,
    Partial,
    BudgetSpent,
    NothingDue,
    HeldElsewhere,
    Stopped,
    Failed,
    Lost,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::BudgetSpent => "budget_spent",
            Self::NothingDue => "nothing_due",
            Self::HeldElsewhere => "held_elsewhere",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }
}

/// Reads the ledger.
pub(crate) async fn run(context: &Context, runs: &Runs) -> Result<u8, Failure> {
    match &runs.command {
        Command::List { state, narrow } => list(context, state, narrow).await?,
        Command::Show { run_id } => show(context, run_id).await?,
    }
    Ok(0)
}

async fn list(context: &Context, states: &[State], narrow: &Narrow) -> Result<(), Failure> {
    let pool = context.database().await?;
    let states = states.iter().map(|state| state.as_str()).collect();
    let rows = report::runs(&pool, &narrow.filter(context, states)).await?;
    if context.output.is_json() {
        json_lines(context, &rows);
        return Ok(());
    }
    table(&rows).lines().iter().for_each(|line| context.output.line(line));
    narrow.say_if_cut(context, rows.len());
    Ok(())
}

/// The runs as a table.
pub(crate) fn table(rows: &[RunRow]) -> Table {
    let mut table = Table::new(&[
        "run", "command", "started", ">took", "state", ">exit", ">windows", ">stored", ">files",
        ">calls", "label", "failure",
    ]);
    for row in rows {
        table.row([
            row.run_id.clone(),
            row.command.clone(),
            when(Some(row.started_at)),
            row.ended_at.map_or_else(|| "-".to_owned(), |_| took(row)),
            row.state.clone(),
            row.exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string()),
            row.windows_closed.to_string(),
            row.stored.to_string(),
            row.files_stored.to_string(),
            row.calls.to_string(),
            or_dash(row.run_label.as_deref()),
            or_dash(row.failure.as_deref()),
        ]);
    }
    table
}

async fn show(context: &Context, run_id: &str) -> Result<(), Failure> {
    let pool = context.database().await?;
    let rows = report::run(&pool, run_id).await?;
    let row = match rows.as_slice() {
        [] => return Err(no_such("run", run_id)),
        [row] => row,
        [newest, ..] if run_id.is_empty() => newest,
        [..] => {
            return Err(Failure::asked(
                format!("more than one run begins with {run_id}"),
                "write more of its id; `etl104 runs list` shows it whole",
            ));
        }
    };
    if context.output.is_json() {
        context.output.json(row);
    } else {
        print(context, row);
    }
    Ok(())
}

fn print(context: &Context, row: &RunRow) {
    let line = |name: &str, value: Option<String>| fact(context, name, value);
    line("run", Some(row.run_id.clone()));
    line("command", Some(row.command.clone()));
    line("label", row.run_label.clone());
    line("state", Some(row.state.clone()));
    line("exit code", row.exit_code.map(|code| code.to_string()));
    line("started", Some(when(Some(row.started_at))));
    line("ended", row.ended_at.map(|at| format!("{} (took {})", when(Some(at)), took(row))));
    line("last heartbeat", row.ended_at.is_none().then(|| when(Some(row.heartbeat_at))));
    line("windows", Some(format!("{} closed, {} failed", row.windows_closed, row.windows_failed)));
    line(
        "resumes",
        Some(format!(
            "{} newly listed; {} stored, {} absent at 104, {} rejected",
            row.listed, row.stored, row.absent, row.rejected
        )),
    );
    line(
        "files",
        Some(format!(
            "{} stored, {} not to be had, {} failed",
            row.files_stored, row.files_unavailable, row.files_failed
        )),
    );
    line("calls", Some(format!("{}, {} throttled", row.calls, row.throttled)));
    line("failure", row.failure.clone());
    line("remedy", row.remedy.clone());
    line(
        "version",
        Some(format!("etl104 {}, transform {}", row.program_version, row.transform_version)),
    );
}

fn took(row: &RunRow) -> String {
    let ended = row.ended_at.unwrap_or(row.heartbeat_at);
    span(ended.0.duration_since(row.started_at.0).as_secs_f64())
}
