//! Dry runs: what a backfill would cost, and from what that is known.

mod people;
mod said;

use pipeline::tally::Tally;
use resumes::{Backfill, Forecast, Report};

use self::said::{Listing, Said};
use crate::commands::work::{attended, settings};
use crate::context::Context;
use crate::exit::Failure;
use crate::progress::Shown;
use crate::summary::Failed;

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

fn print(
    context: &Context,
    request: &Backfill,
    forecasts: &[Forecast],
    listed: Option<(&Report, &Tally)>,
) {
    let listing =
        listed.map(|(report, tally)| Listing::of(context, request, forecasts, report, tally));
    if context.output.is_json() {
        context.output.json(&Said::of(context, request, forecasts, listing));
        return;
    }
    for line in people::lines(forecasts) {
        context.output.line(line);
    }
    if let Some(listing) = listing {
        for line in people::listed(&listing, &request.command_for(context.companies())) {
            context.output.talk(line);
        }
    }
}
