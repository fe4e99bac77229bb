//! The engine: plans windows, keeps the ledger (runs, windows, items, rejections, file tasks),
//! counts, and says what happened.
//!
//! What is absent: 104, JSON and object storage. A stage's work comes in as values; what is
//! written here is who does what, how far it came, and why it failed.
//!
//! In reading order: [`plan`] decides what is due, [`run`] opens a run, [`window`] takes windows
//! under leases, [`backfill`] remembers what somebody asked for of the past, [`listing`] and [`item`]
//! move what they list, [`file_task`] does the same for files, [`reread`] lets items follow documents
//! that are read otherwise, [`reprocess`] remembers how far, [`tally`] counts,
//! [`verdict`] turns the counts into an exit code, [`report`] reads it all back for humans, [`verify`]
//! holds it to what it promises.

mod error;
pub mod plan;
pub mod run;
pub mod window;
pub mod backfill;
pub mod listing;
pub mod item;
pub mod upkeep;
pub mod rejection;
pub mod reread;
pub mod reprocess;
pub mod file_task;
pub mod learn;
pub mod tally;
pub mod verdict;
pub mod report;
pub mod verify;

pub use error::Error;
