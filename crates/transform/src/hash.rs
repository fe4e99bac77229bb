//! What makes two documents the same.

use std::borrow::Cow;

use model::ContentHash;
use sha2::{Digest as _, Sha256};

use crate::json::{Token, meaning, tokens};

/// The number of the rule by which [`content_hash`] is made. It is stored beside each hash and
/// is part of what is hashed: hashes of different rules never compare equal.
pub const HASH_RULE: i16 = 1;

/// The hash of a document's meaning: a SHA-256 over its tokens with keys sorted (equal keys in
/// their order), numbers by their literal, strings by what their escapes stand for, without
/// white space; the links in `headshotUrl`, `attachFiles[].resourceLink` and
/// `projectDatas[].resourceLink` cut before their query, because the file tokens in it may
/// differ on each answer (A-20).
///
/// `None` only for what is no JSON. Whatever `serde_json`'s `RawValue` accepts has a hash, at any
/// depth, with lone surrogates, numbers beyond a double and equal keys.
///
/// ```
/// let one = transform::content_hash(r#"{"fullName":"王小明","headshotUrl":"https://h.example/f?fileId=1"}"#);
/// let two = transform::content_hash(r#"{"headshotUrl":"https://h.example/f?fileId=2", "fullName":"\u738b小明"}"#);
/// assert!(one.is_some());
/// assert_eq!(one, two);
/// ```
pub fn content_hash(json: &str) -> Option<ContentHash> {
    let tokens = tokens(json).ok()?;
    let mut sha = Sha256::new();
    sha.update(HASH_RULE.to_be_bytes());
    let mut todo = vec![Step::Value(0, Place::Resume)];
    while let Some(step) = todo.pop() {
        match step {
            Step::Key(key) => feed(&mut sha, b'k', &key),
            Step::Value(at, place) => value(&mut sha, &tokens, at, place, &mut todo),
        }
    }
    Some(ContentHash(sha.finalize().into()))
}

/// What is still to be hashed; a stack instead of recursion, so that depth costs no stack.
enum Step<'a> {
    Key(Cow<'a, [u8]>),
    Value(usize, Place),
}

/// Where a value stands, as far as file links go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The document itself.
    Resume,
    /// A list whose items hold links; or, by A-23, its only item.
    FileList,
    /// An item of such a list.
    FileItem,
    /// A link.
    FileLink,
    Elsewhere,
}

impl Place {
    /// Where the member of an object at this place stands.
    fn member(self, key: &[u8]) -> Self {
        match (self, key) {
            (Self::Resume, b"headshotUrl") | (Self::FileList | Self::FileItem, b"resourceLink") => {
                Self::FileLink
            }
            (Self::Resume, b"attachFiles" | b"projectDatas") => Self::FileList,
            _ => Self::Elsewhere,
        }
    }

    /// Where the item of an array at this place stands.
    fn item(self) -> Self {
        if self == Self::FileList { Self::FileItem } else { Self::Elsewhere }
    }
}

