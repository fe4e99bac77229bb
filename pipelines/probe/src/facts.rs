//! What was seen, as counts, codes, types and dates; a file a subject, as the steps. Nothing here can hold a value of
//! a person.

mod access;
mod files;
mod lists;
mod people;

use extract::Answer;
use serde::{Deserialize, Serialize};

pub use access::{ExpiresIn, Header, Provocation, Slip, Token, TokenType, Trial};
pub use files::{File, Files, Links};
pub use lists::{Day, Days, Hour, List, Lists};
pub use people::{Applications, Batch, Name, Names, Sources, ThenOrNow};

/// Everything that was seen; what was not asked is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Tokens.
    pub token: Token,
    /// The header that names the company.
    pub header: Header,
    /// Questions that were wrong on purpose.
    pub slips: Vec<Slip>,
    /// Which days list anybody.
    pub days: Days,
    /// One busy day, listed in many ways.
    pub lists: Option<Lists>,
    /// An hour that has just ended, listed twice.
    pub hour: Option<Hour>,
    /// How resumes name the id they were asked by.
    pub names: Names,
    /// Batches.
    pub batch: Option<Batch>,
    /// People listed on two days, asked under both.
    pub then_or_now: Option<ThenOrNow>,
    /// People listed under two flags, asked under both.
    pub sources: Sources,
    /// Links to files.
    pub links: Links,
    /// Files.
    pub files: Files,
    /// `applyJob`.
    pub applications: Applications,
    /// What the limiter did when it was provoked.
    pub burst: Vec<Trial>,
    /// Calls that were answered 429 without being provoked.
    pub throttled_at_pace: u64,
}

/// How an answer looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The HTTP status.
    pub status: u16,
    /// The body's `code`.
    pub code: Option<i64>,
    /// The media type, without parameters.
    pub content_type: Option<String>,
    /// It is an answer by its status and code.
    pub is_answered: bool,
    /// The body is a JSON object.
    pub is_object: bool,
}

impl Look {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            code: answer.code,
            content_type: answer.content_type.as_deref().and_then(media_type),
            is_answered: answer.is_answered(),
            is_object: answer.is_object,
        }
    }

    pub(crate) fn words(&self) -> String {
        match self.code {
            Some(code) => format!("HTTP {} with code {code}", self.status),
            None => format!("HTTP {}", self.status),
        }
    }
}

/// `type/subtype`, if it looks like one.
fn media_type(header: &str) -> Option<String> {
    let bare = header.split(';').next()?.trim().to_ascii_lowercase();
    let is_token = |part: &str| {
        (1..=40).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let (kind, subtype) = bare.split_once('/')?;
    (is_token(kind) && is_token(subtype)).then_some(bare)
}
