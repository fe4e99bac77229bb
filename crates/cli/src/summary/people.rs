//! The summary for people: a few lines on stdout, failures with their remedies on stderr.

use pipeline::tally::Tally;
use pipeline::verdict::RunState;

use super::{Failed, Open, Summary};
use crate::output::{Output, Tone};
use crate::taiwan::span;

/// Failures of one kind that are named.
const ALIKE: usize = 3;

impl Summary {
    /// Prints it: one JSON object on stdout, or lines for people, with failures on stderr.
    pub(crate) fn print(&self, output: &Output) {
        Failed::print(&self.failures, output);
        if output.is_json() {
            output.json(self);
        } else if !output.is_quiet() {
            for line in self.lines(output) {
                output.line(line);
            }
        }
    }

    fn lines(&self, output: &Output) -> Vec<String> {
        let c = &self.counts;
        let tone = match self.exit_code {
            0 => Tone::Good,
            3 | 4 | 130 | 143 => Tone::Warning,
            _ => Tone::Bad,
        };
        let state = output.paint(tone, state_words(self.state));
        let mut lines = vec![format!(
            "{} {state} in {}: {} calls, {:.2} a second, {} throttled",
            self.command,
            span(self.seconds),
            self.calls,
            self.calls_per_second,
            self.throttled
        )];
        if self.state == RunState::NothingDue {
            lines.extend(self.open.as_ref().and_then(Open::line));
            return lines;
        }
        lines.push(format!(
            "windows  {} closed, {} failed{}{}",
            c.windows_closed,
            c.windows_failed,
            unless_zero(c.windows_held, ", ", " left to other processes, which hold them"),
            unless_zero(
                c.windows_unconfirmed,
                ", of these an empty past, unconfirmed: ",
                " (`etl104 windows accept` takes them for empty)"
            )
        ));
        lines.push(format!(
            "resumes  {} newly listed; {} stored, {} absent at 104, {} rejected",
            c.listed, c.stored, c.absent, c.rejected
        ));
        lines.push(format!(
            "people   {} written, {} unchanged",
            c.people_written, c.people_unchanged
        ));
        lines.push(format!(
            "files    {} stored ({}), {} not to be had, {} failed{}",
            c.files_stored,
            bytes(c.file_bytes),
            c.files_unavailable,
            c.files_failed,
            unless_zero(c.files_left, ", left for later: ", "")
        ));
        lines.extend(self.open.as_ref().and_then(Open::line));
        if let Some(command) = &self.resume_command {
            lines.push(format!("go on    {command}"));
        }
        lines
    }
}

impl Open {
    fn line(&self) -> Option<String> {
        let parts: Vec<String> = [
            (self.windows, "windows begun"),
            (self.windows_failed, "windows failed"),
            (self.items, "resumes to fetch"),
            (self.files, "files"),
            (self.files_left_out, "files left out"),
            (self.rejections, "rejections"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        (!parts.is_empty()).then(|| format!("open     {} (`etl104 status`)", parts.join(", ")))
    }
}

impl Failed {
    /// Says on stderr what failed.
    pub(crate) fn complain(tally: &Tally, output: &Output) {
        Self::print(&Self::all(tally), output);
    }

    /// Failures that are alike share a remedy, and only the first few are named.
    fn print(failures: &[Self], output: &Output) {
        let mut groups: Vec<Vec<&Self>> = Vec::new();
        for failure in failures {
            match groups.iter_mut().find(|group| group.iter().all(|other| other.is_like(failure))) {
                Some(group) => group.push(failure),
                None => groups.push(vec![failure]),
            }
        }
        let failed = output.paint_err(Tone::Bad, "failed:");
        for group in groups {
            for Self { at, what, .. } in group.iter().take(ALIKE) {
                output.complain(format!("{failed} {at}: {what}"));
            }
            if group.len() > ALIKE {
                output.complain(format!("  … and {} more alike", group.len() - ALIKE));
            }
            for Self { remedy, .. } in group.iter().take(1) {
                output.complain(format!("  remedy: {remedy}"));
            }
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.remedy == other.remedy
    }
}

/// A state as one says it after a command's name.
pub(crate) fn state_words(state: RunState) -> &'static str {
    match state {
        RunState::Complete => "complete",
        RunState::NothingDue => "found nothing due",
        RunState::Partial => "partial: something is open",
        RunState::BudgetSpent => "stopped: the budget is spent",
        RunState::HeldElsewhere => "did nothing: other processes hold the work",
        RunState::Stopped => "stopped by a signal",
        RunState::Failed => "failed",
    }
}

fn unless_zero(count: u64, before: &str, after: &str) -> String {
    if count == 0 { String::new() } else { format!("{before}{count}{after}") }
}

/// A size for people: `512 B`, `3.4 MB`.
fn bytes(count: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    units.iter().find(|(unit, _)| count >= *unit).map_or_else(
        || format!("{count} B"),
        |(unit, name)| format!("{}.{} {name}", count / unit, count % unit * 10 / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(3_456_789), "3.4 MB");
        assert_eq!(bytes(1_000_000_000), "1.0 GB");
    }
}
