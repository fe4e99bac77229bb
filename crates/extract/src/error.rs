//! What went wrong, how far it reaches, and what a human can do.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use model::{Redacted, RejectionCode};
use network::Finding;

pub(crate) use crate::error_kind::ErrorKind;
use crate::error_kind::Scope;

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
    finding: Option<Finding>,
    source: Option<Cause>,
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
            finding: None,
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

    /// What is in the way to 104.
    pub(crate) fn with_finding(mut self, finding: Option<Finding>) -> Self {
        self.0.finding = finding;
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

    /// The answer that can't be used, or its start. Personal data.
    pub fn payload(&self) -> Option<&Redacted<Vec<u8>>> {
        self.0.payload.as_ref()
    }

    /// What a human can do, naming the setting where there is one.
    pub fn remedy(&self) -> String {
        match &self.0.finding {
            Some(finding) => finding.remedy(),
            None => self.0.kind.remedy().to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { operation, kind, detail, code, http_status, message, finding, .. } = &*self.0;
        write!(f, "{operation}: {}", kind.words())?;
        if let Some(finding) = finding {
            write!(f, ": {finding}")?;
        }
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
