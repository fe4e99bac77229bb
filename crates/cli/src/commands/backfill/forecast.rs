//! Dry runs: what a backfill would cost, and from what that is known.

use pipeline::tally::Tally;
use pipeline::verdict::RunState;
use resumes::settings::FilesWhen;
use resumes::{Backfill, Estimate, Forecast, Planned, Report};
use serde::Serialize;

use super::hour;
use crate::commands::work::{attended, settings};
use crate::context::Context;
use crate::exit::Failure;
use crate::progress::Shown;
use crate::summary::Failed;
use crate::taiwan::span;

/// Says what it would cost; with `is_listing` after asking for the lists.
pub(super) async fn run(
    context: &Context,
    request: &Backfill,
    is_listing: bool,
) -> Result<u8, Failure> {
    if is_listing { list(context, request).await } else { read(context, request).await }
}

async fn read(context: &Context, request: &Backfill) -> Result<u8, Failure> {
    let settings = context.given()?.of_warehouse(context.companies())?;
    let forecasts = resumes::forecast(&settings, request).await?;
    print(context, request, &forecasts, None);
    Ok(0)
}

async fn list(context: &Context, request: &Backfill) -> Result<u8, Failure> {
    let settings = settings(context)?;
    let (listed, tally) = attended(context, Shown::Counts, &settings, async |it| {
        resumes::list(it.settings, request, it.tally, it.signals).await
    })
    .await?;
    let (report, forecasts) = listed?;
    Failed::complain(&tally, &context.output);
    print(context, request, &forecasts, Some((&report, &tally)));
    Ok(report.verdict.exit_code)
}

/// A dry run for programs. A contract: keys are added, never changed, while `schema` is 1.
#[derive(Serialize)]
struct Said {
    schema: u8,
    command: &'static str,
    is_dry_run: bool,
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
struct Listing {
    run_id: Option<String>,
    state: RunState,
    exit_code: u8,
    calls: u64,
    failures: Vec<Failed>,
}

/// One company: what is certain, and what is not.
#[derive(Serialize)]
struct Of {
    company_no: String,
    windows: Vec<Windows>,
    list_calls: u64,
    /// Listed, and still to be asked for.
    resumes: u64,
    resume_calls: u64,
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
            resume_calls: forecast.resume_calls,
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

fn print(
    context: &Context,
    request: &Backfill,
    forecasts: &[Forecast],
    listed: Option<(&Report, &Tally)>,
) {
    let seconds: f64 = forecasts.iter().map(|it| it.duration().as_secs_f64()).sum();
    if context.output.is_json() {
        context.output.json(&Said {
            schema: 1,
            command: "backfill",
            is_dry_run: true,
            from: hour(request.from),
            until: hour(request.until),
            companies: forecasts.iter().map(Of::forecast).collect(),
            calls: whole(forecasts.iter().map(Forecast::calls).sum()),
            minutes: minutes(seconds),
            resume_command: request.command_for(context.companies()),
            listing: listed.map(|(report, tally)| Listing {
                run_id: report.run_id.map(|id| id.to_string()),
                state: report.verdict.state,
                exit_code: report.verdict.exit_code,
                calls: report.calls,
                failures: Failed::all(tally),
            }),
        });
        return;
    }
    for forecast in forecasts {
        for line in lines(forecast) {
            context.output.line(line);
        }
    }
    if let Some((report, _tally)) = listed {
        context.output.talk(format!(
            "{} calls were spent on lists; they are kept for a day: {}",
            report.calls,
            request.command_for(context.companies())
        ));
    }
}

/// The certain part, the estimate, and what both come to.
fn lines(forecast: &Forecast) -> Vec<String> {
    let Forecast { company, list_calls, resumes, resume_calls, .. } = forecast;
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
    if windows == 0 {
        return vec![format!("{company}  nothing is left to fetch")];
    }
    let mut lines = vec![
        format!(
            "{company}  {windows} windows ({}): {} new, {} begun, {} closed to look at again",
            sources.join(", "),
            all.new,
            all.unfinished,
            all.closed
        ),
        format!("  certain   {list_calls} list calls"),
    ];
    if *resumes > 0 || *list_calls == 0 {
        lines.push(format!(
            "            {resumes} resumes listed and to fetch: {resume_calls} calls"
        ));
    }
    match &forecast.estimate {
        None => lines.push(
            "  estimate  none: no closed window to estimate from; `--dry-run --list` asks who is \
             there"
                .to_owned(),
        ),
        Some(estimate) => lines.push(estimated(forecast, estimate)),
    }
    let seconds = forecast.duration().as_secs_f64();
    let rate = 1.0 / forecast.spacing.as_secs_f64();
    let is_known = forecast.estimate.is_some_and(|estimate| estimate.files.is_some());
    lines.push(format!(
        "  together  {} {} calls: {} at {rate:.2} calls a second",
        if is_known { "about" } else { "at least" },
        whole(forecast.calls()),
        span(seconds),
    ));
    lines
}

fn estimated(forecast: &Forecast, estimate: &Estimate) -> String {
    let mut parts = Vec::new();
    if estimate.resumes > 0.0 {
        let (resumes, calls) = (whole(estimate.resumes), whole(estimate.resume_calls));
        parts.push(format!("{resumes} resumes more ({calls} calls)"));
    }
    parts.push(match (estimate.files, forecast.files) {
        (None, _) => "files unknown: nobody's are held".to_owned(),
        (Some(files), FilesWhen::Now) if estimate.renewals > 0.0 => {
            format!("{} files, {} calls for their tokens", whole(files), whole(estimate.renewals))
        }
        (Some(files), FilesWhen::Now) => format!("{} files", whole(files)),
        (Some(files), FilesWhen::Later | FilesWhen::None) => {
            format!("{} files, not by this command", whole(files))
        }
    });
    let windows = estimate.from_windows;
    format!("  estimate  {} (from {windows} closed windows)", parts.join(", "))
}

/// A count out of averages, rounded up.
fn whole(count: f64) -> u64 {
    format!("{:.0}", count.ceil()).parse().unwrap_or(0)
}

fn minutes(seconds: f64) -> f64 {
    (seconds / 6.0).round() / 10.0
}
