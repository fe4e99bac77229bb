//! 104's words and the values in them, one noun a file. A form that is common is read here; a
//! rare one stays text, and `None` becomes a note.

pub(crate) mod fold;
mod numbers;
pub(crate) mod dates;
pub(crate) mod wages;
pub(crate) mod seniority;
pub(crate) mod start;
pub(crate) mod degree;
pub(crate) mod split;

pub(crate) use numbers::{Flag, flag, whole_number};
