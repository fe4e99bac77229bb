//! What a backfill will cost: certain where the ledger knows, estimated where it does not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::{CompanyNo, Source};
use pipeline::backfill as ledger;
use pipeline::plan::backfill::Past;
use pipeline::plan::{Known, Reason, State};
use pipeline::report::{self, Averages};
use pipeline::tally::Tally;
use pipeline::window::Ledger;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Backfill, begin};
use crate::conduct::{Report, confirm_empty, work_windows};
use crate::failure::Failure;
use crate::settings::{self, FilesWhen, Settings};
use crate::signals::Signals;
use crate::{window, world};

/// What a backfill of one company comes to.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The company.
    pub company: CompanyNo,
    /// The windows that are left, source by source. Certain.
    pub windows: BTreeMap<Source, Planned>,
    /// Calls for their lists. Certain, unless 104 cuts a list short.
    pub list_calls: u64,
    /// Resumes that are listed and still to be asked for, each once for its hours. Certain.
    pub resumes: u64,
    /// Calls for these. Certain.
    pub resume_calls: u64,
    /// What is not listed yet, and files: by the ledger's averages, if it has any.
    pub estimate: Option<Estimate>,
    /// When files are fetched: otherwise than now, they cost nothing here.
    pub files: FilesWhen,
    /// Time between two calls at the limit.
    pub spacing: Duration,
}

/// How many windows of a source are left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Hours that nothing covers.
    pub new: u64,
    /// Begun and not finished, or failed.
    pub unfinished: u64,
    /// Closed, to be looked at again.
    pub closed: u64,
}

/// What follows from averages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Closed windows that the averages are made of.
    pub from_windows: u64,
    /// Resumes of the windows that are not listed yet.
    pub resumes: f64,
    /// Calls for these.
    pub resume_calls: f64,
    /// Files of all resumes that are to be asked for; `None` while nobody's files are known.
    pub files: Option<f64>,
    /// Calls for fresh tokens of files that wait too long: ten resumes each.
    pub renewals: f64,
}

impl Forecast {
    /// All calls, token calls included, by what is known.
    pub fn calls(&self) -> f64 {
        let certain = self.list_calls + self.resume_calls;
        let guessed = self.estimate.map_or(0.0, |it| it.resume_calls + self.file_calls(&it));
        let calls = float(certain) + guessed;
        if calls > 0.0 { calls + self.token_calls(calls) } else { 0.0 }
    }

    /// How long these take at the limit.
    pub fn duration(&self) -> Duration {
        self.spacing.mul_f64(self.calls())
    }

    /// Calls for access tokens, which live an hour as a rule.
    fn token_calls(&self, calls: f64) -> f64 {
        1.0 + (self.spacing.as_secs_f64() * calls / 3600.0).floor()
    }

    fn file_calls(&self, estimate: &Estimate) -> f64 {
        match self.files {
            FilesWhen::Now => estimate.files.unwrap_or(0.0) + estimate.renewals,
            FilesWhen::Later | FilesWhen::None => 0.0,
        }
    }
}

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
        forecasts.push(of_company(settings, company, request, &past, pool).await?);
    }
    Ok(forecasts)
}

async fn of_company(
    settings: &Settings,
    company: &settings::Company,
    request: &Backfill,
    past: &Past,
    pool: &PgPool,
) -> Result<Forecast, Failure> {
    let ledger = Ledger::new(pool.clone(), Uuid::nil());
    let known = ledger.reaching_into(&past.company, past.from, past.until).await?;
    let unlisted = Unlisted::of(past, &known);
    let listed = report::prospect(pool, past, settings.run.share_between_sources).await?;
    let (resumes, resume_calls) = (count(listed.resumes), count(listed.batches));
    let averages = report::averages(pool, &past.company, middle(past)).await?;
    let spacing = world::client_config(&settings.api, company).spacing();
    let has_files = !settings.files.kinds.is_empty();
    let estimate = (averages.windows > 0).then(|| {
        let (more, more_calls) = unlisted.expected(&averages);
        let all = float(resumes) + more;
        let files =
            if has_files { averages.files_a_resume.map(|each| each * all) } else { Some(0.0) };
        let took = spacing
            .mul_f64(float(unlisted.list_calls + resume_calls) + more_calls + files.unwrap_or(0.0));
        let waited = share_that_waits(took, settings.files.token_max_age);
        let renewals =
            if files.is_some_and(|files| files > 0.0) { all / 10.0 * waited } else { 0.0 };
        Estimate {
            from_windows: averages.windows,
            resumes: more,
            resume_calls: more_calls,
            files,
            renewals,
        }
    });
    Ok(Forecast {
        company: past.company.clone(),
        windows: unlisted.windows,
        list_calls: unlisted.list_calls,
        resumes,
        resume_calls,
        estimate,
        files: request.files,
        spacing,
    })
}

/// Windows that are left, and the hours of those that were never listed.
#[derive(Default)]
struct Unlisted {
    windows: BTreeMap<Source, Planned>,
    list_calls: u64,
    hours: BTreeMap<Source, (u64, u64)>,
}

impl Unlisted {
    fn of(past: &Past, known: &[Known]) -> Self {
        let mut all = Self::default();
        let due = pipeline::plan::backfill::plan(past, known).into_iter();
        for due in due.flat_map(|group| group.windows) {
            let source = due.window.source();
            let found = known
                .iter()
                .find(|known| known.window == due.window && known.state != State::Superseded);
            let planned = all.windows.entry(source).or_default();
            match found.map(|known| known.state) {
                None => planned.new += 1,
                Some(State::Closed) => planned.closed += 1,
                Some(State::Open | State::Failed | State::Superseded) => planned.unfinished += 1,
            }
            if found.is_none_or(|known| known.last_listed_at.is_none()) {
                let (windows, hours) = all.hours.entry(source).or_default();
                *windows += 1;
                *hours += u64::from(due.window.hours());
            }
            let is_listed = found.is_some_and(|known| match due.reason {
                Reason::Due => known.last_listed_at.is_some(),
                Reason::Refetch { since } => known.asked_at.is_some_and(|at| since <= at),
                Reason::Recheck | Reason::Relist { .. } => false,
            });
            all.list_calls += u64::from(!is_listed);
        }
        all
    }

    /// Resumes of what was never listed, and calls for them. A window's last call is half full,
    /// on average.
    fn expected(&self, averages: &Averages) -> (f64, f64) {
        let (mut resumes, mut busy) = (0.0, 0.0);
        for average in &averages.sources {
            let (windows, hours) = self.hours.get(&average.source).copied().unwrap_or_default();
            let of_source = float(hours) / 24.0 * average.resumes_a_day * averages.distinct;
            resumes += of_source;
            busy += of_source.min(float(windows) * average.busy_days);
        }
        (resumes, resumes / 10.0 + busy * 0.45)
    }
}

/// Resumes go before files: of what takes long, the later files wait longer than tokens live.
fn share_that_waits(took: Duration, token_max_age: Duration) -> f64 {
    if took <= token_max_age { 0.0 } else { 1.0 - token_max_age.as_secs_f64() / took.as_secs_f64() }
}

fn middle(past: &Past) -> Timestamp {
    let half = past.until.duration_since(past.from) / 2;
    past.from.checked_add(half).unwrap_or(past.from)
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
