//! What stops a window, a company or a run, and how it is counted.

use std::error::Error as StdError;
use std::path::PathBuf;

use database::Work;
use jiff::{SignedDuration, Timestamp};
use model::{Redacted, ResumeId};
use pipeline::tally::{Failure as Counted, FailureKind, Tally};

/// Any failure of a stage or of the ledger.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A call to 104.
    #[error(transparent)]
    Extract(#[from] extract::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] pipeline::Error),
    /// The tables of people.
    #[error(transparent)]
    Load(#[from] load::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The object storage.
    #[error(transparent)]
    Storage(#[from] load::files::StorageError),
    /// Reading tables and marts for an export.
    #[error(transparent)]
    Export(#[from] export::Error),
    /// The folder of an export.
    #[error("could not write in the folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// A call for a file: it broke off each time, or was answered as nobody expects.
    #[error(transparent)]
    File(extract::Error),
    /// A page about an error came instead of a file, each time.
    #[error("104 answers with a page or a message instead of the file")]
    FileIsPage,
    /// A file came without its length and without the end of its kind, each time.
    #[error("a file came without a length and without the end of its kind, so it may be cut")]
    FileUnproven,
    /// 104 announced a file of another length than it sent, each time.
    #[error("104 announced {announced} bytes of a file and sent {received}")]
    FileCut {
        /// As announced.
        announced: u64,
        /// As counted.
        received: u64,
    },
    /// Hours that can't be asked for yet.
    #[error("--to {asked} is beyond the last settled hour, which ends at {settled} (Taiwan time)")]
    NotSettled {
        /// As asked.
        asked: String,
        /// The end of the last hour that is settled.
        settled: String,
        /// Whether no hour of the range is settled.
        is_whole: bool,
    },
    /// A repair would take out the rows of whom nothing is kept, and it would take out too many.
    #[error(
        "schema raw holds nothing of {gone} of the {people} people of company {company} who have \
         rows, which a repair would take out: nothing was repaired"
    )]
    RawLost {
        /// The company.
        company: String,
        /// Who has rows.
        people: i64,
        /// Those of whom nothing is kept.
        gone: i64,
    },
    /// What somebody made upon a company's partitions would be lost with them.
    #[error(
        "upon the partitions of company {company} themselves somebody made {}, which would not be \
         there after a swap: nothing was changed", names.join(", ")
    )]
    Strangers {
        /// The company.
        company: String,
        /// What was made.
        names: Vec<String>,
    },
    /// Somebody read the tables all along.
    #[error(
        "the new tables of company {company} are ready, and for ten minutes there was no moment in \
         which nobody read the old ones ({}): nothing was changed", readers.join("; ")
    )]
    Readers {
        /// The company.
        company: String,
        /// Who reads.
        readers: Vec<String>,
    },
}

/// How far a failure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The window or the file; the run goes on.
    Item,
    /// All of the company.
    Company,
    /// Everything.
    Run,
}

impl Failure {
    /// The failure of a transaction's frame.
    pub(crate) fn transaction(source: sqlx::Error) -> Self {
        Self::Database(database::Error::statement("beginning a transaction", source))
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        match self {
            Self::Extract(error) => match error.scope() {
                extract::Scope::Window => Reach::Item,
                extract::Scope::Company => Reach::Company,
                extract::Scope::Run => Reach::Run,
            },
            Self::Ledger(_) | Self::Load(_) if self.is_connection_loss() => Reach::Run,
            Self::Storage(_)
            | Self::FileCut { .. }
            | Self::File(_)
            | Self::FileIsPage
            | Self::FileUnproven
            | Self::Ledger(_)
            | Self::Load(_) => Reach::Item,
            Self::Database(_)
            | Self::Export(_)
            | Self::Folder { .. }
            | Self::NotSettled { .. }
            | Self::RawLost { .. } => Reach::Run,
            Self::Strangers { .. } | Self::Readers { .. } => Reach::Company,
        }
    }

