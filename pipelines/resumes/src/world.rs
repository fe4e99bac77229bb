//! The world of a run, opened: database, storage, one client a credential.

use std::collections::HashMap;
use std::sync::Arc;

use database::Rank;
use extract::{Client, Clock, Pace};
use load::files::{FileStore, StorageError, StoreConfig};
use model::CompanyNo;
use pipeline::tally::Tally;
use pipeline::window::Ledger;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::company::Company;
use crate::failure::{Failure, fail};
use crate::learnt::Learnt;
use crate::pace::{CallBudget, PacedByDatabase};
use crate::settings::{self, FilesWhen, Settings};
use crate::shelf::SharedByDatabase;
use crate::signals::Signals;

/// Connects, and refuses a database that is out of date or belongs to another environment.
pub(crate) async fn open_database(settings: &Settings) -> Result<PgPool, Failure> {
    let pool = database::connect(&settings.database).await?;
    database::require_current(&pool).await?;
    database::bind(&pool, &settings.api.environment).await?;
    Ok(pool)
}

/// A clock that shows the database's time: windows, times of fetching and the age of file tokens
/// are the same for all hosts, whatever their own clocks show.
pub(crate) async fn clock(pool: &PgPool) -> Result<Clock, Failure> {
    Ok(Clock::set_to(database::now(pool).await?))
}

/// What 104's client of a company needs to know.
pub fn client_config(api: &settings::Api, company: &settings::Company) -> extract::Config {
    let mut config = extract::Config::new(
        api.token_url.clone(),
        api.base_url.clone(),
        company.client_id.clone(),
        company.client_secret.clone(),
    );
    config.calls_per_second = api.calls_per_second;
    config.proxy.clone_from(&api.proxy);
    config.ca_pem.clone_from(&api.ca_pem);
    config.retry.max_attempts = api.attempts.unwrap_or(config.retry.max_attempts);
    config.response_timeout = api.answer_timeout.unwrap_or(config.response_timeout);
    config.read_timeout = api.silence_timeout.unwrap_or(config.read_timeout);
    config
}

/// The companies whose work a command asks for; all of them if it names none.
pub(crate) fn asked<'s>(
    settings: &'s Settings,
    asked: &'s [CompanyNo],
) -> impl Iterator<Item = &'s settings::Company> {
    settings.companies.iter().filter(|company| asked.is_empty() || asked.contains(&company.no))
}

/// How a command goes about its calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// Calls at most, token calls and retries included; `None`: no limit.
    pub(crate) max_calls: Option<u64>,
    /// Who goes first where several processes share a credential.
    pub(crate) rank: Rank,
    /// When it fetches files.
    pub(crate) files: FilesWhen,
}

/// Opens every asked company for a run. Companies with the same credential share one client.
pub(crate) async fn open_companies(
    settings: &Settings,
    companies: &[CompanyNo],
    pool: &PgPool,
    run_id: Uuid,
    manner: Manner,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> Result<Vec<Company>, Failure> {
    let budget = Arc::new(CallBudget::new(manner.max_calls));
    let store = match manner.files {
        FilesWhen::Now => open_store(settings, pool, tally).await?,
        FilesWhen::Later | FilesWhen::None => None,
    };
    let run_halt = signals.token().child_token();
    let clock = clock(pool).await?;
    let mut clients: HashMap<&str, (Client, Arc<PacedByDatabase>)> = HashMap::new();
    let mut opened = Vec::new();
    for company in asked(settings, companies) {
        let (client, pace) = if let Some(shared) = clients.get(company.client_id.as_str()) {
            shared.clone()
        } else {
            let mut config = client_config(&settings.api, company);
            config.clock = clock;
            let pace = Arc::new(PacedByDatabase::new(
                pool.clone(),
                &config,
                manner.rank,
                Arc::clone(&budget),
                Arc::clone(tally),
                (signals.token().clone(), run_halt.clone()),
            ));
            let shelf = SharedByDatabase::new(pool.clone(), &config);
            let paced: Arc<dyn Pace> = Arc::<PacedByDatabase>::clone(&pace);
            let client = Client::new(config, paced, Arc::new(shelf))?;
            clients.insert(&company.client_id, (client.clone(), Arc::clone(&pace)));
            (client, pace)
        };
        database::transaction(pool, || async {
            let mut tx = pool.begin().await.map_err(Failure::transaction)?;
            load::raw::add_company(&mut tx, &company.no).await?;
            Ok::<_, Failure>((tx, ()))
        })
        .await?;
        opened.push(Company {
            settings: company.clone(),
            run: settings.run.clone(),
            files: settings.files.clone(),
            files_when: manner.files,
            api_host: settings.api.base_url.host_str().map(str::to_owned),
            learnt: Learnt::default(),
            rank: manner.rank,
            client,
            pace,
            store: store.clone(),
            ledger: match manner.rank {
                Rank::Schedule => Ledger::new(pool.clone(), run_id),
                Rank::Backfill => Ledger::new(pool.clone(), run_id).of_backfill(),
            },
            tally: Arc::clone(tally),
            clock,
            started_at: clock.now(),
            signals: signals.clone(),
            halt: run_halt.child_token(),
            run_halt: run_halt.clone(),
        });
    }
    Ok(opened)
}

/// The object storage, if files are to be fetched. Without it resumes are loaded all the same
/// and file tasks stay open; only a setting that can't be used stops the run.
async fn open_store(
    settings: &Settings,
    pool: &PgPool,
    tally: &Tally,
) -> Result<Option<FileStore>, Failure> {
    let storage = match &settings.storage {
        Some(storage) if !settings.files.kinds.is_empty() => storage,
        Some(_) | None => return Ok(None),
    };
    let opened = match require_folder(storage, pool).await {
        Ok(()) => FileStore::open(storage.clone()).map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match opened {
        Ok(store) => Ok(Some(store)),
        Err(Failure::Storage(error)) if !error.is_settings() => {
            fail(tally, "object storage", &error.into());
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// A folder is made for the first file. Later it is a disk that is not mounted: made anew, it would
/// take files that nobody finds again, while older rows point to none.
pub(crate) async fn require_folder(storage: &StoreConfig, pool: &PgPool) -> Result<(), Failure> {
    if let Some(folder) = storage.absent_folder()
        && load::files::is_anything_held(pool).await?
    {
        return Err(StorageError::FolderGone { folder: folder.to_owned() }.into());
    }
    Ok(())
}

/// This schedule makes no more calls; with a shared client that is said more than once.
pub(crate) async fn leave(companies: &[Company]) {
    let schedules = companies.iter().filter(|company| company.rank == Rank::Schedule);
    futures::future::join_all(schedules.map(|company| company.pace.leave())).await;
}

/// Calls and throttles of all clients together; each client counts once.
pub(crate) fn calls(companies: &[Company]) -> (u64, u64) {
    let mut seen: HashMap<&str, (u64, u64)> = HashMap::new();
    for company in companies {
        let calls = company.client.calls();
        seen.insert(&company.settings.client_id, (calls.total, calls.throttled));
    }
    seen.values().fold((0, 0), |sum, calls| (sum.0 + calls.0, sum.1 + calls.1))
}

/// Cancelled when the guard is dropped, so that no helper future outlives the run.
pub(crate) fn until_dropped() -> (CancellationToken, tokio_util::sync::DropGuard) {
    let token = CancellationToken::new();
    let guard = token.clone().drop_guard();
    (token, guard)
}
