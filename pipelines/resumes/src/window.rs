//! One window, from listing to rows.

use futures::StreamExt;
use jiff::Timestamp;
use model::{Outcome, RawResume, ResumeId};
use pipeline::item::{self, ListedItem};
use pipeline::listing::{Ask, Manner};
use pipeline::plan::{DueWindow, Reason};
use pipeline::rejection::Place;
use pipeline::window::{Claim, Lease};

use crate::company::Company;
use crate::failure::Failure;
use crate::kept::{BATCH, BATCH_BYTES, items, keep, load};
use crate::listing;
use crate::people::FreshLinks;

/// Ids in memory at once: some 200 calls' worth, so that the pause between two pages is no matter.
const PAGE: i64 = 2000;

/// Works on a window, and says in the ledger how it ended. `false`: another live process has it, or
/// took it over, and with it the rest of its group, which shares what this one fetches.
pub(crate) async fn work(company: &Company, due: &DueWindow) -> bool {
    under_lease(company, due, async |lease| fetch(company, lease, due.reason).await).await
}

/// The same for its listing alone: the ids are kept, and nobody is asked for.
pub(crate) async fn list(company: &Company, due: &DueWindow) -> bool {
    under_lease(company, due, async |lease| list_only(company, lease, due.reason).await).await
}

async fn under_lease(
    company: &Company,
    due: &DueWindow,
    work: impl AsyncFnOnce(&Lease) -> Result<(), Failure>,
) -> bool {
    let at = due.window.to_string();
    match company.ledger.take(&due.window, claim(due.reason)).await {
        Ok(Some(lease)) => match work(&lease).await {
            Ok(()) => {
                if let Err(error) = company.ledger.release(&lease).await {
                    company.failed(&at, &error.into());
                }
            }
            Err(failure) => {
                company.give_back(&lease, &failure).await;
                return !failure.is_lease_lost();
            }
        },
        Ok(None) => return false,
        Err(error) => company.failed(&at, &error.into()),
    }
    true
}

fn claim(reason: Reason) -> Claim {
    match reason {
        Reason::Due => Claim::Unfinished,
        Reason::Recheck => Claim::AlsoClosed,
        Reason::Relist { since } => Claim::UnlessListedSince(since),
        Reason::Refetch { since } => Claim::UnlessAskedSince(since),
    }
}

/// The story of one window. Whatever was done before, by this process or another, is not done
/// again: the ledger's items say where to go on.
async fn fetch(company: &Company, lease: &Lease, reason: Reason) -> Result<(), Failure> {
    let has_open_items = item::has_open(company.ledger.pool(), lease.window_id).await?;
    if is_to_list(lease, reason) || !has_open_items {
        list_again(company, lease, reason, ask(lease, reason)).await?;
    }
    if has_open_items
        && let Some(id) = item::any_stored(company.ledger.pool(), lease.window_id).await?
    {
        company.client.knows_of(&lease.window, &id);
    }
    load_kept(company, lease).await?;
    share(company, lease).await?;
    let mut page = Page::default();
    while let Some(listed) = page.next(company, lease).await? {
        let ids = listed.into_iter().map(|item| item.resume_id).collect();
        fetch_page(company, lease, ids).await?;
        if company.is_halted() {
            break;
        }
    }
    Ok(())
}

/// Whether the window is to be listed, though it was listed before.
fn is_to_list(lease: &Lease, reason: Reason) -> bool {
    match reason {
        Reason::Due => false,
        Reason::Recheck => true,
        Reason::Relist { since } => lease.listed_at.is_none_or(|listed_at| listed_at < since),
        Reason::Refetch { since } => lease.asked_at.is_none_or(|asked_at| asked_at < since),
    }
}

/// Everything is asked for again once in a backfill, however often it is stopped.
fn ask(lease: &Lease, reason: Reason) -> Ask {
    match reason {
        Reason::Refetch { .. } if is_to_list(lease, reason) => Ask::All,
        Reason::Due | Reason::Recheck | Reason::Relist { .. } | Reason::Refetch { .. } => Ask::New,
    }
}

async fn list_again(
    company: &Company,
    lease: &Lease,
    reason: Reason,
    ask: Ask,
) -> Result<(), Failure> {
    let shares_since = shares_since(company, lease, reason);
    listing::list(company, lease, Manner { ask, shares_since }).await
}

