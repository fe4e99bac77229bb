//! Tolerant reading of 104's JSON: every field may be missing, empty, or of a
//! neighbouring type; nothing that came in is lost without a word.
//!
//! A [`Reading`] gathers what is said beside the values; [`Fields`] is one object, out of which
//! each field is taken once by its name. Whatever nobody took is unknown.

mod reading;
mod fields;
mod lists;
mod text;

pub(crate) use fields::Fields;
pub(crate) use lists::{List, Numbering};
pub(crate) use reading::Reading;
