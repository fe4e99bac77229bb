//! Photos and attachments: stored once by their content, each slot with its receipt.
//!
//! [`FileStore::store`] takes a body to the storage, [`record`] writes the receipt. A content that
//! is held is not uploaded again; each slot that shows it has a receipt of its own. [`checked`]
//! says of a body whether it is the file, all of it. [`Destination`] puts files for others, such as
//! exports, where they are wanted.

mod way;
mod config;
mod answer;
mod error;
mod folder;
mod name;
mod wholeness;
mod spool;
mod parts;
mod store;
mod check;
mod receipt;
mod inspect;
mod lost;
mod delivery;

pub use answer::Answer;
pub use check::CheckLine;
pub use config::StoreConfig;
pub use delivery::{DeliveryError, Destination};
pub use error::{StorageError, StoreFileError, UploadError};
pub use inspect::{Fault, Inspected, Recorded, recorded, recorded_folders, some_recorded};
pub use lost::{Presence, mark, whose};
pub use name::is_page_by_name;
pub use receipt::{Receipt, ReceiptOutcome, is_anything_held, is_held, record};
pub use store::{FileStore, StoredFile};
pub use wholeness::{BodyError, Expected, Seen, checked};
