//! `files`: photos and attachments still to be fetched, and what became of the others.

use clap::{Args, Subcommand, ValueEnum};
use pipeline::report::{self, FileRow, FileState};

use super::list::{Narrow, fact, json_lines, no_such, or_dash, when};
use crate::context::Context;
use crate::exit::Failure;
use crate::table::Table;

/// File tasks: list, show
///
/// File tasks: one for each photo, attachment or project file of a document.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 files list                       open and failed ones
  etl104 files list --state unavailable   those that 104 no longer gives
  etl104 files show 42

Exit codes: 0; 2 settings, or no such task; 7 database unavailable.")]
pub(crate) struct Files {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The tasks, the newest first; open and failed ones unless --state says otherwise
    List {
        /// Only in this state; may stand more than once
        #[arg(long, value_enum)]
        state: Vec<State>,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// One task with its failure and the remedy
    Show {
        /// Number of the task
        task_id: i64,
    },
}

/// A task's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum State {
    /// To be fetched
    Open,
    /// Failed; says why
    Failed,
    /// The bytes are held
    Stored,
    /// 104 no longer gives it
    Unavailable,
    /// Larger than `max_size` of the settings
    TooLarge,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Failed => "failed",
            Self::Stored => "stored",
            Self::Unavailable => "unavailable",
            Self::TooLarge => "too_large",
        }
    }
}

/// Reads the ledger.
pub(crate) async fn run(context: &Context, files: &Files) -> Result<u8, Failure> {
    match &files.command {
        Command::List { state, narrow } => list(context, state, narrow).await?,
        Command::Show { task_id } => show(context, *task_id).await?,
    }
    Ok(0)
}

async fn list(context: &Context, states: &[State], narrow: &Narrow) -> Result<(), Failure> {
    let pool = context.database().await?;
    let is_unsettled = states.iter().all(|state| matches!(state, State::Open | State::Failed));
    let which = if is_unsettled { FileState::Unsettled } else { FileState::Any };
    let names = states.iter().map(|state| state.as_str()).collect();
    let rows = report::files(&pool, which, &narrow.filter(context, names)).await?;
    if context.output.is_json() {
        json_lines(context, &rows);
        return Ok(());
    }
    let mut table = Table::new(&[
        ">task",
        "company",
        "resume",
        "role",
        ">item",
        "state",
        ">failed runs",
        "next attempt",
        "failure",
    ]);
    for row in &rows {
        table.row([
            row.task_id.to_string(),
            row.company_no.clone(),
            row.resume_id.clone(),
            row.role.clone(),
            row.item_no.to_string(),
            row.state.clone(),
            row.attempts.to_string(),
            next_attempt(row).unwrap_or_else(|| "-".to_owned()),
            or_dash(row.failure.as_deref()),
        ]);
    }
    table.lines().iter().for_each(|line| context.output.line(line));
    narrow.say_if_cut(context, rows.len());
    let left_out = rows.iter().filter(|row| is_left_out(row)).count();
    if left_out > 0 {
        context.output.talk(format!(
            "{left_out} of these were left out by a backfill: `etl104 retry files` fetches them"
        ));
    }
    Ok(())
}

/// A backfill opened it for nobody but `retry`.
fn is_left_out(row: &FileRow) -> bool {
    row.state == "open" && row.next_attempt_at.is_none()
}

/// When it is taken up again; `None` for a settled one.
fn next_attempt(row: &FileRow) -> Option<String> {
    let is_unsettled = matches!(row.state.as_str(), "open" | "failed");
    is_unsettled.then(|| match row.next_attempt_at {
        Some(at) => when(Some(at)),
        None => "only by `etl104 retry files`".to_owned(),
    })
}

async fn show(context: &Context, task_id: i64) -> Result<(), Failure> {
    let pool = context.database().await?;
    let found = report::file(&pool, task_id).await?;
    let row = found.ok_or_else(|| no_such("file task", task_id))?;
    if context.output.is_json() {
        context.output.json(&row);
        return Ok(());
    }
    let line = |name: &str, value: Option<String>| fact(context, name, value);
    line("task", Some(row.task_id.to_string()));
    line("file", Some(format!("{} {} of resume {}", row.role, row.item_no, row.resume_id)));
    line("company", Some(row.company_no.clone()));
    line("state", Some(row.state.clone()));
    line("document", Some(row.document_id.to_string()));
    line("window", Some(row.window_id.to_string()));
    line("opened", Some(when(Some(row.created_at))));
    line("settled", row.closed_at.map(|at| when(Some(at))));
    line("failure", row.failure.clone());
    line("remedy", row.remedy.clone());
    line("failed runs", (row.attempts > 0).then(|| row.attempts.to_string()));
    line("left out", is_left_out(&row).then(|| "by a backfill that fetched no files".to_owned()));
    line("next attempt", next_attempt(&row));
    Ok(())
}