    /// How it counts for the exit code.
    pub fn kind(&self) -> FailureKind {
        use extract::ErrorKind;
        match self {
            Self::Extract(error) => match error.kind() {
                ErrorKind::CredentialsRefused => FailureKind::Credentials,
                ErrorKind::CompanyRefused | ErrorKind::Settings | ErrorKind::BadRequest => {
                    FailureKind::Settings
                }
                ErrorKind::Throttled
                | ErrorKind::Unavailable
                | ErrorKind::SourceAddressRefused
                | ErrorKind::Redirected => FailureKind::Unavailable,
                ErrorKind::PaceUnavailable => FailureKind::Warehouse,
                ErrorKind::ClientError899
                | ErrorKind::IdRefused
                | ErrorKind::ServerError
                | ErrorKind::UnreadableAnswer
                | ErrorKind::FileGone
                | ErrorKind::BudgetSpent
                | ErrorKind::Unexpected => FailureKind::Partial,
            },
            Self::FileCut { .. } | Self::File(_) | Self::FileIsPage | Self::FileUnproven => {
                FailureKind::Partial
            }
            Self::NotSettled { .. } | Self::Strangers { .. } => FailureKind::Settings,
            Self::Storage(error) if error.is_settings() => FailureKind::Settings,
            Self::Database(error) if error.is_settings() => FailureKind::Settings,
            Self::Storage(_)
            | Self::Folder { .. }
            | Self::RawLost { .. }
            | Self::Readers { .. }
            | Self::Database(database::Error::Refused(_)) => FailureKind::Warehouse,
            Self::Database(error) if error.is_passing() => FailureKind::Warehouse,
            // A lock that others did not give back in time is no bug either.
            Self::Ledger(_) | Self::Load(_) | Self::Export(_) if self.is_passing() => {
                FailureKind::Warehouse
            }
            Self::Ledger(_) | Self::Load(_) | Self::Export(_) | Self::Database(_) => {
                FailureKind::Unexpected
            }
        }
    }

    /// What a human can do about it.
    pub fn remedy(&self) -> String {
        // What was found to be in the way says more than that something is.
        if let Self::Database(error @ database::Error::NoWay { .. }) = self {
            return error.remedy();
        }
        if let Some(remedy) = self.driver_error().and_then(database::remedy_if_away) {
            return remedy.to_owned();
        }
        match self {
            Self::Extract(error) => match self.come_back_at() {
                Some(at) => format!("not before {}: {}", in_taiwan(at), error.remedy()),
                None => error.remedy(),
            },
            Self::Ledger(error) => error.remedy(),
            Self::Database(error) => error.remedy(),
            Self::Load(_) => "see the cause; `etl104 retry windows` once it is mended".to_owned(),
            Self::Export(_) => {
                "see the cause; files that are whole stay, and the same command makes all of them anew"
                    .to_owned()
            }
            Self::Folder { .. } => {
                "make that folder writable, free space in it, or name another by --to".to_owned()
            }
            Self::Storage(error) => error.remedy(),
            Self::FileCut { .. } | Self::File(_) | Self::FileUnproven => {
                "`etl104 retry files` later; if it persists, see whether `[api] proxy` cuts answers"
                    .to_owned()
            }
            Self::NotSettled { is_whole: true, .. } => {
                "give hours of the past by --from and --to; `etl104 run` fetches those that come"
                    .to_owned()
            }
            Self::NotSettled { settled, is_whole: false, .. } => {
                format!("--to {settled} at the latest; `etl104 run` fetches what comes after")
            }
            Self::RawLost { .. } => {
                "restore schema raw from a backup; if it is gone for good, \
                 `etl104 verify --repair --raw-is-lost` takes those rows out and has 104 asked again"
                    .to_owned()
            }
            Self::Strangers { .. } => {
                "make it upon the tables of recruiting, which stay, or `etl104 reprocess` without \
                 --aside, which changes rows in place"
                    .to_owned()
            }
            Self::Readers { .. } => {
                "end those sessions (`select pg_terminate_backend(pid)`), or run the same command \
                 when they are done"
                    .to_owned()
            }
            Self::FileIsPage => {
                "`etl104 retry files` later; if it persists, send 104 the resume's \
                                 id and the hour"
                    .to_owned()
            }
        }
    }

    /// The moment before which 104 wants no call, if it said so, or if all processes wait for it. By
    /// the host's clock: its people read it.
    pub fn come_back_at(&self) -> Option<Timestamp> {
        let Self::Extract(error) = self else { return None };
        let wait = SignedDuration::try_from(error.retry_after()?).ok()?;
        extract::Clock::of_host().now().checked_add(wait).ok()
    }

