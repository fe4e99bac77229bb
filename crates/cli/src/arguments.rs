//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use model::CompanyNo;

use crate::commands::{
    as_of, backfill, changes, check, export, files, init, manual, migrate, probe, rejections,
    reprocess, retry, run, runs, schema, status, trace, verify, windows,
};
use crate::logs::LogFormat;
use crate::output::Format;

/// What `--version` says: a release (`make release`) names its commit.
pub(crate) const VERSION: &str = match option_env!("ETL104_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// Keeps your company's 104 resumes in your own Postgres and object storage.
#[derive(Parser)]
#[command(name = "etl104", version = VERSION, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
First steps:
  etl104 init                 write etl104.toml and .env.example, and fill them in
  set -a; . ./.env; set +a    the secret goes into the environment, never into a flag
  etl104 check                every part alone, with the remedy where one fails
  etl104 migrate              make the tables
  etl104 run                  fetch all that is due; hourly from then on, seven past

Exit codes:
  0  complete (also: nothing due, or a --max-… budget spent)
  1  unexpected failure
  2  usage or settings
  3  partial: something failed or was rejected and is open; `etl104 status` says what
  4  work was due, and other processes held all of it
  5  104 refused the credentials
  6  104 unavailable, or throttling past the budget
  7  database or object storage unavailable
  130 / 143  stopped by SIGINT / SIGTERM, drained cleanly

Data goes to stdout, talk to stderr. Settings in the file are overridden by variables such as
ETL104_API__CALLS_PER_SECOND, and those by flags.";

/// What every command takes.
#[derive(Args)]
pub(crate) struct Global {
    /// The settings file; else `ETL104_CONFIG`, else ./etl104.toml
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only this company (統編); may stand more than once
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "NO")]
    pub(crate) company: Vec<CompanyNo>,
    /// How data is printed
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, default_value = "human")]
    pub(crate) output: Format,
    /// How logs are written
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// Print data and failures only
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// Say more; twice for still more
    #[arg(long, short, global = true, help_heading = "Everywhere", action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Check(check::Check),
    Probe(probe::Probe),
    Migrate(migrate::Migrate),
    Run(run::Run),
    Backfill(backfill::Backfill),
    Retry(retry::Retry),
    Reprocess(reprocess::Reprocess),
    AsOf(as_of::AsOf),
    Verify(verify::Verify),
    Trace(trace::Trace),
    Export(export::Export),
    Changes(changes::Changes),
    Status(status::Status),
    Windows(windows::Windows),
    Runs(runs::Runs),
    Files(files::Files),
    Rejections(rejections::Rejections),
    Schema(schema::Schema),
    Manual(manual::Manual),
}

/// What a run is called.
#[derive(Args)]
pub(crate) struct Label {
    /// Call the run so, such as by your scheduler's run id; no personal data, 200 characters
    ///
    /// It is kept in `etl.run`, shown by `runs list`, and stands in the summary (`run_label`). Else
    /// `ETL104_RUN__LABEL`, else `[run] label`.
    #[arg(long, value_name = "TEXT")]
    run_label: Option<String>,
}

impl Command {
    /// What the run is called, if it is one that can be called something.
    pub(crate) fn run_label(&self) -> Option<&str> {
        match self {
            Self::Run(run::Run { label, .. })
            | Self::Backfill(backfill::Backfill { label, .. })
            | Self::Retry(retry::Retry { label, .. })
            | Self::Reprocess(reprocess::Reprocess { label, .. }) => label.run_label.as_deref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn flags_may_stand_before_and_after_the_command() {
        let typed =
            ["etl104", "--company", "1234567", "run", "--max-calls", "3", "--output", "json"];
        let arguments = Arguments::try_parse_from(typed).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(arguments.global.company.len(), 1);
        assert_eq!(arguments.global.output, Format::Json);
    }
}
