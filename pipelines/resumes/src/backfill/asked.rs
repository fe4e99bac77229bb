//! What somebody asks of a backfill.

use std::sync::Arc;
use std::time::Duration;

use database::Rank;
use jiff::Timestamp;
use model::{CompanyNo, taiwan_date_hour};
use pipeline::backfill::Asked;
use pipeline::plan::backfill::{Order, Past, Refetch, Width};
use pipeline::plan::settled_until;
use pipeline::run::Run;
use pipeline::tally::Tally;
use sqlx::PgPool;

use crate::conduct::{Conduct, open_run};
use crate::failure::Failure;
use crate::settings::{self, FilesWhen, Settings};
use crate::signals::Signals;
use crate::world::{self, Manner};

/// What to fetch of the past.
#[derive(Clone, Debug)]
pub struct Backfill {
    /// The companies; empty for all.
    pub companies: Vec<CompanyNo>,
    /// The first hour.
    pub from: Timestamp,
    /// The end of the last hour, exclusive.
    pub until: Timestamp,
    /// What is asked for of closed windows.
    pub refetch: Refetch,
    /// How hours that no window covers are cut.
    pub width: Width,
    /// Which hours come first.
    pub order: Order,
    /// When files are fetched.
    pub files: FilesWhen,
    /// Calls at most, token calls and retries included.
    pub max_calls: Option<u64>,
    /// Time at most.
    pub max_duration: Option<Duration>,
    /// The command that goes on with it, for all companies.
    pub command: String,
}

impl Backfill {
    /// The command that goes on with it for some companies; none means all.
    pub fn command_for(&self, companies: &[CompanyNo]) -> String {
        let named = companies.iter().map(|company| format!(" --company {company}"));
        std::iter::once(self.command.clone()).chain(named).collect()
    }

    /// How it is carried out: after any schedule of the same credential.
    pub(super) fn conduct<'a>(
        &'a self,
        settings: &'a Settings,
        tally: &'a Arc<Tally>,
        signals: &'a Signals,
    ) -> Conduct<'a> {
        let manner = Manner { max_calls: self.max_calls, rank: Rank::Backfill, files: self.files };
        let (companies, max_duration) = (&self.companies, self.max_duration);
        Conduct { settings, companies, max_duration, manner, tally, signals }
    }

    /// The range of one company, for a backfill that began at a moment.
    pub(super) fn past(&self, company: &settings::Company, since: Timestamp) -> Past {
        Past {
            company: company.no.clone(),
            sources: company.sources.clone(),
            from: self.from,
            until: self.until,
            refetch: self.refetch,
            width: self.width,
            order: self.order,
            since,
        }
    }

    /// The same as the ledger writes it down.
    pub(super) fn asked<'a>(
        &self,
        past: &'a Past,
        command: &'a str,
        is_listing: bool,
    ) -> Asked<'a> {
        let files = match self.files {
            FilesWhen::Now => "now",
            FilesWhen::Later => "later",
            FilesWhen::None => "none",
        };
        Asked { past, files, command, is_listing }
    }

    /// The database and a run, or why they could not be had.
    ///
    /// # Errors
    /// If hours have not settled: then no run is opened.
    pub(super) async fn open(
        &self,
        settings: &Settings,
        command: &str,
    ) -> Result<Result<(PgPool, Run), Failure>, Failure> {
        match self.open_database(settings).await {
            Ok(pool) => Ok(open_run(&pool, settings, command).await.map(|run| (pool, run))),
            Err(failure @ Failure::NotSettled { .. }) => Err(failure),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// The database, if all hours have settled by its clock.
    pub(super) async fn open_database(&self, settings: &Settings) -> Result<PgPool, Failure> {
        let pool = world::open_database(settings).await?;
        let settled = settled_until(database::now(&pool).await?, settings.run.settle);
        if self.until <= settled {
            Ok(pool)
        } else {
            Err(Failure::NotSettled {
                asked: hour(self.until),
                settled: hour(settled),
                is_whole: settled <= self.from,
            })
        }
    }
}

/// An hour as the command line takes it.
fn hour(at: Timestamp) -> String {
    let (date, hour) = taiwan_date_hour(at);
    format!("{date}T{hour:02}")
}