    /// What happened, with the chain of its causes, free of personal data.
    pub fn what(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !text.ends_with(&words) {
                text.push_str(": ");
                text.push_str(&words);
            }
            cause = error.source();
        }
        text
    }

    /// What 104 answered, if somebody may have to look at it. Personal data.
    pub(crate) fn unusable_answer(&self) -> Option<&Redacted<Vec<u8>>> {
        match self {
            Self::Extract(error) => error.payload(),
            _ => None,
        }
    }

    /// Whether the window or file itself is to blame. If 104, the database or the storage is away,
    /// it is not: it stays open, and however long they are away, the next run takes it up.
    pub(crate) fn is_its_own(&self) -> bool {
        let is_of_world = match self.kind() {
            FailureKind::Unavailable | FailureKind::Warehouse | FailureKind::Credentials => true,
            FailureKind::Unexpected | FailureKind::Settings | FailureKind::Partial => false,
        };
        self.reach() == Reach::Item
            && !is_of_world
            && !self.is_lease_lost()
            && !self.is_budget_spent()
    }

    /// 104 says that date or hours are wrong, as it may of those that lie too far back.
    pub(crate) fn refuses_hours(&self) -> bool {
        matches!(self, Self::Extract(error) if error.code() == Some(897))
    }

    /// Another process took the work over: nothing failed.
    pub(crate) fn is_lease_lost(&self) -> bool {
        matches!(self, Self::Ledger(pipeline::Error::LeaseLost { .. }))
    }

    /// The run's budget is spent: nothing failed.
    pub(crate) fn is_budget_spent(&self) -> bool {
        matches!(self, Self::Extract(error) if error.kind() == extract::ErrorKind::BudgetSpent)
    }

    /// The database is away, and was waited for in vain.
    pub(crate) fn is_of_database_away(&self) -> bool {
        let has_no_pace = matches!(self, Self::Extract(error) if error.kind() == extract::ErrorKind::PaceUnavailable);
        has_no_pace || self.is_connection_loss()
    }

    /// The database went away (and not the statement wrong).
    fn is_connection_loss(&self) -> bool {
        self.driver_error().is_some_and(database::is_connection_loss)
    }

    /// The same transaction may succeed when it is done again.
    fn is_passing(&self) -> bool {
        self.driver_error().is_some_and(database::is_worth_repeating)
    }

    /// Postgres refused the rows of people for what they hold: how it says so.
    pub(crate) fn refused_rows(&self) -> Option<String> {
        if !matches!(self, Self::Load(_)) {
            return None;
        }
        database::refusal_of_values(self.driver_error()?)
    }
}

impl database::Work for Failure {
    fn driver_error(&self) -> Option<&sqlx::Error> {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref::<sqlx::Error>() {
                return Some(found);
            }
            // `#[error(transparent)]` passes `source` through and hides the error itself.
            if let Some(database::Error::Unavailable(found)) = error.downcast_ref() {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }
}

/// A moment as people in Taiwan read it, to the minute; rounded up, for before it nobody is wanted.
fn in_taiwan(at: Timestamp) -> String {
    let end_of_minute = at.checked_add(SignedDuration::from_secs(59)).unwrap_or(at);
    let civil = jiff::tz::offset(8).to_datetime(end_of_minute);
    format!("{} (Taiwan time)", civil.strftime("%Y-%m-%d %H:%M"))
}

/// Counts a resume whose rows Postgres refuses for what they hold; nothing else is the worse for it.
pub(crate) fn left_out(tally: &Tally, resume_id: &ResumeId, refusal: &str) {
    tally.fail(Counted {
        kind: FailureKind::Partial,
        at: format!("resume {resume_id}"),
        what: format!("Postgres refused the rows of this resume: {refusal}"),
        remedy: "see the cause; the same command again once it is mended".to_owned(),
        come_back_at: None,
    });
}

/// Counts a failure.
pub(crate) fn fail(tally: &Tally, at: &str, failure: &Failure) {
    tally.fail(Counted {
        kind: failure.kind(),
        at: at.to_owned(),
        what: failure.what(),
        remedy: failure.remedy(),
        come_back_at: failure.come_back_at(),
    });
}
