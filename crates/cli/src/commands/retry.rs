//! `retry`: what failed, at once.

use clap::{Args, ValueEnum};
use resumes::Command;

use super::work::{Limits, work};
use crate::arguments::Label;
use crate::context::Context;
use crate::exit::Failure;

/// What to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Windows that failed, however often
    Windows,
    /// Files that failed, however often, and those that a backfill left out
    Files,
    /// Resumes that were rejected: 104 is asked for them again
    Rejections,
}

/// Take up again what failed, at once
///
/// Takes up again what failed, at once and however often it failed before. `run` does so by
/// itself with growing gaps, and gives up after five runs. Files that a backfill left out
/// (`--files none`) are fetched by `retry files` alone.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 windows list --state failed     what failed, why, and the remedy
  etl104 retry windows --max-minutes 20
  etl104 retry files

Exit codes: as those of `etl104 run`.")]
pub(crate) struct Retry {
    /// What to retry
    what: What,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    pub(crate) label: Label,
}

impl Retry {
    /// The same by its name.
    pub(crate) fn command(&self) -> Command {
        match self.what {
            What::Windows => Command::RetryWindows,
            What::Files => Command::RetryFiles,
            What::Rejections => Command::RetryRejections,
        }
    }
}

/// Reopens what failed and runs.
pub(crate) async fn run(context: &Context, retry: &Retry) -> Result<u8, Failure> {
    let command = retry.command();
    let request = retry.limits.request(command, context.companies());
    let go_on = format!("etl104 {}{}{}", command.as_str(), retry.limits.flags(), context.flags());
    work(context, &request, go_on).await
}
