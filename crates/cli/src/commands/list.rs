//! What all lists share: filters, and cells for people.

use clap::Args;
use jiff::Timestamp;
use pipeline::report::{Filter, Moment};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;
use crate::taiwan::{moment, parse_since};

/// How a list is narrowed, beside `--company` and `--state`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Narrow {
    /// Rows at most, the newest
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Only from then on: 24h, 7d, 2026-11-22, 2026-11-22T10 (Taiwan time)
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    since: Option<Timestamp>,
}

impl Narrow {
    /// The filter of a list.
    pub(crate) fn filter(&self, context: &Context, states: Vec<&'static str>) -> Filter {
        Filter {
            companies: context.companies().to_vec(),
            states,
            since: self.since,
            limit: self.limit,
        }
    }

    /// Says that there may be more, when the list is as long as its limit.
    pub(crate) fn say_if_cut(&self, context: &Context, rows: usize) {
        if !context.output.is_json() && u32::try_from(rows).is_ok_and(|rows| rows == self.limit) {
            let more = u64::from(self.limit) * 10;
            context.output.talk(format!("there may be more: --limit {more}"));
        }
    }
}

/// Prints rows for programs, one JSON object a line.
pub(crate) fn json_lines(context: &Context, rows: &[impl Serialize]) {
    for row in rows {
        context.output.json(row);
    }
}

/// A moment, or a dash.
pub(crate) fn when(at: Option<Moment>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| moment(at.0))
}

/// A text, or a dash.
pub(crate) fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

/// A name beside a value, for `show`; nothing for a missing one.
pub(crate) fn fact(context: &Context, name: &str, value: Option<String>) {
    if let Some(value) = value {
        let plain = value.replace(|c: char| c.is_control(), " ");
        context.output.line(format!("{name:<16} {plain}"));
    }
}

/// What was asked for is not in the ledger.
pub(crate) fn no_such(what: &str, id: impl std::fmt::Display) -> Failure {
    Failure::asked(
        format!("there is no {what} {id}"),
        format!("`etl104 {what}s list` shows which there are").replace("file tasks", "files"),
    )
}
