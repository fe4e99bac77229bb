//! Any text, in every column of text.

use acceptance::contract::{TEXT_FIELDS, document};
use model::Source::Applied;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::world::{World, id, shown};

/// Characters of all planes; those that JSON, SQL, COPY, arrays and rows give a meaning are frequent.
fn any_text() -> impl Strategy<Value = String> {
    let telling: Vec<char> =
        "\0\u{1}\u{8}\t\n\u{b}\r\u{1b} '\"\\`%$:;,.-/*?#&<>(){}[]nN0eE\u{7f}\u{85}\u{a0}\u{200b}\u{2028}\u{202e}\u{3000}\u{d7ff}\u{e000}\u{fdd0}\u{feff}\u{fffd}\u{ffff}\u{1f600}\u{10ffff}"
            .chars()
            .collect();
    let char = prop_oneof![any::<char>(), proptest::sample::select(telling)];
    prop::collection::vec(char, 0..24).prop_map(String::from_iter)
}

#[tokio::test]
async fn any_text_comes_back_equal_from_every_column() {
    const PEOPLE: usize = 80;
    let world = World::new().await;
    let mut runner = TestRunner::default();
    let any_text = any_text();
    let mut sent = Vec::new();
    for person in 0..PEOPLE {
        let texts: Vec<String> =
            TEXT_FIELDS.iter().map(|_| any_text.new_tree(&mut runner).unwrap().current()).collect();
        let mut rest = texts.iter();
        let document = document(|_| rest.next().unwrap().as_str().into());
        let who = person.to_string();
        world.keep(&shown(Applied, 3, 9, &Value::Object(document).to_string()).of(&who)).await;
        sent.push((who, texts));
    }
    let ids: Vec<_> = sent.iter().map(|(who, _)| id(who)).collect();
    world.recompute_all(&ids, false).await;
    for (who, texts) in sent {
        let held = world.database.held(&who).await;
        for (field, text) in TEXT_FIELDS.iter().zip(texts) {
            // A digit alone is a code there, in any of its forms (¹, ①, １), and becomes its name.
            if field.path.rsplit('.').next() == Some("type") && text.contains(char::is_numeric) {
                continue;
            }
            assert_eq!(
                held.get(field.path),
                field.kept(&text).as_ref(),
                "{} of {text:?}",
                field.path
            );
        }
    }
}
