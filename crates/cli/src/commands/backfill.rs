//! `backfill`: what was never fetched of the past, and what may have changed since.

mod forecast;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use model::taiwan_date_hour;
use pipeline::backfill::Before;
use pipeline::plan::backfill as plan;
use resumes::Began;
use resumes::settings::FilesWhen;

use super::work::{GoOn, Limits, conduct};
use crate::arguments::Label;
use crate::context::Context;
use crate::exit::Failure;
use crate::progress::Shown;
use crate::taiwan::{moment, parse_hour};

/// Fetch hours of the past, and look again at those that are held
///
/// Fetches a range of the past: hours that were never asked for, ids that closed windows did not
/// list before, and with `--refetch all` everyone again. The same command goes on where it was
/// stopped, however that happened. It takes the calls that a scheduled `run` leaves.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 backfill --from 2026-10-01 --to 2026-11-01 --dry-run          what it would cost, without a call
  etl104 backfill --from 2026-10-01 --to 2026-11-01 --dry-run --list   the same, after asking who is there
  etl104 backfill --from 2026-10-01 --to 2026-11-01 --files later
  etl104 backfill --from 2026-10-05T09 --to 2026-10-05T18 --width hour
  etl104 backfill --from 2026-10-05 --to 2026-10-06 --refetch all      104 corrected that day

Hours are Taiwan time, --to is exclusive. Whole days cost one list call a day and source. Windows
before the company's start_on stay this command's business: `run` does not take them up.

Exit codes: as those of `etl104 run`; 2 also for a range that is reversed or has not settled.")]
pub(crate) struct Backfill {
    /// The first date or hour
    #[arg(long, value_name = "2026-10-01", value_parser = parse_hour)]
    from: Timestamp,
    /// The end of the range, exclusive
    #[arg(long, value_name = "2026-11-01", value_parser = parse_hour)]
    to: Timestamp,
    /// What is asked for of hours that are held
    #[arg(long, value_enum, default_value = "missing", value_name = "WHAT")]
    refetch: Refetch,
    /// How hours that are not held are asked for
    #[arg(long, value_enum, default_value = "day", value_name = "WIDTH")]
    width: Width,
    /// When photos and files are fetched
    #[arg(long, value_enum, default_value = "now", value_name = "WHEN")]
    files: Files,
    /// The newest hours first, instead of the oldest
    #[arg(long = "newest-first")]
    is_newest_first: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    pub(crate) label: Label,
    /// Say what it would cost, and call nobody
    #[arg(long = "dry-run")]
    is_dry: bool,
    /// With --dry-run: spend the list calls, keep the lists, and say exactly how many resumes
    #[arg(long = "list", requires = "is_dry")]
    is_listing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Refetch {
    /// Hours never asked for, and ids that are new to the others
    Missing,
    /// Everyone who is listed, held or not
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Width {
    /// Whole days: one list call a day and source
    Day,
    /// Hour by hour: versions as fine as hours, 24 times the list calls
    Hour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Files {
    /// In this run, after the resumes
    Now,
    /// By the next `run`
    Later,
    /// Only when `retry files` asks for them
    None,
}

/// Backfills, or says what that would cost.
pub(crate) async fn run(context: &Context, backfill: &Backfill) -> Result<u8, Failure> {
    let request = backfill.request(context);
    if backfill.to <= backfill.from {
        return Err(Failure::asked(
            format!("--to {} is not after --from {}", hour(backfill.to), hour(backfill.from)),
            "give the first hour by --from, and the end of the last one by --to (exclusive): for one \
             day, --to is the next date",
        ));
    }
    if backfill.is_dry {
        return forecast::run(context, &request, backfill.is_listing).await;
    }
    let shown = Shown::End { with_files: backfill.files == Files::Now };
    conduct(context, "backfill", shown, async |it| {
        let tell = |began: &Began| say(context, &request, began);
        let (report, unfinished) =
            resumes::backfill(it.settings, &request, it.tally, it.signals, &tell).await?;
        let go_on = if report.run_id.is_none() {
            GoOn::By(request.command_for(context.companies()))
        } else if unfinished.is_empty() {
            GoOn::Nothing
        } else {
            // Companies whose part is complete would begin anew.
            let is_all = unfinished.len() == it.settings.companies.len();
            let named = if is_all { context.companies() } else { &unfinished[..] };
            let command = request.command_for(named);
            context.output.complain(format!("the backfill is not finished; go on by: {command}"));
            GoOn::By(command)
        };
        Ok((report, go_on))
    })
    .await
}

/// How it begins, and what is left of one that was begun before.
fn say(context: &Context, request: &resumes::Backfill, began: &Began) {
    let Began { company, before, planned, left: windows, resumes, files } = began;
    let range = format!("{} to {}", hour(request.from), hour(request.until));
    let done = planned.saturating_sub(*windows);
    let counts =
        [(*resumes, "resumes listed before"), (*files, "files left open before")].into_iter();
    let counts = counts.filter(|(count, _)| *count > 0);
    let left: Vec<String> = std::iter::once((*windows, "windows"))
        .chain(counts)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let left = left.join(", ");
    context.output.talk(match before {
        None => format!("{company}: backfill of {range}: {left}"),
        Some((Before::Worked, at)) => format!(
            "{company}: going on with the backfill of {range} that began {}: {done} of {planned} \
             windows are done; left: {left}",
            moment(*at)
        ),
        Some((Before::Listed, at)) => format!(
            "{company}: backfill of {range} after the dry run of {}, whose lists are kept: {left}",
            moment(*at)
        ),
    });
}

impl Backfill {
    fn request(&self, context: &Context) -> resumes::Backfill {
        resumes::Backfill {
            companies: context.companies().to_vec(),
            from: self.from,
            until: self.to,
            refetch: match self.refetch {
                Refetch::Missing => plan::Refetch::Missing,
                Refetch::All => plan::Refetch::All,
            },
            width: match self.width {
                Width::Day => plan::Width::Day,
                Width::Hour => plan::Width::Hour,
            },
            order: if self.is_newest_first {
                plan::Order::NewestFirst
            } else {
                plan::Order::OldestFirst
            },
            files: match self.files {
                Files::Now => FilesWhen::Now,
                Files::Later => FilesWhen::Later,
                Files::None => FilesWhen::None,
            },
            max_calls: self.limits.max_calls,
            max_duration: self.limits.max_duration(),
            command: self.command(context),
        }
    }

    /// The command that does the same, for all companies.
    fn command(&self, context: &Context) -> String {
        let named = |flag: &str, value: Option<clap::builder::PossibleValue>| {
            value.map_or_else(String::new, |value| format!(" --{flag} {}", value.get_name()))
        };
        let mut command =
            format!("etl104 backfill --from {} --to {}", hour(self.from), hour(self.to));
        if self.refetch != Refetch::Missing {
            command += &named("refetch", self.refetch.to_possible_value());
        }
        if self.width != Width::Day {
            command += &named("width", self.width.to_possible_value());
        }
        if self.files != Files::Now {
            command += &named("files", self.files.to_possible_value());
        }
        if self.is_newest_first {
            command += " --newest-first";
        }
        command + &self.limits.flags() + &context.flags_for(&[])
    }
}

/// An hour as it is typed; midnight as its date.
fn hour(at: Timestamp) -> String {
    match taiwan_date_hour(at) {
        (date, 0) => date.to_string(),
        (date, hour) => format!("{date}T{hour:02}"),
    }
}
