//! `changes`: what happened to people's rows, in order.

use std::ops::ControlFlow;
use std::time::Duration;

use clap::Args;
use pipeline::tally::Tally;
use pipeline::verdict::verdict;
use resumes::{Change, ChangesError, ChangesRequest, PersonNow, Signals, Told};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::context::Context;
use crate::exit::Failure;
use crate::settings::duration;
use crate::signals;
use crate::taiwan::moment;

/// What happened to people's rows, in order
///
/// Prints the rows of `recruiting.change` with a number above N, the oldest first: who is new, whose
/// rows say something else and where, who applied, which file is there. A lower number never appears
/// after a higher one was printed, so one number is all that a follower keeps. Ids, numbers, names of
/// columns and moments alone; personal data is printed with --with-person only. Reads alone, and needs
/// the database's address alone.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 changes --after 0 --limit 20
  etl104 changes --after 1204 --output json
  etl104 changes --after 1204 --output json --follow --with-person | ./into-the-hr-system

Kinds: new (the person has rows now), changed (they say something else; `changed_fields` names where),
applied (a new application), file (stored, or turned out not to be had), removed (no document is
accepted any more). --with-person adds `person`, the rows as they are now by table, without the
protected group and the past; null if there are none any more. docs/changes.md has a follower of some
fifteen lines, and the same in SQL.

The number to go on with is that of the last line, and is said on stderr at the end. --follow goes on
until a signal, or until nobody reads any more.

Exit codes: 0; 2 settings, or changes after N were deleted or never were (what to do is said); 7
database unavailable for longer than twice its patience; 130 and 143 stopped by a signal.")]
pub(crate) struct Changes {
    /// Those with a higher number; 0 for all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
    /// So many at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Go on, and print what comes
    #[arg(long)]
    follow: bool,
    /// How often to ask for more
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = pause, requires = "follow")]
    every: Duration,
    /// Add each person's rows as they are now: personal data; with --output json
    #[arg(long)]
    with_person: bool,
}

fn pause(text: &str) -> Result<Duration, String> {
    match duration(text) {
        Ok(pause) if !pause.is_zero() => Ok(pause),
        _ => Err("write a time such as 1s, 30s or 5m".to_owned()),
    }
}

/// A change as a line of JSON; the person stands in it only if asked for.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    change: &'a Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<Box<RawValue>>,
}

/// Prints changes until there are no more, or for as long as they are followed.
pub(crate) async fn run(context: &Context, changes: &Changes) -> Result<u8, Failure> {
    if changes.with_person && !context.output.is_json() {
        return Err(Failure::asked(
            "--with-person prints JSON, and --output is human",
            "write --output json",
        ));
    }
    let given = context.given()?;
    if !context.companies().is_empty() {
        // One that nobody knows would never change.
        given.scopes(context.companies())?;
    }
    let settings = given.database()?;
    let request = ChangesRequest {
        after: changes.after,
        companies: context.companies().to_vec(),
        limit: changes.limit,
        with_person: changes.with_person,
        follow: changes.follow.then_some(changes.every),
    };
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let mut is_first = true;
    let mut show = |told: Told| {
        if is_first && !context.output.is_json() {
            context.output.line(HEADER);
        }
        is_first = false;
        print(context, told);
        if context.output.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let (reached, ended) = resumes::changes(&settings, &request, &signals, &mut show).await;
    drop(listener);
    // Whoever reads no more knows what it has read.
    if !context.output.is_closed() && (ended.is_ok() || reached > changes.after) {
        context.output.talk(format!("go on with --after {reached}"));
    }
    ended.map_err(failed)?;
    Ok(verdict(&Tally::default(), signals.reason()).exit_code)
}

/// Whoever missed changes begins anew.
fn failed(error: ChangesError) -> Failure {
    let problem = error.to_string();
    match error {
        ChangesError::Failed(failure) => failure.into(),
        ChangesError::Behind { last_no, .. } | ChangesError::Ahead { last_no, .. } => {
            Failure::asked(
                problem,
                format!(
                    "take a full copy of the people now, such as by `etl104 export`, then go on \
                     with --after {last_no}"
                ),
            )
        }
    }
}

const HEADER: &str = "       no  when              company   resume        kind     what";

fn print(context: &Context, Told { change, person }: Told) {
    if context.output.is_json() {
        // Asked for: it goes to stdout, and nowhere else.
        let person = match person {
            PersonNow::NotAsked => None,
            PersonNow::Gone => RawValue::from_string("null".to_owned()).ok(),
            PersonNow::Rows(rows) => RawValue::from_string(rows.into_inner()).ok(),
        };
        context.output.json(&Line { change: &change, person });
        return;
    }
    let line = format!(
        "{:>9}  {}  {:<8}  {:<12}  {:<7}  {}",
        change.change_no,
        moment(change.changed_at.0),
        change.company_no,
        change.resume_id,
        change.kind,
        what(&change),
    );
    context.output.line(line.trim_end());
}

/// Where, which application or which file.
fn what(change: &Change) -> String {
    let Change { changed_fields, job_no, applied_on, file_role, file_item_no, file_state, .. } =
        change;
    match (file_role, file_item_no, file_state) {
        (Some(role), Some(item_no), Some(state)) => format!("{role} {item_no}: {state}"),
        _ if change.kind == "applied" => {
            let job = job_no.as_deref().map_or("a job".to_owned(), |no| format!("job {no}"));
            applied_on.as_deref().map_or(job.clone(), |on| format!("{job} on {on}"))
        }
        _ => changed_fields.join(", "),
    }
}
