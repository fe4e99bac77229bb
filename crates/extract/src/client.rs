//! One credential's client, and the one `send` that every call goes through.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use model::Redacted;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, debug, warn};

use crate::answer::{Arrival, Lost, Unreadable, receive};
use crate::call::{Call, CallKind};
use crate::code::Statement;
use crate::config::Config;
use crate::counters::{Calls, Counters};
use crate::error::{Cause, Ending, Error, ErrorKind};
use crate::gate::Gate;
use crate::lanes::{Priority, Turn};
use crate::pace::{Pace, PaceError};
use crate::retry::{Breaker, Budget};
use crate::tls;
use crate::token::{Granted, Token, TokenStore};
use crate::verdict::{Condition, Patience, Verdict, condition, policy};

/// Attempts of a call for which another way of asking is left.
const SHORT_PATIENCE: u32 = 3;
/// As much of an unreadable body is kept.
const KEPT_BODY: usize = 1024 * 1024;

/// What speaks to 104 for one credential. Clones share everything: make one for each pair of
/// token URL and client id, and let the companies of that pair use it together.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: Config,
    gate: Arc<Gate>,
    token_http: reqwest::Client,
    base_http: reqwest::Client,
    tokens: TokenStore,
    breaker: Breaker,
    counters: Counters,
    resumes_answered: AtomicU64,
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

/// Why an attempt brought nothing, with all that an error may say of it.
struct Setback {
    condition: Condition,
    statement: Statement,
    arrival: Option<Arrival>,
    detail: Option<String>,
    cause: Option<Cause>,
}

impl Client {
    /// A client that calls nobody yet.
    ///
    /// # Errors
    /// [`ErrorKind::Settings`] when a URL, the proxy or the certificates can't be used.
    pub fn new(config: Config, pace: Arc<dyn Pace>) -> Result<Self, Error> {
        for (name, url) in [("token_url", &config.token_url), ("base_url", &config.base_url)] {
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
                return Err(Error::settings(format!("`[api] {name}` is no http or https URL")));
            }
        }
        let gate = Arc::new(Gate::new(pace, config.spacing()));
        let token_http = tls::http(&config, &config.token_url, &gate)?;
        // One pool for both where the way is the same, so that the token call's connection serves
        // the others too.
        let is_same_way = config.token_url.scheme() == config.base_url.scheme()
            && tls::is_loopback(&config.token_url) == tls::is_loopback(&config.base_url);
        let base_http = if is_same_way {
            token_http.clone()
        } else {
            tls::http(&config, &config.base_url, &gate)?
        };
        let in_flight = config.in_flight.max(1);
        Ok(Self(Arc::new(Inner {
            in_flight: Arc::new(Semaphore::new(in_flight)),
            files_in_flight: Arc::new(Semaphore::new(in_flight.saturating_sub(2).max(1))),
            config,
            gate,
            token_http,
            base_http,
            tokens: TokenStore::default(),
            breaker: Breaker::default(),
            counters: Counters::default(),
            resumes_answered: AtomicU64::new(0),
        })))
    }

    /// How many calls were started so far.
    pub fn calls(&self) -> Calls {
        self.0.counters.snapshot()
    }

    /// Gets a token, unless a good one is at hand: the cheapest proof of id and secret.
    ///
    /// # Errors
    /// [`ErrorKind::CredentialsRefused`] when 104 refuses them; any kind that a call can have.
    pub async fn authenticate(&self) -> Result<(), Error> {
        let turn = self.0.gate.enter(Priority::Resume).await;
        self.0.token(&turn).await.map(drop)
    }

    /// The one way to 104: waits for its place and turn, calls, judges, tries again.
    ///
    /// The work runs in a task of its own, so that a consumer that is busy elsewhere makes no
    /// call time out and keeps no turn; the task ends when this future is dropped.
    pub(crate) async fn send<T>(&self, call: Call, read: Read<T>) -> Result<Reply<T>, Error>
    where
        T: Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        let operation = call.operation.clone();
        let work = async move {
            let permit = inner.permit(call.priority()).await;
            let (arrival, value) = inner.drive(&call, read, None).await?;
            Ok(Reply { value, arrival, permit })
        };
        #[expect(clippy::disallowed_methods, reason = "its handle aborts it when dropped")]
        let task = AbortOnDropHandle::new(tokio::spawn(work.in_current_span()));
        match task.await {
            Ok(result) => result,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => Err(Error::new(operation, ErrorKind::Unexpected, Ending::StopRun)
                .with_detail("the runtime is shutting down")
                .with_source(Some(error.into()))),
        }
    }

    /// How often a batch or a single resume was answered: evidence that 104 serves resumes.
    pub(crate) fn resumes_answered(&self) -> u64 {
        self.0.resumes_answered.load(Ordering::Relaxed)
    }

    /// A resume could not be had in any way, and nothing says that it alone is to blame.
    pub(crate) fn resume_failed(&self) {
        self.0.breaker.failed();
    }

    /// How long 104 may be silent within a file.
    pub(crate) fn silence(&self) -> std::time::Duration {
        self.0.config.read_timeout
    }
}

