//! 104 imitated, from the contract alone.
