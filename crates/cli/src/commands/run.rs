//! `run`: all that is due now.

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;
use model::CompanyNo;
use pipeline::plan::{Group, Reason};
use pipeline::verdict::RunState;
use resumes::Command;
use serde::Serialize;

use super::work::{Limits, work};
use crate::arguments::Label;
use crate::context::Context;
use crate::exit::Failure;
use crate::summary::Failed;
use crate::table::Table;
use crate::taiwan::parse_hour;

/// Fetch all that is due: windows, rechecks, open files
///
/// Fetches all that is due: the windows from each company's `start_on` to the last settled hour,
/// rechecks of closed ones, and open files. What fails stays open, and the next run takes it up
/// again; any number of runs at once share the work and the pace.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 run --dry-run           what is due, without a call
  etl104 run --max-calls 300     a first taste
  etl104 run --output json       the last line on stdout is one JSON object
  7 * * * *  cd /etc/etl104 && set -a && . ./.env && etl104 run --quiet    (crontab: seven past)

Exit codes: 0 complete, nothing due, or a budget spent; 3 something failed or was rejected and is
open; 4 other processes hold the work; 5 credentials; 6 104 unavailable; 7 database or storage
unavailable; 2 settings; 130 and 143 stopped by a signal, drained cleanly.")]
pub(crate) struct Run {
    /// Cover hours up to this one (exclusive), Taiwan time, instead of the last settled one
    #[arg(long, value_name = "2026-11-22T10", value_parser = parse_hour)]
    until: Option<Timestamp>,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    pub(crate) label: Label,
    /// Say what would be done, and call nobody
    #[arg(long = "dry-run")]
    is_dry: bool,
}

/// Runs, or says what a run would do.
pub(crate) async fn run(context: &Context, run: &Run) -> Result<u8, Failure> {
    let mut request = run.limits.request(Command::Run, context.companies());
    request.until = run.until;
    if run.is_dry {
        let settings = context.given()?.of_warehouse(context.companies())?;
        let plans = resumes::plan(&settings, &request).await?;
        print_plan(context, &plans);
        return Ok(0);
    }
    let until = run.until.map_or_else(String::new, |until| {
        let (date, hour) = model::taiwan_date_hour(until);
        format!(" --until {date}T{hour:02}")
    });
    let go_on = format!("etl104 run{until}{}{}", run.limits.flags(), context.flags());
    work(context, &request, go_on).await
}

/// The last line of a dry run for programs. A contract: keys are added, never changed, while `schema` is 1.
#[derive(Serialize)]
struct Planned {
    schema: u8,
    command: &'static str,
    is_dry_run: bool,
    state: RunState,
    exit_code: u8,
    windows: usize,
    failures: [Failed; 0],
}

/// One window that is due.
#[derive(Serialize)]
struct Due<'a> {
    company_no: &'a str,
    source: &'static str,
    window_on: String,
    start_hour: u8,
    end_hour: u8,
    reason: &'static str,
}

fn print_plan(context: &Context, plans: &[(CompanyNo, Vec<Group>)]) {
    let due = || {
        plans.iter().flat_map(|(company, groups)| {
            groups.iter().flat_map(|group| &group.windows).map(move |due| Due {
                company_no: company.as_str(),
                source: due.window.source().as_str(),
                window_on: due.window.date().to_string(),
                start_hour: due.window.start_hour(),
                end_hour: due.window.end_hour(),
                reason: match due.reason {
                    Reason::Due => "due",
                    Reason::Recheck => "recheck",
                    Reason::Relist { .. } | Reason::Refetch { .. } => "backfill",
                },
            })
        })
    };
    let windows = due().count();
    if context.output.is_json() {
        due().for_each(|due| context.output.json(&due));
        context.output.json(&Planned {
            schema: 1,
            command: "run",
            is_dry_run: true,
            state: if windows == 0 { RunState::NothingDue } else { RunState::Complete },
            exit_code: 0,
            windows,
            failures: [],
        });
        return;
    }
    // Sources of the same hours share a line.
    let mut sources: BTreeMap<(usize, String), Vec<&str>> = BTreeMap::new();
    let mut lines: Vec<[String; 4]> = Vec::new();
    for due in due() {
        let hours = format!("{:02}-{:02}", due.start_hour, due.end_hour);
        let cells = [due.company_no.to_owned(), due.window_on, hours, due.reason.to_owned()];
        if lines.last() != Some(&cells) {
            lines.push(cells);
        }
        sources.entry((lines.len(), String::new())).or_default().push(due.source);
    }
    let mut table = Table::new(&["company", "date", "hours", "why", "sources"]);
    for ([company, date, hours, why], sources) in lines.into_iter().zip(sources.into_values()) {
        table.row([company, date, hours, why, sources.join(", ")]);
    }
    if table.is_empty() {
        context.output.line("no window is due");
    } else {
        table.lines().iter().for_each(|line| context.output.line(line));
    }
    context
        .output
        .talk(format!("{windows} windows; at least a call each, and one for ten resumes"));
}
