//! The one loop of attempts: pace, token, attempt, verdict, retry.

use std::pin::pin;

use network::{Service, Way};
use reqwest::StatusCode;
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{debug, warn};

use crate::answer::{Arrival, Lost, receive};
use crate::call::{Call, CallKind};
use crate::client::{Read, Shared};
use crate::config::Config;
use crate::error::{Ending, Error, ErrorKind};
use crate::lanes::Turn;
use crate::retry::Budget;
use crate::setback::{Setback, judge, no_slot};
use crate::token::Token;
use crate::verdict::{Condition, Patience, Verdict, policy};

/// Attempts of a call for which another way of asking is left.
const SHORT_PATIENCE: u32 = 3;

impl Shared {
    /// Makes attempts until the verdict is final. A token call is made by whoever holds the turn,
    /// and keeps it: nobody can go on without the token.
    pub(crate) async fn drive<T: Send>(
        &self,
        call: &Call,
        read: Read<T>,
        held: Option<&Turn>,
    ) -> Result<(Arrival, T), Error> {
        let mut budget = Budget::new(self.config.retry, self.config.first_backoff);
        let mut refusals = 0;
        loop {
            let turn = match held {
                Some(_) => None,
                None => Some(self.gate.enter(call.priority()).await),
            };
            if self.breaker.is_open() {
                let away = Error::new(&call.operation, ErrorKind::Unavailable, Ending::StopRun);
                return Err(away.with_detail("ten failures in a row, so it is left alone now"));
            }
            if let Some((outlook, wait)) = self.storms.spent(call.kind) {
                let ending = outlook.ending().unwrap_or(Ending::StopRun);
                let throttled = Error::new(&call.operation, ErrorKind::Throttled, ending);
                let detail = "over and over, so it is left alone now";
                return Err(throttled.with_detail(detail).with_retry_after(Some(wait)));
            }
            let token = match &turn {
                Some(turn) => Some(self.token(turn).await?),
                None => None,
            };
            let slot = match call.kind {
                // It is made under a right that other processes wait for.
                CallKind::Token => self.gate.urgent_slot().await,
                CallKind::List | CallKind::Batch | CallKind::Resume | CallKind::File => {
                    self.gate.slot().await
                }
            };
            slot.map_err(|error| no_slot(call, error))?;

            let attempt = budget.attempts() + 1;
            debug!(operation = call.operation, attempt, "calling 104");
            let (began, forecast) = (Instant::now(), self.storms.forecast(call.kind));
            let result = self.attempt(call, attempt, token.as_ref(), turn, read).await;
            budget.attempted(began.elapsed());
            let setback = match result {
                Ok(answer) => {
                    self.breaker.answered(call.kind);
                    self.storms.answered(call.kind);
                    if call.kind == CallKind::Resume {
                        self.evidence.answered(began);
                    }
                    return Ok(answer);
                }
                Err(setback) => setback,
            };
            if let Some(kind) = setback.pace_error() {
                return Err(setback.into_error(call, kind, Ending::StopRun));
            }

            if setback.status().is_some() && setback.condition != Condition::TooManyCalls {
                self.storms.answered(call.kind);
            }
            let (verdict, kind) = policy(call.kind, setback.condition);
            warn!(
                operation = call.operation,
                attempt,
                kind = kind.as_str(),
                status = setback.status(),
                code = setback.statement.code,
                detail = setback.detail,
                "a call to 104 failed"
            );
            match verdict {
                Verdict::Accept => return Err(setback.into_error(call, kind, Ending::FailWindow)),
                Verdict::End(ending) => {
                    self.breaker.answered(call.kind);
                    return Err(self.ended(setback, call, kind, ending).await);
                }
                Verdict::RenewToken => {
                    self.breaker.answered(call.kind);
                    refusals += 1;
                    let is_final = match &token {
                        Some(token) => self.is_credential_refused(token, refusals).await?,
                        None => true,
                    };
                    if is_final {
                        let error = setback.into_error(call, kind, Ending::StopCompany);
                        return Err(error.with_detail(format!(
                            "{refusals} tokens, one after the other; if another program uses the \
                             same client_id, each may take the other's token back"
                        )));
                    }
                }
                Verdict::Throttled => {
                    self.counters.throttled();
                    let hint = setback.retry_after();
                    let wait = self.gate.throttled(hint).await;
                    let wait = wait.map_err(|error| no_slot(call, error))?;
                    let limits = self.config.retry;
                    let outlook = self.storms.throttled(call.kind, forecast, wait, limits);
                    // The next slot comes after the wait; here it is only accounted for.
                    let fits = budget.wait(wait);
                    let ending = outlook.ending().or(match call.kind {
                        _ if fits => None,
                        // Others are answered, and this call alone is out of luck.
                        CallKind::Token => Some(Ending::StopCompany),
                        CallKind::List | CallKind::Batch | CallKind::Resume | CallKind::File => {
                            Some(Ending::FailWindow)
                        }
                    });
                    if let Some(ending) = ending {
                        let error = setback.into_error(call, kind, ending);
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
                        return Err(self.ended(setback, call, away, Ending::StopRun).await);
                    }
                    let most = most.min(call.attempts.unwrap_or(u32::MAX));
                    match budget.back_off(setback.retry_after(), most) {
                        Some(delay) => sleep(delay).await,
                        None => return Err(self.ended(setback, call, kind, ending).await),
                    }
                }
            }
        }
    }

