//! A dry run for people: lines.

use resumes::settings::FilesWhen;
use resumes::{Forecast, Planned, together};

use super::said::{Listing, whole};
use crate::summary::state_words;
use crate::taiwan::span;

/// What each company will cost, and all of them together.
pub(super) fn lines(forecasts: &[Forecast]) -> Vec<String> {
    let mut lines: Vec<String> = forecasts.iter().flat_map(of_company).collect();
    if forecasts.len() > 1 {
        let (calls, duration) = together(forecasts);
        let takes = span(duration.as_secs_f64());
        lines.push(format!("all of them  {} {} calls: {takes}", about(forecasts), whole(calls)));
    }
    lines
}

/// The certain part, the estimate, and what both come to.
fn of_company(forecast: &Forecast) -> Vec<String> {
    let company = &forecast.company;
    let mut all = Planned::default();
    let mut sources = Vec::new();
    for (source, planned) in &forecast.windows {
        all.new += planned.new;
        all.unfinished += planned.unfinished;
        all.closed += planned.closed;
        let of_source = planned.new + planned.unfinished + planned.closed;
        sources.push(format!("{} {of_source}", source.as_str()));
    }
    let windows = all.new + all.unfinished + all.closed;
    let mut lines = match (windows, forecast.waiting_files) {
        (0, 0) => return vec![format!("{company}  nothing is left to fetch")],
        (0, _) => vec![format!("{company}  no window is left, and files are")],
        _ => vec![format!(
            "{company}  {windows} windows ({}): {} new, {} begun, {} closed to look at again",
            sources.join(", "),
            all.new,
            all.unfinished,
            all.closed
        )],
    };
    let mut names = std::iter::once("certain").chain(std::iter::repeat(""));
    let certain = certain(forecast).into_iter().zip(&mut names);
    lines.extend(certain.map(|(line, name)| format!("  {name:<8}  {line}")));
    lines.extend(estimated(forecast).map(|line| format!("  estimate  {line}")));
    let rate = 1.0 / forecast.spacing.as_secs_f64();
    lines.push(format!(
        "  together  {} {} calls: {} at {rate:.2} calls a second",
        about(std::slice::from_ref(forecast)),
        whole(forecast.calls()),
        span(forecast.duration().as_secs_f64()),
    ));
    lines
}

/// What the ledger knows.
fn certain(forecast: &Forecast) -> Vec<String> {
    let Forecast { list_calls, resumes, held, resume_calls, waiting_files, .. } = forecast;
    let mut lines = Vec::new();
    if *list_calls > 0 {
        lines.push(format!("{list_calls} list calls"));
    }
    if *resumes > 0 || lines.is_empty() && *waiting_files == 0 {
        lines.push(format!("{resumes} resumes listed and to fetch: {resume_calls} calls"));
    }
    if *held > 0 {
        lines.push(format!("{held} of them are held: files only of documents that changed"));
    }
    if *waiting_files > 0 {
        let tokens = match whole(forecast.waiting_renewals) {
            0 => String::new(),
            calls => format!(", and {calls} for their tokens"),
        };
        let calls = waiting_files;
        lines.push(format!("{waiting_files} files left open before: {calls} calls{tokens}"));
    }
    lines
}

/// How sure the sum is.
fn about(forecasts: &[Forecast]) -> &'static str {
    let is_known = |forecast: &Forecast| {
        let is_without_files = forecast.files != FilesWhen::Now;
        forecast.estimate.is_some_and(|estimate| is_without_files || estimate.files.is_some())
    };
    if forecasts.iter().all(is_known) { "about" } else { "at least" }
}

/// What averages tell, if anything is left to them.
fn estimated(forecast: &Forecast) -> Option<String> {
    let Some(estimate) = &forecast.estimate else {
        return Some(
            "none: no closed window to estimate from; `--dry-run --list` asks who is there"
                .to_owned(),
        );
    };
    let mut parts = Vec::new();
    if estimate.resumes > 0.0 {
        let (resumes, calls) = (whole(estimate.resumes), whole(estimate.resume_calls));
        parts.push(format!("{resumes} resumes more ({calls} calls)"));
    }
    let tokens = match whole(estimate.renewals) {
        0 => String::new(),
        calls => format!(", {calls} calls for their tokens"),
    };
    match (estimate.files.map(whole), forecast.files) {
        (Some(0), _) => {}
        (None, _) => parts.push("files unknown: nobody's are held".to_owned()),
        (Some(files), FilesWhen::Now) => parts.push(format!("{files} files{tokens}")),
        (Some(files), FilesWhen::Later | FilesWhen::None) => {
            parts.push(format!("{files} files, not by this command"));
        }
    }
    let from = match estimate.from_windows {
        0 => String::new(),
        windows => format!(" (from {windows} closed windows)"),
    };
    (!parts.is_empty()).then(|| format!("{}{from}", parts.join(", ")))
}

/// What a listing spent, how far it came, and how to go on: with the backfill, or with the rest.
pub(super) fn listed(listing: &Listing, backfill: &str) -> Vec<String> {
    let Listing { state, calls, windows, windows_listed, resume_command, .. } = listing;
    let kept = if *windows_listed > 0 { "; lists are kept for a day" } else { "" };
    let spent = format!("{calls} calls were spent on lists{kept}");
    let ended = format!("listing {}", state_words(*state));
    match resume_command {
        None => vec![format!("{spent}: {backfill}")],
        Some(again) if *windows == 0 => vec![format!("{ended}; again by: {again}")],
        Some(again) => vec![
            ended,
            format!("{windows_listed} of {windows} windows are listed; {spent}"),
            format!("list the rest by: {again}"),
        ],
    }
}
