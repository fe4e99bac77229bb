//! Rows as Parquet, for engines that read columns.
//!
//! A crate of its own, so that daily builds and tests need no Parquet: the command has it by its
//! feature `parquet`, which releases switch on. In reading order: `schema` says which type of
//! Parquet a kind becomes, `column` collects values until there is a row group, and [`Parquet`]
//! writes it. What is absent: I/O.

mod schema;
mod column;
mod write;

pub use write::Parquet;
