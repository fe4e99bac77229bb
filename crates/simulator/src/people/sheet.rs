//! An object under construction, with the gaps that real ones have.

use serde_json::{Map, Value};

use crate::dice::Dice;

/// Fields of one JSON object. Any field may be missing, `null` or empty.
#[derive(Debug)]
pub(super) struct Sheet {
    fields: Map<String, Value>,
    gaps: Dice,
}

impl Sheet {
    /// The gaps follow `gaps`, so they must be thrown alike for each state of a person.
    pub(super) fn new(gaps: Dice) -> Self {
        Self { fields: Map::new(), gaps }
    }

    /// A field that is always told.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// A field that most people fill in.
    pub(super) fn often(&mut self, name: &str, value: impl Into<Value>) {
        self.share(name, 0.9, value);
    }

    /// A field that some people fill in.
    pub(super) fn seldom(&mut self, name: &str, value: impl Into<Value>) {
        self.share(name, 0.35, value);
    }

    /// A field that is told in a share of cases; else it is missing, `null` or empty.
    pub(super) fn share(&mut self, name: &str, share: f64, value: impl Into<Value>) {
        let value = value.into();
        let (is_told, gap) = (self.gaps.chance(share), self.gaps.between(0, 3));
        if is_told {
            self.set(name, value);
            return;
        }
        match gap {
            0 | 1 => {}
            2 => self.set(name, Value::Null),
            _ => self.set(name, emptied(&value)),
        }
    }

    pub(super) fn finish(self) -> Map<String, Value> {
        self.fields
    }
}

impl From<Sheet> for Value {
    fn from(sheet: Sheet) -> Self {
        Self::Object(sheet.fields)
    }
}

fn emptied(value: &Value) -> Value {
    match value {
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(_) => Value::Object(Map::new()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Value::String(String::new())
        }
    }
}
