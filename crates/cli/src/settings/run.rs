//! `[run]`: when to ask for what.

use std::time::Duration;

use resumes::settings::{OldWindows, Run};

use super::amount::duration;
use super::problem::{Problems, Wrong, wrong};
use super::section::Section;

/// As many characters as `etl.run.run_label` takes.
const LONGEST_LABEL: usize = 200;

/// Reads the section; what does not stand there has `resumes`' defaults.
pub(crate) fn read(section: &Section, problems: &mut Problems) -> Run {
    let default = Run::default();
    Run {
        recheck_after: section
            .read_list("recheck_after", problems, recheck)
            .unwrap_or(default.recheck_after),
        settle: section.read("settle", problems, settle).unwrap_or(default.settle),
        share_between_sources: section
            .flag("share_between_sources")
            .unwrap_or(default.share_between_sources),
        old_windows: section
            .read("old_windows", problems, old_windows)
            .unwrap_or(default.old_windows),
        windows_at_once: section
            .read_count("windows_at_once", problems, 1..=16)
            .unwrap_or(default.windows_at_once),
        refresh_marts_every: section
            .read("refresh_marts_every", problems, duration)
            .unwrap_or(default.refresh_marts_every),
        label: section.read("label", problems, label),
    }
}

fn recheck(text: &str) -> Result<Duration, Wrong> {
    let after = duration(text)?;
    if after < Duration::from_mins(1) {
        return Err(wrong(format!("{text:?} is too short"), "look again after a minute or later"));
    }
    Ok(after)
}

fn settle(text: &str) -> Result<Duration, Wrong> {
    let settle = duration(text)?;
    if settle > Duration::from_hours(24) {
        return Err(wrong(
            format!("{text:?} is more than a day"),
            "write a day or less, as in \"5m\"",
        ));
    }
    Ok(settle)
}

/// An orchestrator's run id, or a host's name: a line of a table and of a log.
fn label(text: &str) -> Result<String, Wrong> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err(wrong("is empty", "write a label, or take it out"));
    }
    if length > LONGEST_LABEL {
        return Err(wrong(
            format!("has {length} characters"),
            format!("write {LONGEST_LABEL} at most"),
        ));
    }
    if text.contains(char::is_control) {
        return Err(wrong(
            "holds a control character, such as a line end",
            "write one line of plain text",
        ));
    }
    Ok(text.to_owned())
}

fn old_windows(text: &str) -> Result<OldWindows, Wrong> {
    match text {
        "learn" => Ok(OldWindows::Learn),
        "then" => Ok(OldWindows::Then),
        "now" => Ok(OldWindows::Now),
        _ => Err(wrong(
            format!("{text:?} is none of learn, then, now"),
            "write \"learn\" unless you know how 104 answers for old windows",
        )),
    }
}
