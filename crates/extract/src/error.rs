//! What went wrong, how far it reaches, and what a human can do.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use model::{Redacted, RejectionCode};

/// Any cause, kept in the chain.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// A call, or the whole client, that failed for good. It names the operation; it never holds a
/// URL, a token, a secret or a body in its text. The cause stays in [`source`](StdError::source).
pub struct Error(Box<Inner>);

struct Inner {
    operation: String,
    kind: ErrorKind,
    ending: Ending,
    detail: Option<String>,
    code: Option<i64>,
    http_status: Option<u16>,
    message: Option<String>,
    retry_after: Option<Duration>,
    payload: Option<Redacted<Vec<u8>>>,
    source: Option<Cause>,
}

/// How far a failure reaches: what its receiver must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// This window, or this file; the run goes on.
    Window,
    /// All windows and files of this company.
    Company,
    /// Everything that talks to 104.
    Run,
}

/// Why a call failed, as a closed list: match it without a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 104 refuses the id and secret, or a token that it has just issued (401).
    CredentialsRefused,
    /// 104 says that the company number is missing or not this credential's (code 900).
    CompanyRefused,
    /// A setting can't be used, or leads nowhere (404).
    Settings,
    /// 104 refuses date, hours or flag (codes 996, 897, 896).
    BadRequest,
    /// 104 refuses the request without saying which part (code 899).
    ClientError899,
    /// 104 refuses the id (code 898) where no id is to blame.
    IdRefused,
    /// 104's own system error (code 999), past the budget of retries.
    ServerError,
    /// 104 throttles (429) past the budget of retries.
    Throttled,
    /// No answer, or a failing server, past the budget of retries; or ten failures in a row.
    Unavailable,
    /// 104 refuses the address that the call came from (403 with a page, A-22).
    SourceAddressRefused,
    /// 104 sends the call elsewhere (3xx); redirects are not followed.
    Redirected,
    /// The answer is not what the contract says, or larger than allowed.
    UnreadableAnswer,
    /// The file is expired or for now unavailable (code 895, or 404).
    FileGone,
    /// The pace can't be asked for a slot: no slot, no call.
    PaceUnavailable,
    /// The calls or minutes that the run was given are spent.
    BudgetSpent,
    /// None of these.
    Unexpected,
}

/// What is left to do when a call has failed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Ask the ids of the batch one by one.
    Split,
    /// Refuse the one id that was asked.
    Reject(RejectionCode),
    /// The window, or the file, failed.
    FailWindow,
    /// Nothing more for this company.
    StopCompany,
    /// Nothing more at all.
    StopRun,
}

impl Error {
    pub(crate) fn new(operation: impl Into<String>, kind: ErrorKind, ending: Ending) -> Self {
        Self(Box::new(Inner {
            operation: operation.into(),
            kind,
            ending,
            detail: None,
            code: None,
            http_status: None,
            message: None,
            retry_after: None,
            payload: None,
            source: None,
        }))
    }

