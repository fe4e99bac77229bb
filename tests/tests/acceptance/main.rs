//! The promises of etl104, held by its real binary against a simulated 104, a real Postgres and real storage.
#![expect(clippy::unwrap_used, reason = "what can't be set up or read fails its test")]
#![recursion_limit = "256"] // a resume with every field of the contract is a large `json!`

mod main_job;
mod again;
mod photos;
mod old_windows;
mod killed;
mod order;
mod reprocess;
mod roles;
mod run_label;
mod recipes;
mod settings;
mod refusals;
mod tokens;
mod outages;
mod budgets;
mod windows;
mod catch_up;
mod lists;
mod sources;
mod hostile;
mod identity;
mod companies;
mod storage;
mod first_steps;
mod marts;
mod questions;
mod documents;
mod export;
mod changes;
mod privacy;
mod network;
mod probe;
