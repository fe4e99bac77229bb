//! A dry run for programs.

use pipeline::tally::Tally;
use pipeline::verdict::RunState;
use resumes::{Backfill, Forecast, Planned, Report, together};
use serde::Serialize;

use super::super::hour;
use crate::context::Context;
use crate::summary::Failed;

/// A dry run for programs. A contract: keys are added, never changed, while `schema` is 1.
#[derive(Serialize)]
pub(super) struct Said {
    schema: u8,
    command: &'static str,
    is_dry_run: bool,
    state: RunState,
    exit_code: u8,
    failures: Vec<Failed>,
    from: String,
    until: String,
    companies: Vec<Of>,
    calls: u64,
    minutes: f64,
    resume_command: String,
    /// The run that asked for the lists.
    listing: Option<Listing>,
}

#[derive(Serialize)]
pub(super) struct Listing {
    run_id: Option<String>,
    run_label: Option<String>,
    pub(super) state: RunState,
    exit_code: u8,
    pub(super) calls: u64,
    pub(super) windows: u64,
    pub(super) windows_listed: u64,
    failures: Vec<Failed>,
    /// Lists the rest; null if all are listed.
    pub(super) resume_command: Option<String>,
}

/// One company: what is certain, and what is not.
#[derive(Serialize)]
struct Of {
    company_no: String,
    windows: Vec<Windows>,
    list_calls: u64,
    /// Listed, and still to be asked for.
    resumes: u64,
    /// Of these, held already.
    resumes_held: u64,
    resume_calls: u64,
    /// Files that stand open.
    waiting_files: u64,
    waiting_renewal_calls: u64,
    estimate: Option<Estimated>,
    calls: u64,
    minutes: f64,
}

#[derive(Serialize)]
struct Windows {
    source: &'static str,
    new: u64,
    unfinished: u64,
    closed: u64,
}

/// By averages of closed windows.
#[derive(Serialize)]
struct Estimated {
    from_windows: u64,
    resumes: u64,
    resume_calls: u64,
    files: Option<u64>,
    renewal_calls: u64,
}

impl Of {
    fn forecast(forecast: &Forecast) -> Self {
        let windows = forecast.windows.iter().map(|(source, planned)| {
            let &Planned { new, unfinished, closed } = planned;
            Windows { source: source.as_str(), new, unfinished, closed }
        });
        Self {
            company_no: forecast.company.to_string(),
            windows: windows.collect(),
            list_calls: forecast.list_calls,
            resumes: forecast.resumes,
            resumes_held: forecast.held,
            resume_calls: forecast.resume_calls,
            waiting_files: forecast.waiting_files,
            waiting_renewal_calls: whole(forecast.waiting_renewals),
            estimate: forecast.estimate.map(|estimate| Estimated {
                from_windows: estimate.from_windows,
                resumes: whole(estimate.resumes),
                resume_calls: whole(estimate.resume_calls),
                files: estimate.files.map(whole),
                renewal_calls: whole(estimate.renewals),
            }),
            calls: whole(forecast.calls()),
            minutes: minutes(forecast.duration().as_secs_f64()),
        }
    }
}

impl Said {
    pub(super) fn of(
        context: &Context,
        request: &Backfill,
        forecasts: &[Forecast],
        listing: Option<Listing>,
    ) -> Self {
        let (calls, duration) = together(forecasts);
        Self {
            schema: 1,
            command: "backfill",
            is_dry_run: true,
            state: listing.as_ref().map_or(RunState::Complete, |it| it.state),
            exit_code: listing.as_ref().map_or(0, |it| it.exit_code),
            failures: listing.as_ref().map_or_else(Vec::new, |it| it.failures.clone()),
            from: hour(request.from),
            until: hour(request.until),
            companies: forecasts.iter().map(Of::forecast).collect(),
            calls: whole(calls),
            minutes: minutes(duration.as_secs_f64()),
            resume_command: request.command_for(context.companies()),
            listing,
        }
    }
}

impl Listing {
    pub(super) fn of(
        context: &Context,
        request: &Backfill,
        forecasts: &[Forecast],
        report: &Report,
        tally: &Tally,
    ) -> Self {
        let unlisted: u64 = forecasts.iter().map(|forecast| forecast.list_calls).sum();
        let windows = tally.windows_due.get().max(unlisted);
        let is_complete = unlisted == 0 && report.run_id.is_some();
        let again = || format!("{} --dry-run --list", request.command_for(context.companies()));
        Self {
            run_id: report.run_id.map(|id| id.to_string()),
            run_label: report.run_label.clone(),
            state: report.verdict.state,
            exit_code: report.verdict.exit_code,
            calls: report.calls,
            windows,
            windows_listed: windows - unlisted,
            failures: Failed::all(tally),
            resume_command: (!is_complete).then(again),
        }
    }
}

/// A count out of averages, rounded up.
pub(super) fn whole(count: f64) -> u64 {
    format!("{:.0}", count.ceil()).parse().unwrap_or(0)
}

/// To one place, rounded up: what takes seconds does not take nothing.
fn minutes(seconds: f64) -> f64 {
    (seconds / 6.0).ceil() / 10.0
}
