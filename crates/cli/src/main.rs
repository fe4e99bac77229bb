//! The etl104 command.

fn main() {}
