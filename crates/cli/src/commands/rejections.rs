//! `rejections`: what was refused, why, and what to do about it.

use clap::{Args, Subcommand, ValueEnum};
use model::RejectionCode;
use pipeline::report::{self, RejectionRow, RejectionState};

use super::list::{Narrow, fact, json_lines, no_such, or_dash, when};
use crate::context::Context;
use crate::exit::Failure;
use crate::table::Table;

/// Rejected answers: list, show
///
/// Answers that were refused, kept with their payload. Without --payload nothing of it is shown.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 rejections list
  etl104 rejections list --state any --code stranger --since 7d
  etl104 rejections show 3
  etl104 rejections show 3 --payload > answer.bin    personal data: mind where it goes
  etl104 retry rejections                            ask 104 for them again

Exit codes: 0; 2 settings, or no such rejection; 7 database unavailable.")]
pub(crate) struct Rejections {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The rejections, the newest first; open ones unless --state says otherwise
    List {
        /// Which ones
        #[arg(long, value_enum, default_value = "open")]
        state: State,
        /// Only with this code; may stand more than once
        #[arg(long, value_parser = parse_code)]
        code: Vec<&'static str>,
        #[command(flatten)]
        narrow: Narrow,
    },
    /// One rejection with its reason and the remedy
    Show {
        /// Number of the rejection
        rejection_id: i64,
        /// Print the refused bytes to stdout, and nothing else: personal data
        #[arg(long)]
        payload: bool,
    },
}

/// Which rejections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    /// No later try resolved them
    Open,
    /// A later try resolved them
    Resolved,
    /// All
    Any,
}

fn parse_code(text: &str) -> Result<&'static str, String> {
    let known = RejectionCode::ALL.map(RejectionCode::as_str);
    known
        .into_iter()
        .find(|code| *code == text)
        .ok_or_else(|| format!("write one of {}", known.join(", ")))
}

/// Reads the ledger.
pub(crate) async fn run(context: &Context, rejections: &Rejections) -> Result<u8, Failure> {
    match &rejections.command {
        Command::List { state, code, narrow } => list(context, *state, code, narrow).await?,
        Command::Show { rejection_id, payload: false } => show(context, *rejection_id).await?,
        Command::Show { rejection_id, payload: true } => payload(context, *rejection_id).await?,
    }
    Ok(0)
}

async fn list(
    context: &Context,
    state: State,
    codes: &[&'static str],
    narrow: &Narrow,
) -> Result<(), Failure> {
    let pool = context.database().await?;
    let which = match state {
        State::Open => RejectionState::Open,
        State::Resolved => RejectionState::Resolved,
        State::Any => RejectionState::Any,
    };
    let filter = narrow.filter(context, codes.to_vec());
    let rows = report::rejections(&pool, which, &filter).await?;
    if context.output.is_json() {
        json_lines(context, &rows);
        return Ok(());
    }
    let mut table = Table::new(&[
        ">rejection",
        "company",
        "resume",
        ">window",
        "code",
        "rejected",
        "resolved",
        "reason",
    ]);
    for row in &rows {
        table.row([
            row.rejection_id.to_string(),
            row.company_no.clone(),
            or_dash(row.resume_id.as_deref()),
            row.window_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
            row.code.clone(),
            when(Some(row.rejected_at)),
            when(row.resolved_at),
            row.reason.clone(),
        ]);
    }
    table.lines().iter().for_each(|line| context.output.line(line));
    narrow.say_if_cut(context, rows.len());
    Ok(())
}

async fn show(context: &Context, rejection_id: i64) -> Result<(), Failure> {
    let pool = context.database().await?;
    let found = report::rejection(&pool, rejection_id).await?;
    let row = found.ok_or_else(|| no_such("rejection", rejection_id))?;
    if context.output.is_json() {
        context.output.json(&row);
    } else {
        print(context, &row);
    }
    Ok(())
}

fn print(context: &Context, row: &RejectionRow) {
    let line = |name: &str, value: Option<String>| fact(context, name, value);
    line("rejection", Some(row.rejection_id.to_string()));
    line("company", Some(row.company_no.clone()));
    line("resume", row.resume_id.clone());
    line("window", row.window_id.map(|id| id.to_string()));
    line("document", row.document_id.map(|id| id.to_string()));
    line("run", Some(row.run_id.clone()));
    line("code", Some(row.code.clone()));
    line("reason", Some(row.reason.clone()));
    line("remedy", Some(row.remedy.clone()));
    line("rejected", Some(when(Some(row.rejected_at))));
    line("resolved", row.resolved_at.map(|at| when(Some(at))));
    line(
        "payload",
        row.payload_bytes.map(|bytes| format!("{bytes} bytes (--payload prints them)")),
    );
}

async fn payload(context: &Context, rejection_id: i64) -> Result<(), Failure> {
    let pool = context.database().await?;
    let found = report::rejection_payload(&pool, rejection_id).await?;
    let payload = found.ok_or_else(|| no_such("rejection with a payload", rejection_id))?;
    context.output.bytes(payload.expose());
    Ok(())
}
