//! The only crate that speaks to 104.
