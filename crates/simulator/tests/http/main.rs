//! The simulator as its clients see it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod errors;
mod files;
mod listing;
mod pace;
mod population;
mod running;
mod script;
mod staging;
mod tokens;
