//! What was found, for people: a line a check, with examples and the remedy.

use pipeline::tally::{FailureKind, Tally};
use resumes::{Checkup, Examined, Reopened, TableChanges, Verified, Weight};

use super::{Seen, Verify};
use crate::context::Context;
use crate::output::{Output, Tone};
use crate::taiwan::span;

/// Prints all checks, then what they come to.
pub(super) fn print(
    context: &Context,
    asked: &Verify,
    verified: &Verified,
    examined: &Examined,
    tally: &Tally,
) {
    let output = &context.output;
    let widest = verified.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    for check in &verified.checks {
        print_check(output, check, widest);
    }
    for (table, rows) in &verified.changes.tables {
        output.line(format!("  {:widest$}    {}", "", differing(table, rows)));
    }
    // What was found stands in the lines above.
    for failure in tally.failures() {
        if failure.kind != FailureKind::Partial {
            let failed = output.paint_err(Tone::Bad, "failed:");
            let (at, what, remedy) = (&failure.at, &failure.what, &failure.remedy);
            output.complain(format!("{failed} {at}: {what}\n  remedy: {remedy}"));
        }
    }
    let seen = Seen::of(examined).words();
    let took = span(verified.elapsed.as_secs_f64());
    output.line(format!("\n{} ({seen}; {took})", conclusion(asked, verified)));
}

fn print_check(output: &Output, check: &Checkup, widest: usize) {
    let Checkup { name, holds, found, left, remedy, .. } = check;
    let (tone, mark, count) = match (&check.skipped, check.weight) {
        (Some(_), _) => (Tone::Bad, "?", "not looked at".to_owned()),
        (None, _) if *found == 0 && *left == 0 => (Tone::Good, "✓", String::new()),
        (None, _) if *left == 0 => (Tone::Good, "✓", format!("{found} found, all repaired")),
        (None, Weight::Note) => (Tone::Warning, "·", left.to_string()),
        (None, Weight::Finding) if left < found => {
            (Tone::Bad, "✗", format!("{found} found, {left} left"))
        }
        (None, Weight::Finding) => (Tone::Bad, "✗", left.to_string()),
    };
    let mark = output.paint(tone, mark);
    let count = if count.is_empty() { count } else { format!(": {count}") };
    output.line(format!("{mark} {name:<widest$}  {holds}{count}"));
    let detail = |text: &str| output.line(format!("  {:widest$}    {text}", ""));
    if let Some(why) = &check.skipped {
        detail(why);
    } else if *left > 0 {
        check.examples.iter().for_each(|example| detail(example));
        let more = left.saturating_sub(check.examples.len() as u64);
        if more > 0 {
            detail(&format!("… and {more} more"));
        }
    }
    if *left > 0 || check.skipped.is_some() {
        detail(&format!("remedy: {remedy}"));
    }
}

/// `education: 2 rows missing, 1 other (major 1), 3 too many`
fn differing(table: &str, rows: &TableChanges) -> String {
    let columns: Vec<String> =
        rows.columns.iter().map(|(column, times)| format!("{column} {times}")).collect();
    let kinds = [
        (rows.added, "missing".to_owned()),
        (rows.changed, format!("with other values ({})", columns.join(", "))),
        (rows.removed, "that follow from nothing".to_owned()),
    ];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect();
    format!("rows of {table}: {}", kinds.join(", "))
}

fn conclusion(asked: &Verify, verified: &Verified) -> String {
    let open = verified.checks.iter().filter(|check| check.is_open()).count();
    let repaired: u64 =
        verified.checks.iter().map(|check| check.found.saturating_sub(check.left)).sum();
    let again = again(verified.reopened);
    let said = match (verified.verdict.exit_code, open) {
        (0, _) if again.is_some() => "what is held is sound, and something is missing".to_owned(),
        (0, _) => "the warehouse is sound".to_owned(),
        (_, 0) if verified.checks.is_empty() => "nothing could be looked at".to_owned(),
        (_, 0) => "not all could be looked at; what could is sound".to_owned(),
        (_, open) => format!("{open} checks of {} have findings", verified.checks.len()),
    };
    if !asked.repair {
        return said;
    }
    let again = match again {
        Some(what) => format!("; reopened {what}: `etl104 run` asks 104 for what is missing"),
        None => String::new(),
    };
    format!("{said}; {repaired} findings were repaired{again}")
}

/// `3 windows and 1 file`
fn again(reopened: Reopened) -> Option<String> {
    let some = |count: u64, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {one}s")),
    };
    let parts = [some(reopened.windows, "window"), some(reopened.files, "file")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}
