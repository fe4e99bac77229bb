//! Meets the real 104: each assumption of the contract confirmed, refuted or not seen.
//!
//! [`probe()`] asks within a budget of calls and gives a [`Record`]: verdicts, facts and the shapes of
//! resumes, with no value of any person. Steps ask and write facts; `judge` makes verdicts of facts and
//! nothing else. [`compare()`] says what changed since another record, [`mail()`] what to ask 104.
//!
//! What is absent: the database, the object storage, and any value of a person beyond this process's
//! memory.
//!
//! In reading order: `contract` (the documented fields), `facts`, `shape`, `answers` (what is held in
//! memory), `asking` (the budget), `story` (the order), `steps`, `judge`, `record`, `compare`, `mail`.

mod contract;
pub mod facts;
mod shape;
mod answers;
mod asking;
mod story;
mod steps;
mod judge;
mod record;
mod compare;
mod mail;

pub use compare::{Change, compare};
pub use extract::Error;
pub use mail::mail;
pub use record::{Outcome, Record, Verdict};
pub use shape::Shape;
pub use story::{Request, probe};
