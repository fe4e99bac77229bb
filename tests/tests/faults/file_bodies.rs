//! Files of every size, cut, of another length, without one, a page instead, names that are paths: streamed,
//! whole or not at all, and names are data.

use std::collections::BTreeSet;

use acceptance::{COMPANY, FIRST_DAY, ONE_DAY, ObjectServer, Scene, applied, by_hand};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Options, Rule};

/// Attachments of exactly so many bytes.
fn sized(bytes: u64) -> Options {
    Options { attachment_bytes: bytes..=bytes, ..by_hand() }
}

/// Somebody with one attachment: number 0 is a PDF, 2 a text.
fn with_file(id: &str, number: u8, name: &str) -> Value {
    json!({"idno": id, "fullName": id, "attachFiles": [
        {"type": 1, "title": name, "fileName": name, "resourceLink": format!("sim:attachment:{number}")}]})
}

fn with_photo(id: &str) -> Value {
    json!({"idno": id, "fullName": id, "headshotUrl": "sim:headshot"})
}

/// A scene of one attachment, with a size limit.
async fn scene_of_one(options: Options, number: u8, limit: &str) -> Scene {
    let limit = format!("{limit:?}");
    let scene = Scene::with(options, |it| {
        it.set("files", "max_size", &limit)
            .text("api", "answer_timeout", "2s")
            .text("api", "silence_timeout", "1s")
            .set("api", "attempts", "2")
    })
    .await;
    let resume = with_file("B-1", number, "履歷.pdf");
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "B-1", resume));
    scene
}

#[tokio::test]
async fn files_of_0_bytes_and_of_30_mb_arrive_whole() {
    for size in [0, 30_000_000] {
        let server = ObjectServer::start();
        let scene = Scene::with(sized(size), |it| it.object_server(&server)).await;
        let resume = with_file("B-1", 0, "履歷.pdf");
        scene.simulator.add_listing(applied(FIRST_DAY, 9, "B-1", resume));
        drop(scene.run(ONE_DAY).await.exits(0));
        let objects = server.objects();
        assert_eq!(objects.iter().map(|object| object.size).collect::<Vec<_>>(), [size]);
        let is_that: bool = sqlx::query_scalar("select sha256 = sha256($1) from raw.file_object")
            .bind(server.read(&objects[0].key))
            .fetch_one(scene.database.pool())
            .await
            .unwrap();
        assert!(is_that);
        scene.database.assert_sound_with(&objects, true).await;
    }
}

#[tokio::test]
async fn the_size_of_a_file_is_nothing_to_memory() {
    let mut peaks = Vec::new();
    for size in [10_000_000, 200_000_000] {
        let scene = scene_of_one(sized(size), 0, "1GB").await;
        let (finished, peak) = scene.spawn(ONE_DAY).finish_measured().await;
        let summary = finished.exits(0).summary();
        assert_eq!(summary["counts"]["file_bytes"], size, "{summary}");
        peaks.push(peak.unwrap_or(0));
    }
    // Twenty times the file; a part of an upload and a chunk of an answer are all that is held.
    assert!(peaks[1] < peaks[0] + 30_000, "KiB: {peaks:?}");
}

/// A file beyond the limit is left out, counted and said, whoever says how large it is.
async fn check_too_large(options: Options, faults: &[Action]) {
    let scene = scene_of_one(options, 0, "3MB").await;
    for fault in faults {
        scene.simulator.script(Rule::on(Endpoint::Attachment).then(fault.clone()));
    }
    let (finished, peak) = scene.spawn(ONE_DAY).finish_measured().await;
    let summary = finished.exits(0).summary();
    assert_eq!(summary["counts"]["files_unavailable"], 1, "{faults:?}: {summary}");
    assert_eq!(scene.database.file_tasks().await, [("too_large".into(), 1)], "{faults:?}");
    assert!(peak.unwrap_or(0) < 120_000, "{faults:?}: {peak:?} KiB");
    scene.database.assert_sound_with(&[], true).await;
}

#[tokio::test]
async fn the_limit_holds_with_a_length_without_one_and_for_what_inflates() {
    check_too_large(sized(4_000_000), &[]).await;
    check_too_large(sized(4_000_000), &[Action::Unframed { after: None }]).await;
    check_too_large(sized(5_000), &[Action::Endless]).await;
    check_too_large(sized(5_000), &[Action::GzipBomb]).await;
}

