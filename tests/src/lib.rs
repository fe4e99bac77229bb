//! What the acceptance tests stand on: a real Postgres, a real S3 server, the real binary.
//!
//! Tests of one binary run side by side, so everything here is a test's own: its database, its server, its
//! folder. What fails here is a test's environment, not its subject, and panics with what to do about it.

mod database;
pub mod workspace;

pub use database::TestDatabase;
