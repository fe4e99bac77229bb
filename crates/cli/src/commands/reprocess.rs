//! `reprocess`: from raw to rows with today's code.

mod print;
mod progress;

use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use model::{NoteCode, ResumeId};
use pipeline::tally::Tally;
use resumes::{ReprocessRequest, Selection, Signals};

use crate::arguments::Label;
use crate::context::Context;
use crate::exit::Failure;
use crate::signals;
use crate::taiwan::{parse_hour, runs_forward};
use progress::Progress;

/// Rebuild the tables of people from raw, without a call to 104
///
/// Makes the rows of `recruiting` anew from what was received (`raw`) with today's code, compares
/// them with those that stand, and writes those that differ and no other. No call to 104, no secret
/// needed. May run beside a live run. What narrows may be combined.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 reprocess --dry-run                 what would change: rows, columns, notes, rejections
  etl104 reprocess                           everyone, after an update of etl104
  etl104 reprocess --resume-id 1234567890
  etl104 reprocess --having-note unread      whose words an older etl104 could not read
  etl104 reprocess --from 2026-11-01 --to 2026-11-08T12
  etl104 reprocess --aside                   everyone, fastest: all tables anew, then swapped

In place, rows that differ are written one transaction after another, and one that was stopped or
killed goes on behind what it did when the same command is given again; after an update of etl104
that brought other rules it begins anew.

With --aside all rows are built beside those that stand, which takes the room of both for a while,
and take their place at once: whoever reads sees the old tables or the new ones. Live runs go on;
whom they write meanwhile is taken over. Views and grants upon the tables of recruiting stay. One
that was stopped leaves everything as it was, and begins anew.

A dry run writes what differs and takes it back, a hundred people at a time: so it knows what
Postgres would refuse, leaves nothing, and costs the database as much as the real one (dead rows,
WAL).

Exit codes: 0 done, also if nobody was selected; 3 some documents could not be read; 4 another
process reprocesses the same people; 2 settings, or the one resume is not held; 7 database
unavailable; 130 and 143 stopped by a signal: the same command goes on.")]
pub(crate) struct Reprocess {
    /// Only people whom a window showed that ends after this hour or date, Taiwan time
    #[arg(long, value_name = "2026-11-22T10", value_parser = parse_hour)]
    from: Option<Timestamp>,
    /// Only people whom a window showed that starts before this hour or date
    #[arg(long, value_name = "2026-11-23", value_parser = parse_hour)]
    to: Option<Timestamp>,
    /// Only this resume
    #[arg(long, value_name = "ID")]
    resume_id: Option<ResumeId>,
    /// Only people whose rows carry such a note, as `status` names them
    #[arg(long, value_name = "CODE", value_parser = parse_note)]
    having_note: Option<NoteCode>,
    /// Say what would change, and leave everything as it is
    #[arg(long)]
    dry_run: bool,
    /// Build all tables beside those that stand, by COPY, and swap them: for everyone at once
    #[arg(long, conflicts_with_all = ["from", "to", "resume_id", "having_note", "dry_run", "restart"])]
    aside: bool,
    /// Begin with the first person, even if the same command was stopped half-way
    #[arg(long, conflicts_with = "dry_run")]
    restart: bool,
    #[command(flatten)]
    pub(crate) label: Label,
}

fn parse_note(text: &str) -> Result<NoteCode, String> {
    let named = NoteCode::ALL.into_iter().find(|code| code.as_str() == text);
    named.ok_or_else(|| {
        let known: Vec<&str> = NoteCode::ALL.into_iter().map(NoteCode::as_str).collect();
        format!("there is no such note; there are {}", known.join(", "))
    })
}

/// Reprocesses and says what changed.
pub(crate) async fn run(context: &Context, reprocess: &Reprocess) -> Result<u8, Failure> {
    if let (Some(from), Some(to)) = (reprocess.from, reprocess.to) {
        runs_forward(from, to)?;
    }
    let settings = context.given()?.of_warehouse(context.companies())?;
    let request = ReprocessRequest {
        companies: context.companies().to_vec(),
        selection: Selection {
            from: reprocess.from,
            to: reprocess.to,
            resume_id: reprocess.resume_id.clone(),
            having_note: reprocess.having_note,
        },
        is_dry_run: reprocess.dry_run,
        is_aside: reprocess.aside,
        restart: reprocess.restart,
        ..ReprocessRequest::default()
    };
    let tally = Arc::new(Tally::default());
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let progress = Progress::show(&tally, &context.output);
    let (report, done) = resumes::reprocess(&settings, &request, &tally, &signals).await;
    drop((progress, listener));
    if let Some(id) = &reprocess.resume_id
        && done.people == 0
        && report.verdict.exit_code == 0
    {
        return Err(not_there(&request, id));
    }
    let how = match (request.is_dry_run, request.is_aside) {
        (true, _) => " --dry-run",
        (_, true) => " --aside",
        _ => "",
    };
    let command = format!("etl104 reprocess{}{how}{}", request.selection.flags(), context.flags());
    print::print(&context.output, &request, &report, &done, &tally, command);
    Ok(report.verdict.exit_code)
}

/// One resume was asked for, and there is none, or none of that kind.
fn not_there(request: &ReprocessRequest, id: &ResumeId) -> Failure {
    let alone = Selection { resume_id: Some(id.clone()), ..Selection::default() };
    if request.selection == alone {
        return Failure::asked(
            format!("no document of the resume {id} is held"),
            "see the id in recruiting.candidate.resume_id, or name another company by --company",
        );
    }
    Failure::asked(
        format!("the resume {id} is not held, or not among those whom the other flags select"),
        "leave the other flags out",
    )
}
