//! The engine: plans windows, drives streams, keeps the ledger.
