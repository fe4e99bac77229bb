//! The tree that a resume is read from.

use std::borrow::Cow;

use super::members::{Member, Members};
use super::text::storable;
use super::token::Token;

/// How deep containers may stand in each other, as serde has it.
const MAX_DEPTH: usize = 127;

/// A JSON value whose texts can be stored. They are those of the document where nothing in them is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// The literal, exactly as written.
    Number(Cow<'a, str>),
    String {
        text: Cow<'a, str>,
        /// NUL or a lone surrogate was replaced in it.
        is_repaired: bool,
    },
    Array(Vec<Self>),
    Object(Members<'a>),
}

/// Containers stand in each other beyond [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooDeep;

impl<'a> Value<'a> {
    /// A text that is storable already.
    pub(crate) fn text(text: String) -> Self {
        Self::String { text: text.into(), is_repaired: false }
    }

    /// Builds the tree of a whole document.
    pub(crate) fn from_tokens(tokens: &[Token<'a>]) -> Result<Self, TooDeep> {
        Self::build(tokens, 0, MAX_DEPTH)
    }

    fn build(tokens: &[Token<'a>], at: usize, depth: usize) -> Result<Self, TooDeep> {
        Ok(match tokens.get(at).copied().unwrap_or(Token::Null) {
            Token::Null => Self::Null,
            Token::Bool(bool) => Self::Bool(bool),
            Token::Number(literal) => Self::Number(literal.into()),
            Token::String(quoted) => {
                let (text, is_repaired) = storable(quoted);
                Self::String { text, is_repaired }
            }
            Token::Array { end } => {
                let depth = depth.checked_sub(1).ok_or(TooDeep)?;
                let mut items = Vec::new();
                let mut next = at + 1;
                while next < end {
                    items.push(Self::build(tokens, next, depth)?);
                    next = tokens.get(next).map_or(end, |token| token.end(next));
                }
                Self::Array(items)
            }
            Token::Object { end } => {
                let depth = depth.checked_sub(1).ok_or(TooDeep)?;
                let mut members = Vec::new();
                let mut next = at + 1;
                while next + 1 < end {
                    let key = match tokens.get(next) {
                        Some(Token::String(key)) => storable(*key).0,
                        _ => Cow::default(),
                    };
                    let value = Self::build(tokens, next + 1, depth)?;
                    members.push(Member { place: next, key, value });
                    next = tokens.get(next + 1).map_or(end, |token| token.end(next + 1));
                }
                Self::Object(Members::new(members))
            }
        })
    }

    /// Says nothing: `null`, white space, or a container of nothing but that.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(_) | Self::Number(_) => false,
            Self::String { text, .. } => text.chars().all(char::is_whitespace),
            Self::Array(items) => items.iter().all(Self::is_empty),
            Self::Object(members) => members.iter().all(|(_, member)| member.is_empty()),
        }
    }

    /// A text in it had to be changed to be storable.
    pub(crate) fn is_repaired(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::String { is_repaired, .. } => *is_repaired,
            Self::Array(items) => items.iter().any(Self::is_repaired),
            Self::Object(members) => members.iter().any(|(_, member)| member.is_repaired()),
        }
    }

    /// What kind of JSON value it is, for a sentence.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String { .. } => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::super::write::to_jsonb_text;
    use super::*;
    use proptest::prelude::*;

    fn value(json: &str) -> Result<Value<'_>, TooDeep> {
        Value::from_tokens(&tokens(json).unwrap())
    }

    #[test]
    fn the_last_of_equal_keys_counts_and_the_others_are_kept() {
        for (json, expected) in [
            (r#"{"a":1,"b":[{}],"\u0061":2}"#, r#"{"a":2,"b":[{}],"a (earlier)":[1]}"#),
            (r#"{"a":1,"a":[],"a":{"b":2},"a":3}"#, r#"{"a":3,"a (earlier)":[1,{"b":2}]}"#),
            (r#"{"a":"x","a":"x","a":"x"}"#, r#"{"a":"x"}"#),
            (r#"{"a":" ","a":null}"#, r#"{"a":null}"#),
            (r#"{"a (earlier)":0,"a":1,"a":2}"#, r#"{"a":2,"a (earlier)":[0,1]}"#),
            (
                r#"{"b":0,"a":1,"a":2,"a (earlier)":3}"#,
                r#"{"a":2,"a (earlier)":3,"a (earlier) (earlier)":[[1]],"b":0}"#,
            ),
            (r#"{"\u0000":1,"\ud800":2}"#, r#"{"\ufffd":2,"\ufffd (earlier)":[1]}"#),
        ] {
            assert_eq!(value(json), value(expected), "{json}");
        }
    }

    #[test]
    fn depth_is_bounded_as_in_serde() {
        for depth in [1, 126, 127, 128, 100_000] {
            let json = "[".repeat(depth) + &"]".repeat(depth);
            let theirs = serde_json::from_str::<serde_json::Value>(&json).is_ok();
            assert_eq!(value(&json).is_ok(), theirs, "{depth}");
        }
    }

    #[test]
    fn emptiness_reaches_into_containers() {
        for (json, is_empty) in [
            ("null", true),
            (r#"" \u3000""#, true),
            ("[]", true),
            (r#"{"a":null,"b":["",{}]}"#, true),
            ("0", false),
            ("false", false),
            (r#"{"a":[{"b":"x"}]}"#, false),
        ] {
            assert_eq!(value(json).unwrap().is_empty(), is_empty, "{json}");
        }
    }

    /// Any JSON that serde can hold.
    pub(crate) fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            any::<String>().prop_map(|text| serde_json::Value::from(text.replace('\0', " "))),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[^\0]{0,6}", inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_serde_wrote_and_writes_what_serde_reads(json in any_json()) {
            for text in [json.to_string(), format!("{json:#}")] {
                let ours = to_jsonb_text(&value(&text).unwrap());
                let back: serde_json::Value = serde_json::from_str(&ours).unwrap();
                prop_assert_eq!(&back, &json);
            }
        }
    }
}
