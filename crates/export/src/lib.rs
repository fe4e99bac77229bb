//! Tables and marts as files: rows from Postgres, one after the other, as CSV or JSON lines.
//!
//! In reading order: [`Name`] is what may be exported, [`Relation`] what its columns are, `wire`
//! takes Postgres' binary rows apart into [`Value`]s, an [`Encoder`] makes bytes of them ([`Csv`],
//! [`JsonLines`]; Parquet is a crate of its own), and [`read`] is the stream of it all.
//!
//! Memory is that of a row and a chunk, however large the table. What is absent: 104, people,
//! settings, and where the bytes go.

mod name;
mod relation;
mod wire;
mod value;
mod moment;
mod encode;
mod csv;
mod json_lines;
mod read;
mod error;

pub use csv::Csv;
pub use encode::{EncodeError, Encoder};
pub use error::Error;
pub use json_lines::JsonLines;
pub use name::{Name, SCHEMAS, Unresolved, known, resolve};
pub use read::{Chunk, read};
pub use relation::{Column, Relation, relation};
pub use value::{Kind, Value};