/// Since when a richer source of the same hours must have shown who is listed now, so that nobody need
/// be asked for them: whenever it was, if the window is listed first, so that a killed run ends as
/// a clean one. But what a recheck finds was not there before, and shares the answers of its run alone;
/// so does what a backfill finds or asks for again, over all runs that it takes.
fn shares_since(company: &Company, lease: &Lease, reason: Reason) -> Option<Timestamp> {
    match reason {
        Reason::Due => None,
        Reason::Recheck | Reason::Relist { .. } if lease.listed_at.is_none() => None,
        Reason::Recheck => Some(company.started_at),
        Reason::Relist { since } | Reason::Refetch { since } => Some(since),
    }
}

/// Lists the window, unless it was listed before and nothing asks for another list.
async fn list_only(company: &Company, lease: &Lease, reason: Reason) -> Result<(), Failure> {
    if is_to_list(lease, reason) || lease.listed_at.is_none() {
        list_again(company, lease, reason, Ask::New).await?;
    }
    Ok(())
}

/// Items that are still to be fetched, a page at a time: memory must not grow with a window.
#[derive(Default)]
struct Page {
    beyond: i32,
}

impl Page {
    async fn next(
        &mut self,
        company: &Company,
        lease: &Lease,
    ) -> Result<Option<Vec<ListedItem>>, Failure> {
        let pool = company.ledger.pool();
        let items = item::listed(pool, lease.window_id, self.beyond, PAGE).await?;
        let Some(last) = items.last() else { return Ok(None) };
        self.beyond = last.position;
        Ok(Some(items))
    }
}

async fn fetch_page(company: &Company, lease: &Lease, ids: Vec<ResumeId>) -> Result<(), Failure> {
    let mut answers = Box::pin(
        company
            .client
            .resumes(&lease.window, ids)
            .take_until(company.halt.clone().cancelled_owned())
            .ready_chunks(BATCH),
    );
    let mut first_failure = None;
    while let Some(arrived) = answers.next().await {
        let mut outcomes = Vec::with_capacity(arrived.len());
        for answer in arrived {
            match answer {
                Ok(outcome) => outcomes.push(outcome),
                // What is in flight still arrives and is kept; then the window fails.
                Err(error) => drop(first_failure.get_or_insert(error)),
            }
        }
        while !outcomes.is_empty() {
            let rest = outcomes.split_off(fitting(&outcomes));
            keep(company, lease, outcomes).await?;
            outcomes = rest;
        }
    }
    first_failure.map_or(Ok(()), |error| Err(error.into()))
}

/// How many of these go into one transaction: at least one, and no more than a statement and this
/// process's memory can well hold.
fn fitting(outcomes: &[Outcome<RawResume>]) -> usize {
    let mut bytes = 0;
    let fit = outcomes.iter().take_while(|outcome| {
        bytes += match outcome {
            Outcome::Ready(raw) => raw.json.len(),
            Outcome::Rejected(rejection) => rejection.payload.expose().len(),
            Outcome::Absent(_) => 0,
        };
        bytes <= BATCH_BYTES
    });
    fit.count().max(1)
}

/// Items that were kept before a crash go on from raw, without a call.
async fn load_kept(company: &Company, lease: &Lease) -> Result<(), Failure> {
    loop {
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let kept = item::kept(company.ledger.pool(), lease.window_id, limit).await?;
        if kept.is_empty() {
            return Ok(());
        }
        load(company, lease, &kept, &FreshLinks::new()).await?;
    }
}

/// Ids that a richer source of the same hours showed are not fetched again: their sightings point
/// to the same documents. Since when it must have shown them was settled when they were listed.
async fn share(company: &Company, lease: &Lease) -> Result<(), Failure> {
    if !company.run.share_between_sources {
        return Ok(());
    }
    let mut page = Page::default();
    while let Some(listed) = page.next(company, lease).await? {
        for batch in listed.chunks(BATCH) {
            let asked: Vec<_> =
                batch.iter().map(|item| (item.resume_id.clone(), item.shares_since)).collect();
            let kept = database::transaction(company.ledger.pool(), || async {
                let mut tx = company.ledger.begin(lease).await?;
                let kept =
                    load::raw::share(&mut tx, &lease.window, lease.window_id, &asked).await?;
                item::mark_kept(&mut tx, lease, &items(&kept)).await?;
                Ok::<_, Failure>((tx, kept))
            })
            .await?;
            load(company, lease, &items(&kept), &FreshLinks::new()).await?;
        }
    }
    Ok(())
}

/// Where a rejection of this window belongs.
pub(crate) fn place<'a>(company: &'a Company, lease: &Lease) -> Place<'a> {
    Place {
        company: &company.settings.no,
        run_id: company.ledger.run_id(),
        window_id: Some(lease.window_id),
        document_id: None,
    }
}
