//! Each part alone, a line each with its remedy. Nothing is written but a probe object, and what all
//! calls to 104 share: start times and the token.

use std::sync::Arc;
use std::time::Duration;

use extract::{Client, Clock, LocalPace, LocalShelf, Pace, TokenShelf};
use jiff::{SignedDuration, ToSpan};
use load::files::FileStore;
use model::{Source, Window, taiwan_date_hour};
use pipeline::tally::{FailureKind, Tally};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::pace::{CallBudget, PacedByDatabase};
use crate::settings::{self, Settings};
use crate::shelf::SharedByDatabase;
use crate::world::{self, client_config, require_folder};
use database::Rank;

/// Whoever checks waits for the answer; a run rides a short outage out.
const CHECK_PATIENCE: Duration = Duration::from_secs(2);
/// A part of 8 MiB passes in it at 300 kB/s.
const CHECK_ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Whoever checks waits for the answer; a run tries more often.
const CHECK_ATTEMPTS: u32 = 2;
const CHECK_CONNECT: Duration = Duration::from_secs(5);
/// A host's clock that is wrong by more is said: certificates and the storage's signatures are judged by it.
const RIGHT_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// List calls at most.
const MOST_CALLS: u64 = 12;
/// Days in the past that are worth a call, newest first.
const DAYS_BACK: [i32; 9] = [0, 1, 2, 3, 4, 7, 14, 30, 60];
/// Where the sandbox is known to hold data (public client code asks for these).
const SANDBOX_DAYS: [&str; 3] = ["2025-11-05", "2025-08-22", "2025-04-25"];

/// One thing that was checked.
#[derive(Clone, Debug)]
pub struct CheckLine {
    /// What was checked.
    pub what: String,
    /// How it went.
    pub outcome: Checked,
}

/// How a check went.
#[derive(Clone, Debug)]
pub enum Checked {
    /// It works; what was found.
    Works(String),
    /// It does not.
    Fails {
        /// What happened.
        problem: String,
        /// What to do about it.
        remedy: String,
        /// How it counts for the exit code.
        kind: FailureKind,
    },
}

impl CheckLine {
    fn works(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), outcome: Checked::Works(found.into()) }
    }

    fn fails(what: impl Into<String>, failure: &Failure) -> Self {
        Self {
            what: what.into(),
            outcome: Checked::Fails {
                problem: failure.what(),
                remedy: failure.remedy(),
                kind: failure.kind(),
            },
        }
    }
}

/// 104: credentials, company number, and the newest day with resumes (at most 12 list calls).
///
/// The calls wait for the shared pace and use the shared token like all others. Where the database
/// can't be asked, the process keeps both by itself, and says so.
pub async fn check_api(settings: &Settings, company: &settings::Company) -> Vec<CheckLine> {
    let mut config = client_config(&settings.api, company);
    config.retry.max_attempts = config.retry.max_attempts.min(CHECK_ATTEMPTS);
    config.connect_timeout = config.connect_timeout.min(CHECK_CONNECT);
    let mut lines = Vec::new();
    let (pace, shelf): (Arc<dyn Pace>, Arc<dyn TokenShelf>) = if let Some(pool) =
        pool_with_pace(settings).await
    {
        if let Ok(clock) = world::clock(&pool).await {
            config.clock = clock;
        }
        let (budget, tally) = (Arc::new(CallBudget::new(None)), Arc::new(Tally::default()));
        let never = CancellationToken::new();
        (
            Arc::new(PacedByDatabase::new(
                pool.clone(),
                &config,
                Rank::default(),
                budget,
                tally,
                (never.clone(), never),
            )),
            Arc::new(SharedByDatabase::new(pool, &config)),
        )
    } else {
        lines.push(CheckLine::works(
            "104 pace",
            "without the database 104 is asked at this process's own pace; no other run waits for it",
        ));
        (Arc::new(LocalPace::new()), Arc::new(LocalShelf::new()))
    };
    let clock = config.clock;
    let client = match Client::new(config, pace, shelf) {
        Ok(client) => client,
        Err(error) => return vec![CheckLine::fails("104 client", &error.into())],
    };
    match client.authenticate().await {
        Ok(()) => lines.push(CheckLine::works("104 token", "104 accepts the credentials")),
        Err(error) => {
            lines.push(CheckLine::fails("104 token", &error.into()));
            return lines;
        }
    }
    lines.push(newest_day(settings, company, &client, clock).await);
    lines
}

/// The database, if it is up and has the tables of pace and token.
async fn pool_with_pace(settings: &Settings) -> Option<PgPool> {
    let pool = database::connect(&settings.database).await.ok()?;
    database::require_current(&pool).await.ok()?;
    Some(pool)
}

