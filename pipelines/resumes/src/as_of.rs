//! All tables as they were at a moment, in a schema of their own, by the same function.

use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use load::SchemaName;
use load::as_of::{Plan, Standing, Written};
use load::person::{Recompute, RefetchFiles};
use model::{CompanyNo, ResumeId};
use pipeline::run::Run;
use pipeline::tally::Tally;
use pipeline::verdict::verdict;
use sqlx::PgPool;
use uuid::Uuid;

use crate::conduct::{Report, open_run};
use crate::failure::{Failure, fail, left_out};
use crate::reading;
use crate::settings::{self, Settings};
use crate::signals::Signals;
use crate::transaction::in_transaction;
use crate::world;

/// People in one transaction.
const BATCH: u32 = 100;
/// Transactions at once: one reads and computes while another commits.
const AT_ONCE: usize = 4;

/// What to show, and where.
#[derive(Clone, Debug)]
pub struct AsOfRequest {
    /// The companies; empty for all.
    pub companies: Vec<CompanyNo>,
    /// The moment.
    pub moment: Timestamp,
    /// The schema's name.
    pub schema: SchemaName,
}

/// What was built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsOf {
    /// The end of the last window that had ended by then and showed anybody.
    pub last_window_ended_at: Option<Timestamp>,
    /// Windows that had ended by then and are not finished: what they show is missing.
    pub unfinished_windows: i64,
    /// People whose state then is known, and their rows.
    pub written: Written,
    /// Whether the schema has its name now.
    pub is_built: bool,
}

/// Why it can't be built: nothing was touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AsOfRefusal {
    /// The moment has not come.
    #[error("this moment lies in the future: nobody knows how the tables will be")]
    Future,
    /// Nothing had been shown by then.
    #[error("no window that had ended by then showed anybody")]
    NothingYet {
        /// The end of the first window that did.
        first: Option<Timestamp>,
    },
    /// Somebody else's schema has this name.
    #[error("a schema of this name exists, and `as-of` did not make it")]
    Foreign,
    /// Somebody made something in the earlier schema, or upon it: tables, views, functions, policies.
    #[error("the schema of this name can't be replaced while others rest on it: {}", .0.join(", "))]
    Strangers(Vec<String>),
    /// SQL would take the name for a word of its own.
    #[error("the name is a word of SQL")]
    Reserved,
    /// A role's sessions would look there first.
    #[error("a role of the database has this name, and would take the schema's tables for its own")]
    Role,
}

