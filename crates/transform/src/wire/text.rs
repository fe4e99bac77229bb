//! Any JSON value as words.

use std::borrow::Cow;

use crate::json::{Value, to_jsonb_text};

/// What joins the items of a list where one string is expected, as 104 joins its own lists.
const SEPARATOR: &str = "、";

/// Words out of a JSON value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words<'a> {
    /// The words, untrimmed.
    pub(super) text: Cow<'a, str>,
    /// They hold a U+FFFD in the place of what can't be stored.
    pub(super) is_repaired: bool,
    /// The type is no neighbour of a string: the words are JSON, or a boolean's name.
    pub(super) is_unexpected: bool,
}

/// The words of a value; `None` if it says nothing.
pub(super) fn words<'a>(value: &'a Value<'_>) -> Option<Words<'a>> {
    if value.is_empty() {
        return None;
    }
    let (text, is_unexpected) = match value {
        Value::String { text, .. } => (Cow::Borrowed(&**text), false),
        Value::Number(literal) => (Cow::Borrowed(&**literal), false),
        Value::Array(items) => match joined(items) {
            Some(text) => (text.into(), false),
            None => (to_jsonb_text(value).into(), true),
        },
        Value::Null | Value::Bool(_) | Value::Object(_) => (to_jsonb_text(value).into(), true),
    };
    Some(Words { text, is_repaired: value.is_repaired(), is_unexpected })
}

/// The strings and numbers of a list in one string; `None` if it holds anything else.
fn joined(items: &[Value<'_>]) -> Option<String> {
    let mut text = String::new();
    for item in items.iter().filter(|item| !item.is_empty()) {
        let (Value::String { text: words, .. } | Value::Number(words)) = item else {
            return None;
        };
        if !text.is_empty() {
            text.push_str(SEPARATOR);
        }
        text.push_str(words.trim());
    }
    Some(text)
}
