//! `as-of`: all tables as they were at a moment, in a schema of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use pipeline::tally::Tally;
use pipeline::verdict::RunState;
use resumes::{AsOf as Built, AsOfRefusal, AsOfRequest, Report, SchemaName, Signals};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;
use crate::output::Tone;
use crate::progress::{Progress, Shown};
use crate::signals;
use crate::table::Table;
use crate::taiwan::{in_taiwan, moment, parse_moment, span};

/// Build the tables as they were at a moment, in a schema of their own
///
/// Builds all tables of `recruiting` as they were at a moment, in a schema of their own, by the same
/// code that writes `recruiting`. As they were means: what 104's windows that had ended by then
/// showed, with all that is known today of those windows (hours that were fetched later count; what
/// is read better today is read better there too). Where 104 answers old windows as the resume is
/// now, what was fetched late shows nobody as they were: people of whom nothing else is known are
/// left out, and counted. No call to 104, no secret needed. Nothing in `recruiting` is touched, and a
/// run may be at work meanwhile. An earlier schema of the same name is replaced at once and whole, if
/// `as-of` made it and nothing that others made rests on it; whoever may read that one may read the
/// new one.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 as-of 2026-11-01 --schema november         midnight, Taiwan time
  etl104 as-of 2026-11-01T09 --schema before_nine   nine o'clock, Taiwan time
  etl104 as-of 2026-11-01T09:30:00+08:00 --schema before_nine
Then, in psql:
  set search_path = november;
  select count(*) from candidate;
Rid of it: drop schema november cascade;

The schema holds personal data: grant and drop it accordingly. etl.as_of_schema lists them all.

Exit codes: 0 done; 2 settings, or it can't be built as asked; 7 database unavailable; 130 and 143
stopped by a signal: nothing is left of it, run it again.")]
pub(crate) struct AsOf {
    /// The moment: a date, a date with an hour (both Taiwan time), or RFC 3339
    #[arg(value_name = "MOMENT", value_parser = parse_moment)]
    moment: Timestamp,
    /// The schema to build: lower-case letters, digits and _
    #[arg(long, value_name = "NAME")]
    schema: SchemaName,
}

/// The outcome for programs.
#[derive(Serialize)]
struct Summary<'a> {
    schema: u8,
    command: &'static str,
    run_id: Option<String>,
    run_label: Option<&'a str>,
    state: RunState,
    exit_code: u8,
    schema_name: &'a str,
    moment: Timestamp,
    is_built: bool,
    last_window_ended_at: Option<Timestamp>,
    unfinished_windows: i64,
    people: u64,
    people_on_late_evidence: u64,
    people_left_out: u64,
    rows: &'a BTreeMap<&'static str, u64>,
    seconds: f64,
    failures: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Failed<'a> {
    at: &'a str,
    what: &'a str,
    remedy: &'a str,
}

/// Builds and says what is there.
pub(crate) async fn run(context: &Context, as_of: &AsOf) -> Result<u8, Failure> {
    let settings = context.given()?.of_warehouse(context.companies())?;
    let request = AsOfRequest {
        companies: context.companies().to_vec(),
        moment: as_of.moment,
        schema: as_of.schema.clone(),
    };
    let tally = Arc::new(Tally::default());
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let progress = Progress::show(&tally, &context.output, Shown::Counts);
    let ended = resumes::as_of(&settings, &request, &tally, &signals).await;
    drop((progress, listener));
    let (report, built) = ended.map_err(|refusal| refused(as_of, &refusal))?;
    print(context, as_of, &report, &built, &tally);
    Ok(report.verdict.exit_code)
}