async fn newest_day(
    settings: &Settings,
    company: &settings::Company,
    client: &Client,
    clock: Clock,
) -> CheckLine {
    let what = "104 resumes";
    let (today, hour) = taiwan_date_hour(clock.now());
    let mut days: Vec<_> =
        DAYS_BACK.iter().filter_map(|days| today.checked_sub(days.days()).ok()).collect();
    if settings.api.environment.name == "sandbox" {
        days.splice(1.., SANDBOX_DAYS.iter().filter_map(|day| day.parse().ok()));
    }
    for day in days {
        let end = if day == today { hour.max(1) } else { 24 };
        for source in sources(company, day == today) {
            let Ok(window) = Window::new(company.no.clone(), source, day, 0, end) else { continue };
            match client.list(&window).await {
                Ok(listing) if !listing.ids.is_empty() => {
                    return CheckLine::works(
                        what,
                        format!(
                            "newest day found with resumes: {day} ({} {source})",
                            listing.ids.len()
                        ),
                    );
                }
                Ok(_) => {}
                Err(error) => return CheckLine::fails(what, &error.into()),
            }
            if client.calls().list >= MOST_CALLS {
                return none_found();
            }
        }
    }
    none_found()
}

fn none_found() -> CheckLine {
    CheckLine::works("104 resumes", "104 answers, and listed no resume on the days that were asked")
}

/// Today every source is asked; further back one stands for all.
fn sources(company: &settings::Company, is_today: bool) -> impl Iterator<Item = Source> + '_ {
    company.sources.iter().copied().take(if is_today { usize::MAX } else { 1 })
}

/// Postgres: connection, version of the tables, environment.
pub async fn check_database(settings: &Settings) -> Vec<CheckLine> {
    let pool = match database::connect(&settings.database).await {
        Ok(pool) => pool,
        Err(error) => return vec![CheckLine::fails("database connection", &error.into())],
    };
    let mut lines = vec![CheckLine::works("database connection", "Postgres answers")];
    if let Ok(clock) = world::clock(&pool).await {
        lines.push(host_clock(clock));
    }
    match is_ready(&pool, settings).await {
        Ok(()) => lines.push(CheckLine::works(
            "database tables",
            format!("up to date, for {}", settings.api.environment),
        )),
        Err(error) => lines.push(CheckLine::fails("database tables", &error.into())),
    }
    pool.close().await;
    lines
}

/// Nothing that is stored depends on the host's clock, but certificates and signatures do.
fn host_clock(database: Clock) -> CheckLine {
    let what = "host clock";
    let ahead = database.host_is_ahead().unwrap_or_default();
    if ahead.abs() <= RIGHT_WITHIN {
        return CheckLine::works(what, "agrees with the database's");
    }
    let direction = if ahead.is_positive() { "ahead of" } else { "behind" };
    let problem = format!(
        "this host's clock is {} {direction} the database's: certificates and the storage's \
         signatures are judged by it",
        network::roughly(ahead)
    );
    let remedy = "set the clock that is wrong (NTP)".to_owned();
    CheckLine {
        what: what.into(),
        outcome: Checked::Fails { problem, remedy, kind: FailureKind::Settings },
    }
}

async fn is_ready(pool: &PgPool, settings: &Settings) -> Result<(), database::Error> {
    database::require_current(pool).await?;
    database::require_environment(pool, &settings.api.environment).await
}

/// Object storage: put, get and compare, list, multipart, delete. A folder that is gone is not made
/// anew, if the database can be asked.
pub async fn check_storage(settings: &Settings) -> Vec<CheckLine> {
    let Some(storage) = &settings.storage else { return Vec::new() };
    if storage.absent_folder().is_some()
        && let Some(pool) = pool_with_pace(settings).await
        && let Err(failure) = require_folder(storage, &pool).await
    {
        return vec![CheckLine::fails("storage", &failure)];
    }
    let mut storage = storage.clone();
    storage.patience = storage.patience.min(CHECK_PATIENCE);
    storage.answer_within = storage.answer_within.min(CHECK_ANSWER_WITHIN);
    let store = match FileStore::open(storage) {
        Ok(store) => store,
        Err(error) => return vec![CheckLine::fails("storage", &error.into())],
    };
    store
        .check()
        .await
        .into_iter()
        .map(|step| match step.outcome {
            Ok(()) => CheckLine::works(format!("storage {}", step.what), "works"),
            Err(error) => CheckLine::fails(format!("storage {}", step.what), &error.into()),
        })
        .collect()
}
