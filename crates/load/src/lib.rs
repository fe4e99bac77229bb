//! The only crate that writes people's data.
