//! One question and its answer as it came: for a probe, which wants to see what all others are
//! spared.
//!
//! The way is the one of all calls: the same gate, pace, connections and addresses. What is absent
//! is judgement: an answer is an answer, whatever it says. Only a 429 is waited out, and a call that
//! was lost or met a failing server is made again, a few times.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use model::{CompanyNo, Redacted};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use crate::answer::{Arrival, Body, Lost, next_chunk};
use crate::call::{Call, CallKind, CredentialStyle};
use crate::client::{Client, Shared};
use crate::code::{ApiCode, Statement};
use crate::config::RetryBudget;
use crate::error::{Ending, Error, ErrorKind};
use crate::lanes::Turn;
use crate::retry::Budget;
use crate::setback::{Setback, no_slot};
use crate::verdict::{Condition, Patience, Verdict, condition, policy};

/// How often one question is asked at most.
const ATTEMPTS: u32 = 4;
/// As much of a file is read.
const MOST_OF_FILE: usize = 1024 * 1024;

/// The paths that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/resumes/queryList`
    List,
    /// `/resumes/query`
    Resume,
    /// `/resumes/queryBatch`
    Batch,
    /// `/files/headshot`
    Headshot,
    /// `/files/attachment`
    Attachment,
}

/// What is asked, right or wrong.
pub struct Question {
    call: Call,
    bearer: Option<SecretString>,
    /// It is wrong on purpose: what it meets is its answer.
    is_slip: bool,
}

/// What came back.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type that the head states.
    pub content_type: Option<String>,
    /// The `code` in the body.
    pub code: Option<i64>,
    /// The body is a JSON object.
    pub is_object: bool,
    /// When it arrived, by the client's clock.
    pub arrived_at: Timestamp,
    /// When 104 sent it, by its own clock.
    pub sent_at: Option<Timestamp>,
    /// 104's hint when to come back.
    pub retry_after: Option<Duration>,
    /// The length that the head states.
    pub length: Option<u64>,
    /// The body; of a file the first megabyte at most. Personal data.
    pub body: Redacted<Bytes>,
    /// From the start of the call to the end of the body.
    pub took: Duration,
    kind: CallKind,
    operation: String,
    condition: Condition,
    statement: Statement,
}

impl Question {
    /// A token.
    pub fn token(style: CredentialStyle) -> Self {
        Self { call: Call::token(style), bearer: None, is_slip: false }
    }

    /// A resource, with these parameters and whichever headers are added.
    pub fn resource(
        resource: Resource,
        query: Vec<(&'static str, String)>,
        company: Option<&CompanyNo>,
        bearer: Option<&SecretString>,
    ) -> Self {
        let (kind, path) = match resource {
            Resource::List => (CallKind::List, ["resumes", "queryList"]),
            Resource::Resume => (CallKind::Resume, ["resumes", "query"]),
            Resource::Batch => (CallKind::Batch, ["resumes", "queryBatch"]),
            Resource::Headshot => (CallKind::File, ["files", "headshot"]),
            Resource::Attachment => (CallKind::File, ["files", "attachment"]),
        };
        let call = Call::free(kind, company.cloned(), path, query);
        Self { call, bearer: bearer.cloned(), is_slip: false }
    }

    /// Wrong on purpose: an answer that fails is not asked for again.
    #[must_use]
    pub fn on_purpose(self) -> Self {
        Self { is_slip: true, ..self }
    }

    /// With at most so many attempts.
    #[must_use]
    pub fn at_most(self, attempts: u32) -> Self {
        Self { call: self.call.at_most(attempts), ..self }
    }
}

impl Client {
    /// Asks at the pace of all calls.
    ///
    /// # Errors
    /// When no answer came within a few attempts, when 104 throttles for longer than it can be
    /// waited for, or when there is no slot.
    pub async fn ask(&self, question: &Question) -> Result<Answer, Error> {
        self.0.ask(question).await
    }

    /// Asks at once, without waiting for anything, and once: what provokes the limiter.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn ask_at_once(&self, question: &Question) -> Result<Answer, Error> {
        let shared = &self.0;
        match shared.answer(question, 1, None).await {
            Ok(answer) => {
                if answer.condition == Condition::TooManyCalls {
                    shared.counters.throttled();
                    shared
                        .gate
                        .throttled(answer.retry_after)
                        .await
                        .map_err(|error| no_slot(&question.call, error))?;
                }
                Ok(answer)
            }
            Err(setback) => Err(ended(&question.call, setback)),
        }
    }
}

