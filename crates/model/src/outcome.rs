//! What became of one item: bad input is a value, not an error.

use std::fmt;

use crate::{Redacted, ResumeId};

/// One item that came through a stage, or why it did not. Only a broken world is an `Err`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The item, ready for the next stage.
    Ready(T),
    /// 104 listed the id and no longer has the resume: final, counted, not a failure.
    Absent(ResumeId),
    /// The item was refused; its payload is kept and it can be retried.
    Rejected(Rejection),
}

/// Why one item was refused, with what is needed to look at it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The id it concerns; `None` for an answer that belongs to no id that was asked.
    pub resume_id: Option<ResumeId>,
    /// What was wrong, as a closed list.
    pub code: RejectionCode,
    /// One sentence for a human, free of personal data.
    pub reason: String,
    /// The offending bytes, or the start of them.
    pub payload: Redacted<Vec<u8>>,
}

/// The reasons for which an item is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectionCode {
    /// 104 refused the id itself (code 898), asked alone.
    IdRefused,
    /// 104 answered 999 for this id alone, while other calls succeeded.
    ServerErrorForId,
    /// The answer held a resume that belongs to another id, or to none that was asked.
    Stranger,
    /// The answer was no JSON, or no JSON of the contract's shape.
    UnreadableAnswer,
    /// The resume is JSON, but no object.
    NotAnObject,
    /// The listed id has a form in which it can't be asked.
    UnusableId,
    /// Postgres refused the rows that follow from the document; the document is kept.
    RefusedRows,
}

impl RejectionCode {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::IdRefused,
        Self::ServerErrorForId,
        Self::Stranger,
        Self::UnreadableAnswer,
        Self::NotAnObject,
        Self::UnusableId,
        Self::RefusedRows,
    ];

    /// The name that tables and commands use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdRefused => "id_refused",
            Self::ServerErrorForId => "server_error_for_id",
            Self::Stranger => "stranger",
            Self::UnreadableAnswer => "unreadable_answer",
            Self::NotAnObject => "not_an_object",
            Self::UnusableId => "unusable_id",
            Self::RefusedRows => "refused_rows",
        }
    }

    /// What a human can do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::IdRefused => "ask 104 about this id, or `etl104 retry rejections` later",
            Self::ServerErrorForId | Self::UnreadableAnswer => {
                "`etl104 retry rejections` later; if it persists, send 104 the id and the hour"
            }
            Self::Stranger => {
                "`etl104 retry rejections`; if it persists, 104 pairs resumes otherwise than assumed (A-13)"
            }
            Self::NotAnObject => "the payload is kept; send 104 the id and the hour",
            Self::UnusableId => "104 listed an id of an unknown form; send 104 the hour",
            Self::RefusedRows => {
                "look at what Postgres refused (the reason, and the server's log); once that is mended, `etl104 retry rejections`"
            }
        }
    }
}

impl fmt::Display for RejectionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
