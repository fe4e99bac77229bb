//! The story of a backfill: hours that were never fetched, and what may have changed since.
//!
//! It begins, or goes on with the unfinished one that asks for the same; plans what is left;
//! works on windows and files as a run does, but after any schedule; and is complete when a new
//! plan finds nothing.

mod asked;
mod forecast;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use model::CompanyNo;
use pipeline::backfill::{self as ledger, Before};
use pipeline::plan::Group;
use pipeline::plan::backfill::Past;
use pipeline::tally::Tally;
use pipeline::window::Ledger;

pub use self::asked::Backfill;
pub use self::forecast::{Estimate, Forecast, Planned, forecast, list};
use crate::company::Company;
use crate::conduct::{Report, work_company};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::signals::Signals;

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
}

/// Runs a backfill to its end, and tells how each company begins. Returns the report, and whether
/// anything is left that the same command goes on with.
pub async fn backfill(
    settings: &Settings,
    request: &Backfill,
    tally: &Arc<Tally>,
    signals: &Signals,
    tell: &(dyn Fn(&Began) + Sync),
) -> (Report, bool) {
    let is_left = AtomicBool::new(false);
    let opened = request.open(settings, "backfill").await;
    let report = request
        .conduct(settings, tally, signals)
        .to_the_end(opened, async |company| {
            if !work(request, company, tell).await {
                is_left.store(true, Ordering::Relaxed);
            }
        })
        .await;
    (report, is_left.into_inner())
}

/// One company's part; whether it is complete.
async fn work(request: &Backfill, company: &Company, tell: &(dyn Fn(&Began) + Sync)) -> bool {
    let worked = async {
        let Opened { backfill_id, past, groups, began } = begin(request, company, false).await?;
        tell(&began);
        work_company(company, async { Ok(groups) }).await;
        let left = count(&plan(&company.ledger, &past).await?);
        ledger::note_left(company.ledger.pool(), backfill_id, left).await?;
        let is_complete = left == 0 && !company.is_halted();
        if is_complete {
            ledger::complete(company.ledger.pool(), backfill_id).await?;
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
    began: Began,
}

/// Begins, or goes on with what is left.
async fn begin(
    request: &Backfill,
    company: &Company,
    is_listing: bool,
) -> Result<Opened, Failure> {
    let (pool, no) = (company.ledger.pool(), &company.settings.no);
    pipeline::upkeep::supersede_covered(pool, no).await?;
    let mut past = request.past(&company.settings, company.started_at);
    let asked = request.asked(&past, is_listing);
    let begun = ledger::begin(pool, company.ledger.run_id(), &asked).await?;
    past.since = begun.since;
    let groups = plan(&company.ledger, &past).await?;
    let left = count(&groups);
    let planned = ledger::note_left(pool, begun.backfill_id, left).await?;
    let before = begun.before.map(|before| (before, begun.since));
    let began = Began { company: no.clone(), before, planned, left };
    Ok(Opened { backfill_id: begun.backfill_id, past, groups, began })
}

/// What is left, by what the ledger knows.
async fn plan(ledger: &Ledger, past: &Past) -> Result<Vec<Group>, Failure> {
    let known = ledger.reaching_into(&past.company, past.from, past.until).await?;
    Ok(pipeline::plan::backfill::plan(past, &known))
}

fn count(groups: &[Group]) -> u64 {
    groups.iter().map(|group| group.windows.len() as u64).sum()
}
