//! The past: fetched late, read anew, shown as it was, checked.

mod backfill;
mod priority;
mod reprocess;
mod versions;
mod as_of;
mod verify;
mod trace;
mod order;
mod operator;
