//! The warehouse against itself: the ledger, the pointers, the rows, the objects.
//!
//! It makes no call to 104. Without a repair it changes nothing: all checks are one statement each,
//! so that a transaction that is under way is no finding; objects and rows, which take many, are
//! looked at twice before anything is said of them. With a repair it is a run in the ledger, which
//! mends what can be mended from what is held, and looks once more.

mod checkup;
mod documents;
mod objects;
mod repair;
mod rows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use database::Deviation;
use jiff::Timestamp;
use load::files::{FileStore, StorageError};
use load::person::Changes;
use model::CompanyNo;
use pipeline::tally::{Failure as Counted, FailureKind, Tally};
use pipeline::verdict::{RunState, Verdict, verdict};
use pipeline::verify::{Asked, Reopened, look};
use sqlx::PgPool;
use uuid::Uuid;

use crate::company::Company;
use crate::conduct::open_run;
use crate::failure::{Failure, fail};
use crate::marts;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::world::{self, Manner, require_folder};

pub use checkup::{Checkup, Examined, Weight};

/// What to verify.
#[derive(Clone, Debug, Default)]
pub struct VerifyRequest {
    /// The companies; empty for all of the settings.
    pub companies: Vec<CompanyNo>,
    /// Read every object and every document through.
    pub is_deep: bool,
    /// Mend what can be mended.
    pub is_repair: bool,
    /// An empty storage is what it should be: all files are lost.
    pub is_storage_empty: bool,
    /// People of whom nothing is kept are to lose their rows, however many they are.
    pub is_raw_lost: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Verified {
    /// The run in the ledger, if it repaired.
    pub run_id: Option<Uuid>,
    /// State and exit code.
    pub verdict: Verdict,
    /// Each check, in the order in which they were looked at.
    pub checks: Vec<Checkup>,
    /// How the rows that did not follow from their documents differ from those that do.
    pub changes: Changes,
    /// What the repair opened again.
    pub reopened: Reopened,
    /// From the first step to the last.
    pub elapsed: Duration,
}

/// What verifying needs of the world.
struct Place<'a> {
    settings: &'a Settings,
    request: &'a VerifyRequest,
    pool: PgPool,
    store: Result<Option<FileStore>, StorageError>,
    companies: Vec<CompanyNo>,
    asked: Asked,
    /// By the database's clock.
    began_at: Timestamp,
    signals: &'a Signals,
    examined: &'a Examined,
}

/// Holds the warehouse to what it promises; counts findings as failures in the tally.
pub async fn verify(
    settings: &Settings,
    request: &VerifyRequest,
    tally: &Arc<Tally>,
    signals: &Signals,
    examined: &Examined,
) -> Verified {
    let began = Instant::now();
    let mut found = Found::default();
    let work = work(settings, request, tally, signals, examined, &mut found);
    if let Err(failure) = Box::pin(work).await {
        fail(tally, "verify", &failure);
    }
    let Found { run_id, checks, changes, mut reopened } = found;
    reopened.files += tally.files_wanted.get();
    let verdict = ended(tally, signals);
    Verified { run_id, verdict, checks, changes, reopened, elapsed: began.elapsed() }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    run_id: Option<Uuid>,
    checks: Vec<Checkup>,
    changes: Changes,
    reopened: Reopened,
}

async fn work(
    settings: &Settings,
    request: &VerifyRequest,
    tally: &Arc<Tally>,
    signals: &Signals,
    examined: &Examined,
    found: &mut Found,
) -> Result<(), Failure> {
    let pool = database::connect(&settings.database).await?;
    database::require_current(&pool).await?;
    if !is_schema_whole(&pool, found).await? {
        say(found, tally);
        return Ok(());
    }
    let place = open(settings, request, pool, signals, examined).await?;
    look_at_tables(&place, found).await?;
    if !request.is_repair {
        look_further(&place, None, found).await?;
        say(found, tally);
        return Ok(());
    }
    let run = open_run(&place.pool, settings, "verify --repair").await?;
    found.run_id = Some(run.id);
    let (stop, _guard) = world::until_dropped();
    let mending = async {
        let companies = world::open_companies(
            settings,
            &request.companies,
            &place.pool,
            run.id,
            Manner { max_calls: Some(0), ..Manner::default() },
            tally,
            signals,
        )
        .await?;
        repair::tables(&place, &companies, found).await?;
        look_further(&place, Some(&companies), found).await?;
        look_again(&place, found).await?;
        Box::pin(marts::refresh(&place.pool, Duration::ZERO, tally, signals)).await;
        Ok(())
    };
    let worked = tokio::select! {
        worked = mending => worked,
        stopped = run.beat(stop.clone()) => stopped.map_err(Failure::from),
    };
    if let Err(failure) = &worked {
        fail(tally, "verify", failure);
    }
    say(found, tally);
    Ok(run.close(tally, ended(tally, signals), 0, 0).await?)
}