    /// The error of a call that failed for good, after a look at what is in the way.
    async fn ended(
        &self,
        setback: Box<Setback>,
        call: &Call,
        kind: ErrorKind,
        ending: Ending,
    ) -> Error {
        let Config { token_url, base_url, proxy, clock, .. } = &self.config;
        let url = if call.kind == CallKind::Token { token_url } else { base_url };
        let way = Way::to_url(Service::Api, url, proxy.as_ref());
        setback.looked_into(way, *clock).await.into_error(call, kind, ending)
    }

    /// One attempt. The slot is taken; the turn is let go once the connection stands.
    async fn attempt<T: Send>(
        &self,
        call: &Call,
        number: u32,
        token: Option<&Token>,
        turn: Option<Turn>,
        read: Read<T>,
    ) -> Result<(Arrival, T), Box<Setback>> {
        let arrival = self.arrive(call, number, token.map(|token| &token.secret), turn).await?;
        judge(call.kind, arrival, read)
    }

    /// Sends a call and receives its answer, whatever it says. Counts it, by the number of its
    /// attempt, unless it did not leave: its connection took long, and had no second slot.
    pub(crate) async fn arrive(
        &self,
        call: &Call,
        number: u32,
        bearer: Option<&SecretString>,
        turn: Option<Turn>,
    ) -> Result<Result<Arrival, Lost>, Box<Setback>> {
        let http = match call.kind {
            CallKind::Token => &self.token_http,
            CallKind::List | CallKind::Batch | CallKind::Resume | CallKind::File => &self.base_http,
        };
        let request = call
            .request(http, &self.config, bearer)
            .map_err(|error| Setback::lost(error.without_url()))?;
        self.counters.started(call.kind, number > 1);
        let mut answer = pin!(http.execute(request));
        let early = tokio::select! {
            biased;
            response = &mut answer => Some(response),
            () = self.gate.settled() => None,
        };
        drop(turn);

        let began = Instant::now();
        let deadline = began + self.config.response_timeout;
        let is_early = early.is_some();
        let response = match early {
            Some(response) => response,
            None => timeout_at(deadline.min(began + self.config.read_timeout), answer)
                .await
                .map_err(Setback::lost)?,
        };
        let response = response.map_err(|error| {
            let setback = Setback::lost(error.without_url());
            if setback.pace_error().is_some() {
                self.counters.stayed(call.kind, number > 1);
            }
            setback
        })?;
        // A refusal may be quick because 104 did nothing for it.
        if response.status() == StatusCode::OK && !is_early {
            self.gate.answered(call.kind, began.elapsed());
        }
        Ok(receive(response, call.kind, &self.config, deadline).await)
    }
}
