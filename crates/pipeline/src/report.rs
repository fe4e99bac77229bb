//! Reads the ledger back for humans.
//!
//! Each question has a typed row and one static statement, bounded by a limit or by what is
//! open, so that it stays fast over big tables. Nothing here writes, and nothing here knows
//! people's data: ids of resumes at most, and a rejection's payload only for who asks for it.

mod moment;
mod filter;
mod coverage;
mod gaps;
mod open_work;
mod contract;
mod pace;
mod runs;
mod windows;
mod files;
mod rejections;
mod backfills;
mod prospect;
mod reprocess;
mod trace;

pub use backfills::{BackfillRow, backfills};
pub use contract::{
    BrokenAssumption, HeldAssumption, broken_assumptions, held_assumptions, unknown_fields,
};
pub use coverage::{Coverage, coverage};
pub use files::{FileRow, FileState, file, files};
pub use filter::Filter;
pub use gaps::Gap;
pub use moment::Moment;
pub use open_work::{LeftToBackfills, OpenWork, left_to_backfills, open_work};
pub use pace::{PaceRow, paces};
pub use prospect::{Averages, Prospect, SourceAverage, averages, prospect};
pub use rejections::{RejectionRow, RejectionState, rejection, rejection_payload, rejections};
pub use reprocess::{ReprocessRow, reprocesses};
pub use runs::{RunRow, run, runs};
pub use trace::{LedgerTrace, ListingTrace, RejectionTrace, RunTrace, TaskTrace, trace};
pub use windows::{ItemRow, WindowRow, open_items, unfinished_windows, window, windows};
