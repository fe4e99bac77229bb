//! The state of the warehouse for people.

use model::Assumption;
use pipeline::report::{BackfillRow, LeftToBackfills, OpenWork, ReprocessRow};

use super::{Reach, State, old_windows};
use crate::commands::list::when;
use crate::commands::runs;
use crate::output::{Output, Tone};
use crate::table::Table;
use crate::taiwan::moment;

/// Gaps that are shown for each source.
const GAPS: usize = 3;

/// Prints section by section; one that has nothing to say is left out.
pub(super) fn print(output: &Output, state: &State) {
    coverage(output, &state.coverage);
    open(output, state);
    backfills(output, &state.backfills);
    contract(output, state);
    old_windows::print(output, &state.old_windows);
    pace(output, state);
    section(output, "Last runs", &runs::table(&state.runs));
    match state.runs.first() {
        None => output.line("no run yet: `etl104 run`"),
        Some(newest) => {
            if let (Some(failure), Some(remedy)) = (&newest.failure, &newest.remedy) {
                output.line(format!("the newest one failed: {failure}"));
                output.line(format!("  remedy: {remedy}"));
            }
        }
    }
}

fn section(output: &Output, title: &str, table: &Table) {
    if !table.is_empty() {
        output.line("");
        output.line(output.paint(Tone::Heading, title));
        table.lines().iter().for_each(|line| output.line(line));
    }
}

fn coverage(output: &Output, coverage: &[Reach]) {
    let mut table = Table::new(&[
        "company",
        "source",
        "from",
        "without a gap to",
        ">lag",
        ">hours missing",
        "first gaps",
    ]);
    for Reach { coverage, lag_hours } in coverage {
        let mut gaps: Vec<String> = coverage
            .gaps
            .iter()
            .take(GAPS)
            .map(|gap| format!("{} +{} h", moment(gap.from.0), gap.hours))
            .collect();
        if coverage.gap_count > u64::try_from(GAPS).unwrap_or(u64::MAX) {
            gaps.push(format!("… of {}", coverage.gap_count));
        }
        table.row([
            coverage.company_no.clone(),
            coverage.source.to_owned(),
            moment(coverage.from.0),
            moment(coverage.covered_until.0),
            format!("{lag_hours} h"),
            coverage.missing_hours.to_string(),
            if gaps.is_empty() { "-".to_owned() } else { gaps.join(", ") },
        ]);
    }
    output.line(output.paint(Tone::Heading, "Coverage (Taiwan time)"));
    table.lines().iter().for_each(|line| output.line(line));
    let missing: u64 = coverage.iter().map(|reach| reach.coverage.missing_hours).sum();
    if missing > 0 {
        output
            .line(format!("{missing} hours are missing: `etl104 run` fetches what is due of them"));
    }
}

fn open(output: &Output, state: &State) {
    output.line("");
    output.line(output.paint(Tone::Heading, "Open work"));
    let mut lines = open_lines(&state.open, &state.left_to_backfills, !state.backfills.is_empty());
    lines.extend(state.unfinished_reprocesses.iter().map(unfinished));
    lines.extend(of_older_rules(state.people_of_older_rules));
    if lines.is_empty() {
        output.line(output.paint(Tone::Good, "nothing is open"));
    }
    for line in lines {
        output.line(line);
    }
}

