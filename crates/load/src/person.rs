//! The person, recomputed as a whole: all rows that follow from all that is kept of them.
//!
//! [`rows`] is the pure function from a [`History`] to [`PersonRows`]; [`recompute`] reads the
//! history under a lock, and writes the rows if they can have changed. [`compare`] says how the rows
//! that stand differ from those that follow, and [`renew`] writes just that. The result follows from
//! the *set* of sightings, documents and receipts, never from the order in which they came.

mod history;
mod evidence;
mod content;
mod content_lists;
mod contact;
mod change;
mod version;
mod application;
mod slot;
mod rows;
mod fingerprint;
mod lock;
mod read;
pub(crate) mod copy;
mod column;
mod array;
mod stands;
mod differ;
mod amend;
pub(crate) mod json;
pub(crate) mod table;
mod write;
mod unknown;
mod wanted;
pub(crate) mod told;
mod plan;
mod recompute;
mod changes;
mod compare;
mod renew;
mod unchanged;
pub(crate) mod past;
pub(crate) mod built;
#[cfg(test)]
mod columns_test;
#[cfg(test)]
mod tests;

pub use application::{AnswerRow, ApplicationRow};
pub use change::ChangeRow;
pub use changes::{Changes, NoteChanges, TableChanges};
pub use compare::{Difference, compare};
pub use contact::ContactRow;
pub use content::{JobPreferenceRow, NarrativeRow, SensitiveRow};
pub use content_lists::{
    CertificateRow, CustomSectionRow, EducationRow, ExperienceRow, LanguageRow, PeriodRow,
    ProjectRow, RecommenderRow, SkillRow, SkillTermRow,
};
pub use fingerprint::ROWS_VERSION;
pub use history::{Document, History, Outcome, Receipt, Sighting, is_late};
pub use json::Bytes;
pub use lock::{hold_writers_off, people as lock_people};
pub use read::of_older_rules;
pub use recompute::{
    Interpret, OldWindows, PersonResult, PersonState, Recompute, RefetchFiles, recompute,
};
pub use renew::renew;
pub use rows::{CandidateRow, PersonRows, SourceRow, rows};
pub use slot::FileRow;
pub use unchanged::unchanged;
pub use version::VersionRow;
pub use wanted::WantedFile;
