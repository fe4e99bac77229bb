//! The way to a host: the proxy in front of it, the certificates that it shows, and what went wrong
//! on it, told apart and in words that a network team can act on.
//!
//! What is absent: the environment, settings files, HTTP, and whoever speaks over the way. Nothing
//! here decides which certificate is trusted: [`look()`] only tells which one was shown.
//!
//! In reading order: `proxy`, `way` (from here to a host), `trouble` (what an error says of it),
//! `certificate`, `look` (what an error leaves out), `remedy`, `finding` (all of it in words).

mod proxy;
mod way;
mod trouble;
mod certificate;
mod look;
mod remedy;
mod finding;

pub use finding::{Finding, roughly};
pub use look::{issuer, look};
pub use proxy::{EVERYTHING, Proxy};
pub use trouble::{ProxyTrouble, Trouble, Validity};
pub use way::{Service, Way, is_local};
