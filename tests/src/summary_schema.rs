//! `docs/summary.schema.json`, to which every summary is held that a test reads.
//!
//! A few lines instead of a library: those there are switch on features of `serde_json` or base64, and the binary under test
//! would no longer be the one that ships. Of JSON Schema it knows the words that the file uses, and refuses any other.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::workspace;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let path = workspace::root().join("docs/summary.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema lies in docs");
    serde_json::from_str(&text).expect("the schema is JSON")
});

/// Whether a last line is as the schema says. Those of commands that end without a summary, such as `migrate`,
/// have no exit code.
pub(crate) fn check(last_line: &Value) -> Result<(), String> {
    if last_line["exit_code"].is_null() || last_line["command"].is_null() {
        return Ok(());
    }
    holds(&SCHEMA, last_line, "$")
}

/// Holds a value to a part of the schema; says the first fault, with its place.
fn holds(part: &Value, value: &Value, at: &str) -> Result<(), String> {
    let part = part.as_object().expect("a schema is an object");
    let unless = |holds: bool, what: String| {
        if holds { Ok(()) } else { Err(format!("{at}: {what}")) }
    };
    for (word, said) in part {
        match word.as_str() {
            "$schema" | "title" | "description" | "$defs" => {}
            "$ref" => holds(referred(said), value, at)?,
            "type" => {
                let is_one = |name: &Value| {
                    name == type_of(value) || (name == "number" && value.is_number())
                };
                let names = said.as_array();
                let is_known = names.map_or_else(|| is_one(said), |names| names.iter().any(is_one));
                unless(is_known, format!("{value} is no {said}"))?;
            }
            "const" => unless(said == value, format!("{value} is not {said}"))?,
            "enum" => {
                let is_known = said.as_array().is_some_and(|known| known.contains(value));
                unless(is_known, format!("{value} is none of {said}"))?;
            }
            "minimum" => {
                let numbers = value.as_f64().zip(said.as_f64());
                let is_less = numbers.is_some_and(|(value, least)| value < least);
                unless(!is_less, format!("{value} is less than {said}"))?;
            }
            "anyOf" => {
                let ways = said.as_array().expect("a list of schemas");
                let faults: Vec<String> =
                    ways.iter().filter_map(|way| holds(way, value, at).err()).collect();
                unless(faults.len() < ways.len(), faults.join("\n  or "))?;
            }
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    holds(said, item, &format!("{at}[{place}]"))?;
                }
            }
            "required" => {
                let Some(fields) = value.as_object() else { continue };
                let names = said.as_array().into_iter().flatten().filter_map(Value::as_str);
                let missing: Vec<&str> = names.filter(|name| !fields.contains_key(*name)).collect();
                unless(missing.is_empty(), format!("{missing:?} are missing"))?;
            }
            "properties" | "additionalProperties" => fields(part, value, at)?,
            other => panic!("{at}: the schema has a word that this test does not know: {other}"),
        }
    }
    Ok(())
}

/// Every field by its own schema, or by the one for all others; `false` allows none.
fn fields(part: &Map<String, Value>, value: &Value, at: &str) -> Result<(), String> {
    for (name, field) in value.as_object().into_iter().flatten() {
        let own = part.get("properties").and_then(|properties| properties.get(name));
        match own.or_else(|| part.get("additionalProperties")) {
            Some(Value::Bool(false)) => return Err(format!("{at}: {name} is unknown")),
            Some(schema) => holds(schema, field, &format!("{at}.{name}"))?,
            None => {}
        }
    }
    Ok(())
}

fn referred(reference: &Value) -> &'static Value {
    let name = reference.as_str().and_then(|reference| reference.strip_prefix('#'));
    name.and_then(|pointer| SCHEMA.pointer(pointer)).expect("it refers to a part of this schema")
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_described_and_no_other_is_allowed() {
        let mut fields = 0;
        walk(&SCHEMA, &mut |part| {
            let Some(properties) = part.get("properties").and_then(Value::as_object) else {
                return;
            };
            assert_eq!(part["additionalProperties"], false, "{part}");
            for (name, field) in properties {
                let is_described = field["description"].is_string() || field["$ref"].is_string();
                assert!(is_described, "{name}: {field}");
                fields += 1;
            }
        });
        assert!(fields > 100, "{fields}");
    }

    #[test]
    fn what_is_missing_unknown_or_of_another_kind_is_a_fault() {
        let export = |more: &str| {
            let text = format!(
                r#"{{"schema": 1, "command": "export", "state": "complete", "exit_code": 0, "format": "csv",
                     "to": ".", "read_at": null, "files": [], "failures": [] {more}}}"#
            );
            let faults = check(&serde_json::from_str(&text).unwrap()).err().unwrap_or_default();
            faults.lines().last().unwrap_or_default().to_owned()
        };
        assert_eq!(export(r#", "seconds": 0.5"#), "");
        assert_eq!(export(r#", "seconds": 7"#), "");
        assert_eq!(export(""), r#"  or $: ["seconds"] are missing"#);
        assert_eq!(export(r#", "seconds": 1, "colour": "red""#), "  or $: colour is unknown");
        assert_eq!(export(r#", "seconds": "1""#), r#"  or $.seconds: "1" is no "number""#);
        assert_eq!(export(r#", "seconds": -1"#), "  or $.seconds: -1 is less than 0");
    }

    /// Every object of the schema.
    fn walk(part: &Value, look: &mut impl FnMut(&Value)) {
        match part {
            Value::Object(fields) => {
                look(part);
                fields.values().for_each(|field| walk(field, look));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, look)),
            _ => {}
        }
    }
}
