//! Documents of shapes that nobody expects: bad input is a note, a rejection with its payload, or data (P5). Odd texts
//! and numbers, depth and size: `tests/faults/texts.rs`.

use acceptance::{FIRST_DAY, ONE_DAY, Scene, applied, by_hand};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};

/// A neighbour of the hostile one, in the same batch: whatever happens, it arrives.
const NEIGHBOUR: &str = r#"{"idno": "N-1", "fullName": "鄰居"}"#;

async fn scene_with(document: &str) -> Scene {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "N-1", NEIGHBOUR));
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "H-1", document));
    scene
}

/// An odd document that is an object: stored, whatever its values are.
async fn check_stored(what: &str, document: &str) {
    let scene = scene_with(document).await;
    let run = scene.run(ONE_DAY).await;
    assert_eq!(run.code, Some(0), "{what}: {}{}", run.stdout, run.stderr);
    assert_eq!(scene.database.items().await, [("stored".into(), 2)], "{what}");
    let kept: Vec<(String,)> = scene
        .database
        .rows("select document from raw.resume_document where resume_id = 'H-1'")
        .await;
    assert_eq!(kept, [(document.to_owned(),)], "{what}: the bytes are kept as they came");
    let people: Vec<(String, Option<String>)> = scene
        .database
        .rows("select resume_id, full_name from recruiting.candidate order by resume_id desc")
        .await;
    assert_eq!(people.len(), 2, "{what}");
    assert_eq!(people[0], ("N-1".into(), Some("鄰居".into())), "{what}");
}

#[tokio::test]
async fn shapes_that_nobody_promised_are_stored() {
    for document in [
        r#"{"idno": "H-1"}"#,
        r#"{"idno": "H-1", "education": "大學", "experiences": {"firmName": "甲"}, "speciality": 7}"#,
        r#"{"idno": "H-1", "applyJob": [null, 3, "工程師", {"jobNo": 9}], "foreignLanguage": [[]]}"#,
        r#"{"idno": "H-1", "fullName": ["王", "小明"], "birthday": 19900101, "jobRequirement": []}"#,
        r#"{"idno": "H-1", "fullName": "甲", "birthday": "民國七十九年"}"#,
        r#"{"idno": "H-1", "attachFiles": [{"resourceLink": "http://evil.example/x?fileId="}, {"resourceLink": 5}], "headshotUrl": "javascript:alert(1)"}"#,
    ] {
        check_stored(document, document).await;
    }
}

/// Something that is no JSON object: rejected, kept, and retried.
async fn check_rejected(what: &str, document: &str) {
    let scene = scene_with(document).await;
    let run = scene.run(ONE_DAY).await;
    assert_eq!(run.code, Some(3), "{what}: {}{}", run.stdout, run.stderr);
    let items = [("rejected".to_owned(), 1), ("stored".to_owned(), 1)];
    assert_eq!(scene.database.items().await, items, "{what}: {}", run.stdout);
    assert_eq!(
        scene.database.count("select count(*) from etl.fetch_window where state = 'closed'").await,
        3
    );
    let kept: Vec<(Option<String>,)> = scene
        .database
        .rows(
            "select coalesce(convert_from(payload, 'UTF8'), document) from etl.rejection
             left join raw.resume_document using (document_id)",
        )
        .await;
    assert_eq!(kept.len(), 1, "{what}: {kept:?}");
    let payload = kept[0].0.as_deref().unwrap_or_default();
    assert!(payload.contains(document), "{what}: the payload is kept, and is {payload:?}");

    let list = scene.etl104.run(&["rejections", "list", "--output", "json"]).await.exits(0);
    let row: Value = serde_json::from_str(list.stdout.trim()).unwrap();
    assert_eq!(row["resume_id"], "H-1", "{what}");
    assert!(!row["remedy"].as_str().unwrap_or_default().is_empty(), "{what}: {row}");

    // 104 mends it; the rejected one is asked for again.
    scene.simulator.add_listing(applied(
        FIRST_DAY,
        9,
        "H-1",
        json!({"idno": "H-1", "fullName": "好"}),
    ));
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    assert_eq!(scene.database.items().await, [("stored".into(), 2)], "{what}");
    let open = "select count(*) from etl.rejection where resolved_at is null";
    assert_eq!(scene.database.count(open).await, 0, "{what}");
}

#[tokio::test]
async fn what_is_no_object_is_rejected_with_its_payload() {
    check_rejected("a text", r#""H-1""#).await;
    check_rejected("a list", r#"["H-1", {"idno": "H-1"}]"#).await;
}

#[tokio::test]
async fn a_stranger_is_rejected_and_never_stored_under_the_id_that_was_asked() {
    let scene = scene_with(r#"{"idno": "S-9", "fullName": "陌生人"}"#).await;
    drop(scene.run(ONE_DAY).await.exits(3));
    let items = [("rejected".to_owned(), 1), ("stored".to_owned(), 1)];
    assert_eq!(scene.database.items().await, items);
    let code: String = scene.database.ask("select code from etl.rejection").await;
    assert_eq!(code, "stranger");
    let people: Vec<(String,)> =
        scene.database.rows("select resume_id from recruiting.candidate").await;
    assert_eq!(people, [("N-1".into(),)]);
}

/// A batch of twelve that is answered oddly; `absent` of them are not there at all.
async fn check_batch(then: Action, absent: i64) {
    let scene = Scene::new(by_hand()).await;
    for number in 0..12 {
        let id = format!("B-{number:02}");
        let resume = json!({"idno": id, "fullName": format!("名{number:02}")});
        scene.simulator.add_listing(applied(FIRST_DAY, 9, &id, resume));
    }
    scene.simulator.script(Rule::on(Endpoint::QueryBatch).then(then.clone()));
    if absent > 0 {
        scene.simulator.script(Rule::on(Endpoint::Query).then(then.clone()));
    }
    let run = scene.run(ONE_DAY).await;
    assert_eq!(run.code, Some(0), "{then:?}: {}{}", run.stdout, run.stderr);
    let mut items = vec![("stored".to_owned(), 12 - absent)];
    if absent > 0 {
        items.insert(0, ("absent".to_owned(), absent));
    }
    assert_eq!(scene.database.items().await, items, "{then:?}");
    let swapped = "select count(*) from recruiting.candidate where right(resume_id, 2) <> right(full_name, 2)";
    assert_eq!(scene.database.count(swapped).await, 0, "{then:?}: everybody has their own name");
}

#[tokio::test]
async fn order_changed_ids_repeated_ids_missing_strangers_among_them() {
    check_batch(Action::Reverse, 0).await;
    check_batch(Action::Duplicate { id: Some("B-03".into()) }, 0).await;
    check_batch(Action::Omit { id: Some("B-04".into()) }, 1).await;
    check_batch(Action::AddStranger, 0).await;
}
