//! The etl104 command.

mod settings;

fn main() {}
