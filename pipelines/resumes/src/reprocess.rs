//! From raw to rows without a call to 104: compared first, and only what differs is written.
//!
//! ```text
//! pages of people → batches, bounded by people and bytes → on all cores: pass over whom nothing can have changed;
//! lock, interpret, compare, write the others → in order: count, move the checkpoint
//! ```
//!
//! A dry run does the same and takes it back, so that what it says is what would be done, down to
//! what Postgres would refuse.

mod aside;
mod batch;
mod pages;
mod selection;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use model::{CompanyNo, Note, RawResume, Rejection, Resume};
use pipeline::reprocess::{Position, Subject};
use pipeline::tally::Tally;
use pipeline::verdict::verdict;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use uuid::Uuid;

use crate::company::Company;
use crate::conduct::{Report, open_run, out_of_patience};
use crate::failure::{Failure, fail};
use crate::marts;
use crate::settings::{FilesWhen, Settings};
use crate::signals::Signals;
use crate::world::{self, Manner};
use batch::Workshop;
use pages::{Limits, Page};

pub(crate) use aside::tidy_up;
pub use load::person::{Changes, NoteChanges, TableChanges};
pub use selection::Selection;

/// Bytes of documents under way at once, unless one person alone has more; each is held a few
/// times over while it becomes rows.
const BYTES_AT_ONCE: u32 = 16 * 1024 * 1024;

/// A transaction in place holds the locks of its people.
const IN_PLACE: Limits = Limits { people: 100, bytes: 4 * 1024 * 1024 };

/// What a document says, with notes on what could not be read; or why it is refused.
pub type Read = Result<(Resume, Vec<Note>), Rejection>;

/// How documents are read, and the number that grows when they are read otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Interpreter {
    /// The version of the rules.
    pub version: i32,
    /// The rules; pure.
    pub interpret: fn(&RawResume) -> Read,
}

impl Default for Interpreter {
    /// Those of `transform`.
    fn default() -> Self {
        Self { version: transform::TRANSFORM_VERSION, interpret: transform::interpret }
    }
}

/// What to reprocess.
#[derive(Clone, Debug, Default)]
pub struct ReprocessRequest {
    /// The companies; empty for all.
    pub companies: Vec<CompanyNo>,
    /// Which of their people.
    pub selection: Selection,
    /// Take back what was written, batch by batch, so that nothing changes.
    pub is_dry_run: bool,
    /// Build all tables beside those that stand, and swap them.
    pub is_aside: bool,
    /// Begin at the first person, even if an earlier one was stopped half-way.
    pub restart: bool,
    /// How documents are read.
    pub interpreter: Interpreter,
}

/// What reprocessing did, or would do. Of one that went on behind an earlier one, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reprocessed {
    /// People whose raw documents were read.
    pub people: u64,
    /// Of these, the people whom an earlier run did, behind whom this one went on.
    #[serde(skip)]
    pub people_before: u64,
    /// Whether another live run works on the same.
    #[serde(skip)]
    pub is_held_elsewhere: bool,
    /// People whose rows changed.
    pub written: u64,
    /// People whose rows were right already.
    pub unchanged: u64,
    /// Of these, the people whose rows an older version of the rules had made.
    pub restamped: u64,
    /// People whose rows are gone, since no document of theirs is accepted any more.
    pub removed: u64,
    /// Documents that could not be interpreted, or whose rows Postgres refused.
    pub rejected: u64,
    /// Rejections that are resolved: their documents are accepted now.
    pub rejections_resolved: u64,
    /// Rejections that are new: their documents were accepted before.
    pub rejections_new: u64,
    /// Items of windows that were rejected and are stored.
    pub items_stored: u64,
    /// Items of windows that were stored and are rejected.
    pub items_rejected: u64,
    /// Rows, columns and notes.
    pub changes: Changes,
}

impl Reprocessed {
    fn add(&mut self, other: &Self) {
        self.people += other.people;
        self.people_before += other.people_before;
        self.is_held_elsewhere |= other.is_held_elsewhere;
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.restamped += other.restamped;
        self.removed += other.removed;
        self.rejected += other.rejected;
        self.rejections_resolved += other.rejections_resolved;
        self.rejections_new += other.rejections_new;
        self.items_stored += other.items_stored;
        self.items_rejected += other.items_rejected;
        self.changes.add(&other.changes);
    }
}

/// How many people's rows an older version of the rules made; no companies means all of them.
///
/// # Errors
/// If the database can't be read.
pub async fn older_rules(pool: &PgPool, companies: &[CompanyNo]) -> Result<i64, Failure> {
    let mut conn = pool.acquire().await.map_err(Failure::transaction)?;
    Ok(load::person::of_older_rules(&mut conn, companies, transform::TRANSFORM_VERSION).await?)
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
    (Report::without_calls(run_id, settings, verdict, began.elapsed()), done)
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
    let run = open_run(&pool, settings, "reprocess").await?;
    *run_id = Some(run.id);
    let (ended, _guard) = world::until_dropped();
    let everyone = async {
        tidy_up(&pool).await?;
        let companies = world::open_companies(
            settings,
            &request.companies,
            &pool,
            run.id,
            // A file that is missing is the next run's.
            Manner { max_calls: Some(0), files: FilesWhen::Later, ..Manner::default() },
            tally,
            signals,
        )
        .await?;
        for company in &companies {
            of_company(company, request, &pool, done).await?;
        }
        if !request.is_dry_run {
            Box::pin(marts::refresh(&pool, Duration::ZERO, tally, signals)).await;
        }
        ended.cancel();
        Ok::<_, Failure>(())
    };
    let beat = run.beat(ended.clone());
    let worked = tokio::select! {
        worked = everyone => worked,
        Err(stopped) = beat => Err(stopped.into()),
        // What is cut here was not committed.
        () = out_of_patience(signals) => Ok(()),
    };
    if let Err(failure) = &worked {
        fail(tally, "reprocess", failure);
    }
    Ok(run.close(tally, verdict(tally, signals.reason()), 0, 0).await?)
}

