//! What can be chosen about the simulated service; each choice names the assumption that it varies.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::{Date, DateTime, date};

/// A pair of id and secret, and the companies that it may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The `client_id`.
    pub client_id: String,
    /// The `client_secret`; made up, so it may be printed.
    pub client_secret: String,
    /// Unified business numbers (統編), 8 digits each.
    pub companies: Vec<String>,
}

/// Which number a generated resume carries as `resumeId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumeIdForm {
    /// The id that `idList` gave.
    Listed,
    /// The person's member number, another than the listed id.
    Member,
    /// None at all.
    Absent,
}

/// Which state of a person an old window answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// As it was when the window last listed the person.
    AsThen,
    /// As it is now.
    AsNow,
}

/// What a date before [`Options::oldest_day`] answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// An empty list.
    Empty,
    /// Error 897.
    Refused,
}

/// Which applications `applyJob` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applications {
    /// All of them, the newest first.
    All,
    /// The newest only.
    Newest,
}

/// The shape of `expires_in` in a token answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiresIn {
    /// A number of seconds.
    Number,
    /// The same number as a string.
    Text,
    /// Not sent.
    Absent,
}

/// One field as a recording shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldShape {
    /// Where it stands, such as `jobRequirement.wage` or `education[].major`.
    pub path: String,
    /// Share of the objects it could stand in that have it.
    pub share: f64,
    /// The JSON type that it mostly has, if it is no object or list.
    pub kind: Option<FieldKind>,
    /// The contract does not name it, so that a value has to be made up.
    pub is_new: bool,
}

/// A JSON type that a value can be turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// How much people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// About 4 KB a resume.
    Small,
    /// About 10 KB a resume.
    Full,
}

/// How one simulator behaves. `Options::default()` is a quiet, fast service with one credential.
#[derive(Debug, Clone)]
pub struct Options {
    /// The loopback port; 0 takes a free one.
    pub port: u16,
    /// All generated data follow from this number and the other options.
    pub seed: u64,
    /// How many people exist; the same ones turn up again and again.
    pub people: u64,
    /// How many times a day somebody turns up for one company; 0 generates nobody.
    pub resumes_per_day: u32,
    /// How much people write.
    pub size: Size,
    /// Share of people whose text holds `\u0000` or a lone surrogate.
    pub odd_text: f64,
    /// Share of people with fields of a neighbouring JSON type or unknown fields.
    pub odd_fields: f64,
    /// Share of people with fields of a neighbouring JSON type, and of no other oddity.
    pub loose_types: f64,
    /// Share of people with fields that the contract does not name.
    pub unknown_fields: f64,
    /// What a recorded shape says of single fields; see [`crate::like()`].
    pub shape: Vec<FieldShape>,
    /// Attachment sizes in bytes.
    pub attachment_bytes: RangeInclusive<u64>,

    /// Who may ask, and for which companies.
    pub credentials: Vec<Credential>,
    /// How long an access token lives.
    pub token_lifetime: Duration,
    /// A new token revokes the ones before it.
    pub new_token_revokes_old: bool,
    /// The shape of `expires_in`.
    pub expires_in: ExpiresIn,
    /// The value of `token_type`, if it is sent.
    pub token_type: Option<String>,

    /// Starts allowed in any second, per credential; `None` lifts the limit.
    pub calls_per_second: Option<u32>,
    /// `Retry-After` of a throttled answer, verbatim.
    pub retry_after: Option<String>,
    /// Each call's arrival is delayed by up to this much before it is counted.
    pub jitter: Duration,
    /// Each answer then takes a time from this range.
    pub latency: RangeInclusive<Duration>,

    /// The time at 104, in Taiwan; it stands still when given, unless `clock_speed` says otherwise. `None`: the
    /// machine's clock at +08:00.
    pub now: Option<DateTime>,
    /// How many times as fast as the machine's the clock goes on from `now`; 0 lets it stand still.
    pub clock_speed: u32,
    /// The header `Date` of answers tells the time at 104, and not the machine's.
    pub tells_time: bool,
    /// Dates before this one list nobody.
    pub oldest_day: Option<Date>,
    /// How they say so.
    pub beyond_oldest: Beyond,
    /// Which state old windows answer.
    pub answers: Answers,
    /// `idList` holds at most so many ids while `total` stays true.
    pub list_cap: Option<usize>,
    /// Share of listings that become visible only [`Options::late_by`] after they happened.
    pub late_share: f64,
    /// How late those are.
    pub late_by: Duration,

    /// Whether a generated resume carries `idno`.
    pub with_idno: bool,
    /// What it carries as `resumeId`.
    pub resume_id: ResumeIdForm,
    /// Under `flag=0` resumes come without contact fields.
    pub matched_without_contact: bool,
    /// Which applications are told.
    pub applications: Applications,

    /// How long a file token lives; `None`: for ever.
    pub file_token_lifetime: Option<Duration>,
    /// Every answer carries other file tokens; otherwise they never change nor expire.
    pub file_tokens_differ: bool,
    /// Each file token is good for one answer, if they differ.
    pub file_tokens_once: bool,
    /// Scheme and host of file links, such as `https://asset.example`; `None`: this server's.
    pub link_host: Option<String>,

    /// Error answers come under HTTP 200.
    pub errors_under_200: bool,
    /// The HTTP status of every error answer; `None`: 500 for 999, 403 for 900, 404 for 895, else 400.
    pub error_status: Option<u16>,

    /// How many requests the journal keeps in full; counts and rates always cover all of them.
    pub journal_capacity: usize,
}

impl Options {
    /// All that is assumed of 104 holds, and nothing is odd. It is noon of a day in the past, and few people turn up, so
    /// that many do so twice.
    pub fn as_assumed() -> Self {
        Self {
            people: 90,
            resumes_per_day: 60,
            odd_text: 0.0,
            odd_fields: 0.0,
            resume_id: ResumeIdForm::Listed,
            matched_without_contact: false,
            now: Some(date(2025, 8, 22).at(12, 5, 0, 0)),
            tells_time: true,
            oldest_day: Some(date(2025, 6, 20)),
            ..Self::default()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 104,
            people: 5_000,
            resumes_per_day: 40,
            size: Size::Small,
            odd_text: 0.005,
            odd_fields: 0.15,
            loose_types: 0.0,
            unknown_fields: 0.0,
            shape: Vec::new(),
            attachment_bytes: 2_000..=40_000,
            credentials: vec![Credential {
                client_id: "demo-client".into(),
                client_secret: "demo-secret".into(),
                companies: vec!["01234567".into()],
            }],
            token_lifetime: Duration::from_hours(1),
            new_token_revokes_old: false,
            expires_in: ExpiresIn::Number,
            token_type: Some("Bearer".into()),
            calls_per_second: Some(3),
            retry_after: None,
            jitter: Duration::ZERO,
            latency: Duration::ZERO..=Duration::ZERO,
            now: None,
            clock_speed: 0,
            tells_time: false,
            oldest_day: None,
            beyond_oldest: Beyond::Empty,
            answers: Answers::AsThen,
            list_cap: None,
            late_share: 0.0,
            late_by: Duration::from_mins(30),
            with_idno: true,
            resume_id: ResumeIdForm::Member,
            matched_without_contact: true,
            applications: Applications::All,
            file_token_lifetime: Some(Duration::from_mins(10)),
            file_tokens_differ: true,
            file_tokens_once: false,
            link_host: None,
            errors_under_200: false,
            error_status: None,
            journal_capacity: 100_000,
        }
    }
}
