//! Rebuilds when a migration is added: the macro alone does not notice a new file.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
