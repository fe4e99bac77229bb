//! From raw to rows without a call to 104: with today's code, for everyone or one resume.

use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt};
use load::person::PersonState;
use model::{CompanyNo, ResumeId};
use pipeline::tally::Tally;
use pipeline::verdict::verdict;
use sqlx::PgPool;
use uuid::Uuid;

use crate::company::Company;
use crate::conduct::{Report, open_run};
use crate::failure::{Failure, fail};
use crate::people::{FreshLinks, Recomputed, recompute};
use crate::settings::Settings;
use crate::signals::Signals;
use crate::world::{self, Manner};

/// People in one transaction.
const BATCH: u32 = 100;
/// Transactions at once: one reads and computes while another commits.
const AT_ONCE: usize = 4;

/// What to reprocess.
#[derive(Clone, Debug, Default)]
pub struct ReprocessRequest {
    /// The companies; empty for all.
    pub companies: Vec<CompanyNo>,
    /// Only this resume.
    pub resume_id: Option<ResumeId>,
    /// Compute and compare, and write nothing.
    pub is_dry_run: bool,
}

/// What reprocessing did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reprocessed {
    /// People whose raw documents were read.
    pub people: u64,
    /// People whose rows changed.
    pub written: u64,
    /// People whose rows were right already.
    pub unchanged: u64,
    /// People whose rows are gone, since no document of theirs is accepted any more.
    pub removed: u64,
    /// Documents that could not be interpreted.
    pub rejected: u64,
}

/// Rebuilds the rows of people from their raw documents.
pub async fn reprocess(
    settings: &Settings,
    request: &ReprocessRequest,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> (Report, Reprocessed) {
    let began = Instant::now();
    let mut done = Reprocessed::default();
    let mut run_id = None;
    let work = work(settings, request, tally, signals, &mut run_id, &mut done);
    if let Err(failure) = Box::pin(work).await {
        fail(tally, "reprocess", &failure);
    }
    let verdict = verdict(tally, signals.reason());
    (Report { run_id, verdict, calls: 0, throttled: 0, elapsed: began.elapsed() }, done)
}

async fn work(
    settings: &Settings,
    request: &ReprocessRequest,
    tally: &Arc<Tally>,
    signals: &Signals,
    run_id: &mut Option<Uuid>,
    done: &mut Reprocessed,
) -> Result<(), Failure> {
    let pool = world::open_database(settings).await?;
    let run = open_run(&pool, "reprocess").await?;
    *run_id = Some(run.id);
    let (ended, _guard) = world::until_dropped();
    let everyone = async {
        let companies = world::open_companies(
            settings,
            &request.companies,
            &pool,
            run.id,
            Manner { max_calls: Some(0), ..Manner::default() },
            tally,
            signals,
        )
        .await?;
        for company in &companies {
            reprocess_company(company, request, &pool, done).await?;
        }
        ended.cancel();
        Ok::<_, Failure>(())
    };
    let beat = run.beat(ended.clone());
    let worked = tokio::select! {
        worked = everyone => worked,
        stopped = beat => stopped.map_err(Failure::from),
    };
    if let Err(failure) = &worked {
        fail(tally, "reprocess", failure);
    }
    Ok(run.close(tally, verdict(tally, signals.reason()), 0, 0).await?)
}

async fn reprocess_company(
    company: &Company,
    request: &ReprocessRequest,
    pool: &PgPool,
    done: &mut Reprocessed,
) -> Result<(), Failure> {
    let pages = pages(company, request, pool);
    let mut results = Box::pin(
        pages
            .take_until(company.halt.clone().cancelled_owned())
            .map_ok(|ids| one_batch(company, ids, request.is_dry_run))
            .try_buffer_unordered(AT_ONCE),
    );
    while let Some(batch) = results.try_next().await? {
        crate::people::count(company, &batch);
        for person in batch.people {
            let is_held = person.state != PersonState::Nothing || !person.rejections.is_empty();
            done.people += u64::from(is_held);
            done.rejected += person.rejections.len() as u64;
            match person.state {
                PersonState::Written => done.written += 1,
                PersonState::Unchanged => done.unchanged += 1,
                PersonState::Removed => done.removed += 1,
                PersonState::Nothing => {}
            }
        }
    }
    Ok(())
}

/// The people to reprocess, a batch at a time, in the order of their ids.
fn pages<'a>(
    company: &'a Company,
    request: &'a ReprocessRequest,
    pool: &'a PgPool,
) -> impl futures::Stream<Item = Result<Vec<ResumeId>, Failure>> + 'a {
    async_stream::try_stream! {
        if let Some(one) = &request.resume_id {
            yield vec![one.clone()];
            return;
        }
        let mut after: Option<ResumeId> = None;
        loop {
            let page = database::transaction(pool, || async {
                let mut tx = pool.begin().await.map_err(Failure::transaction)?;
                let company = &company.settings.no;
                let page =
                    load::raw::next_people(&mut tx, company, after.as_ref(), BATCH).await?;
                Ok::<_, Failure>((tx, page))
            })
            .await?;
            let Some(last) = page.last().cloned() else { return };
            yield page;
            after = Some(last);
        }
    }
}

async fn one_batch(
    company: &Company,
    ids: Vec<ResumeId>,
    is_dry_run: bool,
) -> Result<Recomputed, Failure> {
    database::transaction(company.ledger.pool(), || async {
        let pool = company.ledger.pool();
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let done = recompute(&mut tx, company, &ids, &FreshLinks::new(), true).await?;
        if is_dry_run {
            // What is committed is a transaction without a word in it.
            tx.rollback().await.map_err(Failure::transaction)?;
            tx = pool.begin().await.map_err(Failure::transaction)?;
        }
        Ok::<_, Failure>((tx, done))
    })
    .await
}
