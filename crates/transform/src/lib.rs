//! Pure functions from a resume's bytes to its meaning.
//!
//! [`interpret`] turns one resume as 104 sent it into a [`model::Resume`], with notes on what
//! could not be read; [`content_hash`] says whether two documents mean the same.
//!
//! What is absent: I/O, the clock, settings and concurrency. The same bytes give the same
//! output, always and everywhere; nothing here knows which window or company a resume came from.
//!
//! In reading order: `json` takes bytes apart, `wire` reads fields tolerantly, `words` finds the
//! values in 104's words, `html` and `files` do the same for markup and links; `person`,
//! `wishes`, `career`, `lists` and `skills` name every field of the contract once, in the order
//! of the model; `interpret` puts them together.

mod json;
mod wire;
mod words;
mod html;
mod files;
mod person;
mod wishes;
mod career;
mod lists;
mod skills;
mod interpret;
mod hash;

pub use hash::{HASH_RULE, content_hash};
pub use interpret::{TRANSFORM_VERSION, interpret};
