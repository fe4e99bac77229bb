//! `load` against a real Postgres and a real S3 server: what is kept, what follows from it, and
//! that it follows in whatever order things came.
#![expect(clippy::unwrap_used, reason = "what can't be set up fails its test")]
#![recursion_limit = "256"] // a resume with every field of the contract is a large `json!`

#[path = "load/world.rs"]
mod world;
#[path = "load/raw.rs"]
mod raw;
#[path = "load/person.rs"]
mod person;
#[path = "load/order.rs"]
mod order;
#[path = "load/aside.rs"]
mod aside;
#[path = "load/files.rs"]
mod files;
#[path = "load/texts.rs"]
mod texts;
#[path = "load/tables.rs"]
mod tables;
#[path = "load/compare.rs"]
mod compare;
#[path = "load/marts.rs"]
mod marts;
#[path = "load/masks.rs"]
mod masks;
