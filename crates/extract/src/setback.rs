//! An attempt that brought nothing, with all that an error may say of it.

use std::error::Error as StdError;
use std::time::Duration;

use model::Redacted;
use network::{Finding, Trouble, Way};

use crate::answer::{Arrival, Lost};
use crate::call::{Call, CallKind};
use crate::client::Read;
use crate::clock::Clock;
use crate::code::Statement;
use crate::error::{Cause, Ending, Error, ErrorKind};
use crate::pace::PaceError;
use crate::verdict::{Condition, condition};

/// As much of a refused resume's body is kept.
const KEPT_RESUME: usize = 1024 * 1024;
/// As much of any other answer is kept that can't be used.
const KEPT_START: usize = 64 * 1024;

/// Why an attempt brought nothing.
pub(crate) struct Setback {
    pub(crate) condition: Condition,
    /// What the body says of itself.
    pub(crate) statement: Statement,
    /// What is wrong, in words without data.
    pub(crate) detail: Option<String>,
    arrival: Option<Arrival>,
    /// What is in the way to 104.
    trouble: Option<Trouble>,
    finding: Option<Finding>,
    cause: Option<Cause>,
}

/// Takes an answer, or says what is wrong with it.
pub(crate) fn judge<T>(
    kind: CallKind,
    arrival: Result<Arrival, Lost>,
    read: Read<T>,
) -> Result<(Arrival, T), Box<Setback>> {
    let arrival = match arrival {
        Ok(arrival) => arrival,
        Err(Lost::Broken(cause)) => return Err(Setback::cut(cause)),
        Err(Lost::TooLarge(arrival)) => return Err(Setback::too_large(*arrival)),
    };
    let statement = Statement::of(arrival.bytes());
    let (condition, detail) = match condition(kind, arrival.status, &statement) {
        Condition::Answered => match (&arrival.encoding, read(&arrival)) {
            (Some(_), _) => {
                let detail = "compressed in a way that was not asked for and can't be undone";
                (Condition::Unreadable, Some(detail.to_owned()))
            }
            (None, Ok(value)) => return Ok((arrival, value)),
            (None, Err(unreadable)) => (Condition::Unreadable, Some(unreadable.into_text())),
        },
        Condition::Redirect => {
            let host = arrival.redirect_host.as_deref().unwrap_or("a place without a host");
            (Condition::Redirect, Some(format!("to {host}")))
        }
        other => (other, None),
    };
    Err(Box::new(Setback { detail, ..Setback::of_answer(condition, statement, arrival) }))
}

/// Whether somebody may have to look at the answer. What a token call brought may hold a secret; a
/// page under 403 does not, and may say how its sender can be reached.
fn is_worth_keeping(call: CallKind, kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::SourceAddressRefused => true,
        ErrorKind::ServerError | ErrorKind::UnreadableAnswer | ErrorKind::Unexpected => {
            call != CallKind::Token
        }
        ErrorKind::CredentialsRefused
        | ErrorKind::CompanyRefused
        | ErrorKind::Settings
        | ErrorKind::BadRequest
        | ErrorKind::ClientError899
        | ErrorKind::IdRefused
        | ErrorKind::Throttled
        | ErrorKind::Unavailable
        | ErrorKind::Redirected
        | ErrorKind::FileGone
        | ErrorKind::PaceUnavailable
        | ErrorKind::BudgetSpent => false,
    }
}

/// No slot, no call.
pub(crate) fn no_slot(call: &Call, error: PaceError) -> Error {
    let wait = match error {
        PaceError::Throttled(wait) => Some(wait),
        PaceError::BudgetSpent | PaceError::Unavailable(_) => None,
    };
    Error::new(&call.operation, kind_of(&error), Ending::StopRun)
        .with_retry_after(wait)
        .with_source(Some(error.into()))
}

fn kind_of(error: &PaceError) -> ErrorKind {
    match error {
        PaceError::BudgetSpent => ErrorKind::BudgetSpent,
        PaceError::Throttled(_) => ErrorKind::Throttled,
        PaceError::Unavailable(_) => ErrorKind::PaceUnavailable,
    }
}

