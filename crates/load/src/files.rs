//! Photos and attachments: stored once by their content, each slot with its receipt.
//!
//! Storing has two steps, so that a content that is held need not travel again:
//! [`FileStore::spool`] downloads to an unlinked temporary file while hashing; then, unless
//! [`is_held`] says so already, [`FileStore::keep`] uploads. [`record`] writes the receipt.

mod config;
mod error;
mod spool;
mod store;
mod check;
mod receipt;

pub use check::CheckLine;
pub use config::StoreConfig;
pub use error::{SpoolError, StorageError};
pub use receipt::{FileOutcome, FileReceipt, is_held, record};
pub use spool::Spooled;
pub use store::{FileStore, StoredFile};
