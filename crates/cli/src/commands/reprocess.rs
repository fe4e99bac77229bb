//! `reprocess`: from raw to rows with today's code.

use std::sync::Arc;

use clap::Args;
use model::ResumeId;
use pipeline::tally::Tally;
use pipeline::verdict::RunState;
use resumes::{Report, ReprocessRequest, Reprocessed, Signals};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;
use crate::output::Tone;
use crate::progress::{Progress, Shown};
use crate::settings::Secrets;
use crate::signals;
use crate::taiwan::span;

/// Rebuild the tables of people from raw, without a call to 104
///
/// Rebuilds `recruiting` from what was received (`raw`) with today's
/// code, for everyone or one resume. No call to 104, no secret needed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 reprocess --dry-run                 how many people would change
  etl104 reprocess --resume-id 1234567890
  etl104 reprocess                           everyone, after an update of etl104

Exit codes: 0 done; 3 some documents could not be read; 2 settings; 7 database unavailable;
130 and 143 stopped by a signal: run it again, unchanged people are passed over.")]
pub(crate) struct Reprocess {
    /// Only this resume
    #[arg(long, value_name = "ID")]
    resume_id: Option<ResumeId>,
    /// Compute and compare, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// The outcome for programs.
#[derive(Serialize)]
struct Summary<'a> {
    schema: u8,
    command: &'static str,
    run_id: Option<String>,
    state: RunState,
    exit_code: u8,
    is_dry_run: bool,
    people: u64,
    people_written: u64,
    people_unchanged: u64,
    people_removed: u64,
    rejected: u64,
    seconds: f64,
    failures: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Failed<'a> {
    at: &'a str,
    what: &'a str,
    remedy: &'a str,
}

/// Reprocesses and says what changed.
pub(crate) async fn run(context: &Context, reprocess: &Reprocess) -> Result<u8, Failure> {
    let settings = context.given()?.all(context.companies(), Secrets::NotNeeded)?;
    let request = ReprocessRequest {
        companies: context.companies().to_vec(),
        resume_id: reprocess.resume_id.clone(),
        is_dry_run: reprocess.dry_run,
    };
    let tally = Arc::new(Tally::default());
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let progress = Progress::show(&tally, &context.output, Shown::Counts);
    let (report, done) = resumes::reprocess(&settings, &request, &tally, &signals).await;
    drop((progress, listener));
    print(context, reprocess, &report, done, &tally);
    match &reprocess.resume_id {
        Some(id) if done.people == 0 && report.verdict.exit_code == 0 => Err(Failure::asked(
            format!("no document of the resume {id} is held"),
            "see the id in recruiting.candidate.resume_id, or name another company by --company",
        )),
        _ => Ok(report.verdict.exit_code),
    }
}

fn print(
    context: &Context,
    reprocess: &Reprocess,
    report: &Report,
    done: Reprocessed,
    tally: &Tally,
) {
    let output = &context.output;
    let failures = tally.failures();
    for failure in failures.iter().take(20) {
        let failed = output.paint_err(Tone::Bad, "failed:");
        let (at, what, remedy) = (&failure.at, &failure.what, &failure.remedy);
        output.complain(format!("{failed} {at}: {what}\n  remedy: {remedy}"));
    }
    let seconds = report.elapsed.as_secs_f64();
    if output.is_json() {
        output.json(&Summary {
            schema: 1,
            command: "reprocess",
            run_id: report.run_id.map(|id| id.to_string()),
            state: report.verdict.state,
            exit_code: report.verdict.exit_code,
            is_dry_run: reprocess.dry_run,
            people: done.people,
            people_written: done.written,
            people_unchanged: done.unchanged,
            people_removed: done.removed,
            rejected: done.rejected,
            seconds: (seconds * 1000.0).round() / 1000.0,
            failures: failures
                .iter()
                .map(|failed| Failed { at: &failed.at, what: &failed.what, remedy: &failed.remedy })
                .collect(),
        });
    } else if !output.is_quiet() {
        let would = if reprocess.dry_run { "would be " } else { "" };
        output.line(format!(
            "{} people in {}: {} {would}written, {} unchanged, {} {would}removed; {} documents \
             could not be read",
            done.people,
            span(seconds),
            done.written,
            done.unchanged,
            done.removed,
            done.rejected
        ));
    }
}