/// Hashes one value; what a container holds is put on the stack.
fn value<'a>(
    sha: &mut Sha256,
    tokens: &[Token<'a>],
    at: usize,
    place: Place,
    todo: &mut Vec<Step<'a>>,
) {
    match tokens.get(at).copied().unwrap_or(Token::Null) {
        Token::Null => feed(sha, b'0', b""),
        Token::Bool(is_true) => feed(sha, if is_true { b't' } else { b'f' }, b""),
        Token::Number(literal) => feed(sha, b'n', literal.as_bytes()),
        Token::String(quoted) => {
            let text = meaning(quoted);
            let length = if place == Place::FileLink { path_length(&text) } else { text.len() };
            feed(sha, b's', text.get(..length).unwrap_or(&text));
        }
        Token::Array { end } => {
            let items = children(tokens, at, end);
            sha.update([b'a']);
            sha.update(count(items.len()));
            todo.extend(items.into_iter().rev().map(|item| Step::Value(item, place.item())));
        }
        Token::Object { end } => {
            let mut members: Vec<(Cow<'a, [u8]>, usize)> = children(tokens, at, end)
                .chunks_exact(2)
                .filter_map(|pair| match (pair, pair.first().and_then(|key| tokens.get(*key))) {
                    (&[_, value], Some(Token::String(key))) => Some((meaning(*key), value)),
                    _ => None,
                })
                .collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            sha.update([b'o']);
            sha.update(count(members.len()));
            for (key, value) in members.into_iter().rev() {
                todo.push(Step::Value(value, place.member(&key)));
                todo.push(Step::Key(key));
            }
        }
    }
}

/// Where the values directly within a container begin; keys are values here.
fn children(tokens: &[Token<'_>], at: usize, end: usize) -> Vec<usize> {
    let next = |child: &usize| tokens.get(*child).map(|token| token.end(*child));
    std::iter::successors(Some(at + 1), next).take_while(|child| *child < end).collect()
}

/// A tag, a length and bytes: no two sequences of them run into the same bytes.
fn feed(sha: &mut Sha256, tag: u8, bytes: &[u8]) {
    sha.update([tag]);
    sha.update(count(bytes.len()));
    sha.update(bytes);
}

fn count(number: usize) -> [u8; 8] {
    u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes()
}

/// How far a link reaches without its query and fragment.
fn path_length(link: &[u8]) -> usize {
    link.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(link.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) {
        assert!(content_hash(one).is_some(), "{one}");
        assert_eq!(content_hash(one), content_hash(other), "{one} {other}");
    }

    fn different(one: &str, other: &str) {
        assert!(content_hash(one).is_some() && content_hash(other).is_some(), "{one} {other}");
        assert_ne!(content_hash(one), content_hash(other), "{one} {other}");
    }

    #[test]
    fn form_does_not_count() {
        for (one, other) in [
            (r#"{"a":1,"b":[1,2]}"#, " {\n\"b\" : [ 1 , 2 ] ,\t\"a\":1 }\r\n"),
            (r#"{"a":"王"}"#, r#"{"\u0061":"\u738b"}"#),
            (r#""😀""#, r#""\ud83d\uDE00""#),
            (r#""\/\t""#, r#""/\u0009""#),
            (r#""\ud800""#, r#""\uD800""#),
            (r#"{"b":1,"a":2,"a":3}"#, r#"{"a":2,"b":1,"a":3}"#),
        ] {
            same(one, other);
        }
    }

    #[test]
    fn meaning_counts() {
        for (one, other) in [
            ("1", "2"),
            ("1", "1.0"),
            ("1", r#""1""#),
            ("1e999", "1e998"),
            ("null", "[]"),
            ("[]", "{}"),
            ("[[],[]]", "[[[]]]"),
            ("[1,2]", "[2,1]"),
            (r#"["ab"]"#, r#"["a","b"]"#),
            (r#"{"a":null}"#, "{}"),
            (r#"{"a":2,"a":3}"#, r#"{"a":3,"a":2}"#),
            (r#"{"a":2,"a":3}"#, r#"{"a":3}"#),
            (r#"{"a":"b"}"#, r#"["a","b"]"#),
            (r#""\ud800""#, r#""\ud801""#),
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\u0000""#, r#""""#),
        ] {
            different(one, other);
        }
    }

    #[test]
    fn tokens_of_files_do_not_count() {
        for (one, other) in [
            (
                r#"{"headshotUrl":"https://h/f?fileId=1"}"#,
                r#"{"headshotUrl":"https://h/f?fileId=2"}"#,
            ),
            (r#"{"headshotUrl":"/f?fileId=1#x"}"#, r#"{"headshotUrl":"/f"}"#),
            (
                r#"{"attachFiles":[{"resourceLink":"/f?fileId=1"},{"title":"x"}]}"#,
                r#"{"attachFiles":[{"resourceLink":"/f\u003ffileId=2"},{"title":"x"}]}"#,
            ),
            (
                r#"{"projectDatas":{"resourceLink":"?1"}}"#,
                r#"{"projectDatas":{"resourceLink":"?2"}}"#,
            ),
        ] {
            same(one, other);
        }
    }

    #[test]
    fn everything_else_in_links_counts() {
        for (one, other) in [
            (r#"{"headshotUrl":"https://h/f"}"#, r#"{"headshotUrl":"https://h/g"}"#),
            (r#"{"headshotUrl":"https://h/f"}"#, r#"{"headshotUrl":"https://i/f"}"#),
            (r#"{"headshotUrl":["?1"]}"#, r#"{"headshotUrl":["?2"]}"#),
            (r#"{"resourceLink":"?1"}"#, r#"{"resourceLink":"?2"}"#),
            (r#"{"a":{"headshotUrl":"?1"}}"#, r#"{"a":{"headshotUrl":"?2"}}"#),
            (r#"{"attachFiles":[{"website":"?1"}]}"#, r#"{"attachFiles":[{"website":"?2"}]}"#),
            (
                r#"{"attachFiles":[[{"resourceLink":"?1"}]]}"#,
                r#"{"attachFiles":[[{"resourceLink":"?2"}]]}"#,
            ),
            (r#"[{"headshotUrl":"?1"}]"#, r#"[{"headshotUrl":"?2"}]"#),
        ] {
            different(one, other);
        }
    }

    #[test]
    fn any_json_has_a_hash_and_nothing_else() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert!(content_hash(&deep).is_some());
        for json in ["", "{", "{}x", "nul"] {
            assert_eq!(content_hash(json), None);
        }
    }

    /// Changing this means a new [`HASH_RULE`].
    #[test]
    fn the_rule_stands() {
        let hash =
            content_hash(r#"{"fullName":"王小明","seniority":3,"x":[null,true,false,"\ud800"]}"#);
        assert_eq!(format!("{:?}", hash.unwrap()), "ContentHash(b3fcd7041381…)");
    }
}
