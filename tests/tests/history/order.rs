//! Whatever the order of windows: the tables of one clean run.
