//! One window, from listing to rows.

use std::collections::{HashMap, HashSet};

use extract::{ListFinding, Listing};
use futures::StreamExt;
use jiff::Timestamp;
use load::raw::{Fetched, Kept};
use model::{ContentHash, Outcome, RawResume, Rejection, RejectionCode, ResumeId};
use pipeline::item::{self, KeptItem, Settled};
use pipeline::learn::{self, Observation};
use pipeline::listing::{Listed, close_if_done, record_listing};
use pipeline::plan::{DueWindow, Reason};
use pipeline::rejection::Place;
use pipeline::window::Lease;

use crate::company::Company;
use crate::failure::Failure;
use crate::people::{self, FreshLinks, recompute, repeated};

/// Resumes in one transaction at most: answers that arrive together are loaded together.
const BATCH: usize = 50;

/// Works on a window, and says in the ledger how it ended. `false`: another live process holds it,
/// and with it the rest of its group, which shares what this one fetches.
pub(crate) async fn work(company: &Company, due: &DueWindow) -> bool {
    let at = due.window.to_string();
    match company.ledger.take(&due.window, due.reason == Reason::Recheck).await {
        Ok(Some(lease)) => match fetch(company, &lease, due.reason).await {
            Ok(()) => {
                if let Err(error) = company.ledger.release(&lease).await {
                    company.failed(&at, &error.into());
                }
            }
            Err(failure) => company.give_back(&lease, &failure).await,
        },
        Ok(None) => {
            company.tally.windows_held.add(1);
            return false;
        }
        Err(error) => company.failed(&at, &error.into()),
    }
    true
}

/// The story of one window. Whatever was done before, by this process or another, is not done
/// again: the ledger's items say where to go on.
async fn fetch(company: &Company, lease: &Lease, reason: Reason) -> Result<(), Failure> {
    let has_open_items = item::has_open(company.ledger.pool(), lease.window_id).await?;
    if reason == Reason::Recheck || !has_open_items {
        let listing = company.client.list(&lease.window).await?;
        record(company, lease, &listing).await?;
    }
    load_kept(company, lease).await?;
    share(company, lease, reason).await?;
    let ids = item::listed(company.ledger.pool(), lease.window_id).await?;
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
        keep(company, lease, outcomes).await?;
    }
    first_failure.map_or(Ok(()), |error| Err(error.into()))
}

/// The listing's items, its oddities, and the ids that can't even be asked.
async fn record(company: &Company, lease: &Lease, listing: &Listing) -> Result<(), Failure> {
    for finding in &listing.findings {
        let seen = Observation {
            assumption: finding.assumption(),
            finding: kind_of(finding).to_owned(),
            is_held: finding.is_held(),
        };
        learn::observe(company.ledger.pool(), &company.settings.no, &seen).await?;
    }
    let notes: Vec<String> = listing
        .findings
        .iter()
        .filter(|finding| !finding.is_held())
        .map(ToString::to_string)
        .collect();
    let listed = Listed {
        ids: listing.ids.iter().map(|id| id.as_str().to_owned()).collect(),
        unusable: listing.unusable.iter().map(shown_id).collect(),
        total: listing.total.and_then(|total| i64::try_from(total).ok()),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    };
    let recorded = repeated(|| async {
        let mut tx = company.ledger.begin(lease).await?;
        for rejection in &listing.unusable {
            pipeline::rejection::record(&mut tx, place(company, lease), rejection).await?;
        }
        let recorded = record_listing(&mut tx, lease, &listed).await?;
        tx.commit().await.map_err(Failure::transaction)?;
        Ok(recorded)
    })
    .await?;
    company.tally.listed.add(recorded.new_ids);
    company.tally.rejected.add(recorded.new_unusable);
    company.tally.windows_unconfirmed.add(u64::from(recorded.is_unconfirmed));
    company.tally.windows_closed.add(u64::from(recorded.is_closed));
    Ok(())
}

/// An entry that is no id, as far as a column can show it; the rejection has all of it.
fn shown_id(rejection: &Rejection) -> String {
    let text = String::from_utf8_lossy(rejection.payload.expose());
    text.chars().map(|char| if char == '\0' { '\u{fffd}' } else { char }).take(200).collect()
}

