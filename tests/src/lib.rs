//! What the acceptance tests stand on: a real Postgres, a real S3 server, the real binary.
//!
//! Tests of one binary run side by side, so everything here is a test's own: its database, its server, its
//! folder. What fails here is a test's environment, not its subject, and panics with what to do about it.

#![expect(clippy::panic, reason = "a test whose environment is not there can only end")]

mod database;
mod object_fault;
mod object_front;
mod object_server;
mod settings;
mod summary_schema;
mod etl104;
mod eventually;
mod gate;
mod relay;
mod authority;
mod front;
mod own_postgres;
mod small_disk;
mod invariants;
mod scene;
pub mod contract;
mod warehouse;
mod wrong_clock;
mod clean;
pub mod workspace;

pub use authority::{Authority, Shown};
pub use database::TestDatabase;
pub use etl104::{Etl104, Finished, Running};
pub use eventually::eventually;
pub use front::{Front, Manner, Routes};
pub use gate::{Gate, Stand};
pub use object_fault::{ObjectCall, ObjectFault, ObjectRule};
pub use object_server::{ObjectServer, StoredObject, objects_below};
pub use own_postgres::OwnPostgres;
pub use relay::{Loss, Relay};
pub use scene::{
    COMPANY, FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, as_assumed, by_hand,
    generated,
};
pub use settings::{Company, Settings};
pub use small_disk::SmallDisk;
pub use warehouse::assert_same;
