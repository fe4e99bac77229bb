//! Answers, from what they mean to bytes.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};

use super::content::Content;
use crate::files::Attachment;
use crate::window::Window;

/// As much of a body is sent at once.
pub(super) const PIECE: usize = 64 * 1024;

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
    pub(crate) body: Content,
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
        Self { status, headers, body: Content::Held(body.into()), code: None }
    }

    /// A file that is made as it is sent.
    pub(super) fn file(media_type: &str, file: Attachment) -> Self {
        Self { body: Content::Made(file), ..Self::text(200, media_type, "") }
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

    pub(super) fn with(self, name: &str, value: &str) -> Self {
        let mut with = self.without(name);
        with.headers.push((name.to_owned(), value.to_owned()));
        with
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// The response, as HTTP wants it.
    pub(super) fn respond(self) -> Response<Body> {
        let length = self.body.len();
        let body = match self.body {
            Content::Held(bytes) => Body::from(bytes),
            content => Body::from_stream(stream::unfold(0, move |sent| {
                let piece = content.piece(sent, PIECE);
                let next = sent + piece.len() as u64;
                let piece = (!piece.is_empty()).then_some((Ok::<_, Infallible>(piece), next));
                std::future::ready(piece)
            })),
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
        if let Some(length) = length {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}
