//! The shape of resumes: for each JSON path types, shares, lengths and patterns; never a value.
//!
//! A pattern folds what it is made of: each digit is a 9, a run of letters an A, a run of Chinese a
//! 字. It is kept for dates, numbers of phones and ids alone. A word is kept if it is one of a short
//! list that everybody may know. A name that the contract does not have is kept if it looks like one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::contract::{FIELDS, Field, Keep, Kind, ONGOING};

/// Patterns, and paths, of which more are counted without their names.
const MOST_PATTERNS: usize = 12;
const MOST_PATHS: usize = 500;
/// A name that does not look like a field's.
const ODD_NAME: &str = "(odd name)";
/// What has no pattern or word of its own.
const OTHER: &str = "(other)";

/// One field, over all resumes that were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shape {
    /// Where it stands; items of lists are folded: `education[].major`.
    pub path: String,
    /// The contract names it.
    pub is_known: bool,
    /// Objects in which it could stand.
    pub of: u64,
    /// Those in which it stands.
    pub present: u64,
    /// As `null`.
    pub null: u64,
    /// As empty text, list or object.
    pub empty: u64,
    /// The JSON types of what says something.
    pub types: BTreeMap<String, u64>,
    /// Values of another type than the documented one.
    pub unexpected: u64,
    /// Of texts the characters, of lists the items: least and most.
    pub length: Option<(u64, u64)>,
    /// Texts longer than documented.
    pub too_long: u64,
    /// Patterns of dates, phones and ids.
    pub patterns: BTreeMap<String, u64>,
    /// Words of a closed list.
    pub words: BTreeMap<String, u64>,
    /// At the top level: resumes by source, and those of them that have it.
    pub by_source: BTreeMap<String, (u64, u64)>,
}

impl Shape {
    /// How many say something.
    pub fn said(&self) -> u64 {
        self.present - self.null - self.empty
    }
}

/// The shapes as they are gathered.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    by_path: BTreeMap<String, Shape>,
    objects: BTreeMap<String, u64>,
    sources: BTreeMap<&'static str, u64>,
}

impl Shapes {
    /// Looks at one more resume.
    pub(crate) fn add(&mut self, resume: &Value, source: &'static str) {
        let Value::Object(fields) = resume else { return };
        *self.sources.entry(source).or_default() += 1;
        self.object("", fields);
        for (name, value) in fields {
            if is_said(value)
                && let Some(shape) = self.by_path.get_mut(folded(name))
            {
                shape.by_source.entry(source.to_owned()).or_default().0 += 1;
            }
        }
    }

    /// How many resumes were looked at.
    pub(crate) fn resumes(&self) -> u64 {
        self.sources.values().sum()
    }

    fn object(&mut self, prefix: &str, fields: &Map<String, Value>) {
        *self.objects.entry(prefix.to_owned()).or_default() += 1;
        for (name, value) in fields {
            self.field(&format!("{prefix}{}", folded(name)), value);
        }
    }

    fn field(&mut self, path: &str, value: &Value) {
        if self.by_path.len() >= MOST_PATHS && !self.by_path.contains_key(path) {
            return;
        }
        let known = Field::of(path);
        let is_known = known.is_some() || path.strip_suffix("[]").is_some_and(is_list_of_texts);
        let shape = self.by_path.entry(path.to_owned()).or_default();
        shape.is_known = is_known;
        shape.present += 1;
        if value.is_null() {
            shape.null += 1;
            return;
        }
        if !is_said(value) {
            shape.empty += 1;
            return;
        }
        *shape.types.entry(type_name(value).to_owned()).or_default() += 1;
        shape.unexpected += u64::from(known.is_some_and(|field| !is_of(value, field.kind)));
        if let Some(length) = length(value) {
            let (least, most) = shape.length.unwrap_or((length, length));
            shape.length = Some((least.min(length), most.max(length)));
            let documented = known.map_or(0, |field| field.most);
            let is_text = value.is_string() && documented > 0;
            shape.too_long +=
                u64::from(is_text && usize::try_from(length).is_ok_and(|it| it > documented));
        }
        keep(shape, known.map_or(Keep::Length, |field| field.keep), value);

        let is_list = known.is_some_and(|field| field.kind == Kind::List);
        match value {
            Value::Object(fields) if is_list => self.object(&format!("{path}[]."), fields),
            Value::Object(fields) => self.object(&format!("{path}."), fields),
            Value::Array(items) => {
                for item in items {
                    match item {
                        Value::Object(fields) => self.object(&format!("{path}[]."), fields),
                        other => self.field(&format!("{path}[]"), other),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// All of them by path, documented fields that nobody has included.
    pub(crate) fn finish(mut self) -> Vec<Shape> {
        for field in FIELDS {
            self.by_path.entry(field.path.to_owned()).or_default().is_known = true;
        }
        let (objects, sources) = (&self.objects, &self.sources);
        self.by_path
            .into_iter()
            .map(|(path, mut shape)| {
                let parent =
                    path.rsplit_once('.').map_or(String::new(), |(at, _)| format!("{at}."));
                shape.of = objects.get(&parent).copied().unwrap_or(0).max(shape.present);
                if parent.is_empty() {
                    for (source, resumes) in sources {
                        shape.by_source.entry((*source).to_owned()).or_default().1 = *resumes;
                    }
                }
                shape.path = path;
                shape
            })
            .collect()
    }
}

/// Whether a value says anything.
pub(crate) fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A name as it may be kept: one that looks like a field's, and not like a number of somebody.
pub(crate) fn folded(name: &str) -> &str {
    let is_plain = (1..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().filter(u8::is_ascii_digit).count() < 3;
    if is_plain { name } else { ODD_NAME }
}

/// What a text is made of.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.trim().chars() {
        let folded = match c {
            '0'..='9' => '9',
            '-' | '/' | ':' | '.' | ' ' | '+' | '(' | ')' | '#' | ',' | '~' => c,
            _ if c.is_ascii_alphabetic() => 'A',
            _ => '字',
        };
        let is_run = matches!(folded, 'A' | '字') && pattern.ends_with(folded);
        if !is_run {
            pattern.push(folded);
        }
    }
    if pattern.chars().count() > 30 { OTHER.to_owned() } else { pattern }
}

fn is_list_of_texts(path: &str) -> bool {
    ["personalPage", "customContentDatas[].content"].contains(&path)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is_of(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Text => value.is_string(),
        Kind::Whole => value.is_number(),
        Kind::Flag => value.is_boolean(),
        Kind::List => value.is_array(),
        Kind::Object => value.is_object(),
    }
}

fn length(value: &Value) -> Option<u64> {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    u64::try_from(length).ok()
}

fn keep(shape: &mut Shape, keep: Keep, value: &Value) {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return,
    };
    match keep {
        Keep::Length => {}
        Keep::Words(words) => count(&mut shape.words, known_word(words, &text)),
        Keep::Date if ONGOING.contains(&text.as_str()) => count(&mut shape.words, &text),
        Keep::Pattern | Keep::Date => count(&mut shape.patterns, &pattern(&text)),
    }
}

fn known_word<'a>(words: &[&'a str], text: &str) -> &'a str {
    words.iter().find(|word| **word == text).copied().unwrap_or(OTHER)
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    let is_room = counts.len() < MOST_PATTERNS || counts.contains_key(name);
    *counts.entry(if is_room { name } else { OTHER }.to_owned()).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shapes(resumes: &[Value]) -> Vec<Shape> {
        let mut shapes = Shapes::default();
        for resume in resumes {
            shapes.add(resume, "applied");
        }
        shapes.finish()
    }

