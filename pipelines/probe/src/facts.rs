//! What was seen, as counts, codes, types and dates. Nothing here can hold a value of a person.

use std::collections::BTreeMap;

use extract::Answer;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

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

/// Tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Token {
    /// Id and secret in the form.
    pub by_form: Option<Look>,
    /// Id and secret as HTTP Basic.
    pub by_basic: Option<Look>,
    /// What `token_type` says.
    pub token_type: Option<TokenType>,
    /// The JSON type of `expires_in`.
    pub expires_in: Option<ExpiresIn>,
    /// What it says, in seconds.
    pub expires_in_seconds: Option<u64>,
    /// The first token was good for a call after the second was given.
    pub is_first_good_after_second: Option<bool>,
    /// How far this host's clock is ahead of 104's, in seconds.
    pub clock_ahead_seconds: Option<i64>,
}

/// What `token_type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// `Bearer`, in any case.
    Bearer,
    /// Something else.
    Other,
    /// It is not sent.
    Absent,
}

/// The JSON type of `expires_in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiresIn {
    /// A number.
    Number,
    /// Text.
    Text,
    /// Something else.
    Other,
    /// It is not sent.
    Absent,
}

/// The header that names the company.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// A list with it.
    pub with: Option<Look>,
    /// The same list without it.
    pub without: Option<Look>,
}

/// A question that was wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// What was wrong.
    pub what: String,
    /// The documented code.
    pub expected_code: i64,
    /// The answer.
    pub got: Look,
}

/// Which days list anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Days {
    /// Today, by 104's clock, in Taiwan.
    pub today: Option<Date>,
    /// The days that were asked, from 0 to 24, without a flag.
    pub asked: Vec<Day>,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Its date.
    pub date: Date,
    /// What it listed.
    pub list: List,
}

/// What a list said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The answer.
    pub look: Look,
    /// What `total` states.
    pub total: Option<u64>,
    /// Distinct ids; `None` if there was no `idList`.
    pub ids: Option<u64>,
    /// Entries that repeat others.
    pub repeated: u64,
}

impl List {
    /// Whether it lists anybody, by either count.
    pub(crate) fn has_any(&self) -> bool {
        self.ids.unwrap_or(0).max(self.total.unwrap_or(0)) > 0
    }
}

/// One busy day, listed in many ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// The day.
    pub date: Date,
    /// From 0 to 24, without a flag.
    pub whole: List,
    /// The same without hours.
    pub without_hours: Option<List>,
    /// The same under each flag, by source.
    pub by_source: BTreeMap<String, List>,
    /// Distinct ids over the flags; absent unless all three were asked.
    pub over_sources: Option<u64>,
    /// In parts: first hour, hour after the last, list.
    pub parts: Vec<(u8, u8, List)>,
    /// Distinct ids over all parts; absent unless they cover the day.
    pub over_parts: Option<u64>,
    /// Ids that two neighbouring hours share, and the count of the smaller of both lists.
    pub shared_by_neighbours: Option<(u64, u64)>,
    /// An hour asked from its start to its start.
    pub empty_hour: Option<List>,
}

/// An hour that has just ended, listed twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// Its date.
    pub date: Date,
    /// Its first hour.
    pub start: u8,
    /// Ids at first.
    pub first: u64,
    /// Ids that came later; absent before the second look.
    pub came: Option<u64>,
    /// Ids that went later.
    pub went: u64,
    /// Seconds between both looks.
    pub seconds_between: u64,
}

/// How resumes name the id they were asked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// `idno`.
    pub idno: Name,
    /// `resumeId`.
    pub resume_id: Name,
}

/// How often a field names an id that was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Name {
    /// An id that was asked.
    pub same: u64,
    /// Something else.
    pub other: u64,
    /// Nothing.
    pub absent: u64,
}

/// Batches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Batch {
    /// Ids asked in all whole batches.
    pub asked: u64,
    /// Resumes answered.
    pub answered: u64,
    /// Batches whose order could be told, and those that kept it.
    pub ordered: (u64, u64),
    /// Somebody asked alone was answered as in the place in the batch.
    pub is_single_in_place: Option<bool>,
    /// Eleven ids: the answer, and how many resumes.
    pub of_eleven: Option<(Look, u64)>,
    /// Nine and an unknown id: the answer, and how many resumes.
    pub with_unknown: Option<(Look, u64)>,
    /// An id asked under hours that do not list it: the answer, and how many resumes.
    pub outside_hours: Option<(Look, u64)>,
}

/// People listed on two days, asked under both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThenOrNow {
    /// The earlier day.
    pub earlier: Date,
    /// The later one.
    pub later: Date,
    /// People that were answered under both.
    pub compared: u64,
    /// Those answered otherwise under the other day, contact, applications and links aside.
    pub differing: u64,
    /// Those answered for the earlier day with an application of a later one.
    pub of_later: u64,
}

/// People listed under two flags, asked under both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sources {
    /// People that were answered under both.
    pub compared: u64,
    /// Those whose fields were the same.
    pub alike: u64,
    /// Documented fields that one answer had and the other had not.
    pub differing_fields: BTreeMap<String, u64>,
    /// Resumes by source, and those of them with any contact data.
    pub with_contact: BTreeMap<String, (u64, u64)>,
}

/// Links to files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Links {
    /// Photos with a `fileId`.
    pub headshots: u64,
    /// Files of attachments and projects with a `fileId`.
    pub files: u64,
    /// Links of attachments and projects that are said to be files and have none.
    pub files_without_token: u64,
    /// On the host of the API, or relative.
    pub on_api_host: u64,
    /// On another host of 104.
    pub on_host_of_104: u64,
    /// Anywhere else.
    pub on_other_host: u64,
    /// The same slot had another `fileId` in a second answer: seen so often, of so many.
    pub tokens_differ: (u64, u64),
}

/// Files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Files {
    /// A photo.
    pub headshot: Option<File>,
    /// A file of an attachment or project.
    pub attachment: Option<File>,
    /// One `fileId` asked a second time at once.
    pub again: Option<File>,
    /// The same bytes came.
    pub is_same_again: Option<bool>,
    /// One `fileId` asked once more, so many seconds after it was given.
    pub later: Option<(u64, File)>,
}

/// A file's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The answer.
    pub look: Look,
    /// Whether its head states a length.
    pub states_length: bool,
    /// How many bytes came; a megabyte at most.
    pub bytes: u64,
}

impl File {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            look: Look::of(answer),
            states_length: answer.length.is_some(),
            bytes: u64::try_from(answer.body.expose().len()).unwrap_or(u64::MAX),
        }
    }

    /// It came, and not an error in its place.
    pub(crate) fn came(&self) -> bool {
        self.look.is_answered && !self.look.is_object && self.bytes > 0
    }
}

/// `applyJob`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Applications {
    /// Resumes with an entry.
    pub with_any: u64,
    /// Resumes with several.
    pub with_several: u64,
}

/// One try to provoke the limiter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// What it was about.
    pub what: Provocation,
    /// Calls made within half a second.
    pub calls: u64,
    /// Of these, calls answered as a throttle.
    pub throttled: u64,
    /// Other answers that were none.
    pub failed: Vec<Look>,
    /// Whether a throttle said when to come back, in seconds.
    pub retry_after_seconds: Option<u64>,
}

/// What a provocation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provocation {
    /// Lists under one token.
    OneToken,
    /// Lists under two tokens, on connections of their own.
    TwoTokens,
    /// Two lists and two tokens.
    TokenCalls,
}