/// Builds all tables as they were.
///
/// # Errors
/// If it can't be built as asked; failures are counted in the tally, as those of a run.
pub async fn as_of(
    settings: &Settings,
    request: &AsOfRequest,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> Result<(Report, AsOf), AsOfRefusal> {
    let began = Instant::now();
    let mut built = AsOf::default();
    let mut run_id = None;
    let work = work(settings, request, tally, signals, &mut run_id, &mut built);
    match Box::pin(work).await {
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => return Err(refusal),
        Err(failure) => fail(tally, "as-of", &failure),
    }
    let verdict = verdict(tally, signals.reason());
    Ok((Report::without_calls(run_id, settings, verdict, began.elapsed()), built))
}

async fn work(
    settings: &Settings,
    request: &AsOfRequest,
    tally: &Arc<Tally>,
    signals: &Signals,
    run_id: &mut Option<Uuid>,
    built: &mut AsOf,
) -> Result<Result<(), AsOfRefusal>, Failure> {
    let pool = world::open_database(settings).await?;
    let companies: Vec<&settings::Company> = world::asked(settings, &request.companies).collect();
    if let Err(refusal) = look(&pool, &companies, request, built).await? {
        return Ok(Err(refusal));
    }
    let run = open_run(&pool, settings, "as-of").await?;
    *run_id = Some(run.id);
    let (ended, _guard) = world::until_dropped();
    let building = async {
        tidy_up(&pool).await;
        let builder =
            Builder { settings, request, companies, pool: &pool, run: &run, tally, signals };
        builder.build(built).await?;
        ended.cancel();
        Ok::<_, Failure>(())
    };
    let beat = run.beat(ended.clone());
    let worked = tokio::select! {
        worked = building => worked,
        stopped = beat => stopped.map_err(Failure::from),
    };
    if let Err(failure) = &worked {
        fail(tally, "as-of", failure);
    }
    run.close(tally, verdict(tally, signals.reason()), 0, 0).await?;
    tidy_up(&pool).await;
    Ok(Ok(()))
}

/// Whether it can be built as asked.
async fn look(
    pool: &PgPool,
    companies: &[&settings::Company],
    request: &AsOfRequest,
    built: &mut AsOf,
) -> Result<Result<(), AsOfRefusal>, Failure> {
    if request.moment > database::now(pool).await? {
        return Ok(Err(AsOfRefusal::Future));
    }
    let standing =
        in_transaction!(pool, tx => load::as_of::standing(&mut tx, &request.schema).await?)?;
    match standing {
        Standing::Nothing | Standing::Ours => {}
        Standing::OursWithStrangers(names) => return Ok(Err(AsOfRefusal::Strangers(names))),
        Standing::Foreign => return Ok(Err(AsOfRefusal::Foreign)),
        Standing::Reserved => return Ok(Err(AsOfRefusal::Reserved)),
        Standing::OfRole => return Ok(Err(AsOfRefusal::Role)),
    }
    let mut first_of_all: Option<Timestamp> = None;
    for company in companies {
        let (last, first) = in_transaction!(
            pool, tx => load::as_of::shown_by(&mut tx, &company.no, request.moment).await?
        )?;
        built.last_window_ended_at = built.last_window_ended_at.max(last);
        first_of_all = first_of_all.into_iter().chain(first).min();
        built.unfinished_windows +=
            pipeline::report::unfinished_windows(pool, &company.no, request.moment).await?;
    }
    if built.last_window_ended_at.is_none() {
        return Ok(Err(AsOfRefusal::NothingYet { first: first_of_all }));
    }
    Ok(Ok(()))
}

/// Drops what killed processes left, and what was replaced; who still reads it is let be, and not
/// waited for.
async fn tidy_up(pool: &PgPool) {
    let once = async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let dropped = load::as_of::tidy_up(&mut tx).await?;
        tx.commit().await.map_err(Failure::transaction)?;
        Ok::<_, Failure>(dropped)
    };
    match once.await {
        Ok(dropped) if dropped.is_empty() => {}
        Ok(dropped) => tracing::info!(schemas = ?dropped, "earlier schemas were dropped"),
        Err(failure) => {
            tracing::warn!(what = failure.what(), "earlier schemas are left to the next `as-of`");
        }
    }
}

struct Builder<'a> {
    settings: &'a Settings,
    request: &'a AsOfRequest,
    companies: Vec<&'a settings::Company>,
    pool: &'a PgPool,
    run: &'a Run,
    tally: &'a Tally,
    signals: &'a Signals,
}