/// The finding without its window and numbers, so that it is one row however often it is seen.
fn kind_of(finding: &ListFinding) -> &'static str {
    match finding {
        ListFinding::TotalAbove { .. } => "a list stayed shorter than its total",
        ListFinding::ShortListCompleted { .. } => {
            "a list was shorter than its total; asked in parts it was complete"
        }
        ListFinding::TotalBelow { .. } => "a list was longer than its total",
        ListFinding::RoundCountConfirmed { .. } => "a round count was the whole list",
        ListFinding::RoundCountCapped { .. } => {
            "a round count was a cap; asked in parts there was more"
        }
        ListFinding::RoundCountUnchecked { .. } => {
            "a round count in one hour, which can't be split"
        }
        ListFinding::DuplicateIds { .. } => "a list repeated ids",
    }
}

/// Raw first: documents, sightings and item states are committed before anything interprets
/// them. Then the rows.
async fn keep(
    company: &Company,
    lease: &Lease,
    outcomes: Vec<Outcome<RawResume>>,
) -> Result<(), Failure> {
    let Sorted { fetched, absent, rejected } = sort(outcomes);
    let rejected_ids: Vec<ResumeId> =
        rejected.iter().filter_map(|rejection| rejection.resume_id.clone()).collect();
    let (kept, settled, is_closed) = repeated(|| async {
        let mut tx = company.ledger.begin(lease).await?;
        let kept = load::raw::keep(&mut tx, &lease.window, lease.window_id, &fetched).await?;
        item::mark_kept(&mut tx, lease, &items(&kept)).await?;
        let absent = item::settle(&mut tx, lease, &absent, Settled::Absent).await?;
        for rejection in &rejected {
            pipeline::rejection::record(&mut tx, place(company, lease), rejection).await?;
        }
        let rejected = item::settle(&mut tx, lease, &rejected_ids, Settled::Rejected).await?;
        let is_closed = close_if_done(&mut tx, lease).await?.is_some();
        tx.commit().await.map_err(Failure::transaction)?;
        Ok((kept, (absent, rejected), is_closed))
    })
    .await?;
    company.tally.absent.add(settled.0);
    company.tally.rejected.add(settled.1);
    company.tally.windows_closed.add(u64::from(is_closed));
    if kept.iter().any(|kept| kept.seen_before_differently) {
        let seen = Observation {
            assumption: "A-15",
            finding: crate::OLD_WINDOWS_ANSWER_AS_NOW.to_owned(),
            is_held: true,
        };
        learn::observe(company.ledger.pool(), &company.settings.no, &seen).await?;
    }
    load(company, lease, &items(&kept), &fresh_links(&fetched, &kept)).await
}

