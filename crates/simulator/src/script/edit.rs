//! Actions that bend an answer which is otherwise right.

use serde_json::Value;

use super::action::Action;
use crate::server::{ListAnswer, Resume};

/// Bends a listing; `stranger` is an id that it does not hold.
pub(crate) fn edit_list(list: &mut ListAnswer, actions: &[Action], stranger: &str) {
    for action in actions {
        match action {
            Action::DropEntry { id } | Action::Omit { id } => {
                if let Some(place) = place(&list.ids, id.as_ref(), |listed| listed) {
                    list.ids.remove(place);
                }
            }
            Action::Duplicate { id } => {
                if let Some(place) = place(&list.ids, id.as_ref(), |listed| listed) {
                    list.ids.push(list.ids[place].clone());
                }
            }
            Action::Reverse => list.ids.reverse(),
            Action::AddStranger => list.ids.insert(0, stranger.to_owned()),
            Action::MissingList => list.is_missing = true,
            Action::WrongTotal { by } => list.total += by,
            _ => {}
        }
    }
}

/// Bends a query's or a batch's answer; `stranger` is a resume that was not asked for.
pub(crate) fn edit_resumes(
    resumes: &mut Vec<Resume>,
    actions: &[Action],
    stranger: impl Fn() -> Resume,
) {
    for action in actions {
        match action {
            Action::DropEntry { id } | Action::Omit { id } => {
                if let Some(place) = place(resumes, id.as_ref(), |resume| &resume.id) {
                    resumes.remove(place);
                }
            }
            Action::Duplicate { id } => {
                if let Some(place) = place(resumes, id.as_ref(), |resume| &resume.id) {
                    resumes.push(resumes[place].clone());
                }
            }
            Action::Reverse => resumes.reverse(),
            Action::AddStranger => resumes.insert(0, stranger()),
            _ => {}
        }
    }
}

/// Bends any JSON answer; `None` if nothing bends it, or it is no JSON.
pub(crate) fn edit_json(body: &[u8], actions: &[Action]) -> Option<String> {
    let is_edit = |action: &Action| matches!(action, Action::Set { .. } | Action::Remove { .. });
    if !actions.iter().any(is_edit) {
        return None;
    }
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    for action in actions {
        match action {
            Action::Set { at, value } => put(&mut answer, at, Some(value.clone())),
            Action::Remove { at } => put(&mut answer, at, None),
            _ => {}
        }
    }
    Some(answer.to_string())
}

/// Puts a value at a pointer, or takes it out; a place that can't be is left as it is.
fn put(answer: &mut Value, at: &str, value: Option<Value>) {
    let Some((parent, name)) = at.rsplit_once('/') else {
        if let Some(value) = value {
            *answer = value;
        }
        return;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (answer.pointer_mut(parent), value) {
        (Some(Value::Object(fields)), Some(value)) => drop(fields.insert(name, value)),
        (Some(Value::Object(fields)), None) => drop(fields.remove(&name)),
        (Some(Value::Array(items)), value) => {
            let place = if name == "-" { items.len() } else { name.parse().unwrap_or(usize::MAX) };
            match value {
                Some(value) if place < items.len() => items[place] = value,
                Some(value) if place == items.len() => items.push(value),
                None if place < items.len() => drop(items.remove(place)),
                Some(_) | None => {}
            }
        }
        _ => {}
    }
}

fn place<T>(items: &[T], id: Option<&String>, id_of: impl Fn(&T) -> &String) -> Option<usize> {
    match id {
        Some(id) => items.iter().position(|item| id_of(item) == id),
        None => (!items.is_empty()).then_some(0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(action: Action, becomes: &Value) {
        let body = json!({"a": {"b": [1, 2]}, "c/d": 3}).to_string();
        let edited = edit_json(body.as_bytes(), &[action]).unwrap();
        assert_eq!(&serde_json::from_str::<Value>(&edited).unwrap(), becomes);
    }

    #[test]
    fn any_place_can_be_set_and_removed() {
        let set = |at: &str, value: Value| Action::Set { at: at.into(), value };
        let remove = |at: &str| Action::Remove { at: at.into() };
        check(set("/a/b/0", json!("x")), &json!({"a": {"b": ["x", 2]}, "c/d": 3}));
        check(set("/a/b/-", json!(null)), &json!({"a": {"b": [1, 2, null]}, "c/d": 3}));
        check(
            set("/a/new", json!({"e": 1})),
            &json!({"a": {"b": [1, 2], "new": {"e": 1}}, "c/d": 3}),
        );
        check(set("/nowhere/b", json!(1)), &json!({"a": {"b": [1, 2]}, "c/d": 3}));
        check(set("", json!([])), &json!([]));
        check(remove("/a/b/1"), &json!({"a": {"b": [1]}, "c/d": 3}));
        check(remove("/c~1d"), &json!({"a": {"b": [1, 2]}}));
        check(remove("/a/b/9"), &json!({"a": {"b": [1, 2]}, "c/d": 3}));
        assert_eq!(edit_json(b"{}", &[Action::Reverse]), None);
        assert_eq!(edit_json(b"<html>", &[remove("/a")]), None);
    }
}