/// What is open, a line each with its remedy: what a backfill began is not `run`'s business.
fn open_lines(open: &OpenWork, left: &LeftToBackfills, is_one_below: bool) -> Vec<String> {
    let goes_on = if is_one_below {
        "the backfill below goes on, or `etl104 retry windows`"
    } else {
        "`etl104 retry windows` goes on"
    };
    let given_up = |count: i64, command: &str| {
        if count == 0 {
            String::new()
        } else {
            format!("; {count} failed five times and can only be had by `{command}`")
        }
    };
    [
        (
            open.windows - left.windows,
            "window",
            "begun and not finished: `etl104 run` goes on".to_owned(),
        ),
        (
            open.windows_failed - left.windows_failed,
            "window",
            format!(
                "failed: `etl104 windows list --state failed` says why, `etl104 run` tries again{}",
                given_up(
                    open.windows_given_up - left.windows_given_up,
                    "etl104 retry windows"
                )
            ),
        ),
        (
            open.items - left.items,
            "resume",
            "listed and not stored yet: `etl104 run`".to_owned(),
        ),
        (
            left.windows,
            "window",
            format!("begun by a backfill and not finished: {goes_on}"),
        ),
        (
            left.windows_failed,
            "window",
            format!(
                "of a backfill failed: `etl104 windows list --state failed` says why; \
                 {goes_on}"
            ),
        ),
        (
            left.items,
            "resume",
            format!("listed by a backfill and not stored yet: {goes_on}"),
        ),
        (
            open.files,
            "file",
            format!(
                "to fetch ({} failed): `etl104 files list` says why, `etl104 run` tries \
                 again{}",
                open.files_failed,
                given_up(open.files_given_up, "etl104 retry files")
            ),
        ),
        (
            open.files_left_out,
            "file",
            "left out by a backfill: `etl104 retry files` fetches them".to_owned(),
        ),
        (
            open.rejections,
            "rejection",
            "open: `etl104 rejections list` says why, `etl104 retry rejections` asks again"
                .to_owned(),
        ),
        (
            open.windows_unconfirmed,
            "window",
            "empty and older than anything 104 ever listed (it may refuse or not answer for so long \
             ago): `etl104 windows accept` accepts that"
                .to_owned(),
        ),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, noun, words)| {
        format!("{count} {noun}{} {words}", if count == 1 { "" } else { "s" })
    })
    .collect()
}

/// Unfinished backfills, each with the command that goes on with it.
fn backfills(output: &Output, backfills: &[BackfillRow]) {
    if backfills.is_empty() {
        return;
    }
    output.line("");
    output.line(output.paint(Tone::Heading, "Backfills"));
    for row in backfills {
        let planned = row.windows_planned.map_or_else(String::new, |it| format!(" of {it}"));
        let how = match (row.is_running, row.state.as_str()) {
            (true, _) => "under way",
            (false, "listed") => "listed by a dry run, nobody fetched",
            (false, _) => "stopped",
        };
        output.line(format!(
            "{} {} to {}{}: {how}, {}{planned} windows done, began {}, last at work {}",
            row.company_no,
            moment(row.from.0),
            moment(row.until.0),
            if row.refetch == "all" { ", all anew" } else { "" },
            row.windows_done,
            moment(row.started_at.0),
            moment(row.worked_at.0),
        ));
        if !row.is_running {
            output.line(format!("  go on: {}", row.resume_command));
        }
    }
}

/// A reprocess that was begun and is not finished, with the command that goes on.
fn unfinished(row: &ReprocessRow) -> String {
    let ReprocessRow { company_no, selection, people, .. } = row;
    let (begun, moved) = (when(Some(row.begun_at)), when(Some(row.moved_at)));
    let done = format!("a reprocess of {company_no} begun {begun}: {people} people done");
    if row.is_running {
        format!("{done}, and going on")
    } else {
        format!(
            "{done}, stopped about {moved}: `etl104 reprocess{selection} --company {company_no}` \
             goes on"
        )
    }
}

/// People whose rows an older program made.
fn of_older_rules(people: i64) -> Option<String> {
    let rows = if people == 1 { "person's rows were" } else { "people's rows were" };
    (people > 0).then(|| {
        format!(
            "{people} {rows} made by older rules: `etl104 reprocess --dry-run` says what newer \
             ones change, `etl104 reprocess` does it"
        )
    })
}

