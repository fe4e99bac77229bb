//! The warehouse against itself.
