//! Texts, numbers and shapes that a table or a statement might choke on: each is stored or rejected beside its
//! neighbours, and what is stored is what was sent.

use std::collections::BTreeMap;

use acceptance::contract::{TEXT_FIELDS, document};
use acceptance::{FIRST_DAY, ONE_DAY, Scene, applied, by_hand};
use serde_json::{Value, json};
use simulator::Document;

const NEIGHBOUR: &str = r#"{"idno": "N-1", "fullName": "鄰居"}"#;

/// Documents by their ids, and one neighbour of all of them.
async fn scene_with(documents: &[(&str, Document)]) -> Scene {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "N-1", NEIGHBOUR));
    for (id, document) in documents {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, document.clone()));
    }
    scene
}

/// The neighbour is there as if nobody else had been in its batch.
async fn assert_neighbour_is_well(scene: &Scene) {
    let there =
        "select count(*) from recruiting.candidate where resume_id = 'N-1' and full_name = '鄰居'";
    assert_eq!(scene.database.count(there).await, 1);
    scene.database.assert_sound().await;
}

fn items(stored: usize, rejected: usize) -> Vec<(String, i64)> {
    let count = |state: &str, count: usize| (state.to_owned(), i64::try_from(count).unwrap());
    let items = vec![count("rejected", rejected), count("stored", stored)];
    items.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Odd documents that are objects: stored, their bytes as they came.
async fn check_stored(documents: &[(&str, String)]) -> Scene {
    let listed: Vec<_> = documents.iter().map(|(id, text)| (*id, text.clone().into())).collect();
    let scene = scene_with(&listed).await;
    let run = scene.run(ONE_DAY).await.exits(0);
    assert_eq!(scene.database.items().await, items(documents.len() + 1, 0), "{}", run.stderr);
    let kept: BTreeMap<String, String> = scene
        .database
        .rows::<(String, String)>("select resume_id, document from raw.resume_document")
        .await
        .into_iter()
        .collect();
    for (id, text) in documents {
        assert!(kept[*id] == *text, "{id}: the bytes are kept as they came");
    }
    assert_neighbour_is_well(&scene).await;
    scene
}

/// Ids are text too; each of these may stand in a list.
const TEXTS: [(&str, &str); 24] = [
    ("';drop", "'; drop table recruiting.candidate; --"),
    (r"\N", r"\N"),
    (r"\.", "first\n\\.\nlast"),
    ("tab", "a\tb\tc"),
    ("lines", "a\nb\r\nc\rd\u{b}e\u{c}f\u{85}g"),
    ("\"", "\"\"\"quoted\"\""),
    ("{}", "{a,\"b\",NULL,{c}}"),
    ("()", "(a,\"b\",,)"),
    ("$$", "$$ $1 $body$ ${x} $("),
    ("%27", "%s %d %% %27 %00 %n"),
    (r"\\", r"ends with \\\"),
    ("bom", "\u{feff}mark\u{feff}"),
    ("separators", "a\u{2028}b\u{2029}c"),
    ("bidi", "a\u{202e}b\u{2066}c\u{200b}\u{200d}d"),
    ("planes", "𠮷👩‍👩‍👧‍👦\u{e0001}\u{10ffff}\u{fffe}\u{e000}"),
    ("NUL", "a\0b\0"),
    ("json", r#"{"a":[1,null,"\u0000"]}"#),
    ("escaped", r"\u0000 \ud800 \x00 \0 &#0; &lt;"),
    ("controls", "a\u{1}\u{7f}\u{1b}[31m\u{9f}b"),
    ("html", "<script>alert('x')</script><!-- --><![CDATA["),
    ("../../x", "../../../etc/passwd"),
    ("a&b=c#d", "null NULL None nil NaN true 1e999 -0"),
    ("+", "＇；ｄｒｏｐ　ｔａｂｌｅ"),
    ("combining", "e\u{301}\u{301}\u{301} ﷽ Ａ"),
];

#[tokio::test]
async fn odd_text_in_every_field_comes_back_as_it_was_sent() {
    let documents = TEXTS.map(|(id, text)| {
        let mut document = document(|_| text.into());
        document.insert("idno".into(), id.into());
        // The text where a number, a flag or an object is due, as a name, and where nobody expects anything.
        document["experiences"][0]["wage"] = text.into();
        document["jobRequirement"]["shiftWork"] = text.into();
        document.insert("disabilityCard".into(), text.into());
        document.insert("attachFiles".into(), text.into());
        document.insert(text.into(), text.into());
        (id, Value::Object(document).to_string())
    });
    let scene = check_stored(&documents).await;
    for (id, text) in TEXTS {
        let held = scene.database.held(id).await;
        for field in &TEXT_FIELDS {
            assert_eq!(held.get(field.path), field.kept(text).as_ref(), "{id}: {}", field.path);
        }
    }
    let noted = "select count(distinct resume_id) from recruiting.candidate, jsonb_array_elements(_etl_notes) as note
        where note->>'column' = 'wage' and note->>'code' = 'unread' and note->>'words' <> ''";
    assert_eq!(scene.database.count(noted).await, 24, "what is no number is kept in its note");
    let unknown = "select count(*) from recruiting.candidate
        where resume_id = ';drop' or resume_id = '\"' and unknown_fields ? '\"\"\"quoted\"\"'";
    assert_eq!(scene.database.count(unknown).await, 1);
}

#[tokio::test]
async fn halves_of_characters_numbers_beyond_numbers_and_repeated_names_are_stored() {
    let mut documents = vec![
        ("S-1", r#"{"idno": "S-1", "fullName": "王\ud83d小明", "motto": "\udc00\ud800"}"#.to_owned()),
        ("S-2", r#"{"idno": "S-2", "b\ud800": {"c\udfff": 1, "\u0000": "\u0000"}}"#.to_owned()),
        ("D-1", r#"{"idno": "D-1", "fullName": "甲", "education": [{"major": "一", "major": "二"}], "fullName": "乙"}"#.to_owned()),
        // Asked alone it can only be the one that was asked; the other name is kept among the unknown fields.
        ("D-2", r#"{"idno": "D-2", "fullName": "丙", "idno": "N-1"}"#.to_owned()),
        ("H-1", format!(r#"{{"idno": "H-1", "introduction": "{}x"}}"#, "<div>".repeat(3_000))),
        ("H-2", format!(r#"{{"idno": "H-2", "extra": {}1{}}}"#, "[".repeat(100), "]".repeat(100))),
    ];
    let numbers = [
        "1e999",
        "-1E400",
        "-0",
        "-0.0e-0",
        "1e-999",
        "99999999999999999999",
        "-99999999999999999999999999999999999999999",
        "0.1e1",
        "9223372036854775807",
        "9223372036854775808",
        "1E400",
    ];
    let ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
    for (id, number) in ids.into_iter().zip(numbers) {
        let every = document(|_| "NUMBER".into());
        let text = Value::Object(every).to_string().replace("\"NUMBER\"", number);
        let text = text.replacen(
            '{',
            &format!(r#"{{"idno": "{id}", "disabilityCard": {number}, "extra": {number}, "#),
            1,
        );
        let wages = format!(r#"[{{"wage":{number},"wageYear":{number},"#);
        documents
            .push((id, text.replace(r#""experiences":[{"#, &format!(r#""experiences":{wages}"#))));
    }
    let scene = check_stored(&documents).await;
    for (id, number) in ids.into_iter().zip(numbers) {
        let held = scene.database.held(id).await;
        assert_eq!(held.get("fullName").map(String::as_str), Some(number), "{id}");
        assert_eq!(held.get("applyQuestion[].answer").map(String::as_str), Some(number), "{id}");
    }
    let repaired: Vec<(String,)> = scene
        .database
        .rows("select full_name from recruiting.candidate where resume_id = 'S-1'")
        .await;
    assert_eq!(repaired, [("王\u{fffd}小明".into(),)]);
}

/// What can't be read at all: rejected alone, its bytes kept, and taken up again when 104 mends it.
#[tokio::test]
async fn what_is_no_document_is_rejected_beside_its_neighbours_and_heals() {
    let utf16: Vec<u8> = r#"{"idno": "R-3"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested = |open: &str, close: &str| {
        format!(r#"{{"idno": "R", "x": {}1{}}}"#, open.repeat(10_000), close.repeat(10_000))
    };
    // Ten with the neighbour: one batch, asked one by one, so that the neighbour speaks for 104.
    let rejected: [(&str, Vec<u8>); 9] = [
        ("R-1", b"{\"idno\": \"R-1\", \"fullName\": \"\xff\xfe\xc0\xaf\"}".to_vec()),
        ("R-2", "\u{feff}{\"idno\": \"R-2\"}".into()),
        ("R-3", utf16),
        ("R-4", nested("[", "]").replacen("\"R\"", "\"R-4\"", 1).into()),
        ("R-5", nested("{\"a\":", "}").replacen("\"R\"", "\"R-5\"", 1).into()),
        (
            "R-6",
            nested("[", "]")
                .replace("\"x\"", "\"education\"")
                .replacen("\"R\"", "\"R-6\"", 1)
                .into(),
        ),
        ("R-7", br#"{"idno": "R-7", "fullName": "#.to_vec()),
        ("R-8", b"{\"idno\": \"R-8\", \"motto\": \"a\0b\"}".to_vec()),
        ("R-9", b"{'idno': 'R-9'}".to_vec()),
    ];
    let listed: Vec<_> = rejected.iter().map(|(id, bytes)| (*id, bytes.clone().into())).collect();
    let scene = scene_with(&listed).await;
    drop(scene.run(ONE_DAY).await.exits(3));
    assert_eq!(scene.database.items().await, items(1, 9));
    assert_eq!(scene.database.windows().await, [("closed".to_owned(), 3)]);
    assert_neighbour_is_well(&scene).await;

    let list = scene.etl104.run(&["rejections", "list", "--output", "json"]).await.exits(0);
    let rows: Vec<Value> =
        list.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 9, "{}", list.stdout);
    let payloads: BTreeMap<String, Vec<u8>> = scene
        .database
        .rows::<(String, Vec<u8>)>(
            "select resume_id, coalesce(payload, convert_to(document, 'UTF8'))
             from etl.rejection left join raw.resume_document using (resume_id, document_id)",
        )
        .await
        .into_iter()
        .collect();
    for (id, bytes) in &rejected {
        let row = rows.iter().find(|row| row["resume_id"] == *id).unwrap();
        assert!(!row["remedy"].as_str().unwrap_or_default().is_empty(), "{row}");
        let start = &bytes[..bytes.len().min(4_000)];
        let is_kept = payloads[*id].windows(start.len()).any(|part| part == start);
        assert!(is_kept, "{id}: what was refused is kept");
    }
    let status = scene.etl104.run(&["status"]).await.exits(0);
    assert!(status.stdout.contains("retry rejections"), "{}", status.stdout);

    for (id, _) in &rejected {
        let mended = json!({"idno": id, "fullName": "好"});
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, mended));
    }
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    assert_eq!(scene.database.items().await, items(10, 0));
    let open = "select count(*) from etl.rejection where resolved_at is null";
    assert_eq!(scene.database.count(open).await, 0);
    scene.database.assert_sound().await;
}

/// Whatever a table may refuse tomorrow: one resume is rejected, and neither its batch nor its window stays behind.
#[tokio::test]
async fn rows_that_postgres_refuses_reject_their_own_resume_alone() {
    let ids =
        ["P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-7", "P-8", "P-9", "P-10", "P-11", "P-12"];
    let resumes = ids.map(|id| (id, json!({"idno": id, "fullName": id, "gender": "女"}).into()));
    let scene = scene_with(&resumes).await;
    let limit = "alter table recruiting.candidate add constraint odd_ones_out check (full_name not in ('P-3', 'P-11'))";
    scene.database.change(limit).await;
    let run = scene.run(ONE_DAY).await.exits(3);
    assert_eq!(scene.database.items().await, items(11, 2), "{}", run.stderr);
    assert_eq!(scene.database.windows().await, [("closed".to_owned(), 3)]);
    assert_neighbour_is_well(&scene).await;
    let rows: Vec<(String, String, String)> = scene
        .database
        .rows("select resume_id, code, reason from etl.rejection order by resume_id")
        .await;
    let reason =
        "Postgres refused the rows of this resume: SQLSTATE 23514, constraint odd_ones_out";
    let row = |id: &str| (id.to_owned(), "refused_rows".to_owned(), reason.to_owned());
    assert_eq!(rows, [row("P-11"), row("P-3")]);
    for shown in [["rejections", "list"], ["rejections", "show"]] {
        let shown: &[&str] = if shown[1] == "show" { &["rejections", "show", "1"] } else { &shown };
        let shown = scene.etl104.run(shown).await.exits(0);
        assert!(shown.stdout.contains("refused_rows"), "{}", shown.stdout);
    }

    // As long as nothing is mended they are refused again, once each; then they come through.
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(3));
    assert_eq!(scene.database.items().await, items(11, 2));
    assert_eq!(scene.database.count("select count(*) from etl.rejection").await, 2);
    scene.database.change("alter table recruiting.candidate drop constraint odd_ones_out").await;
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    assert_eq!(scene.database.items().await, items(13, 0));
    let open = "select count(*) from etl.rejection where resolved_at is null";
    assert_eq!(scene.database.count(open).await, 0);
    scene.database.assert_sound().await;
}

/// A field of 10 MB, and some of 1 MB in columns that are keys or indexed.
#[tokio::test]
async fn fields_of_megabytes_are_stored_beside_their_neighbours() {
    let (longest, long) = ("長".repeat(3_500_000), "長".repeat(350_000));
    let with = |id: &str, key: &str, value: Value| (json!({"idno": id, key: value})).into();
    let scene = scene_with(&[
        ("L-1", with("L-1", "motto", longest.as_str().into())),
        ("L-2", with("L-2", "resumeId", long.as_str().into())),
        ("L-3", with("L-3", "applyJob", json!([{"jobNo": long, "name": "甲"}]))),
        ("L-4", with("L-4", "applyJob", json!([{"applyDate": long}, {"name": "乙"}]))),
        ("L-5", with("L-5", "speciality", json!([{"skill": long}]))),
        ("L-6", with("L-6", "unheardOf", json!({"of": [long]}))),
        ("L-7", with("L-7", "birthday", long.as_str().into())),
    ])
    .await;
    let (run, peak) = scene.spawn(ONE_DAY).finish_measured().await;
    drop(run.exits(0));
    assert_eq!(scene.database.items().await, items(8, 0));
    let whole = "select
          (select length(motto) from recruiting.candidate_narrative where resume_id = 'L-1')
        + (select length(member_no) from recruiting.candidate where resume_id = 'L-2')
        + (select length(skill) from recruiting.skill where resume_id = 'L-5')
        + (select length(unknown_fields #>> '{unheardOf,of,0}') from recruiting.candidate where resume_id = 'L-6')
        + (select length(birthday_text) from recruiting.candidate_sensitive where resume_id = 'L-7')";
    let length: i32 = scene.database.ask(whole).await;
    assert_eq!(length, 3_500_000 + 4 * 350_000);
    let applications =
        "select count(*) from recruiting.application where resume_id in ('L-3', 'L-4')";
    assert_eq!(scene.database.count(applications).await, 3);
    assert_neighbour_is_well(&scene).await;
    // 17 MB of documents; each is held a few times over while it becomes rows.
    assert!(peak.is_none_or(|kib| kib < 400_000), "{peak:?} KiB");
}

/// A hundred thousand items a list: rows, neither a row's neighbour lost nor time that grows with their square.
#[tokio::test]
async fn lists_of_a_hundred_thousand_items_are_rows() {
    const MANY: i64 = 100_000;
    let list = |item: &dyn Fn(i64) -> Value| Value::from((0..MANY).map(item).collect::<Vec<_>>());
    let scene = scene_with(&[
        ("M-1", json!({"idno": "M-1", "applyJob": list(&|n| json!({"jobNo": n}))}).into()),
        ("M-3", json!({"idno": "M-3", "unheardOf": list(&|n| json!(n))}).into()),
        ("M-4", json!({"idno": "M-4", "speciality": [{"tag": "甲,".repeat(100_000)}]}).into()),
    ])
    .await;
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.items().await, items(4, 0));
    let counted = "select least((select count(*) from recruiting.application), (select jsonb_array_length(unknown_fields->'unheardOf') from recruiting.candidate
        where resume_id = 'M-3'))";
    assert_eq!(scene.database.count(counted).await, MANY);
    assert_neighbour_is_well(&scene).await;
}
