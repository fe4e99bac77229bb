//! A company's tables built anew beside those that stand, and swapped: the fastest way for everybody at once.
//!
//! ```text
//! pages of people → on all cores: read, interpret → rows gathered by table → COPY into bare tables
//! → table by table, some at once: keys, indexes, foreign keys, compare → swap
//! → tell the change feed → in place: whom others wrote meanwhile, and whom the ledger must hear of → drop the old tables
//! ```
//!
//! Until the swap nothing of what stands is touched: one that fails or is stopped leaves it, and begins anew. What a
//! dead process left is tidied up by the next `run` or `reprocess`.

mod finish;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt, TryStreamExt, stream};
use load::aside::{self, Compared, Gathered, Plan, Portion, Rows};
use load::person::TableChanges;
use model::ResumeId;
use pipeline::reread::{self, Verdicts};
use sqlx::{PgConnection, PgPool};
use tokio::sync::{OnceCell, Semaphore};

use self::finish::{drop_all, finish};
use super::batch::Workshop;
use super::pages::{self, Limits, Page};
use super::{Interpreter, Reprocessed, in_a_task, selection::Selection};
use crate::company::Company;
use crate::failure::Failure;
use crate::people::{FreshLinks, new_tasks};
use crate::reading;
use crate::transaction::in_transaction;

pub(crate) use self::finish::tidy_up;

/// People who are read and noted together.
const TOGETHER: Limits = Limits { people: 100, bytes: 2 * 1024 * 1024 };
/// Pages at once at most, and COPYs: each takes a connection of the pool's twelve, and waits for Postgres' disk now and then.
const PAGES_AT_ONCE: usize = 5;
const COPIES_AT_ONCE: usize = 6;
/// Tables at once that get their keys and are compared: each is work for the server's cores, and waits between two steps.
const TABLES_AT_ONCE: usize = 4;
/// The swap waits so long for a moment in which nobody reads.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Builds a company's tables aside, and swaps them.
pub(super) async fn of_company(
    company: &Company,
    interpreter: Interpreter,
    pool: &PgPool,
    done: &mut Reprocessed,
) -> Result<(), Failure> {
    let no = &company.settings.no;
    let names = in_transaction!(pool, tx => aside::strangers(&mut tx, no).await?)?;
    if !names.is_empty() {
        return Err(Failure::Strangers { company: no.to_string(), names });
    }
    let plan = Plan::new(no, company.ledger.run_id())?;
    in_transaction!(pool, tx => aside::begin(&mut tx, &plan).await?)?;
    let workshop = Workshop::of(company, interpreter, false);
    let rebuild = Arc::new(Rebuild { plan, workshop });
    let built = rebuild.build(company, pool, done).await;
    match &built {
        Ok(true) => finish(pool, &rebuild, company, done).await?,
        // A database that is away drops nothing: the next reprocess does.
        Err(failure) if failure.is_of_database_away() => {}
        Ok(false) | Err(_) => drop_all(pool, &rebuild.plan).await?,
    }
    built.map(drop)
}

/// What the tasks of a rebuild share.
struct Rebuild {
    plan: Plan,
    workshop: Workshop,
}

impl Rebuild {
    /// Whether the new tables stand; `false` if it was stopped before.
    async fn build(
        self: &Arc<Self>,
        company: &Company,
        pool: &PgPool,
        done: &mut Reprocessed,
    ) -> Result<bool, Failure> {
        self.fill(company, pool, done).await?;
        let plan = &self.plan;
        let tables = in_transaction!(pool, tx => aside::in_order_of_keys(&mut tx, plan).await?)?;
        let people = OnceCell::new();
        let completed = stream::iter(tables)
            .take_until(company.halt.clone().cancelled_owned())
            .map(|table| {
                let people = &people;
                async move { Ok::<_, Failure>((table, self.complete(pool, table, people).await?)) }
            })
            .buffer_unordered(TABLES_AT_ONCE);
        let tables: Vec<(&str, TableChanges)> = completed.try_collect().await?;
        if company.is_halted() {
            return Ok(false);
        }
        let compared = people.get_or_try_init(|| self.compare_people(pool)).await?;
        let (outcome, notes) =
            in_transaction!(long pool, tx => aside::sum_up(&mut tx, plan, compared).await?)?;
        let differs = |(_, changes): &(&str, TableChanges)| *changes != TableChanges::default();
        let tables = tables.into_iter().filter(differs);
        done.changes.add(&load::person::Changes {
            tables: tables.map(|(table, changes)| (table.to_owned(), changes)).collect(),
            notes,
        });
        done.written += outcome.written;
        done.restamped += outcome.restamped;
        done.removed += compared.removed;
        self.outlast_old_snapshots(pool).await?;
        self.swap(company, pool).await
    }

