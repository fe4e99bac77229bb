//! What comes back over the wire, read within bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION,
    RETRY_AFTER, TRANSFER_ENCODING,
};
use reqwest::{Response, StatusCode, Version};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::call::CallKind;
use crate::code::without_mark;
use crate::config::Config;
use crate::error::Cause;
use crate::retry_after;

/// As much of an error's body is read, and no larger part of a file is looked at.
const PEEK: usize = 64 * 1024;

/// An answer that arrived: head and body, the body of a file still to come.
pub(crate) struct Arrival {
    pub(crate) status: StatusCode,
    pub(crate) at: Timestamp,
    /// When 104 sent it, by its own clock.
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) content_type: Option<String>,
    /// The length that the head states, bytes.
    pub(crate) length: Option<u64>,
    /// The end of the body is told by its length or by its chunks. Otherwise it is that of the
    /// connection, and a cut body looks whole.
    pub(crate) is_framed: bool,
    /// A compression that was not undone.
    pub(crate) encoding: Option<String>,
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
pub(crate) enum Lost {
    /// Refused, reset, cut or timed out.
    Broken(Cause),
    /// JSON beyond the limit, as far as it was read.
    TooLarge(Box<Arrival>),
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

    let body = without_mark(body);
    serde_json::from_slice(body).map_err(|error| {
        let begins = body.iter().find(|byte| !byte.is_ascii_whitespace());
        let what = match error.classify() {
            _ if begins.is_none() => return Unreadable::new("nothing in it"),
            Category::Syntax if begins == Some(&b'<') => "no JSON but a page",
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
    let sent_at = text(headers, &DATE).and_then(|value| retry_after::date(&value));
    let retry_after = text(headers, &RETRY_AFTER)
        .and_then(|value| retry_after::parse(&value, sent_at.unwrap_or(at)));
    let redirect_host = text(headers, &LOCATION)
        .and_then(|target| Url::parse(&target).ok())
        .and_then(|url| url.host_str().map(str::to_owned));
    let length = response.content_length();
    let is_framed = response.version() >= Version::HTTP_2
        || headers.contains_key(CONTENT_LENGTH)
        || headers.contains_key(TRANSFER_ENCODING);
    let encoding =
        text(headers, &CONTENT_ENCODING).filter(|it| !it.eq_ignore_ascii_case("identity"));

    let mut arrival = Arrival {
        status,
        at,
        sent_at,
        content_type,
        length,
        is_framed,
        encoding,
        retry_after,
        redirect_host,
        body: Body::Whole(Bytes::new()),
    };
    let is_error = status != StatusCode::OK;
    let is_file = kind == CallKind::File;
    let limit = if is_file || is_error { PEEK } else { config.max_body };
    let may_be_file =
        |start: &[u8]| is_file && !is_error && !may_be_json(arrival.content_type.as_deref(), start);
    let read = read_up_to(&mut response, limit, config.read_timeout, deadline, may_be_file).await;
    let (bytes, end) = match read {
        // An error says what it is by its head, however its body ends.
        (bytes, Err(_)) if is_error => (bytes, Ok(true)),
        read => read,
    };
    arrival.body = match end {
        Err(cause) => return Err(Lost::Broken(cause)),
        Ok(false) if is_file => Body::Streamed { first: bytes, rest: response },
        Ok(_) => Body::Whole(bytes),
    };
    if arrival.bytes().len() > limit && !is_error && !is_file {
        return Err(Lost::TooLarge(Box::new(arrival)));
    }
    Ok(arrival)
}

/// Reads to the end, or until more than `limit` bytes are here or `is_enough` says so: what came,
/// and whether that is all.
async fn read_up_to(
    response: &mut Response,
    limit: usize,
    silence: Duration,
    deadline: Instant,
    is_enough: impl Fn(&[u8]) -> bool,
) -> (Bytes, Result<bool, Cause>) {
    let mut body = BytesMut::new();
    while body.len() <= limit {
        match next_chunk(response, deadline.min(Instant::now() + silence)).await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (body.freeze(), Ok(true)),
            Err(cause) => return (body.freeze(), Err(cause)),
        }
        if is_enough(&body) {
            break;
        }
    }
    (body.freeze(), Ok(false))
}

/// The next piece of a body, or the reason why none came by the deadline.
pub(crate) async fn next_chunk(
    response: &mut Response,
    deadline: Instant,
) -> Result<Option<Bytes>, Cause> {
    let chunk = timeout_at(deadline, response.chunk()).await?;
    chunk.map_err(|error| error.without_url().into())
}

/// Whether a file's answer may be 104's statement of an error instead: by its type, or, since
/// types may be wrong, by how it begins.
fn may_be_json(content_type: Option<&str>, start: &[u8]) -> bool {
    let is_claimed = content_type.is_none_or(|value| {
        let value = value.trim().to_ascii_lowercase();
        value.is_empty() || value.contains("json") || value.starts_with("text/plain")
    });
    let begins = without_mark(start).iter().find(|byte| !byte.is_ascii_whitespace());
    is_claimed || begins.is_none_or(|byte| *byte == b'{')
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
            (" ", "nothing"),
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
            assert_eq!(may_be_json(value, b"\x89PNG"), expected, "{value:?}");
            assert!(may_be_json(value, b" {\"code\":895}"), "{value:?}");
        }
    }
}
