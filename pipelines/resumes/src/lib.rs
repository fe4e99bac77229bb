//! Where the stages meet: resumes, photos and files of every due hour.
//!
//! [`run`] is the story. It opens a run in the ledger, plans what is due, and works on windows
//! and files as two streams side by side:
//!
//! ```text
//! list ids → batches of 10 → keep raw, sighting → interpret → load rows and file tasks → close window
//! open file tasks → token still good? else ask ten resumes again → fetch, hash, store by content → link
//! ```
//!
//! In reading order: [`settings`] with the defaults, `run` (the story) and `backfill` (that of the
//! past), `conduct` (what both share), `window` (one window: `listing`, `kept`), `learnt` (what answers show of 104), `people` (documents
//! to rows), `reading` (of old windows), `files` (the second stream), `reprocess` (raw to rows
//! without a call), `as_of` (the same as it was), `verify` (the warehouse against itself), `trace`
//! (one resume's story), `export` (tables and marts into files), `changes` (the change feed), `check` (each part alone), `marts` (what is kept for analysts), `failure` (what
//! stops what).

pub mod settings;
mod signals;
mod failure;
mod transaction;
mod pace;
mod seal;
mod shelf;
mod company;
mod conduct;
mod run;
mod backfill;
mod window;
mod listing;
mod kept;
mod learnt;
mod people;
mod reading;
mod files;
mod storage;
mod reprocess;
mod as_of;
mod verify;
mod trace;
mod export;
mod changes;
mod check;
mod world;
mod notes;
mod marts;

pub use self::export::{
    Encoding, Export, ExportRefusal, ExportRequest, ExportTo, Exported, export,
};
pub use as_of::{AsOf, AsOfRefusal, AsOfRequest, as_of};
pub use backfill::{
    Backfill, Began, Estimate, Forecast, Planned, backfill, forecast, list, together,
};
pub use changes::{ChangesError, ChangesRequest, PersonNow, Told, changes};
pub use check::{CheckLine, Checked, check_api, check_database, check_storage};
pub use conduct::Report;
pub use failure::{Failure, Reach};
pub use load::{SchemaName, SchemaNameError};
pub use notes::{CommonNote, common_notes};
pub use reading::{OldWindowsKnown, old_windows_known};
pub use reprocess::{
    Changes, Interpreter, NoteChanges, Read, ReprocessRequest, Reprocessed, Selection,
    TableChanges, older_rules, reprocess,
};
pub use run::{Command, Request, plan, run};
pub use signals::Signals;
pub use trace::{Named, named, trace};
pub use verify::{Checkup, Examined, Verified, VerifyRequest, Weight, verify};
pub use world::client_config;

pub use load::feed::Change;
pub use load::trace as held;
pub use pipeline::verify::Reopened;

/// The finding that settles A-15: the same window, asked again, answered other content.
pub(crate) const OLD_WINDOWS_ANSWER_AS_NOW: &str =
    "the same window asked again answered other content: old windows answer as now";
/// The other finding: the same window, asked again, kept to its content, though a newer is known.
pub(crate) const OLD_WINDOWS_ANSWER_AS_THEN: &str =
    "the same window asked again kept to its content: old windows answer as then";
