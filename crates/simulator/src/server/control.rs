//! `/_sim/…`: the simulator's own paths. They are neither counted nor kept in the journal.

use serde_json::json;

use super::answer::Reply;
use super::service::Service;
use crate::script;

/// Answers a call to the simulator itself.
pub(super) fn answer(service: &Service, method: &str, path: &str, body: &str) -> Reply {
    match (method, path) {
        ("GET", "/_sim/journal") => shown(serde_json::to_value(service.journal.entries())),
        ("GET", "/_sim/stats") => shown(serde_json::to_value(service.journal.stats())),
        ("POST", "/_sim/script") => {
            let is_json = body.trim_start().starts_with('{') || body.trim_start().starts_with("[{");
            match if is_json { script::from_json(body) } else { script::from_toml(body) } {
                Ok(rules) => {
                    let added = rules.len();
                    for rule in rules {
                        service.script.add(rule);
                    }
                    Reply::json(200, &json!({"added": added}))
                }
                Err(error) => Reply::json(400, &json!({"error": chain(&error)})),
            }
        }
        ("DELETE", "/_sim/script") => {
            service.script.clear();
            Reply::json(200, &json!({}))
        }
        _ => Reply::json(
            404,
            &json!({"error": "GET /_sim/journal, GET /_sim/stats, POST or DELETE /_sim/script"}),
        ),
    }
}

fn shown(value: serde_json::Result<serde_json::Value>) -> Reply {
    value.map_or_else(
        |error| Reply::json(500, &json!({"error": error.to_string()})),
        |value| Reply::json(200, &value),
    )
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
