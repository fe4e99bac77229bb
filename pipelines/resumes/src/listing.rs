//! What a listing says, into the ledger.

use extract::{ListFinding, Listing};
use model::Rejection;
use pipeline::learn::{self, Observation};
use pipeline::listing::{Listed, Manner, record_listing, record_refusal};
use pipeline::window::Lease;

use crate::company::Company;
use crate::failure::Failure;
use crate::learnt::{self, Seen, broken, held};
use crate::window::place;

/// What a list shows that is asked again for hours that were over.
const GREW: Seen = broken("A-09", "hours that were over listed more when they were asked again");
const STAYED: Seen =
    held("A-09", "hours that were over listed the same when they were asked again");

/// Asks who is listed, and keeps it. An empty window that lies so far back that 104 refuses it by now
/// stays what it is.
pub(crate) async fn list(company: &Company, lease: &Lease, manner: Manner) -> Result<(), Failure> {
    let failure = match company.client.list(&lease.window).await {
        Ok(listing) => return record(company, lease, &listing, manner).await,
        Err(error) => Failure::from(error),
    };
    if !failure.refuses_hours() {
        return Err(failure);
    }
    let is_settled = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.begin(lease).await?;
        let is_settled = record_refusal(&mut tx, lease).await?;
        Ok::<_, Failure>((tx, is_settled))
    })
    .await?;
    company.tally.windows_closed.add(u64::from(is_settled));
    if is_settled { Ok(()) } else { Err(failure) }
}

/// The listing's items, its oddities, and the ids that can't even be asked.
async fn record(
    company: &Company,
    lease: &Lease,
    listing: &Listing,
    manner: Manner,
) -> Result<(), Failure> {
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
        ids: &listing.ids,
        unusable: listing.unusable.iter().map(shown_id).collect(),
        total: listing.total.and_then(|total| i64::try_from(total).ok()),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    };
    let recorded = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.begin(lease).await?;
        for rejection in &listing.unusable {
            pipeline::rejection::record(&mut tx, place(company, lease), rejection).await?;
        }
        let recorded = record_listing(&mut tx, lease, &listed, manner).await?;
        Ok::<_, Failure>((tx, recorded))
    })
    .await?;
    let was_over = lease.listed_at.is_some_and(|at| at >= lease.window.ends_at());
    let of_growth = if recorded.new_ids > 0 { GREW } else { STAYED };
    learnt::note(company, was_over.then_some(of_growth)).await?;
    company.tally.lists.add(1);
    company.tally.listed.add(recorded.new_ids);
    company.tally.rejected.add(recorded.new_unusable);
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
