//! What is held, read with other code.
