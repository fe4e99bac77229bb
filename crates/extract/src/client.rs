//! One credential's client, and what its calls share.

use std::sync::Arc;

use model::{ResumeId, Window};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::answer::{Arrival, Unreadable};
use crate::batch_habit::BatchHabit;
use crate::call::Call;
use crate::config::Config;
use crate::counters::{Calls, Counters};
use crate::download::Patience;
use crate::error::{Ending, Error, ErrorKind};
use crate::evidence::Evidence;
use crate::gate::Gate;
use crate::lanes::Priority;
use crate::pace::Pace;
use crate::retry::Breaker;
use crate::shelf::TokenShelf;
use crate::storm::Storms;
use crate::tls;
use crate::token::TokenStore;

/// What speaks to 104 for one credential. Clones share everything: make one for each pair of
/// token URL and client id, and let the companies of that pair use it together.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Shared>);

/// What the calls of one credential share; `send` says what is done with it.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) gate: Arc<Gate>,
    pub(crate) token_http: reqwest::Client,
    pub(crate) base_http: reqwest::Client,
    pub(crate) tokens: TokenStore,
    pub(crate) shelf: Arc<dyn TokenShelf>,
    pub(crate) breaker: Breaker,
    pub(crate) counters: Counters,
    pub(crate) batch_habit: BatchHabit,
    pub(crate) storms: Storms,
    pub(crate) evidence: Evidence,
    in_flight: Arc<Semaphore>,
    files_in_flight: Arc<Semaphore>,
}

/// How a body becomes a value.
pub(crate) type Read<T> = fn(&Arrival) -> Result<T, Unreadable>;

/// An accepted answer, with the permit of its call.
pub(crate) struct Reply<T> {
    pub(crate) value: T,
    pub(crate) arrival: Arrival,
    pub(crate) permit: Permit,
}

/// One call's place among those in flight.
pub(crate) struct Permit {
    _of_all: Option<OwnedSemaphorePermit>,
    _of_files: Option<OwnedSemaphorePermit>,
}

impl Client {
    /// A client that calls nobody yet.
    ///
    /// # Errors
    /// [`ErrorKind::Settings`] when a URL, the proxy or the certificates can't be used.
    pub fn new(
        config: Config,
        pace: Arc<dyn Pace>,
        shelf: Arc<dyn TokenShelf>,
    ) -> Result<Self, Error> {
        for (name, url) in [("token_url", &config.token_url), ("base_url", &config.base_url)] {
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
                return Err(Error::settings(format!("`[api] {name}` is no http or https URL")));
            }
        }
        let gate = Arc::new(Gate::new(pace, config.calls_per_second));
        let token_http = tls::http(&config, &config.token_url, &gate)?;
        // One pool for both where the way is the same, so that the token call's connection serves
        // the others too.
        let is_same_way = config.token_url.scheme() == config.base_url.scheme();
        let base_http = if is_same_way {
            token_http.clone()
        } else {
            tls::http(&config, &config.base_url, &gate)?
        };
        let in_flight = config.in_flight.max(1);
        Ok(Self(Arc::new(Shared {
            in_flight: Arc::new(Semaphore::new(in_flight)),
            files_in_flight: Arc::new(Semaphore::new(in_flight.saturating_sub(2).max(1))),
            config,
            gate,
            token_http,
            base_http,
            tokens: TokenStore::default(),
            shelf,
            breaker: Breaker::default(),
            counters: Counters::default(),
            batch_habit: BatchHabit::default(),
            storms: Storms::default(),
            evidence: Evidence::default(),
        })))
    }

    /// 104 gave that resume once. Where it fails at all others, this one is asked again, and tells
    /// whether they are to blame or 104 is.
    pub fn knows_of(&self, window: &Window, id: &ResumeId) {
        self.0.evidence.given_before(window, id);
    }

    /// How many calls were started so far.
    pub fn calls(&self) -> Calls {
        self.0.counters.snapshot()
    }

    /// Gets a token, unless a good one is at hand or on the shelf: the cheapest proof of id and
    /// secret.
    ///
    /// # Errors
    /// [`ErrorKind::CredentialsRefused`] when 104 refuses them; any kind that a call can have.
    pub async fn authenticate(&self) -> Result<(), Error> {
        let shared = Arc::clone(&self.0);
        spawned(async move {
            let turn = shared.gate.enter(Priority::Resume).await;
            shared.token(&turn).await.map(drop)
        })
        .await
    }

    /// The one way to 104: waits for its place among the calls in flight, then makes attempts
    /// until the verdict is final.
    pub(crate) async fn send<T>(&self, call: Call, read: Read<T>) -> Result<Reply<T>, Error>
    where
        T: Send + 'static,
    {
        let shared = Arc::clone(&self.0);
        spawned(async move {
            let permit = shared.permit(call.priority()).await;
            let (arrival, value) = shared.drive(&call, read, None).await?;
            Ok(Reply { value, arrival, permit })
        })
        .await
    }

    /// The resumes that 104 gave: evidence that it serves any.
    pub(crate) fn evidence(&self) -> &Evidence {
        &self.0.evidence
    }

    /// Whether asking in batches pays.
    pub(crate) fn batch_habit(&self) -> &BatchHabit {
        &self.0.batch_habit
    }

    /// Resumes could not be had in any way, and nothing says that they alone are to blame.
    pub(crate) fn resumes_failed(&self) {
        self.0.breaker.resumes_failed();
    }

    /// How long a file is waited for.
    pub(crate) fn patience(&self) -> Patience {
        Patience::new(self.0.config.read_timeout, self.0.config.response_timeout)
    }
}

impl Shared {
    /// Files wait for one of their own places first, so that they can never take all: what holds
    /// a file's place may be waiting for a resume.
    async fn permit(&self, priority: Priority) -> Permit {
        // The semaphores are never closed, so `ok` loses nothing.
        let of_files = match priority {
            Priority::File => Arc::clone(&self.files_in_flight).acquire_owned().await.ok(),
            Priority::Resume => None,
        };
        let of_all = Arc::clone(&self.in_flight).acquire_owned().await.ok();
        Permit { _of_all: of_all, _of_files: of_files }
    }
}

/// Runs work in a task of its own, so that a consumer that is busy elsewhere makes no call time
/// out and keeps no turn. The task ends when this future is dropped.
async fn spawned<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    #[expect(clippy::disallowed_methods, reason = "its handle aborts it when dropped")]
    let task = AbortOnDropHandle::new(tokio::spawn(work.in_current_span()));
    match task.await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(Error::new("calling 104", ErrorKind::Unexpected, Ending::StopRun)
            .with_detail("the runtime is shutting down")
            .with_source(Some(error.into()))),
    }
}
