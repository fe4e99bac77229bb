//! Answers, from what they mean to bytes.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};

use crate::window::Window;

/// What `queryList` answers.
#[derive(Debug, Clone)]
pub(crate) struct ListAnswer {
    pub(crate) window: Window,
    pub(crate) total: i64,
    pub(crate) ids: Vec<String>,
    /// `idList` is left out.
    pub(crate) is_missing: bool,
}

/// One resume of an answer: the listed id, and the bytes as they are sent.
#[derive(Debug, Clone)]
pub(crate) struct Resume {
    pub(crate) id: String,
    pub(crate) bytes: Vec<u8>,
}

/// An answer as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// The `code` in an error's body.
    pub(crate) code: Option<i32>,
}

impl ListAnswer {
    pub(super) fn reply(&self) -> Reply {
        let date = format!("{}T00:00:00.000Z", self.window.date);
        let mut data = json!({"total": self.total, "queryDate": date});
        if !self.is_missing {
            data["idList"] = self.ids.iter().map(String::as_str).collect();
        }
        Reply::json(200, &json!({"data": data}))
    }
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    pub(super) fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), code: None }
    }

    /// Resumes, byte for byte; without a list if it `is_missing`.
    pub(super) fn resumes(resumes: &[Resume], is_missing: bool) -> Self {
        if is_missing {
            return Self::json(200, &json!({"data": {}}));
        }
        let each: Vec<&[u8]> = resumes.iter().map(|resume| resume.bytes.as_slice()).collect();
        let body = [&b"{\"data\":{\"list\":["[..], &each.join(&b","[..]), b"]}}"].concat();
        Self::text(200, "application/json; charset=utf-8", body)
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The response; with `cut`, one whose body breaks off after so many bytes.
    pub(super) fn respond(self, cut: Option<usize>) -> Response<Body> {
        let length = self.body.len();
        let body = match cut {
            Some(after) => breaking(self.body.slice(..after.min(length))),
            None => Body::from(self.body),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            // A script may ask for a header that HTTP cannot carry: it is left out.
            if let (Ok(name), Ok(value)) =
                (name.parse::<HeaderName>(), HeaderValue::from_str(&value))
            {
                response.headers_mut().append(name, value);
            }
        }
        if cut.is_some() {
            // One byte more than there is, so that no answer ends by itself.
            response
                .headers_mut()
                .insert("content-length", HeaderValue::from(length.max(cut.unwrap_or(0)) + 1));
        }
        response
    }
}

/// A body that ends in an error once its bytes are out.
fn breaking(bytes: Bytes) -> Body {
    let end = stream::once(async {
        // The server flushes what it has while the body is pending.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(stream::iter([Ok(bytes)]).chain(end))
}