    /// Adds the keys of a full table, and compares it with the one that stands.
    async fn complete(
        &self,
        pool: &PgPool,
        table: &'static str,
        people: &OnceCell<Compared>,
    ) -> Result<TableChanges, Failure> {
        let plan = &self.plan;
        let is_candidate = table == aside::CANDIDATE;
        if !is_candidate {
            in_transaction!(long pool, tx => aside::add_indexes(&mut tx, plan, table).await?)?;
        }
        let compared = people.get_or_try_init(|| self.compare_people(pool)).await?;
        if !is_candidate {
            in_transaction!(pool, tx => aside::add_foreign_key(&mut tx, plan, table).await?)?;
            in_transaction!(long pool, tx => aside::finish_table(&mut tx, plan, table).await?)?;
        }
        in_transaction!(long pool, tx => aside::compare_table(&mut tx, plan, compared, table).await?)
    }

    /// By `candidate`, to whose primary key the foreign keys of all others refer: it comes first, and whoever needs it waits.
    async fn compare_people(&self, pool: &PgPool) -> Result<Compared, Failure> {
        let (plan, table) = (&self.plan, aside::CANDIDATE);
        in_transaction!(long pool, tx => aside::add_indexes(&mut tx, plan, table).await?)?;
        in_transaction!(long pool, tx => aside::finish_table(&mut tx, plan, table).await?)?;
        in_transaction!(long pool, tx => aside::compare_people(&mut tx, plan).await?)
    }

    /// All people, on all cores.
    async fn fill(
        self: &Arc<Self>,
        company: &Company,
        pool: &PgPool,
        done: &mut Reprocessed,
    ) -> Result<(), Failure> {
        let everyone = Selection::default().people();
        let due = pages::count(pool, self.plan.company(), &everyone, None).await?;
        company.tally.people_due.add(due);
        let room = Arc::new(Semaphore::new(super::BYTES_AT_ONCE as usize));
        let pages = pages::of(pool, self.plan.company(), &everyone, None, TOGETHER, None);
        let built = pages
            .take_until(company.halt.clone().cancelled_owned())
            .map_ok(|page| {
                let (rebuild, room) = (Arc::clone(self), Arc::clone(&room));
                in_a_task(room, page.bytes, async move { rebuild.page(&page).await })
            })
            .try_buffer_unordered(super::at_once().min(PAGES_AT_ONCE));
        let room = Arc::new(Semaphore::new(super::BYTES_AT_ONCE as usize));
        let copied = gathered(built, company, &mut done.people)
            .map_ok(|portion| {
                let (rebuild, room) = (Arc::clone(self), Arc::clone(&room));
                in_a_task(room, portion.bytes(), async move { rebuild.copy(portion).await })
            })
            .try_buffer_unordered(COPIES_AT_ONCE);
        let refused: Vec<ResumeId> = Box::pin(copied).try_concat().await?;
        let refused: BTreeSet<&str> = refused.iter().map(ResumeId::as_str).collect();
        let refused: Vec<&str> = refused.into_iter().collect();
        self.leave_out(&refused).await
    }

    /// Reads and interprets people, and notes what the ledger must know of them.
    async fn page(&self, page: &Page) -> Result<(Counted, Rows), Failure> {
        let (mut held, mut rows) = (0, Rows::default());
        let mut parts: Vec<&[ResumeId]> = vec![&page.people];
        while let Some(part) = parts.pop() {
            let built = in_transaction!(&self.workshop.pool, tx => self.together(&mut tx, part).await?
            );
            match (built, part) {
                (Ok((of_part, its_rows)), _) => {
                    held += of_part;
                    rows.append(its_rows);
                }
                (Err(failure), [one]) if failure.refused_rows().is_some() => {
                    self.leave_out(&[one.as_str()]).await?;
                    held += 1;
                }
                (Err(failure), several) if failure.refused_rows().is_some() => {
                    let (first, rest) = several.split_at(several.len() / 2);
                    parts.extend([rest, first]);
                }
                (Err(failure), _) => return Err(failure),
            }
        }
        Ok((Counted { looked_at: page.people.len() as u64, held }, rows))
    }

    /// What stands of them stays, and the ledger hears of it after the swap.
    async fn leave_out(&self, people: &[&str]) -> Result<(), Failure> {
        in_transaction!(long &self.workshop.pool, tx => aside::leave_out(&mut tx, &self.plan, people).await?)
    }

    /// Writes rows; gives the people of whom Postgres refuses one.
    async fn copy(&self, portion: Portion) -> Result<Vec<ResumeId>, Failure> {
        let mut refused = Vec::new();
        let mut parts = vec![portion];
        while let Some(part) = parts.pop() {
            let copied = in_transaction!(&self.workshop.pool, tx => aside::copy(&mut tx, &self.plan, &part).await?);
            match copied {
                Ok(()) => {}
                Err(failure) if failure.refused_rows().is_some() => match part.halves()? {
                    Ok([first, second]) => parts.extend([second, first]),
                    Err(resume_id) => refused.push(resume_id),
                },
                Err(failure) => return Err(failure),
            }
        }
        Ok(refused)
    }

