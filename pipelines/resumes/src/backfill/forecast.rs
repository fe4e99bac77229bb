//! What a backfill will cost: certain where the ledger knows, estimated where it does not.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::CompanyNo;
use pipeline::backfill as ledger;
use pipeline::plan::backfill::Past;
use pipeline::report::{self, Averages};
use pipeline::tally::Tally;
use sqlx::PgPool;

use super::price::{Estimate, Forecast, float};
use super::standing::Unlisted;
use super::{Backfill, Standing, begin, count, standing};
use crate::conduct::{Report, confirm_empty, work_windows};
use crate::failure::Failure;
use crate::settings::{self, Settings};
use crate::signals::Signals;
use crate::{window, world};

/// What a backfill would cost now, without any call and without a trace in the ledger.
///
/// # Errors
/// If hours have not settled, or the database can't be opened or read.
pub async fn forecast(settings: &Settings, request: &Backfill) -> Result<Vec<Forecast>, Failure> {
    let pool = request.open_database(settings).await?;
    of_companies(settings, request, &pool).await
}

/// The same, after the lists were asked for: they are kept, so that the backfill, if it begins
/// within a day, does not ask for them again; nobody is asked for.
///
/// # Errors
/// If hours have not settled, or the ledger can't be read afterwards.
pub async fn list(
    settings: &Settings,
    request: &Backfill,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> Result<(Report, Vec<Forecast>), Failure> {
    let opened = request.open(settings, "backfill --dry-run --list").await?;
    let pool = opened.as_ref().ok().map(|(pool, _run)| pool.clone());
    let report = request
        .conduct(settings, tally, signals)
        .to_the_end(opened, async |company| {
            let listed = async {
                let begun = begin(settings, request, company, true).await?;
                work_windows(company, begun.groups, async |due| window::list(company, due).await)
                    .await;
                confirm_empty(company).await;
                Ok::<_, Failure>(())
            };
            if let Err(failure) = listed.await {
                company.failed(company.settings.no.as_str(), &failure);
            }
        })
        .await;
    let forecasts = match pool {
        Some(pool) => of_companies(settings, request, &pool).await?,
        None => Vec::new(),
    };
    Ok((report, forecasts))
}

async fn of_companies(
    settings: &Settings,
    request: &Backfill,
    pool: &PgPool,
) -> Result<Vec<Forecast>, Failure> {
    let now = world::clock(pool).await?.now();
    let mut forecasts = Vec::new();
    for company in world::asked(settings, &request.companies) {
        let mut past = request.past(company, now);
        past.since = ledger::begun_at(pool, &past).await?.unwrap_or(now);
        forecasts.push(of_company(settings, company, request, &past, (pool, now)).await?);
    }
    Ok(forecasts)
}

async fn of_company(
    settings: &Settings,
    company: &settings::Company,
    request: &Backfill,
    past: &Past,
    (pool, now): (&PgPool, Timestamp),
) -> Result<Forecast, Failure> {
    let Standing { unlisted, listed, waiting } =
        standing(settings, request, past, pool, now).await?;
    let averages = report::averages(pool, &past.company, middle(past)).await?;
    let (resumes, held) = (count(listed.resumes), count(listed.held));
    let (more, more_calls) = expected(&unlisted, &averages);
    // Whose document did not change has no file to fetch again.
    let with_files = float(resumes - held) + more;
    let files = if with_files > 0.0 && !settings.files.kinds.is_empty() {
        averages.files_a_resume.map(|each| each * with_files)
    } else {
        Some(0.0)
    };
    let certain = unlisted.list_calls + count(listed.batches) + count(waiting.files);
    let spacing = world::client_config(&settings.api, company).spacing();
    let took = spacing.mul_f64(float(certain) + more_calls + files.unwrap_or(0.0));
    let waits = share_that_waits(took, settings.files.token_max_age);
    let has_averages = averages.windows > 0 || unlisted.hours.is_empty();
    let estimate = has_averages.then(|| Estimate {
        from_windows: averages.windows,
        resumes: more,
        resume_calls: more_calls,
        files,
        renewals: if files.unwrap_or(0.0) > 0.0 { with_files / 10.0 * waits } else { 0.0 },
    });
    let fresh = count(waiting.renewals - waiting.stale_renewals);
    Ok(Forecast {
        company: past.company.clone(),
        windows: unlisted.windows,
        list_calls: unlisted.list_calls,
        resumes,
        held,
        resume_calls: count(listed.batches),
        waiting_files: count(waiting.files),
        waiting_renewals: float(count(waiting.stale_renewals)) + float(fresh) * waits,
        estimate,
        files: request.files,
        spacing,
        credential: first_of_credential(settings, company),
    })
}

/// Names a credential by the first company that has it.
fn first_of_credential(settings: &Settings, company: &settings::Company) -> CompanyNo {
    let has_it = |other: &&settings::Company| other.client_id == company.client_id;
    settings.companies.iter().find(has_it).unwrap_or(company).no.clone()
}

/// Resumes of what was never listed, and calls for them. A window's last call is half full, on
/// average.
fn expected(unlisted: &Unlisted, averages: &Averages) -> (f64, f64) {
    let (mut resumes, mut busy) = (0.0, 0.0);
    for average in &averages.sources {
        let (windows, hours) = unlisted.hours.get(&average.source).copied().unwrap_or_default();
        let of_source = float(hours) / 24.0 * average.resumes_a_day * averages.distinct;
        resumes += of_source;
        busy += of_source.min(float(windows) * average.busy_days);
    }
    (resumes, resumes / 10.0 + busy * 0.45)
}

/// Resumes go before files: of what takes long, the later files wait longer than tokens live.
fn share_that_waits(took: Duration, token_max_age: Duration) -> f64 {
    if took <= token_max_age { 0.0 } else { 1.0 - token_max_age.as_secs_f64() / took.as_secs_f64() }
}

fn middle(past: &Past) -> Timestamp {
    let half = past.until.duration_since(past.from) / 2;
    past.from.checked_add(half).unwrap_or(past.from)
}
