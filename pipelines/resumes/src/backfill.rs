//! The story of a backfill: hours that were never fetched, and what may have changed since.
//!
//! It begins, or goes on with the unfinished one that asks for the same; plans what is left;
//! works on windows and files as a run does, but after any schedule; and is complete when a new
//! plan finds nothing.

mod asked;
mod forecast;
mod price;
mod standing;

use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use model::CompanyNo;
use pipeline::backfill::{self as ledger, Before};
use pipeline::plan::Group;
use pipeline::plan::backfill::{Order, Past};
use pipeline::tally::Tally;
use pipeline::window::Ledger;

pub use self::asked::Backfill;
pub use self::forecast::{forecast, list};
pub use self::price::{Estimate, Forecast, together};
pub use self::standing::Planned;
use self::standing::{Standing, standing};
use crate::company::Company;
use crate::conduct::{Report, work_company};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::world;

/// How a backfill begins, for one company.
#[derive(Clone, Debug)]
pub struct Began {
    /// The company.
    pub company: CompanyNo,
    /// How it was begun before, and when; `None` for a new one.
    pub before: Option<(Before, Timestamp)>,
    /// Windows that it comes to, done ones included.
    pub planned: u64,
    /// Windows that are left.
    pub left: u64,
    /// Resumes that these listed before, and that are still to be settled.
    pub resumes: u64,
    /// Files that stand open and that it takes up, whichever backfill left them.
    pub files: u64,
}

/// Runs a backfill to its end, and tells how each company begins. Returns the report, and the
/// companies of which something is left that the same command goes on with.
///
/// # Errors
/// If hours have not settled: then nothing was begun.
pub async fn backfill(
    settings: &Settings,
    request: &Backfill,
    tally: &Arc<Tally>,
    signals: &Signals,
    tell: &(dyn Fn(&Began) + Sync),
) -> Result<(Report, Vec<CompanyNo>), Failure> {
    let opened = request.open(settings, "backfill").await?;
    let completed = Mutex::new(Vec::new());
    let report = request
        .conduct(settings, tally, signals)
        .to_the_end(opened, async |company| {
            if work(settings, request, company, tell).await {
                locked(&completed).push(company.settings.no.clone());
            }
        })
        .await;
    let completed = locked(&completed);
    let asked = world::asked(settings, &request.companies).map(|company| company.no.clone());
    Ok((report, asked.filter(|no| !completed.contains(no)).collect()))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One company's part; whether it is complete.
async fn work(
    settings: &Settings,
    request: &Backfill,
    company: &Company,
    tell: &(dyn Fn(&Began) + Sync),
) -> bool {
    let worked = async {
        let opened = begin(settings, request, company, false).await?;
        tell(&expect(settings, request, company, &opened).await?);
        let Opened { backfill_id, past, groups, .. } = opened;
        let again = async || plan(&company.ledger, &past).await;
        Box::pin(work_company(company, async { Ok(groups) }, again)).await;
        let left = windows(&plan(&company.ledger, &past).await?);
        ledger::note_left(company.ledger.pool(), backfill_id, left).await?;
        let is_complete = left == 0 && !company.is_halted();
        if is_complete {
            ledger::complete(company.ledger.pool(), backfill_id).await?;
            complete_stopped(company).await?;
        }
        Ok::<_, Failure>(is_complete)
    };
    worked.await.unwrap_or_else(|failure| {
        company.failed(company.settings.no.as_str(), &failure);
        false
    })
}

/// A backfill in the ledger, and what is left of it.
struct Opened {
    backfill_id: i64,
    past: Past,
    groups: Vec<Group>,
    before: Option<(Before, Timestamp)>,
    planned: u64,
    left: u64,
}

/// How it begins, and what is to be expected of it, by which its end is told.
async fn expect(
    settings: &Settings,
    request: &Backfill,
    company: &Company,
    opened: &Opened,
) -> Result<Began, Failure> {
    let (pool, now) = (company.ledger.pool(), company.clock.now());
    let Standing { unlisted, listed, waiting } =
        standing(settings, request, &opened.past, pool, now).await?;
    let (resumes, files) = (count(listed.items), count(waiting.files));
    company.tally.lists_due.add(unlisted.list_calls);
    company.tally.items_due.add(resumes);
    company.tally.files_due.add(files);
    let &Opened { before, planned, left, .. } = opened;
    Ok(Began { company: company.settings.no.clone(), before, planned, left, resumes, files })
}

/// Begins, or goes on with what is left.
async fn begin(
    settings: &Settings,
    request: &Backfill,
    company: &Company,
    is_listing: bool,
) -> Result<Opened, Failure> {
    let (pool, no) = (company.ledger.pool(), &company.settings.no);
    pipeline::upkeep::supersede_covered(pool, no).await?;
    let mut past = request.past(&company.settings, company.started_at);
    // Each company goes on by itself: where another is complete, it would begin anew.
    let is_one = settings.companies.len() == 1 && request.companies.is_empty();
    let command = request.command_for(if is_one { &[] } else { slice::from_ref(no) });
    let asked = request.asked(&past, &command, is_listing);
    let begun = ledger::begin(pool, company.ledger.run_id(), &asked).await?;
    past.since = begun.since;
    let groups = plan(&company.ledger, &past).await?;
    let left = windows(&groups);
    let planned = ledger::note_left(pool, begun.backfill_id, left).await?;
    let before = begun.before.map(|before| (before, begun.since));
    Ok(Opened { backfill_id: begun.backfill_id, past, groups, before, planned, left })
}

/// Stopped backfills of which this one left nothing, as of a narrower range, are complete with it:
/// who asks for the same later begins anew.
async fn complete_stopped(company: &Company) -> Result<(), Failure> {
    let (pool, of_company) = (company.ledger.pool(), &company.settings);
    for stopped in ledger::stopped(pool, &of_company.no).await? {
        let ledger::Stopped { backfill_id, from, until, refetch, width, since } = stopped;
        let past = Past {
            company: of_company.no.clone(),
            sources: of_company.sources.clone(),
            from,
            until,
            refetch,
            width,
            order: Order::default(),
            since,
        };
        if plan(&company.ledger, &past).await?.is_empty() {
            ledger::complete(pool, backfill_id).await?;
        }
    }
    Ok(())
}

/// What is left, by what the ledger knows.
async fn plan(ledger: &Ledger, past: &Past) -> Result<Vec<Group>, Failure> {
    let known = ledger.reaching_into(&past.company, past.from, past.until).await?;
    Ok(pipeline::plan::backfill::plan(past, &known))
}

fn windows(groups: &[Group]) -> u64 {
    groups.iter().map(|group| group.windows.len() as u64).sum()
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}