async fn open<'a>(
    settings: &'a Settings,
    request: &'a VerifyRequest,
    pool: PgPool,
    signals: &'a Signals,
    examined: &'a Examined,
) -> Result<Place<'a>, Failure> {
    database::require_environment(&pool, &settings.api.environment).await?;
    let companies: Vec<CompanyNo> =
        world::asked(settings, &request.companies).map(|company| company.no.clone()).collect();
    let asked = Asked {
        companies: companies.iter().map(ToString::to_string).collect(),
        file_roles: settings.files.kinds.iter().map(|kind| kind.as_str()).collect(),
    };
    let store = open_store(settings, &pool).await?;
    let began_at = world::clock(&pool).await?.now();
    Ok(Place { settings, request, pool, store, companies, asked, began_at, signals, examined })
}

/// A storage that is away is said, and holds nothing else up; settings that can't be used are the
/// caller's to mend.
async fn open_store(
    settings: &Settings,
    pool: &PgPool,
) -> Result<Result<Option<FileStore>, StorageError>, Failure> {
    let Some(storage) = &settings.storage else { return Ok(Ok(None)) };
    let away = match require_folder(storage, pool).await {
        Ok(()) if storage.absent_folder().is_some() => return Ok(Ok(None)),
        Ok(()) => match FileStore::open(storage.clone()) {
            Ok(store) => return Ok(Ok(Some(store))),
            Err(error) => error,
        },
        Err(Failure::Storage(error)) => error,
        Err(failure) => return Err(failure),
    };
    if away.is_settings() { Err(away.into()) } else { Ok(Err(away)) }
}

/// Whether the tables are those that the migrations make. Where something is missing or otherwise,
/// nothing else can be looked at or mended: all rests on them.
async fn is_schema_whole(pool: &PgPool, found: &mut Found) -> Result<bool, Failure> {
    let deviations = database::deviations(pool).await?;
    let is_whole = deviations.iter().all(|one| matches!(one, Deviation::Added(_)));
    let remedy = if is_whole {
        "what others want to add belongs into tables and views of their own: drop it here"
    } else {
        "restore the database from a dump that is whole; nothing else was looked at, for all rests \
         on the tables"
    };
    let mut check = Checkup {
        remedy: remedy.to_owned(),
        ..Checkup::sound("schema", "the tables are those of this version of etl104")
    };
    for deviation in &deviations {
        check.find(|| deviation.to_string());
    }
    found.checks.push(check);
    Ok(is_whole)
}

/// The checks that are one statement each.
async fn look_at_tables(place: &Place<'_>, found: &mut Found) -> Result<(), Failure> {
    for check in repair::checks() {
        let seen = look(&place.pool, check, &place.asked).await?;
        found.checks.push(Checkup::of(check, seen));
        if place.signals.token().is_cancelled() {
            break;
        }
    }
    Ok(())
}

/// Objects, documents and rows. Given companies, they are repaired on the way.
async fn look_further(
    place: &Place<'_>,
    companies: Option<&[Company]>,
    found: &mut Found,
) -> Result<(), Failure> {
    objects::examine(place, companies, &mut found.checks).await?;
    let mut damaged = documents::known(place).await?;
    if place.request.is_deep {
        documents::examine(place, &mut damaged).await?;
    }
    rows::examine(place, companies, &mut damaged, found).await?;
    documents::conclude(place, companies, &damaged, found).await
}

/// What the tables' checks say after the repair.
async fn look_again(place: &Place<'_>, found: &mut Found) -> Result<(), Failure> {
    for check in repair::checks() {
        let seen = look(&place.pool, check, &place.asked).await?;
        if let Some(checkup) = found.checks.iter_mut().find(|one| one.name == check.name) {
            checkup.after(seen);
        }
    }
    Ok(())
}

/// What could not be looked at is a failure, and so are findings that are left: one, with what helps
/// first.
fn say(found: &Found, tally: &Tally) {
    let skipped = found.checks.iter().find_map(|check| Some((check.skipped.clone()?, check)));
    if let Some((why, check)) = skipped
        && !tally.has_failed(FailureKind::Warehouse)
    {
        tally.fail(counted(FailureKind::Warehouse, why, check.remedy.clone()));
    }
    let open: Vec<&Checkup> = found.checks.iter().filter(|check| check.is_open()).collect();
    let Some(first) = open.first() else { return };
    let names: Vec<&str> = open.iter().map(|check| check.name).collect();
    let what = format!("what should hold does not: {}", names.join(", "));
    tally.fail(counted(FailureKind::Partial, what, first.remedy.clone()));
}

fn counted(kind: FailureKind, what: String, remedy: String) -> Counted {
    Counted { kind, at: "verify".to_owned(), what, remedy, come_back_at: None }
}

/// Nothing that was to be done is no news here: what was looked at is sound.
fn ended(tally: &Tally, signals: &Signals) -> Verdict {
    let ended = verdict(tally, signals.reason());
    match ended.state {
        RunState::NothingDue => Verdict { state: RunState::Complete, ..ended },
        _ => ended,
    }
}
