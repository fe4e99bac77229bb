//! What a reprocess did, for people and for programs.

use std::fmt::Write;

use pipeline::tally::Tally;
use pipeline::verdict::RunState;
use resumes::{Changes, NoteChanges, Report, ReprocessRequest, Reprocessed, TableChanges};
use serde::Serialize;

use crate::output::{Output, Tone};
use crate::table::Table;
use crate::taiwan::span;

/// Columns that are named for a table; programs get all of them.
const COLUMNS: usize = 6;
/// Failures that are printed.
const FAILURES: usize = 20;

/// The outcome for programs.
#[derive(Serialize)]
struct Summary<'a> {
    schema: u8,
    command: &'static str,
    run_id: Option<String>,
    run_label: Option<&'a str>,
    state: RunState,
    exit_code: u8,
    is_dry_run: bool,
    is_aside: bool,
    /// With those whom an earlier run did before it was stopped.
    people: u64,
    people_before: u64,
    people_written: u64,
    people_unchanged: u64,
    people_restamped: u64,
    people_removed: u64,
    rejected: u64,
    rejections_resolved: u64,
    rejections_new: u64,
    items_stored: u64,
    items_rejected: u64,
    tables: Vec<TableOf<'a>>,
    notes: &'a [NoteChanges],
    seconds: f64,
    failures: Vec<Failed<'a>>,
    resume_command: Option<&'a str>,
}

#[derive(Serialize)]
struct TableOf<'a> {
    table: &'a str,
    #[serde(flatten)]
    changes: &'a TableChanges,
}

#[derive(Serialize)]
struct Failed<'a> {
    at: &'a str,
    what: &'a str,
    remedy: &'a str,
}

/// Prints it. `command` is the one that was typed, for whom it was stopped.
pub(super) fn print(
    output: &Output,
    request: &ReprocessRequest,
    report: &Report,
    done: &Reprocessed,
    tally: &Tally,
    command: String,
) {
    let failures = tally.failures();
    for failure in failures.iter().take(FAILURES) {
        let failed = output.paint_err(Tone::Bad, "failed:");
        let (at, what, remedy) = (&failure.at, &failure.what, &failure.remedy);
        output.complain(format!("{failed} {at}: {what}\n  remedy: {remedy}"));
    }
    let is_unfinished = matches!(report.verdict.state, RunState::Stopped | RunState::Failed);
    let resume_command = is_unfinished.then_some(command);
    let seconds = report.elapsed.as_secs_f64();
    if output.is_json() {
        output.json(&Summary {
            schema: 1,
            command: "reprocess",
            run_id: report.run_id.map(|id| id.to_string()),
            run_label: report.run_label.as_deref(),
            state: report.verdict.state,
            exit_code: report.verdict.exit_code,
            is_dry_run: request.is_dry_run,
            is_aside: request.is_aside,
            people: done.people,
            people_before: done.people_before,
            people_written: done.written,
            people_unchanged: done.unchanged,
            people_restamped: done.restamped,
            people_removed: done.removed,
            rejected: done.rejected,
            rejections_resolved: done.rejections_resolved,
            rejections_new: done.rejections_new,
            items_stored: done.items_stored,
            items_rejected: done.items_rejected,
            tables: tables(&done.changes),
            notes: &done.changes.notes,
            seconds: (seconds * 1000.0).round() / 1000.0,
            failures: failures
                .iter()
                .map(|failed| Failed { at: &failed.at, what: &failed.what, remedy: &failed.remedy })
                .collect(),
            resume_command: resume_command.as_deref(),
        });
        return;
    }
    if output.is_quiet() {
        return;
    }
    for line in lines(done, resume_command.is_some(), request.is_dry_run, seconds) {
        output.line(line);
    }
    section(output, "Rows", &rows_table(&done.changes));
    section(output, "Notes", &notes_table(&done.changes));
    if let Some(command) = resume_command {
        let keeps_none =
            request.is_dry_run || request.is_aside || request.selection.resume_id.is_some();
        let goes_on =
            if keeps_none || done.people == 0 { "again" } else { "goes on behind these people" };
        output.line(format!("{goes_on}: `{command}`"));
    }
}

