//! JSON read by our own hand, because serde can't: a lone surrogate makes serde refuse a whole
//! document, a 30-digit number turns into a float, and the hash needs the tokens themselves.
//!
//! [`tokens`] judges what is JSON (the same texts that `serde_json`'s `RawValue` accepts) and
//! lays it flat; [`Value`] is the tree that a resume is read from, [`Members`] what an object in it holds.

mod token;
mod text;
mod members;
mod value;
mod write;

pub(crate) use members::Members;
pub(crate) use text::meaning;
pub(crate) use token::{Malformed, Token, tokens};
pub(crate) use value::{TooDeep, Value};
pub(crate) use write::{to_jsonb_object, to_jsonb_text};