/// One company's people, behind the checkpoint. A dry run has none, and one person needs none.
async fn of_company(
    company: &Company,
    request: &ReprocessRequest,
    pool: &PgPool,
    sum: &mut Reprocessed,
) -> Result<(), Failure> {
    let selection = request.selection.flags();
    let subject = Subject {
        company: &company.settings.no,
        selection: &selection,
        transform_version: request.interpreter.version,
        rows_version: load::person::ROWS_VERSION,
    };
    let mut position = None;
    if !request.is_dry_run && request.selection.resume_id.is_none() {
        let run_id = company.ledger.run_id();
        let restart = request.restart || request.is_aside;
        position = pipeline::reprocess::begin(pool, subject, run_id, restart).await?;
        if position.is_none() {
            company.tally.windows_held.add(1);
            sum.is_held_elsewhere = true;
            return Ok(());
        }
    }
    let mut done = Reprocessed::default();
    if let Some(counts) = position.as_ref().and_then(|position| position.counts.as_ref()) {
        // Counts of an older program may have another form; the position holds all the same.
        done = serde_json::from_str(counts).unwrap_or_default();
        done.people_before = done.people;
    }
    let worked = if request.is_aside {
        Box::pin(aside::of_company(company, request.interpreter, pool, &mut done)).await
    } else {
        stream(company, request, pool, position.as_ref(), &mut done).await
    };
    let is_finished = worked.is_ok() && !company.is_halted();
    if let (true, Some(position)) = (is_finished, &position) {
        let run_id = company.ledger.run_id();
        pipeline::reprocess::finish(pool, position.reprocess_id, run_id).await?;
    }
    sum.add(&done);
    worked
}

/// Batches on all cores; counted, and the checkpoint moved, in their order.
async fn stream(
    company: &Company,
    request: &ReprocessRequest,
    pool: &PgPool,
    position: Option<&Position>,
    done: &mut Reprocessed,
) -> Result<(), Failure> {
    let workshop = Arc::new(Workshop::of(company, request.interpreter, request.is_dry_run));
    // Whoever is named is compared in any case.
    let passing = request.selection.resume_id.is_none().then(|| Arc::clone(&workshop));
    let room = Arc::new(Semaphore::new(BYTES_AT_ONCE as usize));
    let people = &request.selection.people();
    let after = position.and_then(|position| position.after.clone());
    company
        .tally
        .people_due
        .add(pages::count(pool, &company.settings.no, people, after.as_ref()).await?);
    let pages = pages::of(pool, &company.settings.no, people, after, IN_PLACE, passing);
    let mut batches = Box::pin(
        pages
            .take_until(company.halt.clone().cancelled_owned())
            .map_ok(|page: Page| {
                let workshop = Arc::clone(&workshop);
                in_a_task(Arc::clone(&room), page.bytes, async move {
                    let mut done = workshop.work(&page.people).await?;
                    done.people += page.passed_over;
                    done.unchanged += page.passed_over;
                    let people = page.people.len() as u64 + page.passed_over;
                    Ok((people, page.last, done))
                })
            })
            .try_buffered(at_once()),
    );
    while let Some((people, last, batch)) = batches.try_next().await? {
        company.tally.people_done.add(people);
        company.tally.people_written.add(batch.written + batch.removed);
        company.tally.people_unchanged.add(batch.unchanged);
        company.tally.rejected.add(batch.rejected);
        done.add(&batch);
        if let (Some(position), Some(last)) = (position, &last) {
            let counts = serde_json::to_string(&done).unwrap_or_default();
            let run_id = company.ledger.run_id();
            let id = position.reprocess_id;
            pipeline::reprocess::advance(pool, id, run_id, last, done.people, &counts).await?;
        }
    }
    Ok(())
}

/// Transactions at once: on each core one computes while another waits for Postgres.
fn at_once() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    // The pool has twelve connections, and others need some.
    (2 * cores).clamp(2, 8)
}

/// Work as a task of its own, once there is room for its documents: its consumer may be busy, and its neighbours
/// compute on other cores.
async fn in_a_task<T: Send + 'static>(
    room: Arc<Semaphore>,
    bytes: u64,
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, BYTES_AT_ONCE);
    let room = room.acquire_many_owned(bytes).await;
    let work = async move {
        let done = work.await;
        drop(room);
        done
    };
    #[expect(clippy::disallowed_methods, reason = "its handle aborts it when dropped")]
    let task = AbortOnDropHandle::new(tokio::spawn(work.in_current_span()));
    match task.await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is shutting down, and this with it.
        Err(_cancelled) => std::future::pending().await,
    }
}
