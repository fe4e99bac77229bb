//! The only crate that writes people's data: raw documents, table rows, files.
//!
//! In reading order:
//!
//! - [`raw`] keeps what was received, before anything interprets it;
//! - [`person`] writes what follows from all that is kept of one person, as a whole;
//! - [`files`] stores photos and attachments by their content, and keeps the receipts;
//! - [`feed`] numbers what happened to people's rows, and tells it on;
//! - [`as_of`] builds the tables as they were at a moment, in a schema of their own;
//! - [`aside`] builds a company's tables anew beside those that stand, and swaps them;
//! - [`digest`] says in a few numbers whether two warehouses hold the same;
//! - [`verify`] lists what must hold of the tables, [`trace`] tells what is held of one person.
//!
//! Every function that takes a connection expects an open transaction at `READ COMMITTED`, never
//! commits, and may be repeated. What is absent: 104's wire format (the interpreter comes in as an
//! argument), the ledger's state, the clock.

pub mod raw;
pub mod person;
pub mod files;
pub mod feed;
pub mod digest;
pub mod as_of;
pub mod aside;
mod schema;
pub mod verify;
pub mod trace;
mod error;
mod moment;
mod hex;

pub use error::Error;
pub use schema::{SchemaName, SchemaNameError};
