//! `check`: each part alone or all, a line each with its remedy.

use clap::{Args, ValueEnum};
use pipeline::tally::FailureKind;
use resumes::settings::Settings;
use resumes::{CheckLine, Checked};
use serde::Serialize;

use crate::context::Context;
use crate::exit::{Failure, exit_code};
use crate::output::{Output, Tone};
use crate::settings::Secrets;

/// A part that can be checked alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// 104: the credentials, the company number, the newest day with resumes
    Api,
    /// Postgres: connection, tables, environment
    Database,
    /// Object storage: put, get, list, delete
    Storage,
}

/// Try settings, 104, database and storage, a line each
///
/// Tries settings, 104, database and storage; each line that fails names its remedy. The API is
/// asked at most 12 times for lists, the newest day first, and no resume is fetched.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 check --offline      the settings alone, no connection
  etl104 check api            only 104: needs neither database nor storage to be up
  etl104 check --output json  one JSON object a line

Exit codes: 0 all works; 2 settings, 5 credentials, 6 104 unavailable, 7 database or storage;
of several the gravest (7, 5, 2, 6).")]
pub(crate) struct Check {
    /// Only this part
    part: Option<Part>,
    /// Only read the settings; open no connection
    #[arg(long)]
    offline: bool,
}

/// One line for programs.
#[derive(Serialize)]
struct Line<'a> {
    what: &'a str,
    is_ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

/// Checks part by part and prints each line as it is known.
pub(crate) async fn run(context: &Context, check: &Check) -> Result<u8, Failure> {
    let secrets = match check.part {
        None | Some(Part::Api) => Secrets::Required,
        Some(Part::Database | Part::Storage) => Secrets::NotNeeded,
    };
    let settings = context.given()?.all(context.companies(), secrets)?;
    let found = describe(&settings);
    let read = CheckLine { what: "settings".into(), outcome: Checked::Works(found) };
    let mut failed = Vec::new();
    print(&context.output, [read], &mut failed);
    if check.offline {
        return Ok(0);
    }
    let is_asked = |part| check.part.is_none_or(|asked| asked == part);
    if is_asked(Part::Database) {
        print(&context.output, resumes::check_database(&settings).await, &mut failed);
    }
    if is_asked(Part::Storage) {
        print(&context.output, resumes::check_storage(&settings).await, &mut failed);
    }
    if is_asked(Part::Api) {
        let asked = context.companies();
        for company in &settings.companies {
            if asked.is_empty() || asked.contains(&company.no) {
                let mut lines = resumes::check_api(&settings, company).await;
                if settings.companies.len() > 1 {
                    for line in &mut lines {
                        line.what = format!("{} ({})", line.what, company.no);
                    }
                }
                print(&context.output, lines, &mut failed);
            }
        }
    }
    Ok(exit_code(failed))
}

fn describe(settings: &Settings) -> String {
    let companies: Vec<&str> =
        settings.companies.iter().map(|company| company.no.as_str()).collect();
    format!("{}, company {}", settings.api.environment, companies.join(", "))
}

fn print(
    output: &Output,
    lines: impl IntoIterator<Item = CheckLine>,
    failed: &mut Vec<FailureKind>,
) {
    for CheckLine { what, outcome } in lines {
        match &outcome {
            Checked::Works(found) if output.is_json() => {
                let found = Some(found.as_str());
                output.json(&Line { what: &what, is_ok: true, found, problem: None, remedy: None });
            }
            Checked::Works(found) => {
                output.line(format!("{}  {what}: {found}", output.paint(Tone::Good, "ok  ")));
            }
            Checked::Fails { problem, remedy, kind } => {
                failed.push(*kind);
                if output.is_json() {
                    let (problem, remedy) = (Some(problem.as_str()), Some(remedy.as_str()));
                    output.json(&Line { what: &what, is_ok: false, found: None, problem, remedy });
                } else {
                    let fail = output.paint(Tone::Bad, "FAIL");
                    output.line(format!("{fail}  {what}: {problem}\n      remedy: {remedy}"));
                }
            }
        }
    }
}