    /// A setting that can't be used; `detail` names it.
    pub(crate) fn settings(detail: impl Into<String>) -> Self {
        Self::new("preparing the client for 104", ErrorKind::Settings, Ending::StopRun)
            .with_detail(detail)
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    pub(crate) fn with_status(mut self, status: Option<u16>) -> Self {
        self.0.http_status = status;
        self
    }

    /// 104's code and, unless it may carry data, 104's message.
    pub(crate) fn with_answer(mut self, code: Option<i64>, message: Option<String>) -> Self {
        self.0.code = code;
        self.0.message = message;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_payload(mut self, payload: Option<Redacted<Vec<u8>>>) -> Self {
        self.0.payload = payload;
        self
    }

    pub(crate) fn with_source(mut self, source: Option<Cause>) -> Self {
        self.0.source = source;
        self
    }

    pub(crate) fn with_ending(mut self, ending: Ending) -> Self {
        self.0.ending = ending;
        self
    }

    pub(crate) fn ending(&self) -> Ending {
        self.0.ending
    }

    pub(crate) fn take_payload(&mut self) -> Redacted<Vec<u8>> {
        self.0.payload.take().unwrap_or_default()
    }

    /// How far it reaches.
    pub fn scope(&self) -> Scope {
        match self.0.ending {
            Ending::Split | Ending::Reject(_) | Ending::FailWindow => Scope::Window,
            Ending::StopCompany => Scope::Company,
            Ending::StopRun => Scope::Run,
        }
    }

    /// Why.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// 104's own code, if the answer held one.
    pub fn code(&self) -> Option<i64> {
        self.0.code
    }

    /// The answer's HTTP status, if there was an answer.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// 104's own words, cut to 200 characters; never for code 999, whose text may carry data.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// How long to stay away, if 104 or the pace said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What a human can do, naming the setting where there is one.
    pub fn remedy(&self) -> &'static str {
        self.0.kind.remedy()
    }
}

impl ErrorKind {
    /// The name that output and tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CredentialsRefused => "credentials_refused",
            Self::CompanyRefused => "company_refused",
            Self::Settings => "settings",
            Self::BadRequest => "bad_request",
            Self::ClientError899 => "client_error_899",
            Self::IdRefused => "id_refused",
            Self::ServerError => "server_error",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::SourceAddressRefused => "source_address_refused",
            Self::Redirected => "redirected",
            Self::UnreadableAnswer => "unreadable_answer",
            Self::FileGone => "file_gone",
            Self::PaceUnavailable => "pace_unavailable",
            Self::BudgetSpent => "budget_spent",
            Self::Unexpected => "unexpected",
        }
    }

    /// What happened, as a sentence's end.
    const fn words(self) -> &'static str {
        match self {
            Self::CredentialsRefused => "104 refuses the credentials",
            Self::CompanyRefused => "104 refuses the company number",
            Self::Settings => "a setting can't be used",
            Self::BadRequest => "104 refuses date, hours or flag",
            Self::ClientError899 => "104 calls it a bad request",
            Self::IdRefused => "104 refuses the id",
            Self::ServerError => "104 reports an error of its own",
            Self::Throttled => "104 throttles",
            Self::Unavailable => "104 is unavailable",
            Self::SourceAddressRefused => "104 refuses the address that this call came from",
            Self::Redirected => "104 answers with a redirect, which is not followed",
            Self::UnreadableAnswer => "the answer is not what the contract says",
            Self::FileGone => "104 has no such file, or not now",
            Self::PaceUnavailable => "no slot could be had, so no call was made",
            Self::BudgetSpent => "the budget of this run is spent",
            Self::Unexpected => "104 answers what the contract does not know",
        }
    }

    /// What a human can do, naming the setting where there is one.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::CredentialsRefused => {
                "check `[[company]] client_id`, its secret (`ETL104_CLIENT_SECRET`, or what \
                 `client_secret_env` or `client_secret_file` names), and that they were issued \
                 for this `[api] environment`"
            }
            Self::CompanyRefused => {
                "check `[[company]] no`: it must be the 統編 that `client_id` was issued for"
            }
            Self::Settings => {
                "check `[api]`: `environment`, or `token_url` and `base_url`, `proxy`, `ca_file`"
            }
            Self::BadRequest => {
                "check the dates and `[[company]] sources`; if they are right, this is a bug or \
                 104 does not answer for a date so old"
            }
            Self::ClientError899 | Self::IdRefused | Self::Unexpected => {
                "`etl104 retry windows` later; if it persists, send 104 the code and the hour"
            }
            Self::ServerError => "104's own trouble: `etl104 retry windows` later",
            Self::Throttled => {
                "run again later; if it recurs, lower `[api] calls_per_second`, or see whether \
                 another program uses the same client_id"
            }
            Self::Unavailable => {
                "run again later; behind a company's network check `[api] proxy` and `ca_file`"
            }
            Self::SourceAddressRefused => {
                "ask 104 to admit the address of this host, or check `[api] proxy`"
            }
            Self::Redirected => "check `[api] token_url`, `base_url` and `proxy`",
            Self::UnreadableAnswer => {
                "`etl104 retry windows` later; if it persists, `etl104 probe` shows what differs"
            }
            Self::FileGone => "the next sighting of the resume brings a new link",
            Self::PaceUnavailable => "see why the database can't be reached: `[database] url`",
            Self::BudgetSpent => "run again, or give more with `--max-calls` or `--max-minutes`",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { operation, kind, detail, code, http_status, message, .. } = &*self.0;
        write!(f, "{operation}: {}", kind.words())?;
        if let Some(detail) = detail {
            write!(f, ": {detail}")?;
        }
        match (http_status, code) {
            (Some(status), Some(code)) => write!(f, " (HTTP {status}, code {code})")?,
            (Some(status), None) => write!(f, " (HTTP {status})")?,
            (None, Some(code)) => write!(f, " (code {code})")?,
            (None, None) => {}
        }
        if let Some(message) = message {
            write!(f, "; 104 says: {message}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("scope", &self.scope())
            .field("text", &self.to_string())
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_operation_cause_and_104s_words() {
        let error = Error::new("listing a window", ErrorKind::CompanyRefused, Ending::StopCompany)
            .with_status(Some(200))
            .with_answer(Some(900), Some("guiNum error".into()));
        assert_eq!(
            error.to_string(),
            "listing a window: 104 refuses the company number (HTTP 200, code 900); \
             104 says: guiNum error"
        );
        assert_eq!(error.scope(), Scope::Company);
        assert!(error.remedy().contains("[[company]] no"));
    }

    #[test]
    fn scopes_are_ordered_by_reach() {
        assert!(Scope::Window < Scope::Company && Scope::Company < Scope::Run);
    }
}
