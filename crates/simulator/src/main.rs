//! `sim104`: the simulator as a program.

fn main() {}