impl Setback {
    /// No whole answer came.
    pub(crate) fn lost(cause: impl Into<Cause>) -> Box<Self> {
        let cause = cause.into();
        let trouble = Trouble::of(&*cause);
        let condition = match &trouble {
            Some(trouble) if trouble.is_of_time() => Condition::OutOfDate,
            Some(trouble) if trouble.is_lasting() => Condition::Untrusted,
            Some(_) | None => Condition::NoAnswer,
        };
        Box::new(Self {
            condition,
            statement: Statement::default(),
            detail: None,
            arrival: None,
            trouble,
            finding: None,
            cause: Some(cause),
        })
    }

    /// An answer came that can't be used.
    fn of_answer(condition: Condition, statement: Statement, arrival: Arrival) -> Self {
        Self {
            condition,
            statement,
            detail: None,
            arrival: Some(arrival),
            trouble: None,
            finding: None,
            cause: None,
        }
    }

    /// The head came, and then the body broke off.
    fn cut(cause: impl Into<Cause>) -> Box<Self> {
        let mut setback = Self::lost(cause);
        if setback.condition == Condition::NoAnswer {
            setback.condition = Condition::Cut;
            setback.detail = Some("the answer broke off".into());
            setback.trouble = None;
        }
        setback
    }

    fn too_large(arrival: Arrival) -> Box<Self> {
        let too_large = Self::of_answer(Condition::Unreadable, Statement::default(), arrival);
        Box::new(Self { detail: Some("larger than allowed".into()), ..too_large })
    }

    /// Before it is said that a call failed for good: what lies on the way to 104, or between 104 and
    /// a page that may be another's.
    pub(crate) async fn looked_into(
        mut self: Box<Self>,
        way: Option<Way>,
        clock: Clock,
    ) -> Box<Self> {
        let Some(way) = way else { return self };
        if let Some(trouble) = self.trouble.take() {
            let trouble = network::look(&way, trouble).await;
            let finding = Finding::new(way, trouble).with_clock_ahead(clock.host_is_ahead());
            self.finding = Some(finding);
        } else if self.condition == Condition::AddressRefused
            && let Some(issuer) = network::issuer(&way).await
        {
            self.detail = Some(format!("{way} answers under a certificate issued by {issuer}"));
        }
        self
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.arrival.as_ref().map(|arrival| arrival.status.as_u16())
    }

    /// 104's hint when to come back.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.arrival.as_ref().and_then(|arrival| arrival.retry_after)
    }

    /// The connection stood, and then there was no slot for its call: why.
    pub(crate) fn pace_error(&self) -> Option<ErrorKind> {
        let first = self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static));
        std::iter::successors(first, |&error| error.source())
            .find_map(|error| error.downcast_ref::<PaceError>())
            .map(kind_of)
    }

    /// The error that this setback ends in, with the body, or its start, of an answer that can't be
    /// used.
    pub(crate) fn into_error(self, call: &Call, kind: ErrorKind, ending: Ending) -> Error {
        let (status, retry_after) = (self.status(), self.retry_after());
        let most = match ending {
            Ending::Reject(_) => KEPT_RESUME,
            _ if is_worth_keeping(call.kind, kind) => KEPT_START,
            _ => 0,
        };
        let payload = self.arrival.as_ref().filter(|_| most > 0).map(|arrival| {
            let kept = arrival.bytes().len().min(most);
            Redacted::new(arrival.bytes().slice(..kept).to_vec())
        });
        let error = Error::new(&call.operation, kind, ending)
            .with_status(status)
            .with_answer(self.statement.code, self.statement.message)
            .with_retry_after(retry_after)
            .with_payload(payload)
            .with_finding(self.finding)
            .with_source(self.cause);
        match self.detail {
            Some(detail) => error.with_detail(detail),
            None => error,
        }
    }
}
