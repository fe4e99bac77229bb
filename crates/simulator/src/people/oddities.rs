//! What breaks readers: neighbouring types, unknown fields, characters that databases refuse.

use serde_json::{Map, Value, json};

use super::person::Person;
use crate::dice::Dice;

/// Stands for a lone surrogate, which no Rust string can hold, until the document is text.
pub(super) const LONE_SURROGATE: char = '\u{F8FF}';

/// Bends a few fields of a document.
pub(super) fn bend(person: &Person, document: &mut Map<String, Value>) {
    let mut dice = person.dice("oddities");
    for _ in 0..dice.between(1, 3) {
        match dice.between(0, 11) {
            0 => retype(document, "disabilityCard", text),
            1 => retype(document, "personalPage", single),
            2 => retype(document, "education", single),
            3 => retype(document, "experiences", |jobs| each(jobs, &["wage", "wageYear"], text)),
            4 => retype(document, "jobRequirement", |part| each(part, &["shiftWork"], text)),
            5 => retype(document, "attachFiles", |files| each(files, &["type"], text)),
            6 => retype(document, "customContentDatas", |parts| each(parts, &["content"], single)),
            7 => retype(document, "drivingLicenses", listed),
            8 => retype(document, "resumeId", number),
            9 => unknown(&mut dice, document),
            10 => retype(document, "applyQuestion", |asked| each(asked, &["type"], text)),
            _ => retype(document, "biography", |part| {
                part.get("bio").cloned().unwrap_or(Value::Null)
            }),
        }
    }
}

/// Gives fields that are there a neighbouring type.
pub(super) fn loosen(person: &Person, document: &mut Map<String, Value>) {
    let mut dice = person.dice("loose types");
    retype(document, "disabilityCard", text);
    retype(document, "experiences", |jobs| each(jobs, &["wage", "wageYear"], text));
    if dice.chance(0.5) {
        retype(document, "personalPage", single);
        retype(document, "jobRequirement", |part| each(part, &["shiftWork"], text));
    }
    if dice.chance(0.5) {
        retype(document, "education", single);
        retype(document, "drivingLicenses", listed);
    }
}

/// Puts `\u0000` or a lone surrogate into free text.
pub(super) fn poison(person: &Person, document: &mut Map<String, Value>) {
    let mut dice = person.dice("poison");
    let bad = if dice.chance(0.5) { '\0' } else { LONE_SURROGATE };
    document.insert("motto".into(), format!("天道{bad}酬勤").into());
}

pub(super) fn unknown(dice: &mut Dice, document: &mut Map<String, Value>) {
    let (name, value) = match dice.between(0, 3) {
        0 => ("aiScore", json!(87.5)),
        1 => ("lastLoginTag", json!("三日內活躍")),
        2 => ("badges", json!([{"code": "A1", "label": "內推"}])),
        _ => ("videoResume", Value::Null),
    };
    document.insert(name.into(), value);
}

fn retype(document: &mut Map<String, Value>, name: &str, change: impl Fn(&Value) -> Value) {
    if let Some(value) = document.get_mut(name) {
        *value = change(value);
    }
}

/// The same change to fields of an object or of each object of a list.
fn each(value: &Value, names: &[&str], change: fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| each(item, names, change)).collect(),
        Value::Object(fields) => {
            let mut fields = fields.clone();
            for name in names {
                retype(&mut fields, name, change);
            }
            Value::Object(fields)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A number or a boolean as a string.
fn text(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.to_string().into(),
        Value::Bool(true) => "1".into(),
        Value::Bool(false) => "false".into(),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => value.clone(),
    }
}

/// A string of digits as a number.
fn number(value: &Value) -> Value {
    value
        .as_str()
        .and_then(|digits| digits.parse::<u64>().ok())
        .map_or_else(|| value.clone(), Value::from)
}

/// The only item instead of a list.
fn single(value: &Value) -> Value {
    match value {
        Value::Array(items) if !items.is_empty() => items[0].clone(),
        other => other.clone(),
    }
}

/// A list instead of several things in one string.
fn listed(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.split('、').collect())
}
