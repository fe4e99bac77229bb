//! Logs on stderr, as text or JSON.
//!
//! `RUST_LOG` is not read: at `debug` the libraries beneath would print addresses with file
//! tokens, headers and bodies. Ours name ids and windows, never people.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::output::Output;

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Our crates: `-v` and `-vv` speak of these alone.
const OURS: [&str; 7] =
    ["etl104", "database", "extract", "load", "pipeline", "resumes", "transform"];

/// Starts logging. Libraries log warnings; ours too, with `-v` information and with `-vv` more.
pub(crate) fn start(format: LogFormat, verbosity: u8, output: &Output) {
    let is_text = format == LogFormat::Text;
    let filter = EnvFilter::new(directives(verbosity, output.is_quiet(), is_text));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(output.has_colour_err())
        .with_writer(output.screen().clone());
    let started = match format {
        LogFormat::Text => builder.compact().try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    if started.is_err() {
        output.complain("logs could not be started: something else logs already");
    }
}

fn directives(verbosity: u8, is_quiet: bool, is_text: bool) -> String {
    let (theirs, ours) = match (verbosity, is_quiet) {
        (0, true) => ("error", "error"),
        (0, false) => ("warn", "warn"),
        (1, _) => ("warn", "info"),
        (_, _) => ("warn", "debug"),
    };
    let all = OURS.iter().fold(theirs.to_owned(), |all, name| format!("{all},{name}={ours}"));
    // Each failure of a run is said at its end with its remedy: once is enough for people.
    if verbosity == 0 && is_text { format!("{all},resumes::company=off") } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_never_log_more_than_warnings() {
        for verbosity in 0..5 {
            assert!(directives(verbosity, false, true).starts_with("warn,"), "{verbosity}");
        }
        assert!(directives(1, false, true).contains("extract=info"));
        assert!(!directives(0, false, false).contains("off"));
        assert!(directives(0, true, true).starts_with("error,etl104=error"));
    }
}
