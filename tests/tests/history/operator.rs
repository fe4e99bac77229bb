//! The operator's page: what happened, and the command that mends it.
