//! `sim104` as a program.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::process::{Command, Output};

fn sim104(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim104")).args(arguments).output().unwrap()
}

#[test]
fn wrong_arguments_are_told_clearly() {
    for (arguments, told) in [
        (["--latency-ms", "9-3"], "9 is more than 3"),
        (["--credential", "id:secret:123"], "8 digits"),
        (["--odd-text", "2"], "from 0 to 1"),
        (["--now", "yesterday"], "--now"),
        (["--link-host", "asset.example"], "https://"),
        (["--script", "no-such-file.toml"], "no-such-file.toml"),
    ] {
        let output = sim104(&arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(told), "{arguments:?}: {text}");
    }
}

#[test]
fn a_port_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = sim104(&["--port", &port]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains(&port) && text.contains("in use"), "{text}");
}

#[test]
fn the_help_is_worth_reading() {
    let text = String::from_utf8(sim104(&["--help"]).stdout).unwrap();
    for wanted in ["127.0.0.1", "--jitter-ms", "[[rule]]", "Assumptions"] {
        assert!(text.contains(wanted), "{wanted}");
    }
}
