//! The simulator as its clients see it.

mod client;
mod errors;
mod files;
mod listing;
mod pace;
mod population;
mod script;
mod staging;
mod tokens;
