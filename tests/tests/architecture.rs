//! The arrows between the crates, held to the picture that `crates/README.md` draws.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use acceptance::workspace;
use serde_json::Value;

/// Who may know whom. Stages never see each other; nobody knows the simulator, which is met only over HTTP.
const PICTURE: &[(&str, &[&str])] = &[
    ("cli", &["database", "export", "export-parquet", "model", "pipeline", "probe", "resumes"]),
    ("probe", &["extract", "model"]),
    (
        "resumes",
        &["database", "export", "extract", "load", "model", "network", "pipeline", "transform"],
    ),
    ("pipeline", &["database", "model"]),
    ("extract", &["model", "network"]),
    ("transform", &["model"]),
    ("load", &["model", "network"]),
    ("database", &["network"]),
    ("export", &[]),
    ("export-parquet", &["export"]),
    ("model", &[]),
    ("network", &[]),
    ("simulator", &[]),
];

/// The tests may look everywhere; nothing looks at them.
const OUTSIDE: &str = "acceptance";

/// What a crate must not do, said by the libraries that it would need for it.
const BANNED: &[(&str, &[&str], &str)] = &[
    (
        "model",
        &["reqwest", "serde", "serde_json", "sqlx", "tokio"],
        "nouns have no format, no I/O and no clock",
    ),
    ("transform", &["reqwest", "sqlx", "tokio"], "its functions are pure"),
    ("probe", &["object_store", "sqlx"], "what it meets stays in its record"),
    ("extract", &["sqlx"], "it does not know that there is a database"),
    ("database", &["object_store", "reqwest"], "it knows Postgres alone"),
    (
        "export",
        &["object_store", "parquet", "reqwest"],
        "it reads Postgres, and others put its bytes where they go",
    ),
    (
        "network",
        &["object_store", "reqwest", "sqlx"],
        "it tells what is in the way, and goes it for nobody",
    ),
    ("export-parquet", &["object_store", "reqwest", "sqlx", "tokio"], "it makes bytes of rows"),
    (
        "pipeline",
        &["object_store", "reqwest", "serde_json"],
        "it knows neither 104, nor JSON, nor object storage",
    ),
];

#[test]
fn the_crates_know_each_other_as_drawn() {
    let dependencies = dependencies();
    let drawn: BTreeMap<_, BTreeSet<_>> =
        PICTURE.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    let mut faults = Vec::new();

    for package in dependencies.keys().filter(|name| *name != OUTSIDE) {
        if !drawn.contains_key(package.as_str()) {
            faults.push(format!("{package} is not in the picture: give it a line, and say in crates/README.md what it is"));
        }
    }
    for (package, allowed) in &drawn {
        let Some(all) = dependencies.get(*package) else {
            faults.push(format!(
                "{package} is drawn, and no package has this name: take it out of the picture"
            ));
            continue;
        };
        let ours: BTreeSet<_> = all
            .iter()
            .map(String::as_str)
            .filter(|name| dependencies.contains_key(*name))
            .collect();
        for extra in ours.difference(allowed) {
            faults.push(format!(
                "{package} -> {extra} is not drawn: let {package} take what it needs as an argument, move the \
                 shared noun to `model`, or let a pipeline join the two; a change of the design redraws the picture"
            ));
        }
        for missing in allowed.difference(&ours) {
            faults.push(format!(
                "{package} -> {missing} is drawn, and Cargo.toml has it no more: erase the arrow"
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_crates_keep_off_what_is_not_theirs() {
    let dependencies = dependencies();
    let mut faults = Vec::new();
    for (package, banned, reason) in BANNED {
        for library in banned.iter().filter(|library| dependencies[*package].contains(**library)) {
            faults.push(format!(
                "{package} -> {library}: {reason}; the code that needs it belongs elsewhere"
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// `load` has to name `reqwest` in its manifest, since `object_store` needs its TLS and does not ask for it; the
/// code may not use it.
#[test]
fn load_speaks_to_object_storage_and_not_to_104() {
    let mut folders = vec![workspace::root().join("crates/load/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let code = std::fs::read_to_string(&path).expect("a source can be read");
            assert!(
                !code.contains("reqwest::"),
                "{} calls HTTP by itself: that is extract's work",
                path.display()
            );
        }
    }
}

/// Each package of the workspace, and the names of all that it needs to run or to be built; not what its own
/// tests need.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(workspace::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let text = |value: &Value| value.as_str().expect("a name is text").to_owned();
    let array = |value: &Value| value.as_array().expect("cargo lists these").clone();
    array(&metadata["packages"])
        .iter()
        .map(|package| {
            let needed = array(&package["dependencies"])
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]))
                .collect();
            (text(&package["name"]), needed)
        })
        .collect()
}
