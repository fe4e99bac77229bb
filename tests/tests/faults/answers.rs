//! 104's answers are broken, slow, endless or of another kind: asked again within the budget, bounded in size and
//! in time, and what can't be used is kept with the reason.

use acceptance::{Company, Etl104, FIRST_DAY, Scene, Settings, applied, by_hand};
use jiff::ToSpan;
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};

const BATCH: [Endpoint; 1] = [Endpoint::QueryBatch];

/// A page as gateways send it.
fn page(status: u16) -> Action {
    body(status, "text/html", "<!DOCTYPE html><html><body>down for maintenance</body></html>")
}

fn body(status: u16, kind: &str, body: &str) -> Action {
    Action::Status {
        status,
        body: body.into(),
        content_type: Some(kind.into()),
        headers: [].into(),
    }
}

/// Whoever is asked for a single source, and is not patient: an answer has three seconds, a silence one.
fn impatient(settings: Settings) -> Settings {
    let more = vec![("sources".to_owned(), r#"["applied"]"#.to_owned())];
    settings
        .text("api", "answer_timeout", "3s")
        .text("api", "silence_timeout", "1s")
        .without_companies()
        .company(Company { more, ..Company::demo(FIRST_DAY) })
}

/// The date of a fault: each has one of its own, so that one run meets them all.
fn day(number: usize) -> jiff::civil::Date {
    FIRST_DAY + i64::try_from(number).unwrap().days()
}

/// Two people with a photo each on every date, up to the moment that is returned.
async fn scene(days: usize, attempts: u32) -> (Scene, String) {
    let scene = Scene::with(by_hand(), |settings| {
        impatient(settings).set("api", "attempts", &attempts.to_string())
    })
    .await;
    for number in 0..days {
        for who in ["A", "B"] {
            let id = format!("{who}-{number:02}");
            let resume =
                json!({"idno": id, "fullName": format!("名{id}"), "headshotUrl": "sim:headshot"});
            scene.simulator.add_listing(applied(day(number), 9, &id, resume));
        }
    }
    (scene, format!("{}T00", day(days)))
}

/// The same with time for answers without an end to reach the limit of their size.
fn patient((mut scene, until): (Scene, String)) -> (Scene, String) {
    scene.settings = scene.settings.text("api", "answer_timeout", "40s");
    scene.etl104 = Etl104::new(&scene.settings);
    (scene, until)
}

/// A fault of the first call of each date that goes to an endpoint, and to others instead of it.
fn script(scene: &Scene, number: usize, endpoint: Endpoint, first: Option<u64>, then: &Action) {
    let is_file = endpoint == Endpoint::Headshot;
    let rule = Rule {
        date: (!is_file).then(|| day(number).to_string()),
        id: is_file.then(|| format!("A-{number:02}")),
        first,
        ..Rule::on(endpoint)
    };
    scene.simulator.script(rule.then(then.clone()));
}

/// What may befall an answer once, with an answer that is all right behind it.
fn passing() -> Vec<Action> {
    vec![
        page(500),
        page(502),
        page(503),
        page(200),
        Action::Code { code: 999, message: None, status: None },
        Action::HangUp,
        Action::Reset { after: None },
        Action::Reset { after: Some(30) },
        Action::Silence { after: None },
        Action::Silence { after: Some(30) },
        Action::Trickle { bytes: 1, ms: 300, after: 0 },
        Action::Cut { after: 30 },
        Action::GzipBomb,
    ]
}

/// Every fault befalls the first call of a date to an endpoint; the run ends as if nothing had been.
async fn check_asked_again(endpoint: Endpoint, more: &[Action]) {
    let faults = [&passing()[..], more].concat();
    let (scene, until) = scene(faults.len(), 8).await;
    for (number, fault) in faults.iter().enumerate() {
        script(&scene, number, endpoint, Some(1), fault);
    }
    let run = scene.run(&until).await;
    assert_eq!(run.code, Some(0), "{endpoint:?}: {}{}", run.stdout, run.stderr);
    let people = i64::try_from(2 * faults.len()).unwrap();
    assert_eq!(scene.database.items().await, [("stored".into(), people)]);
    assert_eq!(scene.database.file_tasks().await, [("stored".into(), people)]);
    let befallen = scene.simulator.journal().iter().filter(|call| !call.rules.is_empty()).count();
    assert_eq!(befallen, faults.len(), "each fault came");
    scene.database.assert_sound().await;
    it_equals_a_clean_run(&scene, &until).await;
}

async fn it_equals_a_clean_run(scene: &Scene, until: &str) {
    scene.simulator.clear_script();
    scene.assert_equals_one_clean_run(until).await;
}

#[tokio::test]
async fn a_list_that_fails_is_asked_again() {
    let more = [
        Action::EmptyBody,
        Action::MissingList,
        Action::Endless,
        Action::Unframed { after: Some(30) },
        body(200, "application/json", "[]"),
    ];
    check_asked_again(Endpoint::QueryList, &more).await;
}

#[tokio::test]
async fn a_batch_that_fails_is_asked_again() {
    let more = [
        Action::EmptyBody,
        Action::MissingList,
        Action::Unframed { after: Some(30) },
        Action::Length { by: -9 },
        Action::Length { by: 9 },
    ];
    check_asked_again(Endpoint::QueryBatch, &more).await;
}

#[tokio::test]
async fn a_photo_that_fails_is_asked_again() {
    let more = [
        Action::Unframed { after: Some(30) },
        Action::Length { by: -9 },
        Action::Length { by: 9 },
        Action::Cut { after: 4_000 },
        Action::Silence { after: Some(4_000) },
        Action::Reset { after: Some(4_000) },
    ];
    // A bomb is larger than any file may be, and that is final: not among those that pass.
    let faults: Vec<Action> =
        passing().into_iter().filter(|it| *it != Action::GzipBomb).chain(more).collect();
    let (scene, until) = scene(faults.len(), 8).await;
    for (number, fault) in faults.iter().enumerate() {
        script(&scene, number, Endpoint::Headshot, Some(1), fault);
    }
    drop(scene.run(&until).await.exits(0));
    let people = i64::try_from(2 * faults.len()).unwrap();
    assert_eq!(scene.database.file_tasks().await, [("stored".into(), people)]);
    scene.database.assert_sound().await;
    it_equals_a_clean_run(&scene, &until).await;
}

#[tokio::test]
async fn a_token_that_fails_is_asked_again() {
    for fault in [page(502), page(200), Action::Reset { after: Some(5) }, Action::GzipBomb] {
        let (scene, until) = scene(1, 3).await;
        scene.simulator.script(Rule::on(Endpoint::Token).first(1).then(fault));
        drop(scene.run(&until).await.exits(0));
        assert_eq!(scene.simulator.stats().calls[&Endpoint::Token], 2);
        assert_eq!(scene.database.items().await, [("stored".into(), 2)]);
    }
}

/// The open rejections: window, reason, bytes kept, their start as text.
async fn kept(scene: &Scene) -> Vec<(String, String, i32, String)> {
    scene
        .database
        .rows(
            "select window_on::text, reason, octet_length(payload),
                    encode(substr(payload, 1, 15), 'escape')
             from etl.rejection join etl.fetch_window using (window_id)
             where resolved_at is null and resume_id is null order by window_on",
        )
        .await
}

#[tokio::test]
async fn lists_that_stay_unreadable_fail_their_windows_and_are_kept() {
    let faults = [
        (page(200), "a page", "<!DOCTYPE html>"),
        (
            body(200, "application/json", r#"{"data":{"idList":"none"}}"#),
            "another shape",
            "{\"data\":{\"idLi",
        ),
        (Action::Unframed { after: Some(20) }, "cut", "{\"data\":{"),
        (Action::Endless, "larger than allowed", "{\"data\":{"),
        (Action::GzipBomb, "larger than allowed", "\\000\\000\\000"),
        (Action::Code { code: 999, message: None, status: None }, "999", "{\"code\":999"),
    ];
    let (scene, until) = patient(scene(2 * faults.len() + 1, 2).await);
    // Every second date is well: ten failures in a row would be an outage.
    for (number, (fault, ..)) in (1..).step_by(2).zip(&faults) {
        script(&scene, number, Endpoint::QueryList, None, fault);
    }
    let running = scene.spawn(&until);
    let (failed, peak) = running.finish_measured().await;
    let failed = failed.exits(3);
    let windows = [("closed".to_owned(), 7), ("failed".to_owned(), 6)];
    assert_eq!(scene.database.windows().await, windows, "{}", failed.stderr);
    assert_eq!(failed.summary()["counts"]["windows_failed"], 6);
    assert_eq!(failed.summary()["counts"]["rejected"], 0, "no resume was rejected");
    // Four endless answers at once, 64 MB of each, and what holds them while they grow.
    assert!(peak.unwrap_or(0) < 900_000, "{peak:?} KiB");
    let lists = scene.simulator.stats().calls[&Endpoint::QueryList];
    assert_eq!(lists, 2 * 6 + 7, "the budget is two attempts");

    let kept_answers = kept(&scene).await;
    assert_eq!(kept_answers.len(), faults.len(), "{kept_answers:?}");
    for ((_, words, start), (_, reason, bytes, begins)) in faults.iter().zip(&kept_answers) {
        assert!(reason.contains(words), "{words}: {reason}");
        assert!(begins.starts_with(start), "{words}: {begins}");
        assert!(*bytes <= 64 * 1024, "{words}: {bytes}");
    }
    assert!(kept_answers[3].2 == 64 * 1024 && kept_answers[4].2 == 64 * 1024, "as much is kept");
    scene.database.assert_sound().await;

    // Whoever looks finds them, and can ask again once 104 has mended it.
    let list = scene.etl104.run(&["rejections", "list", "--output", "json"]).await.exits(0);
    let rows: Vec<Value> =
        list.stdout.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(rows.len(), faults.len());
    assert!(rows.iter().all(|row| row["remedy"].as_str().is_some_and(|it| it.contains("retry"))));
    let number = rows[rows.len() - 1]["rejection_id"].to_string();
    let shown = scene.etl104.run(&["rejections", "show", &number, "--payload"]).await.exits(0);
    assert!(!shown.stdout.is_empty());
    let status = scene.etl104.run(&["status"]).await.exits(0);
    assert!(status.stdout.contains("6 rejections open"), "{}", status.stdout);
    assert!(status.stdout.contains("6 windows failed"), "{}", status.stdout);

    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
    assert_eq!(scene.database.windows().await, [("closed".into(), 13)]);
    assert_eq!(kept(&scene).await, []);
    let status = scene.etl104.run(&["status"]).await.exits(0);
    assert!(status.stdout.contains("nothing is open"), "{}", status.stdout);
    scene.database.assert_sound().await;
    it_equals_a_clean_run(&scene, &until).await;
}

#[tokio::test]
async fn resumes_that_stay_unreadable_fail_their_window_and_are_kept() {
    for (fault, words) in [(page(200), "a page"), (Action::Endless, "larger than allowed")] {
        let (scene, until) = patient(scene(1, 2).await);
        for endpoint in [BATCH[0], Endpoint::Query] {
            script(&scene, 0, endpoint, None, &fault);
        }
        let failed = scene.run(&until).await.exits(3);
        assert!(failed.stderr.contains(words), "{}", failed.stderr);
        let items = [("listed".to_owned(), 2)];
        assert_eq!(scene.database.items().await, items, "nothing says that the ids are to blame");
        let kept_answers = kept(&scene).await;
        assert_eq!(kept_answers.len(), 1);
        assert!(kept_answers[0].1.contains(words) && kept_answers[0].2 > 20, "{kept_answers:?}");
        scene.database.assert_sound().await;

        scene.simulator.clear_script();
        drop(scene.etl104.run(&["retry", "rejections"]).await.exits(0));
        assert_eq!(kept(&scene).await, []);
        it_equals_a_clean_run(&scene, &until).await;
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_whole_is_6_and_the_window_stays_open() {
    let faults = [
        page(503),
        Action::Cut { after: 30 },
        Action::Silence { after: Some(30) },
        Action::Trickle { bytes: 1, ms: 300, after: 0 },
    ];
    let (scene, until) = scene(faults.len(), 2).await;
    for (number, fault) in faults.iter().enumerate() {
        script(&scene, number, Endpoint::QueryList, None, fault);
    }
    let away = scene.run(&until).await.exits(6);
    assert!(away.stderr.contains("remedy: run again later"), "{}", away.stderr);
    assert!(away.summary()["seconds"].as_f64().unwrap() < 20.0, "{}", away.stdout);
    assert_eq!(scene.database.windows().await, [("open".into(), 4)]);
    assert_eq!(kept(&scene).await, [], "nothing that was to be had");
    scene.database.assert_sound().await;
    scene.simulator.clear_script();
    drop(scene.run(&until).await.exits(0));
    it_equals_a_clean_run(&scene, &until).await;
}

#[tokio::test]
async fn a_page_under_403_says_that_the_address_may_not_be_registered() {
    for endpoint in [Endpoint::Token, Endpoint::QueryList, BATCH[0], Endpoint::Headshot] {
        let (scene, until) = scene(1, 2).await;
        scene.simulator.script(Rule::on(endpoint).then(Action::HtmlPage { status: 403 }));
        let refused = scene.run(&until).await.exits(6);
        let said = &refused.stderr;
        assert!(said.contains("address") && said.contains("may not be registered"), "{said}");
        assert!(said.contains("ask 104 to register the outgoing address"), "{said}");
        // Both photos may be on their way when the first is refused.
        let most = if endpoint == Endpoint::Headshot { 2 } else { 1 };
        let calls = scene.simulator.stats().calls[&endpoint];
        assert!(calls <= most, "{endpoint:?} is not asked again: {calls}");
        if endpoint != Endpoint::Headshot {
            let kept = kept(&scene).await;
            assert_eq!(kept.len(), 1, "{endpoint:?}");
            assert_eq!(kept[0].3, "<!DOCTYPE html>", "the page may say whom to call");
        }
        scene.database.assert_sound().await;
        scene.simulator.clear_script();
        drop(scene.run(&until).await.exits(0));
        assert_eq!(kept(&scene).await, []);
        it_equals_a_clean_run(&scene, &until).await;
    }
}

/// Every answer is wrapped oddly, and the run ends as if it were not.
async fn check_read_all_the_same(wrapping: &[Action]) {
    let (scene, until) = scene(2, 2).await;
    for action in wrapping {
        scene.simulator.script(Rule::default().then(action.clone()));
    }
    let run = scene.run(&until).await;
    assert_eq!(run.code, Some(0), "{wrapping:?}: {}{}", run.stdout, run.stderr);
    assert_eq!(scene.database.file_tasks().await, [("stored".into(), 4)], "{wrapping:?}");
    scene.database.assert_sound().await;
    it_equals_a_clean_run(&scene, &until).await;
}

#[tokio::test]
async fn what_comes_compressed_unasked_is_read() {
    check_read_all_the_same(&[Action::Gzip]).await;
    check_read_all_the_same(&[Action::Gzip, Action::Unframed { after: None }]).await;
}

#[tokio::test]
async fn what_comes_under_another_type_or_none_is_read() {
    for kind in ["text/html", "image/gif", "application/json", ""] {
        let value = Some(kind.to_owned()).filter(|kind| !kind.is_empty());
        let wrapping = Action::ContentType { value };
        let (scene, until) = scene(1, 2).await;
        scene.simulator.script(Rule::default().then(wrapping));
        drop(scene.run(&until).await.exits(0));
        assert_eq!(scene.database.file_tasks().await, [("stored".into(), 2)], "{kind}");
        let sniffed: String =
            scene.database.ask("select min(media_type_sniffed) from raw.file_object").await;
        assert_eq!(sniffed, "image/png", "{kind}: the bytes say what it is");
        scene.database.assert_sound().await;
    }
}

#[tokio::test]
async fn what_comes_without_a_length_is_read_if_it_is_whole() {
    check_read_all_the_same(&[Action::Unframed { after: None }]).await;
}

#[tokio::test]
async fn an_error_under_the_type_of_a_photo_is_no_photo() {
    let (scene, until) = scene(1, 2).await;
    let gone = r#"{"code":895,"message":"檔案已過期"}"#;
    scene.simulator.script(Rule::on(Endpoint::Headshot).then(body(200, "image/png", gone)));
    drop(scene.run(&until).await.exits(0));
    assert_eq!(scene.database.file_tasks().await, [("unavailable".into(), 2)]);
    assert_eq!(scene.database.count("select count(*) from raw.file_object").await, 0);
    scene.database.assert_sound().await;
}