impl Inner {
    /// Files wait for one of their own places first, so that they can never take all.
    async fn permit(&self, priority: Priority) -> Permit {
        // The semaphores are never closed, so `ok` loses nothing.
        let of_files = match priority {
            Priority::File => Arc::clone(&self.files_in_flight).acquire_owned().await.ok(),
            Priority::Resume => None,
        };
        let of_all = Arc::clone(&self.in_flight).acquire_owned().await.ok();
        Permit { _of_all: of_all, _of_files: of_files }
    }

    /// Attempts until the verdict is final. A token call is made by whoever holds the turn, and
    /// keeps it: nobody can go on without the token.
    async fn drive<T>(
        &self,
        call: &Call,
        read: Read<T>,
        held: Option<&Turn>,
    ) -> Result<(Arrival, T), Error>
    where
        T: Send,
    {
        let mut budget = Budget::new(self.config.retry, self.config.first_backoff);
        let mut has_renewed = false;
        loop {
            let turn = match held {
                Some(_) => None,
                None => Some(self.gate.enter(call.priority()).await),
            };
            if self.breaker.is_open() {
                let away = Error::new(&call.operation, ErrorKind::Unavailable, Ending::StopRun);
                return Err(away.with_detail("ten failures in a row, so it is left alone now"));
            }
            let token = match &turn {
                Some(turn) if call.kind != CallKind::Token => Some(self.token(turn).await?),
                Some(_) | None => None,
            };
            self.gate.slot().await.map_err(|error| no_slot(call, error))?;

            let attempt = budget.attempts() + 1;
            self.counters.started(call.kind, attempt > 1);
            debug!(operation = call.operation, attempt, "calling 104");
            let began = Instant::now();
            let result = self.attempt(call, token.as_ref(), turn, read).await;
            budget.attempted(began.elapsed());
            let setback = match result {
                Ok(answer) => {
                    self.breaker.answered();
                    if matches!(call.kind, CallKind::Batch | CallKind::Resume) {
                        self.resumes_answered.fetch_add(1, Ordering::Relaxed);
                    }
                    return Ok(answer);
                }
                Err(setback) => setback,
            };
            if let Some(kind) = setback.pace_error().map(kind_of) {
                return Err(setback.into_error(call, kind, Ending::StopRun));
            }

            let (verdict, kind) = policy(call.kind, setback.condition);
            let hint = setback.arrival.as_ref().and_then(|arrival| arrival.retry_after);
            warn!(
                operation = call.operation,
                attempt,
                kind = kind.as_str(),
                status = setback.status(),
                code = setback.statement.code,
                "a call to 104 failed"
            );
            match verdict {
                Verdict::Accept => return Err(setback.into_error(call, kind, Ending::FailWindow)),
                Verdict::End(ending) => {
                    self.breaker.answered();
                    return Err(setback.into_error(call, kind, ending));
                }
                Verdict::RenewToken => {
                    self.breaker.answered();
                    if has_renewed {
                        let error = setback.into_error(call, kind, Ending::StopCompany);
                        return Err(error.with_detail("and a new token as well"));
                    }
                    has_renewed = true;
                    if let Some(token) = token {
                        self.tokens.refuse(token.serial);
                    }
                }
                Verdict::Throttled => {
                    self.counters.throttled();
                    // Nobody is made to wait for longer than one call may take.
                    let shared = hint.map(|hint| hint.min(self.config.retry.max_elapsed));
                    let wait = self.gate.throttled(shared).await;
                    let wait = wait.map_err(|error| no_slot(call, error))?;
                    let wait = wait.max(hint.unwrap_or_default());
                    if !budget.wait(wait) {
                        let error = setback.into_error(call, kind, Ending::StopRun);
                        return Err(error.with_retry_after(Some(wait)));
                    }
                }
                Verdict::Retry(patience, ending) => {
                    let most = match patience {
                        Patience::Full => {
                            self.breaker.failed();
                            u32::MAX
                        }
                        // Another way of asking is left; what that brings will count.
                        Patience::Short => SHORT_PATIENCE,
                    };
                    if self.breaker.is_open() {
                        let away = ErrorKind::Unavailable;
                        return Err(setback.into_error(call, away, Ending::StopRun));
                    }
                    match budget.back_off(hint, most.min(call.attempts.unwrap_or(u32::MAX))) {
                        Some(delay) => sleep(delay).await,
                        None => return Err(setback.into_error(call, kind, ending)),
                    }
                }
            }
        }
    }