/// What can't be built, and what can.
fn refused(as_of: &AsOf, refusal: &AsOfRefusal) -> Failure {
    let (at, name) = (moment(as_of.moment), &as_of.schema);
    let problem = match refusal {
        AsOfRefusal::Future | AsOfRefusal::NothingYet { .. } => {
            format!("{at} (Taiwan time): {refusal}")
        }
        AsOfRefusal::Foreign
        | AsOfRefusal::Strangers(_)
        | AsOfRefusal::Reserved
        | AsOfRefusal::Role => format!("--schema {name}: {refusal}"),
    };
    let remedy = match refusal {
        AsOfRefusal::Future => {
            "name a moment that has passed; the tables of now are those of `recruiting`".to_owned()
        }
        AsOfRefusal::NothingYet { first: Some(first) } => format!(
            "the first window that showed anybody ended on {} (Taiwan time): name that moment or a \
             later one, or fetch what is older",
            moment(*first)
        ),
        AsOfRefusal::NothingYet { first: None } => {
            "nothing was fetched yet: `etl104 run` first".to_owned()
        }
        AsOfRefusal::Foreign => {
            format!("take another name; or, if it may go: drop schema {name} cascade")
        }
        AsOfRefusal::Strangers(_) => "move or drop those first, or take another name".to_owned(),
        AsOfRefusal::Reserved | AsOfRefusal::Role => {
            "take another name, such as one with a date in it".to_owned()
        }
    };
    Failure::asked(problem, remedy)
}

fn print(context: &Context, as_of: &AsOf, report: &Report, built: &Built, tally: &Tally) {
    let output = &context.output;
    let failures = tally.failures();
    for failure in failures.iter().take(20) {
        let failed = output.paint_err(Tone::Bad, "failed:");
        let (at, what, remedy) = (&failure.at, &failure.what, &failure.remedy);
        output.complain(format!("{failed} {at}: {what}\n  remedy: {remedy}"));
    }
    let seconds = report.elapsed.as_secs_f64();
    let name = as_of.schema.as_str();
    if output.is_json() {
        output.json(&Summary {
            schema: 1,
            command: "as-of",
            run_id: report.run_id.map(|id| id.to_string()),
            run_label: report.run_label.as_deref(),
            state: report.verdict.state,
            exit_code: report.verdict.exit_code,
            schema_name: name,
            moment: as_of.moment,
            is_built: built.is_built,
            last_window_ended_at: built.last_window_ended_at,
            unfinished_windows: built.unfinished_windows,
            people: built.written.people,
            people_on_late_evidence: built.written.on_late_evidence,
            people_left_out: built.written.left_out,
            rows: &built.written.rows,
            seconds: (seconds * 1000.0).round() / 1000.0,
            failures: failures
                .iter()
                .map(|failed| Failed { at: &failed.at, what: &failed.what, remedy: &failed.remedy })
                .collect(),
        });
        return;
    }
    if !built.is_built {
        output.talk(format!("{name} was not built; what stood under this name stands"));
        return;
    }
    if built.unfinished_windows > 0 {
        output.complain(format!(
            "{} {} windows that had ended by then are not finished, and what they show is missing: \
             `etl104 status`, then again",
            output.paint_err(Tone::Warning, "note:"),
            built.unfinished_windows
        ));
    }
    if output.is_quiet() {
        return;
    }
    let mut table = Table::new(&[name, ">rows"]);
    for (of, rows) in &built.written.rows {
        table.row([(*of).to_owned(), rows.to_string()]);
    }
    table.lines().iter().for_each(|line| output.line(line));
    output.line("");
    output.line(format!(
        "{} people in {}, as they were at {}; the last window that had ended by then: {} (Taiwan time)",
        built.written.people,
        span(seconds),
        in_taiwan(as_of.moment),
        built.last_window_ended_at.map_or_else(|| "-".to_owned(), moment),
    ));
    if built.written.on_late_evidence > 0 {
        output.line(format!(
            "{} of them rest on late evidence alone, fetched more than 36 hours after its window \
             (candidate_version.is_late)",
            built.written.on_late_evidence
        ));
    }
    if built.written.left_out > 0 {
        output.line(format!(
            "{} more were listed by then and are left out: 104 answers old windows as the \
             resume is now, and nothing that was fetched in time shows them as they were",
            built.written.left_out
        ));
    }
    output.line(format!("in psql: set search_path = {name}; select count(*) from candidate;"));
}
