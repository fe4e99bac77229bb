//! What holds for any document.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod support;

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use support::{corpus, read, shown};

/// Any JSON, its keys often those of the contract.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "(月薪|錄取後|[0-9]{1,8}|[-/~年月日萬元]|以上|迄今|<p>|<b|&amp;|fileId=|\\?|、){0,6}"
            .prop_map(Value::from),
        "(台北|臺中市|新竹|桃園縣|大安區|中壢市|東|[縣市區]|台灣省|日本|役畢|在職|中|精通|聽|無|[(、/ ]){0,6}"
            .prop_map(Value::from),
    ];
    let key = prop_oneof![
        "[a-z\u{0}]{0,4}",
        Just("schoolName".to_owned()),
        Just("type".to_owned()),
        Just("wage".to_owned()),
        Just("workPlace".to_owned()),
        Just("address".to_owned()),
        Just("militaryStatus".to_owned()),
        Just("employmentStatus".to_owned()),
        Just("listenDegree".to_owned()),
        Just("resourceLink".to_owned()),
        Just("education".to_owned()),
        Just("attachFiles".to_owned()),
        Just("jobRequirement".to_owned()),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Where the values of a document stand.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let key = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &key(&index.to_string()), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                pointers(member, &key(name), found);
            }
        }
        _ => {}
    }
}

/// A document of the corpus with one value replaced.
fn mutated(document: Index, place: Index, with: Value) -> Value {
    let corpus = corpus();
    let (_, json) = document.get(&corpus);
    // `1e999` is beyond serde; the document is only a stock to start from.
    let mut value: Value = serde_json::from_str(
        &json
            .replace("1e999", "1")
            .replace("\\ud83d戊", "")
            .replace("\\udc00", "")
            .replace("\\ud800", ""),
    )
    .unwrap();
    let mut places = Vec::new();
    pointers(&value, "", &mut places);
    *value.pointer_mut(place.get(&places).as_str()).unwrap() = with;
    value
}

/// The document with other tokens in its file links.
fn with_other_tokens(value: &Value) -> Value {
    let mut value = value.clone();
    let mut places = Vec::new();
    pointers(&value, "", &mut places);
    for place in places {
        let parts: Vec<&str> = place.split('/').collect();
        let is_link = match parts[..] {
            ["", "headshotUrl"] | ["", "attachFiles" | "projectDatas", "resourceLink"] => true,
            ["", "attachFiles" | "projectDatas", item, "resourceLink"] => {
                item.parse::<usize>().is_ok()
            }
            _ => false,
        };
        if is_link && let Some(Value::String(link)) = value.pointer_mut(&place) {
            *link = link.replacen('?', "?fileId=other&", 1);
        }
    }
    value
}

/// The same JSON written otherwise: members turned around, white space, escapes.
fn rewritten(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push_str(" [\n");
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { " ,\t" } else { "" });
                rewritten(item, out);
            }
            out.push_str("\r\n] ");
        }
        Value::Object(members) => {
            out.push_str(" { ");
            for (index, (key, member)) in members.iter().rev().enumerate() {
                out.push_str(if index > 0 { "\n, " } else { "" });
                rewritten(&Value::from(key.as_str()), out);
                out.push(':');
                rewritten(member, out);
            }
            out.push('}');
        }
        Value::String(text) => {
            out.push('"');
            for unit in text.encode_utf16() {
                write!(out, "\\u{unit:04X}").unwrap();
            }
            out.push('"');
        }
        other => out.push_str(&other.to_string()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_object_becomes_a_resume(json in any_json()) {
        prop_assert_eq!(read(&json.to_string()).is_ok(), json.is_object());
    }

    #[test]
    fn any_mutation_becomes_a_resume(
        document in any::<Index>(),
        place in any::<Index>(),
        with in any_json(),
    ) {
        let value = mutated(document, place, with);
        let read = read(&value.to_string());
        prop_assert_eq!(read.is_ok(), value.is_object());
        if let Ok((resume, _)) = read && let Some(unknown) = resume.unknown_fields {
            let unknown: Value = serde_json::from_str(&unknown).unwrap();
            prop_assert!(unknown.is_object());
        }
    }

    #[test]
    fn any_damage_is_read_or_refused(document in any::<Index>(), at in any::<Index>(), with in ".{0,3}") {
        let corpus = corpus();
        let (_, json) = document.get(&corpus);
        let mut chars: Vec<char> = json.chars().collect();
        let at = at.index(chars.len());
        chars.splice(at..=at, with.chars());
        let damaged: String = chars.into_iter().collect();
        let is_json = transform::content_hash(&damaged).is_some();
        prop_assert_eq!(read(&damaged).is_ok(), is_json && damaged.trim_start().starts_with('{'));
    }

    #[test]
    fn nothing_unstorable_comes_out(document in any::<Index>(), place in any::<Index>(), tail in r"(\\u0000|\\ud[89ab]00|\\ud[c-f]00){1,3}") {
        let marked = mutated(document, place, json!("MARK")).to_string();
        prop_assume!(marked.starts_with('{'));
        let shown = shown(&marked.replace("MARK", &format!("MARK{tail}")));
        let is_unstorable = ["\0", "\\0", "\\u{0}"].iter().any(|nul| shown.contains(nul));
        prop_assert!(!is_unstorable, "{}", shown);
    }

    #[test]
    fn the_hash_is_blind_to_form_and_tokens(document in any::<Index>(), place in any::<Index>(), with in any_json()) {
        let value = mutated(document, place, with);
        let mut other = String::new();
        rewritten(&with_other_tokens(&value), &mut other);
        prop_assert_eq!(transform::content_hash(&value.to_string()), transform::content_hash(&other));
    }

    #[test]
    fn the_hash_sees_every_value(document in any::<Index>(), place in any::<Index>(), with in any_json()) {
        let changed = mutated(document, place, with);
        let same = mutated(document, place, json!("MARK"));
        prop_assume!(changed != same);
        prop_assert_ne!(
            transform::content_hash(&changed.to_string()),
            transform::content_hash(&same.to_string())
        );
    }
}