fn contract(output: &Output, state: &State) {
    let mut notes = Table::new(&[">times", "table", "column", "note"]);
    for note in &state.notes {
        notes.row([
            note.times.to_string(),
            note.table.clone(),
            note.column.clone(),
            note.code.clone(),
        ]);
    }
    section(output, "Commonest notes (104's words that could not be read; they are kept)", &notes);
    if state.unknown_fields > 0 {
        output.line("");
        output.line(format!(
            "{} fields that the contract does not name: etl.unknown_field; their values are kept \
             in candidate.unknown_fields",
            state.unknown_fields
        ));
    }
    let mut broken = Table::new(&["assumption", ">times", "last seen", "company", "finding"]);
    for row in &state.broken_assumptions {
        broken.row([
            row.assumption.clone(),
            row.times_seen.to_string(),
            when(Some(row.last_seen_at)),
            row.company_no.clone(),
            row.finding.clone(),
        ]);
    }
    section(output, "104 behaves otherwise than assumed", &broken);
    let mut told: Vec<&str> = Vec::new();
    for row in &state.broken_assumptions {
        if let Some(known) = Assumption::of(&row.assumption)
            && !told.contains(&known.number)
        {
            told.push(known.number);
            output.line(format!(
                "{}  assumed: {}; otherwise: {}",
                known.number, known.claim, known.otherwise
            ));
        }
    }
    let mut held = Table::new(&["assumption", "about", "last seen", "company", "finding"]);
    for row in &state.held_assumptions {
        let about = Assumption::of(&row.assumption).map_or("", |known| known.subject);
        held.row([
            row.assumption.clone(),
            about.to_owned(),
            when(Some(row.last_seen_at)),
            row.company_no.clone(),
            row.finding.clone(),
        ]);
    }
    section(output, "104 behaves as assumed (`etl104 probe` asks about the rest)", &held);
}

fn pace(output: &Output, state: &State) {
    let mut table =
        Table::new(&["credential", ">ms between calls", "throttled until", ">calls", ">throttles"]);
    for row in &state.pace {
        table.row([
            row.credential.clone(),
            format!("{:.0}", row.interval_ms),
            when(row.throttled_until),
            row.slots.to_string(),
            row.throttles.to_string(),
        ]);
    }
    section(output, "Pace", &table);
    for row in &state.pace {
        if row.throttled_until.is_some() {
            output.line(format!(
                "104 throttles {}: no run calls before {} (Taiwan time); `etl104 run` after that",
                row.credential,
                when(row.throttled_until)
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_open_work_names_its_remedy() {
        let open = OpenWork {
            windows: 1,
            windows_failed: 2,
            windows_given_up: 1,
            windows_unconfirmed: 3,
            items: 4,
            files: 5,
            files_failed: 1,
            files_given_up: 1,
            files_left_out: 1,
            rejections: 6,
        };
        let nothing = LeftToBackfills::default();
        let lines = open_lines(&open, &nothing, false);
        assert_eq!(lines.len(), 7);
        assert!(lines.iter().all(|line| line.contains("`etl104 ")), "{lines:?}");
        assert_eq!(open_lines(&OpenWork::default(), &nothing, true), Vec::<String>::new());
    }

    #[test]
    fn what_a_backfill_began_is_not_said_to_be_for_run() {
        let open = OpenWork { windows: 1, windows_failed: 2, items: 4, ..OpenWork::default() };
        let left = LeftToBackfills { windows: 1, windows_failed: 2, windows_given_up: 0, items: 4 };
        for is_one_below in [true, false] {
            let lines = open_lines(&open, &left, is_one_below);
            assert_eq!(lines.len(), 3);
            assert!(lines.iter().all(|line| line.contains("`etl104 retry windows`")), "{lines:?}");
            let names = |words: &str| lines.iter().any(|line| line.contains(words));
            assert!(!names("`etl104 run`") && names("backfill below") == is_one_below, "{lines:?}");
        }
    }
}
