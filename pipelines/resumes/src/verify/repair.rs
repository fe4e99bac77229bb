//! Mends what the checks of the tables found.

use futures::future::BoxFuture;
use load::person::PersonState;
use model::{Check, CompanyNo, Repair, ResumeId};
use pipeline::verify::people;

use super::{Found, Place, documents, look_again};
use crate::company::Company;
use crate::failure::Failure;
use crate::people::{FreshLinks, Recomputed, recompute, tell};
use crate::storage::abort_abandoned;

/// People in one transaction.
const BATCH: i64 = 100;
/// What one repair brings to light the next one mends; more than this nothing needs.
const ROUNDS: u32 = 3;
/// So many people of whom nothing is kept are no accident of a few rows.
const MANY: i64 = 10;

/// All checks that are one statement each: the ledger, then what it tells of.
pub(super) fn checks() -> impl Iterator<Item = &'static Check> {
    pipeline::verify::checks().chain(&load::verify::CHECKS)
}

/// Mends what was found, and what comes to light by that.
pub(super) async fn tables(
    place: &Place<'_>,
    companies: &[Company],
    found: &mut Found,
) -> Result<(), Failure> {
    if !place.request.is_raw_lost {
        require_raw(place).await?;
    }
    for _ in 0..ROUNDS {
        let before = left(found);
        if before.is_empty() || place.signals.token().is_cancelled() {
            break;
        }
        once(place, companies, found).await?;
        look_again(place, found).await?;
        if left(found) == before {
            break;
        }
    }
    Ok(())
}

/// Names of checks, and how many findings of them are left.
fn left(found: &Found) -> Vec<(&'static str, u64)> {
    let open = found.checks.iter().filter(|check| check.left > 0);
    open.map(|check| (check.name, check.left)).collect()
}

/// Before rows are taken out that follow from nothing: they may be the last copy. If they are those
/// of one in two, it is what they follow from that is gone.
async fn require_raw(place: &Place<'_>) -> Result<(), Failure> {
    for company in &place.companies {
        let (people, gone) = database::transaction(&place.pool, || async {
            let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
            let counted = load::verify::people_without_raw(&mut tx, company).await?;
            Ok::<_, Failure>((tx, counted))
        })
        .await?;
        if gone >= MANY && gone * 2 >= people {
            return Err(Failure::RawLost { company: company.to_string(), people, gone });
        }
    }
    Ok(())
}

/// A table that is missing comes first, for it holds every other repair up; people come last, for
/// their rows follow from all else.
async fn once(place: &Place<'_>, companies: &[Company], found: &mut Found) -> Result<(), Failure> {
    let open = left(found);
    let is_found = |check: &Check| open.iter().any(|(name, _)| *name == check.name);
    let all = load::verify::CHECKS.iter().chain(pipeline::verify::checks());
    let (of_people, others): (Vec<&Check>, Vec<&Check>) =
        all.filter(|check| is_found(check)).partition(|check| check.repair == Repair::People);
    for check in others {
        match check.repair {
            Repair::Statements(_) => {
                found.reopened +=
                    pipeline::verify::repair(&place.pool, check, &place.asked).await?;
            }
            Repair::Uploads => {
                for company in companies {
                    if let Some(store) = &company.store {
                        abort_abandoned(company, store).await;
                    }
                }
            }
            Repair::People | Repair::ByHand(_) => {}
        }
    }
    for check in of_people {
        for company in companies {
            recompute_found(place, check, company).await?;
        }
    }
    Ok(())
}

/// Recomputes the people whom a check's findings name.
async fn recompute_found(
    place: &Place<'_>,
    check: &Check,
    company: &Company,
) -> Result<(), Failure> {
    let no: &CompanyNo = &company.settings.no;
    let mut after: Option<ResumeId> = None;
    while !company.is_halted() {
        let ids = people(&place.pool, check, &place.asked, no, after.as_ref(), BATCH).await?;
        let Some(last) = ids.last().cloned() else { break };
        recompute_undamaged(company, &ids).await?;
        after = Some(last);
    }
    Ok(())
}

/// Writes the rows of people anew, save for those with a damaged document: theirs may be right.
pub(super) async fn recompute_undamaged(
    company: &Company,
    ids: &[ResumeId],
) -> Result<(), Failure> {
    let ids = documents::undamaged(company.ledger.pool(), &company.settings.no, ids).await?;
    recompute_all(company, &ids).await?;
    Ok(())
}

/// Writes the rows of people anew. Those whose rows Postgres refuses keep what they have: they are
/// rejected, and `retry` is theirs. Gives how many were written.
pub(super) fn recompute_all<'a>(
    company: &'a Company,
    ids: &'a [ResumeId],
) -> BoxFuture<'a, Result<u64, Failure>> {
    Box::pin(async move {
        match written(company, ids).await {
            Ok(done) => {
                crate::people::count(company, &done);
                let is_gone = |state| matches!(state, PersonState::Nothing);
                Ok(done.people.iter().filter(|person| !is_gone(person.state)).count() as u64)
            }
            Err(failure) if failure.refused_rows().is_some() => match ids {
                [] | [_] => Ok(0),
                several => {
                    let (first, rest) = several.split_at(several.len() / 2);
                    Ok(recompute_all(company, first).await? + recompute_all(company, rest).await?)
                }
            },
            Err(failure) => Err(failure),
        }
    })
}

async fn written(company: &Company, ids: &[ResumeId]) -> Result<Recomputed, Failure> {
    database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.pool().begin().await.map_err(Failure::transaction)?;
        let done = recompute(&mut tx, company, ids, &FreshLinks::new(), true).await?;
        tell(&mut tx, company, &done).await?;
        Ok::<_, Failure>((tx, done))
    })
    .await
}
