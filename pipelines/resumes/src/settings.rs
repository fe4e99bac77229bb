//! What a run needs to know, checked and typed; the command line reads it from files, the
//! environment and flags. The defaults are documented here and nowhere else.

use std::time::Duration;

use jiff::civil::Date;
use model::resume::FileRole;
use model::{CompanyNo, Source};
use secrecy::SecretString;
use url::Url;

pub use load::files::StoreConfig;
pub use network::{Proxy, is_local};

/// All settings of a run.
#[derive(Clone)]
pub struct Settings {
    /// How to reach 104.
    pub api: Api,
    /// How to reach the database.
    pub database: database::Settings,
    /// How to reach the object storage; `None` for what needs none.
    pub storage: Option<StoreConfig>,
    /// When to ask for what.
    pub run: Run,
    /// Which files to fetch.
    pub files: Files,
    /// Whose resumes to fetch; at least one.
    pub companies: Vec<Company>,
}

/// How to reach 104 (`[api]`).
#[derive(Clone)]
pub struct Api {
    /// The environment that the database is bound to.
    pub environment: database::Environment,
    /// Where tokens come from.
    pub token_url: Url,
    /// The resource base.
    pub base_url: Url,
    /// Calls a second at most, per credential, in any sliding second. 104 allows 3 (documented).
    pub calls_per_second: f64,
    /// A proxy for 104, and what goes past it.
    pub proxy: Option<Proxy>,
    /// A certificate authority of the company's own, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// How often one call is tried: 8 times, unless set.
    pub attempts: Option<u32>,
    /// How long an answer may take: 1 min, unless set.
    pub answer_timeout: Option<Duration>,
    /// How long 104 may be silent within an answer: 30 s, unless set.
    pub silence_timeout: Option<Duration>,
}

/// When to ask for what (`[run]`).
#[derive(Clone, Debug)]
pub struct Run {
    /// A closed window is looked at again so long after its end: 1 h, 1 day, 7 days.
    pub recheck_after: Vec<Duration>,
    /// An hour is due so long after its end: 5 min, as 104's guide advises.
    pub settle: Duration,
    /// An id fetched for one source is not fetched again for a poorer one of the same hours: true.
    /// Set false where 104 answers otherwise for each source.
    pub share_between_sources: bool,
    /// How 104 answers for old windows: learnt from evidence.
    pub old_windows: OldWindows,
    /// Groups of windows that are worked on at once: 4, so that the next listing is asked while
    /// the last resumes of another window arrive.
    pub windows_at_once: usize,
    /// A run that wrote somebody refreshes the kept marts at its end, but not before this time has gone by
    /// since the last time: 0 s, so that no mart is older than the last run.
    pub refresh_marts_every: Duration,
    /// The name by which whoever starts the run knows it, such as an orchestrator's run id: none.
    pub label: Option<String>,
}

impl Default for Run {
    fn default() -> Self {
        let hour = Duration::from_hours(1);
        Self {
            recheck_after: vec![hour, 24 * hour, 7 * 24 * hour],
            settle: Duration::from_mins(5),
            share_between_sources: true,
            old_windows: OldWindows::Learn,
            windows_at_once: 4,
            refresh_marts_every: Duration::ZERO,
            label: None,
        }
    }
}

/// How 104 answers a resume for an old window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldWindows {
    /// Not known beforehand: learnt from evidence, and until then taken as `Then`.
    Learn,
    /// As the resume was then.
    Then,
    /// As the resume is now.
    Now,
}

/// Which files to fetch (`[files]`).
#[derive(Clone, Debug)]
pub struct Files {
    /// Kinds to fetch: all of them.
    pub kinds: Vec<FileRole>,
    /// Fetch a file once more when a newer window lists the same document: true
    /// (`refetch = "new_window"`), since the change that 104 saw may be in the file.
    pub refetch_for_new_window: bool,
    /// Files in flight at once: 6.
    pub at_once: usize,
    /// A token older than this is renewed before it is used: 5 min (A-20: lifetime unknown).
    pub token_max_age: Duration,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            kinds: FileRole::ALL.to_vec(),
            refetch_for_new_window: true,
            at_once: 6,
            token_max_age: Duration::from_mins(5),
        }
    }
}

/// When a run fetches the files of the resumes that it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilesWhen {
    /// In this run, once resumes leave slots.
    #[default]
    Now,
    /// Their tasks are left to the next `run`.
    Later,
    /// Only when `retry files` asks for them.
    None,
}

/// One company (`[[company]]`).
#[derive(Clone)]
pub struct Company {
    /// 統編.
    pub no: CompanyNo,
    /// The id that 104 sent by mail.
    pub client_id: String,
    /// The secret that 104 sent by mail.
    pub client_secret: SecretString,
    /// Sources to list.
    pub sources: Vec<Source>,
    /// The first date that `run` covers, Taiwan time.
    pub start_on: Date,
}