impl Builder<'_> {
    async fn build(&self, built: &mut AsOf) -> Result<(), Failure> {
        let plan = Plan {
            schema: self.request.schema.clone(),
            moment: self.request.moment,
            run_id: self.run.id,
            program_version: env!("CARGO_PKG_VERSION"),
            transform_version: transform::TRANSFORM_VERSION,
        };
        let now = database::now(self.pool).await?;
        in_transaction!(self.pool, tx => load::as_of::begin(&mut tx, &plan).await?)?;
        for company in &self.companies {
            self.write(company, &plan, now, built).await?;
        }
        while !self.signals.token().is_cancelled() {
            if in_transaction!(self.pool, tx => load::as_of::add_key(&mut tx, &plan).await?)? {
                continue;
            }
            let says = says(&plan, &self.companies, now);
            in_transaction!(self.pool, tx => load::as_of::finish(&mut tx, &plan, &says).await?)?;
            built.is_built = true;
            break;
        }
        Ok(())
    }

    /// All people of a company, a batch at a time.
    async fn write(
        &self,
        company: &settings::Company,
        plan: &Plan,
        now: Timestamp,
        built: &mut AsOf,
    ) -> Result<(), Failure> {
        let setting = self.settings.run.old_windows;
        let old_windows = in_transaction!(
            self.pool, tx => reading::in_force(&mut tx, &company.no, setting).await?
        )?;
        let recompute = Recompute {
            company: &company.no,
            run_id: plan.run_id,
            transform_version: plan.transform_version,
            loaded_at: now,
            old_windows,
            share_between_sources: self.settings.run.share_between_sources,
            refetch: RefetchFiles::Never,
            file_roles: &[],
            force: true,
        };
        let mut batches = Box::pin(
            self.pages(&company.no)
                .take_until(self.signals.token().clone().cancelled_owned())
                .map_ok(|ids| self.one_batch(plan, &recompute, ids))
                .try_buffer_unordered(AT_ONCE),
        );
        while let Some(written) = batches.try_next().await? {
            self.tally.people_written.add(written.people);
            built.written.add(written);
        }
        Ok(())
    }

    fn pages(
        &self,
        company: &CompanyNo,
    ) -> impl futures::Stream<Item = Result<Vec<ResumeId>, Failure>> {
        async_stream::try_stream! {
            let mut after: Option<ResumeId> = None;
            loop {
                let page = in_transaction!(
                    self.pool,
                    tx => load::raw::next_people(&mut tx, company, after.as_ref(), BATCH).await?
                )?;
                let Some(last) = page.last().cloned() else { return };
                yield page;
                after = Some(last);
            }
        }
    }

    /// Rows that Postgres refuses for what they hold leave out their own resume and no other: what
    /// was to be written together is parted until that resume is alone.
    async fn one_batch(
        &self,
        plan: &Plan,
        recompute: &Recompute<'_>,
        ids: Vec<ResumeId>,
    ) -> Result<Written, Failure> {
        let mut all = Written::default();
        let mut parts: Vec<&[ResumeId]> = vec![&ids];
        while let Some(part) = parts.pop() {
            let written = in_transaction!(
                self.pool,
                tx => load::as_of::write(&mut tx, plan, recompute, part, &transform::interpret).await?
            );
            match written {
                Ok(written) => all.add(written),
                Err(failure) => {
                    let Some(refusal) = failure.refused_rows() else { return Err(failure) };
                    match part {
                        [one] => left_out(self.tally, one, &refusal),
                        several => {
                            let (first, rest) = several.split_at(several.len() / 2);
                            parts.extend([rest, first]);
                        }
                    }
                }
            }
        }
        Ok(all)
    }
}

/// What the schema says of itself.
fn says(plan: &Plan, companies: &[&settings::Company], now: Timestamp) -> String {
    let taiwan = |at: Timestamp| {
        jiff::tz::offset(8).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    };
    let companies: Vec<&str> = companies.iter().map(|company| company.no.as_str()).collect();
    let (moment, now, companies) = (taiwan(plan.moment), taiwan(now), companies.join(", "));
    let (program, rules, run) = (plan.program_version, plan.transform_version, plan.run_id);
    format!(
        "The tables of recruiting as they were on {moment} (Taiwan time): what 104's windows that had \
         ended by then showed, with all that was known of those windows on {now}. Companies: \
         {companies}. Built by etl104 {program}, rules {rules}, run {run}.\n\
         recruiting 各表於 {moment}（台灣時間）的樣貌：依當時已結束之時窗所顯示的內容，以 {now} 所知為準。\
         公司：{companies}。由 etl104 {program}（規則 {rules}）建立，執行編號 {run}。"
    )
}
