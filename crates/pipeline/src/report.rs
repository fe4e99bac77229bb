//! Reads the ledger back for humans.