/// A fault of each file that never passes: the task fails with a reason, nothing is stored; once it is over, the
/// file arrives as if nothing had been.
async fn check_never_stored(number: u8, fault: Action, words: &str) {
    let scene = scene_of_one(sized(9_000), number, "3MB").await;
    scene.simulator.script(Rule::on(Endpoint::Attachment).then(fault.clone()));
    let failed = scene.run(ONE_DAY).await.exits(3);
    let summary = failed.summary();
    let what = summary["failures"][0]["what"].as_str().unwrap_or_default();
    assert!(what.contains(words), "{fault:?}: {summary}");
    assert_eq!(summary["counts"]["files_failed"], 1, "{fault:?}: {summary}");
    assert_eq!(scene.database.file_tasks().await, [("failed".into(), 1)], "{fault:?}");
    let contents = scene.database.count("select count(*) from raw.file_object").await;
    assert_eq!(contents, 0, "{fault:?}: a short body is not stored as whole");
    scene.database.assert_sound_with(&[], true).await;
    let list = scene.etl104.run(&["files", "list"]).await.exits(0);
    assert!(list.stdout.contains("failed"), "{}", list.stdout);

    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "files"]).await.exits(0));
    assert_eq!(scene.database.file_tasks().await, [("stored".into(), 1)], "{fault:?}");
    scene.database.assert_sound().await;
    scene.assert_equals_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn a_short_body_is_never_stored_as_whole() {
    check_never_stored(0, Action::Length { by: 7 }, "broke off").await;
    check_never_stored(0, Action::Cut { after: 5_000 }, "broke off").await;
    check_never_stored(0, Action::Reset { after: Some(5_000) }, "broke off").await;
    check_never_stored(0, Action::Unframed { after: Some(5_000) }, "may be cut").await;
    check_never_stored(1, Action::Unframed { after: Some(5_000) }, "may be cut").await;
    check_never_stored(3, Action::Unframed { after: Some(5_000) }, "may be cut").await;
}

#[tokio::test]
async fn a_file_that_hardly_moves_is_given_up() {
    let fault = Action::Trickle { bytes: 1, ms: 250, after: 2_000 };
    check_never_stored(0, fault, "too slowly").await;
    check_never_stored(0, Action::Silence { after: Some(2_000) }, "broke off").await;
}

#[tokio::test]
async fn a_body_longer_than_its_length_is_asked_again() {
    let scene = scene_of_one(sized(9_000), 0, "3MB").await;
    scene
        .simulator
        .script(Rule::on(Endpoint::Attachment).first(1).then(Action::Length { by: -99 }));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.simulator.stats().calls[&Endpoint::Attachment], 2);
    assert_eq!(scene.database.count("select max(size_bytes) from raw.file_object").await, 9_000);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_kind_without_an_end_and_without_a_length_must_come_twice() {
    for (number, calls) in [(0, 1), (2, 2)] {
        let scene = scene_of_one(sized(9_000), number, "3MB").await;
        let unframed = Action::Unframed { after: None };
        scene.simulator.script(Rule::on(Endpoint::Attachment).then(unframed));
        drop(scene.run(ONE_DAY).await.exits(0));
        assert_eq!(scene.simulator.stats().calls[&Endpoint::Attachment], calls, "{number}");
        assert_eq!(scene.database.count("select size_bytes from raw.file_object").await, 9_000);
    }
    // Cut at first, the text is not what comes then: only twice the same is believed.
    let scene = scene_of_one(sized(9_000), 2, "3MB").await;
    let cut = Rule::on(Endpoint::Attachment).first(1);
    scene.simulator.script(cut.then(Action::Unframed { after: Some(500) }));
    let whole = Rule { after: Some(1), ..Rule::on(Endpoint::Attachment) };
    scene.simulator.script(whole.then(Action::Unframed { after: None }));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.simulator.stats().calls[&Endpoint::Attachment], 3);
    assert_eq!(scene.database.count("select size_bytes from raw.file_object").await, 9_000);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn an_answer_that_nobody_expects_is_no_file_and_says_what_helps() {
    for (status, headers) in
        [(418, [].into()), (200, [("Content-Encoding".to_owned(), "br".to_owned())].into())]
    {
        let scene = scene_of_one(sized(9_000), 0, "3MB").await;
        let odd = Action::Status { status, body: "?".into(), content_type: None, headers };
        scene.simulator.script(Rule::on(Endpoint::Attachment).then(odd));
        let failed = scene.run(ONE_DAY).await.exits(3);
        assert!(failed.stderr.contains("remedy: `etl104 retry files`"), "{}", failed.stderr);
        assert_eq!(scene.database.file_tasks().await, [("failed".into(), 1)], "{status}");
        scene.database.assert_sound().await;
    }
}

/// A page as gateways send it, under 200.
fn page(kind: &str) -> Action {
    Action::Status {
        status: 200,
        body: "<!DOCTYPE html><html><body>please log in</body></html>".into(),
        content_type: Some(kind.into()),
        headers: [].into(),
    }
}