impl Shared {
    async fn ask(&self, question: &Question) -> Result<Answer, Error> {
        let call = &question.call;
        let limits = RetryBudget {
            max_attempts: call.attempts.unwrap_or(ATTEMPTS).min(ATTEMPTS),
            ..self.config.retry
        };
        let mut budget = Budget::new(limits, self.config.first_backoff);
        loop {
            let turn = self.gate.enter(call.priority()).await;
            self.gate.slot().await.map_err(|error| no_slot(call, error))?;
            let began = Instant::now();
            let came = self.answer(question, budget.attempts() + 1, Some(turn)).await;
            budget.attempted(began.elapsed());
            let (met, hint) = match &came {
                Ok(answer) => (answer.condition, answer.retry_after),
                Err(setback) => (setback.condition, setback.retry_after()),
            };
            let wait = match policy(call.kind, met).0 {
                Verdict::Throttled => {
                    self.counters.throttled();
                    let wait = self.gate.throttled(hint).await;
                    let wait = wait.map_err(|error| no_slot(call, error))?;
                    // The next slot comes after it.
                    budget.wait(wait).then_some(Duration::ZERO)
                }
                Verdict::Retry(Patience::Full | Patience::Short, _) if !question.is_slip => {
                    budget.back_off(hint, limits.max_attempts)
                }
                Verdict::Retry(..) | Verdict::Accept | Verdict::RenewToken | Verdict::End(_) => {
                    None
                }
            };
            match (came, wait) {
                (_, Some(delay)) => sleep(delay).await,
                (Ok(answer), None) => return Ok(answer),
                (Err(setback), None) => return Err(ended(call, setback)),
            }
        }
    }

    /// One attempt.
    async fn answer(
        &self,
        question: &Question,
        number: u32,
        turn: Option<Turn>,
    ) -> Result<Answer, Box<Setback>> {
        let call = &question.call;
        let began = Instant::now();
        let arrival = match self.arrive(call, number, question.bearer.as_ref(), turn).await? {
            Ok(arrival) => arrival,
            Err(Lost::Broken(cause)) => return Err(Setback::lost(cause)),
            Err(Lost::TooLarge(arrival)) => *arrival,
        };
        let Arrival { status, at, sent_at, content_type, length, retry_after, body, .. } = arrival;
        let body = match body {
            Body::Whole(bytes) => bytes,
            Body::Streamed { first, mut rest } => {
                let mut bytes = BytesMut::from(&first[..]);
                while bytes.len() < MOST_OF_FILE {
                    let deadline = Instant::now() + self.config.read_timeout;
                    match next_chunk(&mut rest, deadline).await {
                        Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                        Ok(None) => break,
                        Err(cause) => return Err(Setback::lost(cause)),
                    }
                }
                bytes.freeze()
            }
        };
        let statement = Statement::of(&body);
        Ok(Answer {
            status: status.as_u16(),
            content_type,
            code: statement.code,
            is_object: statement.is_object,
            arrived_at: at,
            sent_at,
            retry_after,
            length,
            took: began.elapsed(),
            kind: call.kind,
            operation: call.operation.clone(),
            condition: condition(call.kind, status, &statement),
            body: Redacted::new(body),
            statement,
        })
    }
}

fn ended(call: &Call, setback: Box<Setback>) -> Error {
    if let Some(kind) = setback.pace_error() {
        return setback.into_error(call, kind, Ending::StopRun);
    }
    let kind = policy(call.kind, setback.condition).1;
    setback.into_error(call, kind, Ending::StopRun)
}

impl Answer {
    /// An answer as the contract describes it, by status and code; the body may still be odd.
    pub fn is_answered(&self) -> bool {
        self.condition == Condition::Answered
    }

    /// HTTP 429.
    pub fn is_throttle(&self) -> bool {
        self.condition == Condition::TooManyCalls
    }

    /// The token, or id and secret, are refused.
    pub fn is_unauthorized(&self) -> bool {
        self.condition == Condition::Unauthorized
    }

    /// The code is one of the contract's.
    pub fn has_known_code(&self) -> bool {
        self.code.is_some_and(|code| ApiCode::from_number(code).is_some())
    }

    /// What this answer means for a call that was right: why nothing more can be asked, or `None` if
    /// others may be answered.
    pub fn end_of_all(&self) -> Option<Error> {
        let (verdict, kind) = policy(self.kind, self.condition);
        let is_end = match kind {
            ErrorKind::CredentialsRefused
            | ErrorKind::CompanyRefused
            | ErrorKind::Settings
            | ErrorKind::Throttled
            | ErrorKind::SourceAddressRefused
            | ErrorKind::Redirected => verdict != Verdict::Accept,
            ErrorKind::Unavailable => self.kind != CallKind::File,
            ErrorKind::BadRequest
            | ErrorKind::ClientError899
            | ErrorKind::IdRefused
            | ErrorKind::ServerError
            | ErrorKind::UnreadableAnswer
            | ErrorKind::FileGone
            | ErrorKind::PaceUnavailable
            | ErrorKind::BudgetSpent
            | ErrorKind::Unexpected => self.kind == CallKind::Token && verdict != Verdict::Accept,
        };
        is_end.then(|| self.error(kind))
    }

    /// The same of a token call whose answer holds no token.
    pub fn without_token(&self) -> Error {
        self.error(ErrorKind::Unavailable).with_detail("the answer holds no access_token")
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(&self.operation, kind, Ending::StopRun)
            .with_status(Some(self.status))
            .with_answer(self.statement.code, self.statement.message.clone())
            .with_retry_after(self.retry_after)
    }
}