fn tables(changes: &Changes) -> Vec<TableOf<'_>> {
    changes.tables.iter().map(|(table, changes)| TableOf { table, changes }).collect()
}

fn section(output: &Output, title: &str, table: &Table) {
    if !table.is_empty() {
        output.line("");
        output.line(output.paint(Tone::Heading, title));
        table.lines().iter().for_each(|line| output.line(line));
    }
}

/// What happened to people and to rejections, in sentences.
fn lines(done: &Reprocessed, is_unfinished: bool, is_dry_run: bool, seconds: f64) -> Vec<String> {
    let mut lines = Vec::new();
    if done.is_held_elsewhere {
        lines.push(
            "another process reprocesses the same people: nothing to do here; `etl104 status` \
             says how far it is"
                .to_owned(),
        );
    }
    if done.people == 0 {
        if is_unfinished {
            lines.push("nobody was done".to_owned());
        } else if !done.is_held_elsewhere {
            lines.push("nobody is selected: nothing to do".to_owned());
        }
        return lines;
    }
    let would = if is_dry_run { "would be " } else { "" };
    let mut people = format!(
        "{} people in {}: {} {would}written, {} unchanged, {} {would}removed",
        done.people,
        span(seconds),
        done.written,
        done.unchanged,
        done.removed
    );
    if done.rejected > 0 {
        let _: std::fmt::Result = write!(people, "; {} documents could not be read", done.rejected);
    }
    lines.push(people);
    if done.people_before > 0 {
        lines.push(format!(
            "went on behind {} people whom an earlier run did; the figures are of both",
            done.people_before
        ));
    }
    if done.restamped > 0 {
        let only = if is_dry_run { "would only be marked" } else { "were only marked" };
        lines.push(format!(
            "{} of the unchanged {only} with the newer version of the rules",
            done.restamped
        ));
    }
    if done.rejections_resolved + done.items_stored > 0 {
        lines.push(format!(
            "{} rejections {would}resolved, and {} items of windows {would}stored",
            done.rejections_resolved, done.items_stored
        ));
    }
    if done.rejections_new + done.items_rejected > 0 {
        lines.push(format!(
            "{} rejections {would}new, and {} items of windows {would}rejected: \
             `etl104 rejections list` says why",
            done.rejections_new, done.items_rejected
        ));
    }
    lines
}

fn rows_table(changes: &Changes) -> Table {
    let mut table = Table::new(&["table", ">added", ">changed", ">removed", "columns"]);
    for (name, of_table) in &changes.tables {
        table.row([
            name.clone(),
            of_table.added.to_string(),
            of_table.changed.to_string(),
            of_table.removed.to_string(),
            columns(of_table),
        ]);
    }
    table
}

/// The columns that differ most, with in how many rows.
fn columns(of_table: &TableChanges) -> String {
    let mut columns: Vec<(&String, u64)> =
        of_table.columns.iter().map(|(name, count)| (name, *count)).collect();
    columns.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let mut named: Vec<String> =
        columns.iter().take(COLUMNS).map(|(name, count)| format!("{name} {count}")).collect();
    if columns.len() > COLUMNS {
        named.push(format!("… of {}", columns.len()));
    }
    if named.is_empty() { "-".to_owned() } else { named.join(", ") }
}

fn notes_table(changes: &Changes) -> Table {
    let mut table = Table::new(&["table", "column", "note", ">gone", ">new"]);
    for note in &changes.notes {
        table.row([
            note.table.clone(),
            note.column.clone(),
            note.code.clone(),
            note.gone.to_string(),
            note.new.to_string(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_selected_is_told_from_nobody_done() {
        let said = |is_held_elsewhere, is_unfinished| {
            let done = Reprocessed { is_held_elsewhere, ..Reprocessed::default() };
            lines(&done, is_unfinished, false, 0.0).join("; ")
        };
        assert_eq!(said(false, false), "nobody is selected: nothing to do");
        assert_eq!(said(false, true), "nobody was done");
        assert!(said(true, false).starts_with("another process"));
        assert!(!said(true, false).contains("nobody"));
    }
}
