//! What was never fetched, and what may have changed since.
