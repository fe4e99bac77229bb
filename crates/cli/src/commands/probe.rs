//! `probe`: meets the real 104 and says which assumptions hold.

mod file;
mod print;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::civil::Date;
use probe::{Change, Record, Request};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;
use crate::settings::duration;

/// Meet 104: which assumptions hold, and what to ask it
///
/// Asks 104 some sixty questions, right and wrong ones, and says of each assumption that etl104 rests
/// on whether it is confirmed, refuted or not seen, with a line of evidence; what etl104 does where
/// one is refuted; and the open questions as a mail to 104. Needs `[api]` and one `[[company]]`,
/// neither database nor storage. It keeps the pace, but by itself: no run that goes on beside it waits
/// for it. A minute after the first look it looks again at a file's token and at the hour that has
/// just ended, so it takes about 70 s.
///
/// No value of any person leaves its memory: counts, codes, types, lengths, patterns of digits and
/// words that everybody may know do. The file is safe to attach to an issue.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 probe                                      the first hour with 104
  etl104 probe --out probe.json                     the same, to be kept
  etl104 probe --date 2025-11-05 --again-after 5m   a day that you know; tokens after five minutes
  etl104 probe --burst                              also how 104 throttles: it is provoked
  etl104 probe --quiet --compare probe.json --out probe.json
                                                    every night: silent unless 104 has changed

--burst makes 18 calls, four at a time within six tenths of a second. Don't use it while a run is
under way: both may be throttled.

With --compare only what changed is printed, and the exit code speaks of that alone: what OLD knew as
refuted is no news. An assumption that is refuted now, a field that is new, gone, of another type or
longer than documented is worse.

Exit codes: 0 nothing refuted (--compare: nothing worse); 3 refuted (--compare: worse), and etl104
copes; 2 an assumption is refuted and etl104 does not cope, or settings; 5 credentials refused; 6 104
unavailable.")]
pub(crate) struct Probe {
    /// Calls at most, tokens and retries included; what is left out is said
    #[arg(long, value_name = "N", default_value_t = 80, value_parser = clap::value_parser!(u64).range(1..=1000))]
    budget: u64,
    /// The day to look at closely, instead of the fullest one found
    #[arg(long, value_name = "2026-11-22")]
    date: Option<Date>,
    /// Write what was seen to this file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Say what changed since this file was written
    #[arg(long, value_name = "OLD")]
    compare: Option<PathBuf>,
    /// How long after the first look at a file's token and at the last hour to look again
    #[arg(long, value_name = "1m", default_value = "1m", value_parser = while_looking)]
    again_after: Duration,
    /// Provoke 104's limiter
    #[arg(long)]
    burst: bool,
}

/// The outcome for programs: the record, and what follows from it.
#[derive(Serialize)]
struct Said<'a> {
    command: &'static str,
    exit_code: u8,
    changes: Option<Vec<&'a str>>,
    mail: Option<String>,
    #[serde(flatten)]
    record: &'a Record,
}

/// Asks, then prints.
pub(crate) async fn run(context: &Context, probe: &Probe) -> Result<u8, Failure> {
    let (api, company) = context.given()?.of_104(context.companies())?;
    // What can't be read or written is better known before any call.
    let old = probe.compare.as_deref().map(file::read).transpose()?;
    let draft = probe.out.as_deref().map(file::draft).transpose()?;
    let request = Request {
        company: company.no.clone(),
        environment: api.environment.name.clone(),
        budget: probe.budget,
        date: probe.date,
        second_look_after: probe.again_after,
        with_burst: probe.burst,
    };
    context.output.talk(format!(
        "asking 104 ({}), {} calls at most, at this process's own pace: no run waits for it",
        api.environment.name, probe.budget
    ));
    let config = resumes::client_config(&api, &company);
    let record = probe::probe(config, request).await.map_err(resumes::Failure::from)?;

    let changes = old.as_ref().map(|old| probe::compare(old, &record));
    let exit_code = match &changes {
        Some(changes) => exit_code_of(changes, &record),
        None => record.exit_code(),
    };
    if let Some(draft) = draft {
        draft.finish(&record)?;
    }
    if context.output.is_json() {
        context.output.json(&Said {
            command: "probe",
            exit_code,
            changes: changes.as_ref().map(|all| all.iter().map(|it| it.what.as_str()).collect()),
            mail: probe::mail(&record),
            record: &record,
        });
    } else {
        match &changes {
            Some(changes) => print::changes(&context.output, changes),
            None => print::record(&context.output, &record),
        }
    }
    Ok(exit_code)
}

/// Of what changed for the worse alone.
fn exit_code_of(changes: &[Change], record: &Record) -> u8 {
    let worse = || changes.iter().filter(|change| change.is_worse);
    let is_unhandled = record
        .refuted()
        .filter(|verdict| !verdict.is_handled)
        .any(|verdict| worse().any(|change| change.what.starts_with(&verdict.assumption)));
    match (worse().next(), is_unhandled) {
        (None, _) => 0,
        (Some(_), false) => 3,
        (Some(_), true) => 2,
    }
}

/// The longest wait between two looks.
const LONGEST_WAIT: Duration = Duration::from_mins(30);

fn while_looking(text: &str) -> Result<Duration, String> {
    let wait = duration(text).map_err(|wrong| format!("{}; {}", wrong.what, wrong.remedy))?;
    if wait > LONGEST_WAIT {
        return Err("30m at most: a token of 104 may be over by then".to_owned());
    }
    Ok(wait)
}

fn unusable(path: &Path, what: impl std::fmt::Display, remedy: &str) -> Failure {
    Failure::asked(format!("{} {what}", path.display()), remedy)
}
