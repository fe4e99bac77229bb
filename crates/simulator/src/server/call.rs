//! A request as it came, read leniently: for the journal and the script.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::journal::{Endpoint, Entry};
use crate::script::Facts;

/// What a request says.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) endpoint: Endpoint,
    /// Query parameters in their order, decoded.
    pub(super) query: Vec<(String, String)>,
    pub(super) authorization: Option<String>,
    pub(super) content_type: Option<String>,
    /// `104-Additional-Info`.
    pub(super) additional_info: Option<String>,
    /// Of the token endpoint only.
    pub(super) form: Vec<(String, String)>,
}

impl Call {
    pub(super) fn read(parts: &Parts, body: &[u8]) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            endpoint: Endpoint::of(parts.uri.path()),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            authorization: header(&parts.headers, "authorization"),
            content_type: header(&parts.headers, "content-type"),
            additional_info: header(&parts.headers, "104-additional-info"),
            form: url::form_urlencoded::parse(body).into_owned().collect(),
        }
    }

    /// The bearer token.
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.authorization.as_deref()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// The company number, if the header has exactly the documented form.
    pub(super) fn company(&self) -> Option<&str> {
        let number = self.additional_info.as_deref()?.strip_prefix("guiNum=")?;
        (number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
    }

    /// The first value of a query parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn ids(&self) -> Vec<String> {
        let asked = self
            .param("idno")
            .into_iter()
            .chain(self.param("idnos").into_iter().flat_map(|ids| ids.split(',')));
        asked.map(ToOwned::to_owned).collect()
    }

    pub(super) fn entry(&self, client_id: Option<String>, at: Duration) -> Entry {
        let text = |name: &str| self.param(name).map(ToOwned::to_owned);
        Entry {
            number: 0,
            at,
            method: self.method.clone(),
            path: self.path.clone(),
            endpoint: self.endpoint,
            client_id,
            company: self.company().map(ToOwned::to_owned),
            date: text("date"),
            start: text("startTime"),
            end: text("endTime"),
            flag: text("flag"),
            ids: self.ids(),
            is_throttled: false,
            rules: Vec::new(),
            status: None,
            code: None,
        }
    }

    pub(super) fn facts(&self, client_id: Option<String>) -> Facts {
        let number = |name: &str| self.param(name).and_then(|value| value.parse::<u8>().ok());
        Facts {
            endpoint: self.endpoint,
            client_id,
            company: self.company().map(ToOwned::to_owned),
            date: self.param("date").map(ToOwned::to_owned),
            hours: number("startTime").zip(number("endTime")),
            flag: number("flag"),
            ids: self.ids(),
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
}
