//! The past: fetched late, read anew, shown as it was, checked.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what can't be set up or read fails its test"
)]

mod backfill;
mod priority;
mod reprocess;
mod last_line;
mod versions;
mod as_of;
mod verify;
mod trace;
mod order;
mod operator;
