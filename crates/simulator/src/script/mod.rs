//! The fault script: which calls go wrong, and how.

mod action;
mod edit;
mod read;
mod rule;

pub use action::{Action, Actions};
pub(crate) use edit::{edit_json, edit_list, edit_resumes};
pub use read::ScriptError;
pub(crate) use read::{from_json, from_toml};
pub use rule::Rule;
pub(crate) use rule::{Facts, Script};