    fn at<'a>(shapes: &'a [Shape], path: &str) -> &'a Shape {
        shapes.iter().find(|shape| shape.path == path).unwrap()
    }

    #[test]
    fn shares_types_and_lengths_are_counted() {
        let shapes = shapes(&[
            json!({"motto": "努力", "education": [{"schoolName": "甲"}, {"schoolName": ""}]}),
            json!({"motto": null, "education": {"schoolName": "乙大學"}, "disabilityCard": "1"}),
        ]);
        let motto = at(&shapes, "motto");
        assert_eq!((motto.of, motto.present, motto.null, motto.said()), (2, 2, 1, 1));
        let school = at(&shapes, "education[].schoolName");
        assert_eq!((school.of, school.present, school.empty), (3, 3, 1));
        assert_eq!(school.length, Some((1, 3)));
        assert_eq!(at(&shapes, "education").unexpected, 1, "an object where a list should be");
        assert_eq!(at(&shapes, "disabilityCard").unexpected, 1);
        let never = at(&shapes, "fullName");
        assert_eq!((never.of, never.present, never.is_known), (2, 0, true));
        assert_eq!(motto.by_source["applied"], (1, 2));
    }

    #[test]
    fn patterns_and_words_tell_nobody() {
        let shapes = shapes(&[json!({
            "cellPhone": "0912-345-678", "fullName": "王小明", "gender": "王小明",
            "education": [{"startDate": "2020-09", "endDate": "迄今", "degreeLevel": "碩士"}],
            "experiences": [{"startDate": "2020-09T王", "endDate": "王小明"}],
        })]);
        assert_eq!(at(&shapes, "cellPhone").patterns.keys().collect::<Vec<_>>(), ["9999-999-999"]);
        assert_eq!(at(&shapes, "gender").words.keys().collect::<Vec<_>>(), [OTHER]);
        assert_eq!(at(&shapes, "education[].endDate").words.keys().collect::<Vec<_>>(), ["迄今"]);
        assert_eq!(at(&shapes, "education[].degreeLevel").words["碩士"], 1);
        assert_eq!(at(&shapes, "experiences[].endDate").patterns["字"], 1);
        let all = serde_json::to_string(&shapes).unwrap();
        assert!(!all.contains('王') && !all.contains("0912"), "{all}");
    }

    #[test]
    fn names_are_kept_if_they_look_like_names() {
        for (name, kept) in [
            ("aiScore", "aiScore"),
            ("x_2", "x_2"),
            ("A123456789", ODD_NAME),
            ("0912345678", ODD_NAME),
            ("王小明", ODD_NAME),
            ("wang@example.com", ODD_NAME),
            ("", ODD_NAME),
        ] {
            assert_eq!(folded(name), kept);
        }
        let shapes = shapes(&[json!({"badges": [{"code": 1}], "王": {"x": 1}})]);
        assert!(!at(&shapes, "badges[].code").is_known);
        assert_eq!(at(&shapes, "(odd name).x").present, 1);
    }

    #[test]
    fn many_patterns_are_counted_together() {
        let many: Vec<Value> =
            (1..30).map(|length| json!({"cellPhone": "1".repeat(length)})).collect();
        assert_eq!(at(&shapes(&many), "cellPhone").patterns.len(), MOST_PATTERNS + 1);
    }
}