#[tokio::test]
async fn a_page_is_no_photo_and_no_document() {
    for kind in ["text/html", "image/png"] {
        let scene = Scene::new(by_hand()).await;
        scene.simulator.add_listing(applied(FIRST_DAY, 9, "P-1", with_photo("P-1")));
        scene.simulator.add_listing(applied(FIRST_DAY, 9, "P-2", with_photo("P-2")));
        scene.simulator.add_listing(applied(FIRST_DAY, 9, "P-3", with_file("P-3", 0, "履歷.pdf")));
        for (endpoint, id) in [(Endpoint::Headshot, "P-1"), (Endpoint::Attachment, "P-3")] {
            scene.simulator.script(Rule::on(endpoint).id(id).then(page(kind)));
        }
        scene.simulator.script(Rule::on(Endpoint::Headshot).id("P-2").first(1).then(page(kind)));
        let failed = scene.run(ONE_DAY).await.exits(3);
        assert!(
            failed.stderr.contains("a page or a message instead of the file"),
            "{}",
            failed.stderr
        );
        assert!(failed.stderr.contains("`etl104 retry files`"), "{}", failed.stderr);
        let tasks = [("failed".to_owned(), 2), ("stored".to_owned(), 1)];
        assert_eq!(scene.database.file_tasks().await, tasks, "{kind}");
        let pages = "select count(*) from raw.file_object where media_type_sniffed = 'text/html'";
        assert_eq!(scene.database.count(pages).await, 0);
        scene.database.assert_sound().await;
        scene.simulator.clear_script();
        drop(scene.etl104.run(&["retry", "files"]).await.exits(0));
        assert_eq!(scene.database.file_tasks().await, [("stored".into(), 3)], "{kind}");
    }
}

#[tokio::test]
async fn a_page_that_somebody_attached_is_stored() {
    let scene = Scene::new(by_hand()).await;
    let resume = with_file("P-1", 0, "我的作品.HTML");
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "P-1", resume));
    scene.simulator.script(Rule::on(Endpoint::Attachment).then(page("text/html")));
    drop(scene.run(ONE_DAY).await.exits(0));
    let kind: String = scene.database.ask("select media_type_sniffed from raw.file_object").await;
    assert_eq!(kind, "text/html");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn names_are_data_and_never_paths() {
    let server = ObjectServer::start();
    let scene = Scene::with(sized(3_000), |it| it.object_server(&server)).await;
    let names = [
        "../../etc/passwd".to_owned(),
        "/etc/passwd".to_owned(),
        "..\\..\\windows\\system32".to_owned(),
        "長".repeat(4_000),
        "控\u{1b}[31m制\r\n\u{7}\u{202e}字.pdf".to_owned(),
        "'; drop table etl.run; --\t\\N".to_owned(),
        ".".to_owned(),
    ];
    for (number, name) in names.iter().enumerate() {
        let id = if number == 0 { name.clone() } else { format!("N-{number}") };
        let resume = with_file(&id, u8::try_from(number * 4).unwrap(), name);
        scene.simulator.add_listing(applied(FIRST_DAY, 9, &id, resume));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    let shown: Vec<(String, String)> =
        scene.database.rows("select file_name, title from recruiting.resume_file").await;
    let shown: BTreeSet<String> = shown
        .into_iter()
        .map(|(name, title)| {
            assert_eq!(name, title);
            name
        })
        .collect();
    assert_eq!(shown, names.iter().cloned().collect(), "names are kept as they came");
    let objects = server.objects();
    assert_eq!(objects.len(), names.len());
    for object in &objects {
        let (folder, hash) = object.key.rsplit_once('/').unwrap();
        assert_eq!(folder, format!("files/{COMPANY}/{}", hash.get(..2).unwrap()));
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    scene.database.assert_sound_with(&objects, true).await;
    // Nothing that is printed can play tricks on a terminal.
    for command in [&["files", "list", "--state", "any"][..], &["status"]] {
        let printed = scene.etl104.run(command).await;
        let is_plain = |text: &str| !text.contains(['\u{1b}', '\u{7}', '\u{202e}']);
        assert!(is_plain(&printed.stdout) && is_plain(&printed.stderr), "{command:?}");
    }
}

#[tokio::test]
async fn ids_that_are_no_words_are_rejected_and_shown_plainly() {
    let scene = Scene::new(by_hand()).await;
    let ids = ["9".repeat(4_000), "i\u{1b}[31md".to_owned(), "甲乙".to_owned()];
    for id in &ids {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, json!({"idno": id})));
    }
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "N-1", with_photo("N-1")));
    drop(scene.run(ONE_DAY).await.exits(3));
    let items = [("rejected".to_owned(), 3), ("stored".to_owned(), 1)];
    assert_eq!(scene.database.items().await, items);
    let list = scene.etl104.run(&["rejections", "list"]).await.exits(0);
    assert!(!list.stdout.contains('\u{1b}'), "{}", list.stdout);
    let windows = scene.etl104.run(&["windows", "list"]).await.exits(0);
    assert!(!windows.stdout.contains('\u{1b}'), "{}", windows.stdout);
    scene.database.assert_sound().await;
}
