//! 104's words and the values in them, one noun a file. A form that is common is read here; a
//! rare one stays text, and `None` becomes a note, unless the words say that there is nothing.
//! `tests/words.csv` shows what each form becomes, and where it was seen.

pub(crate) mod fold;
mod numbers;
pub(crate) mod dates;
pub(crate) mod wages;
pub(crate) mod seniority;
pub(crate) mod start;
pub(crate) mod degree;
pub(crate) mod level;
pub(crate) mod military;
pub(crate) mod employment;
pub(crate) mod places;
pub(crate) mod skill;
pub(crate) mod split;
pub(crate) mod nothing;

pub(crate) use numbers::{Flag, flag, whole_number};
