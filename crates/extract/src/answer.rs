//! What comes back over the wire, read within bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::call::CallKind;
use crate::code::without_mark;
use crate::config::Config;
use crate::error::Cause;
use crate::retry_after;

/// An error body of a file call is no larger, and no larger part of a file is looked at.
const PEEK: usize = 64 * 1024;

/// An answer that arrived: head and body, the body of a file still to come.
pub(crate) struct Arrival {
    pub(crate) status: StatusCode,
    pub(crate) at: Timestamp,
    pub(crate) content_type: Option<String>,
    /// The length that the head states, bytes.
    pub(crate) length: Option<u64>,
    /// 104's hint when to come back.
    pub(crate) retry_after: Option<Duration>,
    /// The host that a redirect names.
    pub(crate) redirect_host: Option<String>,
    pub(crate) body: Body,
}

/// The body of an answer.
pub(crate) enum Body {
    /// All of it.
    Whole(Bytes),
    /// A file: its first bytes if they were looked at, the rest on its way.
    Streamed { first: Bytes, rest: Response },
}

/// Why no answer arrived whole.
#[derive(Debug)]
pub(crate) enum Lost {
    /// Refused, reset, cut or timed out.
    Broken(Cause),
    /// JSON beyond the limit.
    TooLarge,
}

/// Why a body could not be read. It never holds a part of the body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(String);

impl Unreadable {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// Reads JSON of a known shape. The parser's own words are not passed on: they quote the input.
pub(crate) fn parse_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Unreadable> {
    use serde_json::error::Category;

    serde_json::from_slice(without_mark(body)).map_err(|error| {
        let what = match error.classify() {
            Category::Io | Category::Syntax => "no JSON",
            Category::Data => "JSON of another shape",
            Category::Eof => "cut",
        };
        Unreadable(format!("{what} at line {}, column {}", error.line(), error.column()))
    })
}

impl Arrival {
    /// The body, as far as it is here.
    pub(crate) fn bytes(&self) -> &Bytes {
        match &self.body {
            Body::Whole(bytes) | Body::Streamed { first: bytes, .. } => bytes,
        }
    }
}

/// Reads an answer: JSON whole, a file only as far as it might be an error.
pub(crate) async fn receive(
    mut response: Response,
    kind: CallKind,
    config: &Config,
    deadline: Instant,
) -> Result<Arrival, Lost> {
    let at = config.clock.now();
    let status = response.status();
    let headers = response.headers();
    let content_type = text(headers, &CONTENT_TYPE);
    // A date is read by 104's own clock: this host's may be wrong.
    let there = text(headers, &DATE).and_then(|value| retry_after::date(&value)).unwrap_or(at);
    let retry_after =
        text(headers, &RETRY_AFTER).and_then(|value| retry_after::parse(&value, there));
    let redirect_host = text(headers, &LOCATION)
        .and_then(|target| Url::parse(&target).ok())
        .and_then(|url| url.host_str().map(str::to_owned));
    let length = response.content_length();

    let is_file = kind == CallKind::File;
    let limit = if is_file { PEEK } else { config.max_body };
    let body = if is_file && status == StatusCode::OK && !may_be_json(content_type.as_deref()) {
        Body::Streamed { first: Bytes::new(), rest: response }
    } else {
        let (bytes, is_whole) =
            read_up_to(&mut response, limit, config.read_timeout, deadline).await?;
        match (is_whole, is_file) {
            (true, _) => Body::Whole(bytes),
            (false, true) => Body::Streamed { first: bytes, rest: response },
            (false, false) => return Err(Lost::TooLarge),
        }
    };
    Ok(Arrival { status, at, content_type, length, retry_after, redirect_host, body })
}

/// Reads to the end, or until more than `limit` bytes are here.
async fn read_up_to(
    response: &mut Response,
    limit: usize,
    silence: Duration,
    deadline: Instant,
) -> Result<(Bytes, bool), Lost> {
    let mut body = BytesMut::new();
    while body.len() <= limit {
        match next_chunk(response, deadline.min(Instant::now() + silence)).await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok((body.freeze(), true)),
            Err(cause) => return Err(Lost::Broken(cause)),
        }
    }
    Ok((body.freeze(), false))
}

/// The next piece of a body, or the reason why none came by the deadline.
pub(crate) async fn next_chunk(
    response: &mut Response,
    deadline: Instant,
) -> Result<Option<Bytes>, Cause> {
    let chunk = timeout_at(deadline, response.chunk()).await?;
    chunk.map_err(|error| error.without_url().into())
}

/// Content types under which 104 may state an error instead of a file.
fn may_be_json(content_type: Option<&str>) -> bool {
    content_type.is_none_or(|value| {
        let value = value.trim().to_ascii_lowercase();
        value.is_empty() || value.contains("json") || value.starts_with("text/plain")
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_errors_quote_nothing() {
        #[derive(Debug, Deserialize)]
        struct Shape {
            #[expect(dead_code, reason = "only its type matters")]
            list: Vec<u8>,
        }
        for (body, what) in [
            ("<html>王小明", "no JSON"),
            (r#"{"list":"王小明"}"#, "JSON of another shape"),
            (r#"{"list":[1"#, "cut"),
        ] {
            let error = parse_json::<Shape>(body.as_bytes()).unwrap_err().into_text();
            assert!(error.starts_with(what) && !error.contains('王'), "{error}");
        }
    }

    #[test]
    fn errors_may_hide_under_json_text_or_no_type() {
        for (value, expected) in [
            (Some("application/json; charset=utf-8"), true),
            (Some("application/problem+JSON"), true),
            (Some("text/plain"), true),
            (None, true),
            (Some("image/png"), false),
            (Some("text/html"), false),
        ] {
            assert_eq!(may_be_json(value), expected, "{value:?}");
        }
    }
}
