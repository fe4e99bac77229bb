//! The only crate that speaks to 104.
//!
//! A [`Client`] holds one credential. Every call it makes, token calls included, goes through one
//! `send`: it waits for its lane and for a slot of the [`Pace`], carries a fresh token, is judged
//! by one table of verdicts, and is tried again within one budget. On top of that stand three
//! verbs: [`Client::list`] the ids of a window, [`Client::resumes`] as a stream,
//! [`Client::download`] a file. Beside them stands [`Client::ask`]: one question, and the answer as it
//! comes, for a probe.
//!
//! What is absent: Postgres, tables, object storage, and any reading of a resume beyond the two
//! fields that pair it with its id.
//!
//! In reading order: `clock`, `config`, `error_kind`, `error`, `call`, `code`, `verdict` (the policy), `pace`, `lanes`,
//! `room`, `gate`, `connection`, `tls`, `shelf`, `token`, `retry`, `storm`, `evidence`, `answer`, `client`, `setback`, `send` (the
//! one loop), `renew`, `listing`, `finding`, `survey`, `pairing`, `batch_habit`, `batch`, `download`, `ask`.

mod clock;
mod config;
mod error_kind;
mod error;
mod call;
mod code;
mod verdict;
mod pace;
mod lanes;
mod room;
mod gate;
mod connection;
mod tls;
mod shelf;
mod token;
mod retry;
mod retry_after;
mod storm;
mod evidence;
mod counters;
mod answer;
mod client;
mod setback;
mod send;
mod renew;
mod listing;
mod finding;
mod survey;
mod pairing;
mod batch_habit;
mod batch;
mod download;
mod ask;

pub use ask::{Answer, Question, Resource};
pub use call::{CredentialStyle, flag};
pub use client::Client;
pub use clock::Clock;
pub use config::{Config, RetryBudget};
pub use counters::Calls;
pub use download::Download;
pub use error::Error;
pub use error_kind::{ErrorKind, Scope};
pub use finding::ListFinding;
pub use pace::{LONGEST_THROTTLE, LONGEST_WAIT, LocalPace, Pace, PaceError};
pub use pairing::other_name;
pub use shelf::{KeptToken, LocalShelf, RenewalRight, ShelfError, TokenShelf};
pub use survey::Listing;
