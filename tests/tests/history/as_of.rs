//! All tables as they were.