/// Rows, file tasks and the items' final state, in one transaction.
async fn load(
    company: &Company,
    lease: &Lease,
    kept: &[KeptItem],
    fresh: &FreshLinks,
) -> Result<(), Failure> {
    if kept.is_empty() {
        return Ok(());
    }
    let ids: Vec<ResumeId> = kept.iter().map(|item| item.resume_id.clone()).collect();
    let (people, settled, is_closed) = repeated(|| async {
        let mut tx = company.ledger.begin(lease).await?;
        let people = recompute(&mut tx, company, &ids, fresh, false).await?;
        let refused: HashSet<i64> =
            people.iter().flat_map(|person| &person.rejections).map(|(id, _)| *id).collect();
        let (rejected, stored): (Vec<&KeptItem>, Vec<&KeptItem>) =
            kept.iter().partition(|item| refused.contains(&item.document_id));
        let (rejected, stored) = (ids_of(&rejected), ids_of(&stored));
        let resolved: Vec<&str> = stored.iter().map(ResumeId::as_str).collect();
        pipeline::rejection::resolve(&mut tx, &company.settings.no, &resolved).await?;
        let stored = item::settle(&mut tx, lease, &stored, Settled::Stored).await?;
        let rejected = item::settle(&mut tx, lease, &rejected, Settled::Rejected).await?;
        let is_closed = close_if_done(&mut tx, lease).await?.is_some();
        tx.commit().await.map_err(Failure::transaction)?;
        Ok((people, (stored, rejected), is_closed))
    })
    .await?;
    people::count(company, &people);
    company.tally.stored.add(settled.0);
    company.tally.rejected.add(settled.1);
    company.tally.windows_closed.add(u64::from(is_closed));
    Ok(())
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
/// to the same documents. That is so whichever run fetched them, so that a killed run ends as a
/// clean one; but what a recheck finds was not there before, and shares this run's answers alone.
async fn share(company: &Company, lease: &Lease, reason: Reason) -> Result<(), Failure> {
    if !company.run.share_between_sources {
        return Ok(());
    }
    let since = match reason {
        Reason::Due => Timestamp::UNIX_EPOCH,
        Reason::Recheck => company.started_at,
    };
    let listed = item::listed(company.ledger.pool(), lease.window_id).await?;
    for ids in listed.chunks(BATCH) {
        let kept = repeated(|| async {
            let mut tx = company.ledger.begin(lease).await?;
            let kept =
                load::raw::share(&mut tx, &lease.window, lease.window_id, ids, since).await?;
            item::mark_kept(&mut tx, lease, &items(&kept)).await?;
            tx.commit().await.map_err(Failure::transaction)?;
            Ok(kept)
        })
        .await?;
        load(company, lease, &items(&kept), &FreshLinks::new()).await?;
    }
    Ok(())
}

struct Sorted {
    fetched: Vec<Fetched>,
    absent: Vec<ResumeId>,
    rejected: Vec<Rejection>,
}

fn sort(outcomes: Vec<Outcome<RawResume>>) -> Sorted {
    let mut sorted = Sorted { fetched: Vec::new(), absent: Vec::new(), rejected: Vec::new() };
    for outcome in outcomes {
        match outcome {
            Outcome::Ready(raw) => match hashed(raw) {
                Ok(fetched) => sorted.fetched.push(fetched),
                Err(rejection) => sorted.rejected.push(rejection),
            },
            Outcome::Absent(id) => sorted.absent.push(id),
            Outcome::Rejected(rejection) => sorted.rejected.push(rejection),
        }
    }
    sorted
}

/// A body that is no JSON can't be a document: it is rejected, whole.
pub(crate) fn hashed(raw: RawResume) -> Result<Fetched, Rejection> {
    match transform::content_hash(&raw.json) {
        Some(ContentHash(bytes)) => {
            Ok(Fetched { raw, hash: ContentHash(bytes), hash_rule: transform::HASH_RULE })
        }
        None => Err(Rejection {
            resume_id: Some(raw.resume_id),
            code: RejectionCode::UnreadableAnswer,
            reason: "the resume is no JSON".to_owned(),
            payload: raw.json.into_bytes().into(),
        }),
    }
}

/// The file tokens of documents that just arrived.
pub(crate) fn fresh_links(fetched: &[Fetched], kept: &[Kept]) -> FreshLinks {
    let documents: HashMap<&ResumeId, i64> =
        kept.iter().map(|kept| (&kept.resume_id, kept.document_id)).collect();
    fetched
        .iter()
        .filter_map(|fetched| {
            let document_id = *documents.get(&fetched.raw.resume_id)?;
            let (resume, _notes) = transform::interpret(&fetched.raw).ok()?;
            Some((document_id, (fetched.raw.fetched_at, resume.files)))
        })
        .collect()
}

fn ids_of(items: &[&KeptItem]) -> Vec<ResumeId> {
    items.iter().map(|item| item.resume_id.clone()).collect()
}

fn items(kept: &[Kept]) -> Vec<KeptItem> {
    kept.iter()
        .map(|kept| KeptItem { resume_id: kept.resume_id.clone(), document_id: kept.document_id })
        .collect()
}

fn place<'a>(company: &'a Company, lease: &Lease) -> Place<'a> {
    Place {
        company: &company.settings.no,
        run_id: company.ledger.run_id(),
        window_id: Some(lease.window_id),
        document_id: None,
    }
}
