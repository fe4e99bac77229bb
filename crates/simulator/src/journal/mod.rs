//! What was asked, and what follows from it.

mod entry;
mod gate;
mod record;
mod stats;

pub use entry::{Endpoint, Entry};
pub(crate) use record::{Delivery, Journal, Outcome};
pub use stats::{ListedWindow, Stats};
