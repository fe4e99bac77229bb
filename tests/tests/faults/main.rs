//! Nothing is lost: each fault of the API, the network, the machine and the data, and what holds afterwards.
//!
//! A file a kind of fault. After each, `assert_sound` asks the warehouse for the promises in SQL, and the tables
//! are compared with those of one clean run.
#![expect(clippy::unwrap_used, reason = "what can't be set up or read fails its test")]

mod seams;
mod lost_commit;
mod asleep;
mod together;
mod postgres;
mod storage;
mod storage_parts;
mod storage_disk;
mod storage_check;
mod throttled;
mod answers;
mod token_faults;
mod poison;
mod odd_answers;
mod late_ids;
mod file_links;
mod file_bodies;
mod texts;
mod clocks;
mod signals;
mod migrations;
mod starved;
mod wreck;
mod calm;
mod pace;
