//! Fields as a recording shows them: how many people have one, and of which type it is.

use serde_json::{Map, Value};

use super::person::Person;
use crate::dice::Dice;
use crate::options::{FieldKind, FieldShape};

/// Makes a document more like the recorded ones.
pub(super) fn apply(shapes: &[FieldShape], person: &Person, document: &mut Map<String, Value>) {
    for shape in shapes {
        let mut dice = person.dice(&format!("shape of {}", shape.path));
        let names: Vec<&str> = shape.path.split('.').collect();
        within(&names, shape, &mut dice, document);
    }
}

fn within(names: &[&str], shape: &FieldShape, dice: &mut Dice, fields: &mut Map<String, Value>) {
    let [name, rest @ ..] = names else { return };
    let bare = name.trim_end_matches("[]");
    if rest.is_empty() {
        settle(bare, shape, dice, fields);
        return;
    }
    match fields.get_mut(bare) {
        Some(Value::Object(fields)) => within(rest, shape, dice, fields),
        Some(Value::Array(items)) => {
            for fields in items.iter_mut().filter_map(Value::as_object_mut) {
                within(rest, shape, dice, fields);
            }
        }
        _ => {}
    }
}

fn settle(name: &str, shape: &FieldShape, dice: &mut Dice, fields: &mut Map<String, Value>) {
    if !dice.chance(shape.share) {
        fields.remove(name);
        return;
    }
    let Some(kind) = shape.kind else { return };
    match fields.get_mut(name) {
        Some(value) if !value.is_null() => *value = turned(value, kind),
        None if shape.is_new => drop(fields.insert(name.to_owned(), made_up(kind))),
        Some(_) | None => {}
    }
}

/// The same value as that type, where it can be.
fn turned(value: &Value, kind: FieldKind) -> Value {
    match (kind, value) {
        (FieldKind::Text, Value::Number(_) | Value::Bool(_)) => value.to_string().into(),
        (FieldKind::Number, Value::String(text)) => {
            text.parse::<u64>().map_or_else(|_| value.clone(), Value::from)
        }
        (FieldKind::Boolean, Value::Number(number)) => Value::from(number.as_u64() != Some(0)),
        _ => value.clone(),
    }
}

fn made_up(kind: FieldKind) -> Value {
    match kind {
        FieldKind::Text => "x".into(),
        FieldKind::Number => 1.into(),
        FieldKind::Boolean => true.into(),
    }
}
