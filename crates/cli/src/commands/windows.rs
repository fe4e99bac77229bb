//! `windows`: what was asked of 104, hour by hour, and how far it came.

use clap::{Args, Subcommand, ValueEnum};
use pipeline::report::{self, ItemRow, WindowRow};

use super::list::{Narrow, fact, json_lines, no_such, or_dash, when};
use crate::context::Context;
use crate::exit::Failure;
use crate::table::Table;

/// Items that `show` prints at most.
const ITEMS: u32 = 100;

/// Windows of hours: list, show, accept
///
/// Windows of hours: each is one question to 104 (company, source, hours of one date). Closed
/// means: listed = stored + absent + rejected.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 windows list --state failed
  etl104 windows list --since 7d --company 01234567 --output json
  etl104 windows show 42
  etl104 windows accept --dry-run

Exit codes: 0; 2 settings, or no such window; 7 database unavailable.")]
pub(crate) struct Windows {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The windows, the newest hours first
    List {
        /// Only in this state; may stand more than once
        #[arg(long, value_enum)]
        state: Vec<State>,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// One window with its failure, its remedy and the items that are not stored
    Show {
        /// Number of the window
        window_id: i64,
    },
    /// Accept that windows of the past are empty: nobody listed, or refused, and nobody before
    Accept {
        /// Only say how many
        #[arg(long)]
        dry_run: bool,
    },
}

/// A window's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum State {
    /// Work remains
    Open,
    /// Complete
    Closed,
    /// Listed nothing, before anything that 104 ever listed
    EmptyUnconfirmed,
    /// Failed; says why
    Failed,
    /// Other windows covered it
    Superseded,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::EmptyUnconfirmed => "empty_unconfirmed",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}

/// Reads the ledger, or accepts empty windows.
pub(crate) async fn run(context: &Context, windows: &Windows) -> Result<u8, Failure> {
    match &windows.command {
        Command::List { state, narrow } => list(context, state, narrow).await?,
        Command::Show { window_id } => show(context, *window_id).await?,
        Command::Accept { dry_run } => accept(context, *dry_run).await?,
    }
    Ok(0)
}

async fn list(context: &Context, states: &[State], narrow: &Narrow) -> Result<(), Failure> {
    let pool = context.database().await?;
    let states = states.iter().map(|state| state.as_str()).collect();
    let rows = report::windows(&pool, &narrow.filter(context, states)).await?;
    if context.output.is_json() {
        json_lines(context, &rows);
        return Ok(());
    }
    let mut table = Table::new(&[
        ">window",
        "company",
        "source",
        "date",
        "hours",
        "state",
        ">listed",
        ">stored",
        ">absent",
        ">rejected",
        "closed",
        "failure or note",
    ]);
    for row in &rows {
        let said = row.failure.as_deref().or(row.list_note.as_deref());
        table.row([
            row.window_id.to_string(),
            row.company_no.clone(),
            row.source.clone(),
            row.window_on.clone(),
            hours(row),
            row.state.clone(),
            row.listed.to_string(),
            row.stored.to_string(),
            row.absent.to_string(),
            row.rejected.to_string(),
            when(row.closed_at),
            or_dash(said),
        ]);
    }
    table.lines().iter().for_each(|line| context.output.line(line));
    narrow.say_if_cut(context, rows.len());
    Ok(())
}

async fn show(context: &Context, window_id: i64) -> Result<(), Failure> {
    let pool = context.database().await?;
    let found = report::window(&pool, window_id).await?;
    let row = found.ok_or_else(|| no_such("window", window_id))?;
    let items = report::open_items(&pool, window_id, ITEMS).await?;
    if context.output.is_json() {
        let mut whole = serde_json::to_value(&row).unwrap_or_default();
        if let Some(object) = whole.as_object_mut() {
            object.insert("items".into(), serde_json::to_value(&items).unwrap_or_default());
        }
        context.output.json(&whole);
        return Ok(());
    }
    print(context, &row, &items);
    Ok(())
}

fn print(context: &Context, row: &WindowRow, items: &[ItemRow]) {
    let line = |name: &str, value: Option<String>| fact(context, name, value);
    line("window", Some(row.window_id.to_string()));
    line(
        "asks",
        Some(format!("{} {} {} {}", row.company_no, row.source, row.window_on, hours(row))),
    );
    line("state", Some(row.state.clone()));
    line(
        "items",
        Some(format!(
            "{} listed = {} stored + {} absent + {} rejected + {} open",
            row.listed,
            row.stored,
            row.absent,
            row.rejected,
            row.listed - row.stored - row.absent - row.rejected
        )),
    );
    line("104's total", row.list_total.map(|total| total.to_string()));
    line("note", row.list_note.clone());
    line("first listed", row.first_listed_at.map(|at| when(Some(at))));
    line("last listed", row.last_listed_at.map(|at| when(Some(at))));
    line("closed", row.closed_at.map(|at| when(Some(at))));
    line("failure", row.failure.clone());
    line("remedy", row.remedy.clone());
    line("failed runs", (row.attempts > 0).then(|| row.attempts.to_string()));
    line("next attempt", next_attempt(row));
    line("held by run", row.held_by.clone());
    if items.is_empty() {
        return;
    }
    let mut table = Table::new(&[">place", "resume", "state", "listed", "rejection"]);
    for item in items {
        table.row([
            item.position.to_string(),
            item.resume_id.clone(),
            item.state.clone(),
            when(Some(item.listed_at)),
            or_dash(item.rejection.as_deref()),
        ]);
    }
    context.output.line("");
    table.lines().iter().for_each(|line| context.output.line(line));
}

fn next_attempt(row: &WindowRow) -> Option<String> {
    (row.state == "failed").then(|| {
        row.next_attempt_at
            .map_or_else(|| "only by `etl104 retry windows`".to_owned(), |at| when(Some(at)))
    })
}

async fn accept(context: &Context, is_dry_run: bool) -> Result<(), Failure> {
    let pool = context.database().await?;
    let mut accepted = 0;
    for scope in context.given()?.scopes(context.companies())? {
        accepted += if is_dry_run {
            let open = report::open_work(&pool, std::slice::from_ref(&scope.no)).await?;
            u64::try_from(open.windows_unconfirmed).unwrap_or(0)
        } else {
            pipeline::upkeep::accept_empty(&pool, &scope.no).await?
        };
    }
    if context.output.is_json() {
        context.output.json(&serde_json::json!({
            "schema": 1, "command": "windows accept", "accepted": accepted, "is_dry_run": is_dry_run,
        }));
    } else {
        let would = if is_dry_run { "would be " } else { "" };
        context.output.line(format!("{accepted} empty windows {would}accepted as empty"));
    }
    Ok(())
}

fn hours(row: &WindowRow) -> String {
    format!("{:02}-{:02}", row.start_hour, row.end_hour)
}