    /// One attempt. The slot is taken; the turn is let go once the connection stands.
    async fn attempt<T>(
        &self,
        call: &Call,
        token: Option<&Token>,
        turn: Option<Turn>,
        read: Read<T>,
    ) -> Result<(Arrival, T), Setback> {
        let http = match call.kind {
            CallKind::Token => &self.token_http,
            CallKind::List | CallKind::Batch | CallKind::Resume | CallKind::File => &self.base_http,
        };
        let request = call
            .request(http, &self.config, token.map(|token| &token.secret))
            .map_err(|error| Setback::broken(error.without_url().into()))?;
        let mut answer = pin!(http.execute(request));
        let early = tokio::select! {
            biased;
            response = &mut answer => Some(response),
            () = self.gate.settled() => None,
        };
        drop(turn);

        let began = Instant::now();
        let deadline = began + self.config.response_timeout;
        let response = match early {
            Some(response) => response,
            None => timeout_at(deadline.min(began + self.config.read_timeout), answer)
                .await
                .map_err(|error| Setback::broken(error.into()))?,
        };
        let response = response.map_err(|error| Setback::broken(error.without_url().into()))?;
        let arrival = receive(response, call.kind, &self.config, deadline).await;
        judge(call.kind, arrival, read)
    }

    /// The current token, or a new one: the turn proves that nobody else is asking for one.
    fn token<'a>(&'a self, turn: &'a Turn) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async move {
            if let Some(token) = self.tokens.fresh() {
                return Ok(token);
            }
            let mut refusal = None;
            for style in self.tokens.styles() {
                let asked_at = Instant::now();
                let read: Read<Granted> = |arrival| Granted::parse(arrival.bytes());
                match self.drive(&Call::token(style), read, Some(turn)).await {
                    Ok((_, granted)) => return Ok(self.tokens.put(granted, asked_at, style)),
                    Err(error) if error.kind() == ErrorKind::CredentialsRefused => {
                        refusal = Some(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            self.tokens.refuse_credentials();
            Err(refusal.unwrap_or_else(|| {
                let operation = Call::token(crate::call::CredentialStyle::Form).operation;
                Error::new(operation, ErrorKind::CredentialsRefused, Ending::StopCompany)
                    .with_detail("and is not asked again in this run")
            }))
        })
    }
}

/// Takes an answer or says what is wrong with it.
fn judge<T>(
    kind: CallKind,
    arrival: Result<Arrival, Lost>,
    read: Read<T>,
) -> Result<(Arrival, T), Setback> {
    let arrival = match arrival {
        Ok(arrival) => arrival,
        Err(Lost::Broken(cause)) => return Err(Setback::broken(cause)),
        Err(Lost::TooLarge) => {
            return Err(Setback {
                condition: Condition::Unreadable,
                statement: Statement::default(),
                arrival: None,
                detail: Some("larger than allowed".into()),
                cause: None,
            });
        }
    };
    let statement = Statement::of(arrival.bytes());
    let (condition, detail) = match condition(kind, arrival.status, &statement) {
        Condition::Answered => match read(&arrival) {
            Ok(value) => return Ok((arrival, value)),
            Err(unreadable) => (Condition::Unreadable, Some(unreadable.into_text())),
        },
        Condition::Redirect => {
            let host = arrival.redirect_host.as_deref().unwrap_or("a place without a host");
            (Condition::Redirect, Some(format!("to {host}")))
        }
        other => (other, None),
    };
    Err(Setback { condition, statement, arrival: Some(arrival), detail, cause: None })
}

/// No slot, no call.
fn no_slot(call: &Call, error: PaceError) -> Error {
    Error::new(&call.operation, kind_of(&error), Ending::StopRun).with_source(Some(error.into()))
}

fn kind_of(error: &PaceError) -> ErrorKind {
    match error {
        PaceError::BudgetSpent => ErrorKind::BudgetSpent,
        PaceError::Unavailable(_) => ErrorKind::PaceUnavailable,
    }
}

impl Setback {
    fn broken(cause: Cause) -> Self {
        Self {
            condition: Condition::NoAnswer,
            statement: Statement::default(),
            arrival: None,
            detail: None,
            cause: Some(cause),
        }
    }

    fn status(&self) -> Option<u16> {
        self.arrival.as_ref().map(|arrival| arrival.status.as_u16())
    }

    /// The connection stood, and then there was no slot for it.
    fn pace_error(&self) -> Option<&PaceError> {
        let mut next = self.cause.as_deref().map(|cause| cause as &dyn std::error::Error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    fn into_error(self, call: &Call, kind: ErrorKind, ending: Ending) -> Error {
        let status = self.status();
        let retry_after = self.arrival.as_ref().and_then(|arrival| arrival.retry_after);
        let payload = self.arrival.filter(|_| self.condition == Condition::Unreadable).map(|at| {
            let kept = at.bytes().len().min(KEPT_BODY);
            Redacted::new(at.bytes().slice(..kept).to_vec())
        });
        let mut error = Error::new(&call.operation, kind, ending)
            .with_status(status)
            .with_answer(self.statement.code, self.statement.message)
            .with_retry_after(retry_after)
            .with_payload(payload)
            .with_source(self.cause);
        if let Some(detail) = self.detail {
            error = error.with_detail(detail);
        }
        error
    }
}
