//! What is left to do once the new tables stand: tell the change feed, recompute some people in place, drop the old tables.
//! The last is all that is left of a rebuild that was broken off.

use futures::{TryStreamExt, stream};
use load::aside::{self, Plan, Untold};
use model::ResumeId;
use sqlx::PgPool;

use super::Rebuild;
use crate::company::Company;
use crate::failure::Failure;
use crate::reprocess::Reprocessed;
use crate::transaction::in_transaction;

/// People of whom the change feed is told at once, after the swap: all others who have something to tell wait meanwhile.
const TOLD: u32 = 2_500;
/// Those who are told of, and the next, of whom what is to be told is gathered meanwhile.
const TELLING: usize = 2;
/// People who are recomputed in place at once, after the swap.
const AGAIN: u32 = 50;

/// Drops what dead processes left, and tells what they swapped and had not told.
pub(crate) async fn tidy_up(pool: &PgPool) -> Result<(), Failure> {
    let left = in_transaction!(pool, tx => aside::leftovers(&mut tx).await?)?;
    for (plan, is_swapped) in left {
        tracing::info!(company = %plan.company(), is_swapped, "tables of an earlier process are dropped");
        if is_swapped {
            tell(pool, &plan).await?;
        }
        drop_all(pool, &plan).await?;
    }
    Ok(())
}

/// Two sessions free the disk on two cores. What tells that there is something to drop goes last.
pub(super) async fn drop_all(pool: &PgPool, plan: &Plan) -> Result<(), Failure> {
    let tables: Vec<&str> = aside::tables().filter(|table| *table != aside::CANDIDATE).collect();
    let (first, second) = tables.split_at(tables.len() / 2);
    let drop_some = async |tables: &[&str]| in_transaction!(long pool, tx => aside::drop_some(&mut tx, plan, tables).await?);
    futures::try_join!(drop_some(first), drop_some(second))?;
    in_transaction!(long pool, tx => aside::drop_all(&mut tx, plan).await?)
}

/// Tells the change feed of everybody of whom it was not told yet.
async fn tell(pool: &PgPool, plan: &Plan) -> Result<(), Failure> {
    let untold = stream::try_unfold(None, async |others: Option<Untold>| {
        let next = in_transaction!(pool, tx => aside::next_untold(&mut tx, plan, others.as_ref(), TOLD).await?)?;
        Ok::<_, Failure>(next.map(|people| (people.clone(), Some(people))))
    });
    untold
        .map_ok(async |people| {
            while !in_transaction!(pool, tx => aside::tell(&mut tx, plan, &people).await?)? {}
            Ok(())
        })
        .try_buffered(TELLING)
        .try_collect()
        .await
}

/// What is left to do once the new tables stand.
pub(super) async fn finish(
    pool: &PgPool,
    Rebuild { plan, workshop }: &Rebuild,
    company: &Company,
    done: &mut Reprocessed,
) -> Result<(), Failure> {
    tell(pool, plan).await?;
    let mut after: Option<ResumeId> = None;
    let mut again = Reprocessed::default();
    loop {
        let people = in_transaction!(pool, tx => aside::people_again(&mut tx, plan, after.as_ref(), AGAIN).await?
        )?;
        let Some(last) = people.last().cloned() else { break };
        again.add(&workshop.work(&people).await?);
        after = Some(last);
    }
    // They are among those whom the building counted.
    done.add(&Reprocessed { people: 0, unchanged: 0, ..again });
    done.unchanged = done.people.saturating_sub(done.written + done.removed);
    company.tally.people_written.add(done.written + done.removed);
    company.tally.people_unchanged.add(done.unchanged);
    company.tally.rejected.add(done.rejected);
    drop_all(pool, plan).await
}
