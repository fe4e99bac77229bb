//! The nouns that all stages share.
//!
//! A [`Window`] of hours is asked for one [`Source`]; each [`ResumeId`] that 104 lists for it
//! becomes a [`RawResume`], and that an interpreted [`Resume`] with [`Note`]s, or a
//! [`Rejection`].
//!
//! What is absent: async, serde, I/O and the clock. A type here is a plain value that is right
//! from its birth, so that the stages need not check it again.

mod company;
mod source;
mod window;
mod raw;
mod outcome;
mod redacted;
mod note;
mod partial_date;
mod check;
mod assumption;
pub mod resume;

pub use assumption::{ASSUMPTIONS, Assumption};
pub use check::{Check, Repair};
pub use company::{CompanyNo, InvalidCompanyNo};
pub use note::{Note, NoteCode};
pub use outcome::{Outcome, Rejection, RejectionCode};
pub use partial_date::{DatePrecision, Period};
pub use raw::{ContentHash, InvalidResumeId, RawResume, ResumeId};
pub use redacted::Redacted;
pub use resume::Resume;
pub use source::{Source, UnknownSource};
pub use window::{InvalidWindow, Window, hour_start, taiwan_date_hour};
