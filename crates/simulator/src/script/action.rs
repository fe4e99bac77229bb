//! What can happen to an answer.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// One thing that happens to an answer. In a script: `{ do = "status", status = 503 }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Any HTTP answer at all.
    Status {
        /// The HTTP status.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
        /// Its `Content-Type`; JSON if none is given.
        #[serde(default)]
        content_type: Option<String>,
        /// More headers, such as `Location`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// An error answer of 104.
    Code {
        /// The `code`, such as 999.
        code: i32,
        /// The `message`; a plausible one if none is given.
        #[serde(default)]
        message: Option<String>,
        /// The HTTP status; the one that the options give if none is given.
        #[serde(default)]
        status: Option<u16>,
    },
    /// HTTP 429.
    Throttle {
        /// `Retry-After`, verbatim.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// A web page instead of JSON.
    HtmlPage {
        /// The HTTP status; 403 if none is given.
        #[serde(default = "forbidden")]
        status: u16,
    },
    /// HTTP 200 without a body.
    EmptyBody,
    /// Waits before it answers.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Sends so many bytes of the body, then closes the connection.
    Cut {
        /// Bytes of the body that are still sent.
        after: usize,
    },
    /// Closes the connection without any answer.
    HangUp,
    /// Resets the connection.
    Reset {
        /// Bytes of the body that are still sent; without it not even a head is.
        #[serde(default)]
        after: Option<usize>,
    },
    /// Sends nothing more, and keeps the connection.
    Silence {
        /// Bytes of the body that are still sent; without it not even a head is.
        #[serde(default)]
        after: Option<usize>,
    },
    /// Sends the body little by little.
    Trickle {
        /// So many bytes at a time.
        #[serde(default = "one")]
        bytes: usize,
        /// Milliseconds between them.
        ms: u64,
        /// Bytes of the body that are sent at once before.
        #[serde(default)]
        after: usize,
    },
    /// Sends the body again and again, for ever.
    Endless,
    /// States another `Content-Length` than the body has.
    Length {
        /// By how much.
        by: i64,
    },
    /// States no length: the body ends with the connection.
    Unframed {
        /// Bytes of the body that are sent; all if not given.
        #[serde(default)]
        after: Option<usize>,
    },
    /// Compresses the body, whether or not it was asked for.
    Gzip,
    /// Sends a gzip stream that inflates for ever, 158 times what is sent.
    GzipBomb,
    /// States another `Content-Type`, or none.
    ContentType {
        /// It; nothing leaves the header out.
        #[serde(default)]
        value: Option<String>,
    },
    /// Revokes all access tokens of the credential first.
    RevokeTokens,
    /// Leaves an id out of `idList`, the first if none is named; `total` stays.
    DropEntry {
        /// The id.
        #[serde(default)]
        id: Option<String>,
    },
    /// Answers an id or a resume twice, the first if none is named.
    Duplicate {
        /// The id.
        #[serde(default)]
        id: Option<String>,
    },
    /// Turns the order of ids or resumes round.
    Reverse,
    /// Leaves a resume out of an answer, the first if none is named.
    Omit {
        /// The id.
        #[serde(default)]
        id: Option<String>,
    },
    /// Adds somebody who was not asked for, in front.
    AddStranger,
    /// Leaves `idList` out.
    MissingList,
    /// Puts a value at a place of the answer's JSON; objects and lists on the way must be there.
    Set {
        /// A JSON pointer, such as `/data/total`; `/data/idList/-` is behind a list's last.
        at: String,
        /// Any JSON; `null` if none is given.
        #[serde(default)]
        value: serde_json::Value,
    },
    /// Takes a place out of the answer's JSON.
    Remove {
        /// A JSON pointer, such as `/expires_in` or `/data/list/0/idno`.
        at: String,
    },
    /// Adds to `total`, or takes away.
    WrongTotal {
        /// By how much.
        by: i64,
    },
}

fn one() -> usize {
    1
}

fn forbidden() -> u16 {
    403
}

/// One action or several; a script may write a single one without brackets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Actions(pub Vec<Action>);

impl<'de> Deserialize<'de> for Actions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMore)
    }
}

struct OneOrMore;

impl<'de> Visitor<'de> for OneOrMore {
    type Value = Actions;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an action such as { do = \"empty_body\" }, or a list of actions")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Actions, A::Error> {
        Action::deserialize(MapAccessDeserializer::new(map)).map(|action| Actions(vec![action]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Actions, A::Error> {
        let mut actions = Vec::new();
        while let Some(action) = list.next_element()? {
            actions.push(action);
        }
        Ok(Actions(actions))
    }
}
