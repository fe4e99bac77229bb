//! Faults of an S3 server, scripted: they stand between the clients and the real server.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::{Method, Uri};

/// What is asked of an S3 server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectCall {
    /// An object, written at once.
    Put,
    /// An object's bytes.
    Get,
    /// Whether an object is there.
    Head,
    /// The objects below a prefix.
    List,
    /// An object, deleted.
    Delete,
    /// The beginning of an upload in parts.
    BeginUpload,
    /// A part of it.
    Part,
    /// Its completion.
    Complete,
    /// Its end without an object.
    Abort,
}

/// What happens instead of the answer.
#[derive(Clone, Debug)]
pub enum ObjectFault {
    /// It refuses as S3 does, with a code in a body of XML.
    Refused(u16, &'static str),
    /// S3 may find out under way that a completion fails, when its 200 is sent already.
    RefusedUnder200(&'static str),
    /// Somebody between answers with a page.
    Page(u16),
    /// It says that it is done, and nothing is.
    Pretended,
    /// It says that it is done, and half of the object is there.
    Halved,
    /// It takes so long, and then does what it is asked.
    Late(Duration),
    /// No answer ever comes.
    Silent,
    /// The connection breaks off before anything is done.
    HungUp,
    /// The connection breaks off when it is done.
    AnswerLost,
}

/// When a fault happens.
#[derive(Clone, Debug)]
pub struct ObjectRule {
    call: Option<ObjectCall>,
    key: Option<String>,
    after: u64,
    times: u64,
    fault: ObjectFault,
}

impl ObjectRule {
    /// At each call of a kind.
    pub fn on(call: ObjectCall, fault: ObjectFault) -> Self {
        Self { call: Some(call), ..Self::always(fault) }
    }

    /// At every call.
    pub fn always(fault: ObjectFault) -> Self {
        Self { call: None, key: None, after: 0, times: u64::MAX, fault }
    }

    /// Only at calls for this object.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// The first calls go through.
    #[must_use]
    pub fn after(self, calls: u64) -> Self {
        Self { after: calls, ..self }
    }

    /// Only so often.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times, ..self }
    }
}

/// The faults to come, and the count of what was asked.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<(ObjectRule, u64)>,
    calls: BTreeMap<ObjectCall, u64>,
}

impl Script {
    pub(crate) fn add(&self, rule: ObjectRule) {
        self.with(|state| state.rules.push((rule, 0)));
    }

    pub(crate) fn clear(&self) {
        self.with(|state| state.rules.clear());
    }

    pub(crate) fn calls(&self, call: ObjectCall) -> u64 {
        self.with(|state| state.calls.get(&call).copied().unwrap_or_default())
    }

    /// Counts a call; the fault that it meets, if any: that of the first rule that holds.
    pub(crate) fn meet(&self, call: ObjectCall, uri: &Uri) -> Option<ObjectFault> {
        self.with(|state| {
            *state.calls.entry(call).or_default() += 1;
            state.rules.iter_mut().find_map(|(rule, seen)| {
                let is_meant = rule.call.is_none_or(|meant| meant == call)
                    && rule.key.as_ref().is_none_or(|key| uri.path().ends_with(key.as_str()));
                if !is_meant {
                    return None;
                }
                *seen += 1;
                let holds = *seen > rule.after && *seen - rule.after <= rule.times;
                holds.then(|| rule.fault.clone())
            })
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a request asks for.
pub(crate) fn asked(method: &Method, uri: &Uri) -> ObjectCall {
    let query = uri.query().unwrap_or_default();
    let is_upload = query.contains("uploadId=");
    match method.as_str() {
        "PUT" if is_upload => ObjectCall::Part,
        "PUT" => ObjectCall::Put,
        "POST" if is_upload => ObjectCall::Complete,
        "POST" => ObjectCall::BeginUpload,
        "DELETE" if is_upload => ObjectCall::Abort,
        "DELETE" => ObjectCall::Delete,
        "HEAD" => ObjectCall::Head,
        _ if query.contains("list-type=") => ObjectCall::List,
        _ => ObjectCall::Get,
    }
}

/// The upload that a request belongs to.
pub(crate) fn upload_id(uri: &Uri) -> Option<&str> {
    let pairs = uri.query()?.split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "uploadId")
        .map(|it| it.1)
}
