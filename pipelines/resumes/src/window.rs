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
    match first_step(reason, lease.listed_at, lease.asked_at) {
        First::AskAgain => ask_all_again(company, lease, reason).await?,
        First::List(ask) => list_again(company, lease, reason, ask).await?,
        First::GoOn if !has_open_items => list_again(company, lease, reason, Ask::New).await?,
        First::GoOn => {}
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

/// What a window's work begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// With what is open of it.
    GoOn,
    /// With a list.
    List(Ask),
    /// With all that it listed, by a list that was kept.
    AskAgain,
}

/// Everything is asked for again once in a backfill, however often it is stopped.
fn first_step(reason: Reason, listed_at: Option<Timestamp>, asked_at: Option<Timestamp>) -> First {
    let is_since = |moment: Option<Timestamp>, since| moment.is_some_and(|at| since <= at);
    match reason {
        Reason::Due => First::GoOn,
        Reason::Relist { since } if is_since(listed_at, since) => First::GoOn,
        Reason::Recheck | Reason::Relist { .. } => First::List(Ask::New),
        Reason::Refetch { since } if is_since(asked_at, since) => First::GoOn,
        Reason::Refetch { since } if is_since(listed_at, since) => First::AskAgain,
        Reason::Refetch { .. } => First::List(Ask::All),
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

async fn ask_all_again(company: &Company, lease: &Lease, reason: Reason) -> Result<(), Failure> {
    let since = shares_since(company, lease, reason);
    let is_closed = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.begin(lease).await?;
        let is_closed = pipeline::listing::ask_all_again(&mut tx, lease, since).await?;
        Ok::<_, Failure>((tx, is_closed))
    })
    .await?;
    company.tally.windows_closed.add(u64::from(is_closed));
    Ok(())
}

/// Lists the window, unless it was listed before and nothing asks for another list.
async fn list_only(company: &Company, lease: &Lease, reason: Reason) -> Result<(), Failure> {
    match first_step(reason, lease.listed_at, lease.asked_at) {
        First::GoOn if lease.listed_at.is_some() => Ok(()),
        First::AskAgain => Ok(()),
        First::GoOn | First::List(_) => list_again(company, lease, reason, Ask::New).await,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_since_the_backfill_began_is_not_asked_for_again() {
        let moment = |text: &str| text.parse::<Timestamp>().ok();
        let before = moment("2026-11-22T01:00:00Z");
        let since = moment("2026-11-22T02:00:00Z").unwrap();
        let after = moment("2026-11-22T03:00:00Z");
        let refetch = Reason::Refetch { since };
        for (reason, listed_at, asked_at, expected) in [
            (refetch, None, None, First::List(Ask::All)),
            (refetch, before, before, First::List(Ask::All)),
            (refetch, after, before, First::AskAgain),
            (refetch, after, after, First::GoOn),
            (Reason::Relist { since }, before, before, First::List(Ask::New)),
            (Reason::Relist { since }, after, before, First::GoOn),
            (Reason::Recheck, after, after, First::List(Ask::New)),
            (Reason::Due, before, before, First::GoOn),
        ] {
            assert_eq!(first_step(reason, listed_at, asked_at), expected, "{reason:?}");
        }
    }
}