    async fn together(
        &self,
        tx: &mut PgConnection,
        people: &[ResumeId],
    ) -> Result<(u64, Rows), Failure> {
        let Workshop { company, interpreter, .. } = &self.workshop;
        let old_windows = reading::in_force(&mut *tx, company, self.workshop.old_windows).await?;
        let settings = self.workshop.settings(old_windows);
        let interpret = &interpreter.interpret;
        let (built, rows) = aside::build(&mut *tx, &settings, people, interpret).await?;
        let verdicts = Verdicts {
            people: people.iter().map(ToString::to_string).collect(),
            accepted: built.iter().flat_map(|person| person.accepted.clone()).collect(),
            refused: built.iter().flat_map(|person| &person.rejections).map(|one| one.0).collect(),
        };
        let concerned = reread::concerned(&mut *tx, company, &verdicts).await?;
        let tasks: Vec<_> = built
            .iter()
            .flat_map(|person| {
                new_tasks(&person.resume_id, &person.wanted_files, &FreshLinks::new())
            })
            .collect();
        let unsettled = pipeline::file_task::open_new(&mut *tx, company, &tasks).await?;
        let refused = built.iter().filter(|person| !person.rejections.is_empty());
        let again: Vec<&str> = concerned
            .iter()
            .chain(&unsettled)
            .map(String::as_str)
            .chain(refused.map(|person| person.resume_id.as_str()))
            .collect();
        aside::note_again(tx, &self.plan, &again).await?;
        let is_held = |person: &&aside::Built| person.has_rows || !person.rejections.is_empty();
        Ok((built.iter().filter(is_held).count() as u64, rows))
    }

    /// As long as one statement may take.
    async fn outlast_old_snapshots(&self, pool: &PgPool) -> Result<(), Failure> {
        let mut conn = pool.acquire().await.map_err(Failure::transaction)?;
        match aside::outlast_old_snapshots(&mut conn, &self.plan).await {
            Err(error) if has_code(&error, &["57014"]) => {
                let readers = aside::readers(&mut conn).await?;
                Err(Failure::Readers { company: self.plan.company().to_string(), readers })
            }
            other => Ok(other?),
        }
    }

    /// Tries until there is a moment in which nobody reads.
    async fn swap(&self, company: &Company, pool: &PgPool) -> Result<bool, Failure> {
        let began = Instant::now();
        while !company.is_halted() {
            let swapped = in_transaction!(long pool, tx => {
                match aside::swap(&mut tx, &self.plan).await {
                    Ok(taken_over) => Ok(taken_over),
                    // A reader was in the way for longer than the swap waits at once.
                    Err(error) if has_code(&error, &["55P03", "40P01"]) => {
                        tx.rollback().await.map_err(Failure::transaction)?;
                        tx = pool.begin().await.map_err(Failure::transaction)?;
                        Err(aside::readers(&mut tx).await?)
                    }
                    Err(error) => return Err(error.into()),
                }
            })?;
            match swapped {
                Ok(taken_over) => {
                    tracing::info!(company = %self.plan.company(), taken_over, "the new tables stand");
                    return Ok(true);
                }
                Err(readers) if began.elapsed() > PATIENCE => {
                    return Err(Failure::Readers {
                        company: self.plan.company().to_string(),
                        readers,
                    });
                }
                Err(readers) => {
                    tracing::debug!(?readers, "the swap waits for readers");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        Ok(false)
    }
}

/// People of a page.
struct Counted {
    looked_at: u64,
    /// Those of whom documents are held that can be read or not.
    held: u64,
}

/// Rows of all pages, in portions of one table.
fn gathered(
    pages: impl Stream<Item = Result<(Counted, Rows), Failure>>,
    company: &Company,
    people: &mut u64,
) -> impl Stream<Item = Result<Portion, Failure>> {
    async_stream::try_stream! {
        let mut gathered = Gathered::default();
        let mut pages = pin!(pages);
        while let Some((counted, rows)) = pages.try_next().await? {
            company.tally.people_done.add(counted.looked_at);
            *people += counted.held;
            for portion in gathered.add(rows) {
                yield portion;
            }
        }
        for portion in gathered.rest() {
            yield portion;
        }
    }
}

/// Whether Postgres gave one of these codes.
fn has_code(error: &load::Error, codes: &[&str]) -> bool {
    let error = error.database().and_then(sqlx::Error::as_database_error);
    error.and_then(sqlx::error::DatabaseError::code).is_some_and(|code| codes.contains(&&*code))
}
