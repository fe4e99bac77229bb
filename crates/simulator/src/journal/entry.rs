//! One request as the journal keeps it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a request asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Endpoint {
    /// `POST /oauth2/token`
    Token,
    /// `/resumes/queryList`
    QueryList,
    /// `/resumes/query`
    Query,
    /// `/resumes/queryBatch`
    QueryBatch,
    /// `/files/headshot`
    Headshot,
    /// `/files/attachment`
    Attachment,
    /// Any other path.
    Other,
}

impl Endpoint {
    /// The endpoint of a path.
    pub fn of(path: &str) -> Self {
        if path == "/oauth2/token" {
            return Self::Token;
        }
        match path.strip_prefix("/ehrweb_resume/1.0") {
            Some("/resumes/queryList") => Self::QueryList,
            Some("/resumes/query") => Self::Query,
            Some("/resumes/queryBatch") => Self::QueryBatch,
            Some("/files/headshot") => Self::Headshot,
            Some("/files/attachment") => Self::Attachment,
            _ => Self::Other,
        }
    }
}

/// One request. Secrets and tokens are not kept.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The request's number, from 0.
    pub number: u64,
    /// When its first byte arrived, jitter included, since the start.
    #[serde(rename = "at_ms", serialize_with = "as_milliseconds")]
    pub at: Duration,
    /// The HTTP method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// What the path means.
    pub endpoint: Endpoint,
    /// The credential, as far as the request showed one that is known.
    pub client_id: Option<String>,
    /// The company number of `104-Additional-Info`.
    pub company: Option<String>,
    /// `date`, as sent.
    pub date: Option<String>,
    /// `startTime`, as sent.
    pub start: Option<String>,
    /// `endTime`, as sent.
    pub end: Option<String>,
    /// `flag`, as sent.
    pub flag: Option<String>,
    /// `idno`, or `idnos` taken apart.
    pub ids: Vec<String>,
    /// Answered 429 by the limiter.
    pub is_throttled: bool,
    /// Names (or numbers, `#0`) of the script's rules that took part in the answer.
    pub rules: Vec<String>,
    /// The HTTP status; nothing while in work, or when the client left or was cut off before an answer.
    pub status: Option<u16>,
    /// The `code` in an error answer's body.
    pub code: Option<i32>,
}

fn as_milliseconds<S: serde::Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(at.as_secs_f64() * 1_000.0)
}
