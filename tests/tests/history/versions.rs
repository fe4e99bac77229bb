//! A resume's changes, and what old windows prove.

use acceptance::{
    COMPANY, Company, Etl104, FIRST_DAY, Finished, Gate, ONE_DAY, SECOND_DAY, Scene, Stand,
    TWO_DAYS, applied, assert_same, by_hand,
};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use model::taiwan_date_hour;
use serde_json::{Value, json};
use simulator::{Action, Answers, Endpoint, Flag, Listing, Options, Rule};

/// The date after those that a scene fetches: what stands there is what 104 has now.
const LATER: Date = date(2025, 8, 24);

fn resume(id: &str, name: &str) -> Value {
    json!({"idno": id, "fullName": name, "headshotUrl": "sim:headshot"})
}

/// No token is young enough: whoever wants a photo asks for the resume again.
async fn scene(answers: Answers) -> Scene {
    let options = Options { answers, ..by_hand() };
    Scene::with(options, |it| it.set("files", "token_max_age", "\"0s\"")).await
}

fn refuse_photos(scene: &Scene) {
    let refused =
        Rule::on(Endpoint::Headshot).then(Action::Code { code: 899, message: None, status: None });
    scene.simulator.script(refused);
}

/// The same command, whose company begins on another date.
fn from(scene: &Scene, start_on: Date) -> Etl104 {
    let settings = scene.settings.clone().without_companies().company(Company::demo(start_on));
    Etl104::new(&settings)
}

/// What was fetched so far was fetched five minutes after its window's end, as a live run does it.
async fn it_was_fetched_live(scene: &Scene) {
    scene
        .database
        .change(
            "update raw.sighting set first_fetched_at = window_ends_at + interval '5 min',
                 last_fetched_at = window_ends_at + interval '5 min'",
        )
        .await;
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));
}

/// Versions of a resume: the window's date, whether it is late, the name in its document.
async fn versions(scene: &Scene, id: &str) -> Vec<(String, bool, String)> {
    sqlx::query_as(
        "select (valid_after at time zone 'Asia/Taipei')::date::text, is_late,
                d.document::json ->> 'fullName'
         from recruiting.candidate_version v join raw.resume_document d using (document_id)
         where v.resume_id = $1 order by version_no",
    )
    .bind(id)
    .fetch_all(scene.database.pool())
    .await
    .unwrap()
}

fn version(on: &str, is_late: bool, name: &str) -> (String, bool, String) {
    (on.to_owned(), is_late, name.to_owned())
}

async fn status(scene: &Scene) -> (String, Value) {
    let human = scene.etl104.run(&["status"]).await.exits(0).stdout;
    let json = scene.etl104.run(&["status", "--output", "json"]).await.exits(0).stdout;
    let state: Value = serde_json::from_str(&json).unwrap();
    (human, state["old_windows"][0].clone())
}

#[tokio::test]
async fn january_asked_again_in_april_as_now_invents_no_version_and_status_says_what_was_learnt() {
    let scene = scene(Answers::AsNow).await;
    refuse_photos(&scene);
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", resume("A-1", "陳怡君")));
    drop(scene.run(ONE_DAY).await.exits(3));
    it_was_fetched_live(&scene).await;
    let january = [version("2025-08-22", false, "陳怡君")];
    assert_eq!(versions(&scene, "A-1").await, january);
    let before = scene.database.digest(COMPANY).await;

    scene.simulator.clear_script();
    scene.simulator.add_listing(applied(LATER, 9, "A-1", resume("A-1", "陳怡君二")));
    drop(scene.etl104.run(&["retry", "files"]).await.exits(0));
    let kept = "select count(*) from raw.sighting";
    assert_eq!(scene.database.count(kept).await, 2, "what was answered is kept");
    assert_eq!(versions(&scene, "A-1").await, january, "and founds no version of January");
    let of_version = |tables: Vec<load::digest::TableDigest>| -> Vec<_> {
        tables.into_iter().filter(|it| it.table == "candidate_version").collect()
    };
    let after = scene.database.digest(COMPANY).await;
    assert_same("before and after", &of_version(before), &of_version(after));

    let (human, known) = status(&scene).await;
    for words in ["01234567: 104 answers them as the resume is now", "makes no version of its own"]
    {
        assert!(human.contains(words), "{human}");
    }
    assert_eq!((&known["reading"], &known["is_pending"]), (&json!("now"), &json!(false)));
    assert_eq!(known["findings"][0]["first_seen_at"], known["learnt_at"]);
    scene.database.assert_sound().await;
}

/// B-1 was seen live on the second day; the first was fetched much later, and 104 answered it with
/// a state that came after both. A-1 is about to teach that.
async fn b1_rests_on_a_late_window(scene: &Scene) {
    refuse_photos(scene);
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "A-1", resume("A-1", "林甲")));
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "B-1", json!({"fullName": "王甲"})));
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "B-1", json!({"fullName": "王始"})));
    drop(from(scene, SECOND_DAY).run(&["run", "--until", TWO_DAYS]).await.exits(3));
    it_was_fetched_live(scene).await;

    scene.simulator.add_listing(applied(LATER, 9, "A-1", resume("A-1", "林乙")));
    scene.simulator.add_listing(applied(LATER, 9, "B-1", json!({"fullName": "王乙"})));
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.simulator.clear_script();
}

#[tokio::test]
async fn what_is_learnt_late_in_a_run_corrects_those_who_were_computed_before() {
    let scene = scene(Answers::AsNow).await;
    b1_rests_on_a_late_window(&scene).await;
    let invented = [version("2025-08-22", true, "王乙"), version("2025-08-23", false, "王甲")];
    assert_eq!(versions(&scene, "B-1").await, invented, "nobody knows better yet");
    assert_eq!(status(&scene).await.1["reading"], "unknown");

    drop(scene.etl104.run(&["retry", "files"]).await.exits(0));
    let true_one = [version("2025-08-23", false, "王甲")];
    assert_eq!(versions(&scene, "B-1").await, true_one, "in the run that learnt it");
    let stands = "select reading from etl.old_windows";
    assert_eq!(scene.database.ask::<String>(stands).await, "now");

    // Set by hand, it takes effect in the next run; nothing else is due there.
    for (setting, expected) in [("then", &invented[..]), ("learn", &true_one[..])] {
        let settings = scene.settings.clone().text("run", "old_windows", setting);
        let run = Etl104::new(&settings).run(&["run", "--until", TWO_DAYS]).await;
        drop(run.exits(0));
        assert_eq!(versions(&scene, "B-1").await, expected, "{setting}");
    }
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_run_killed_between_learning_and_following_is_followed_by_the_next() {
    let scene = scene(Answers::AsNow).await;
    b1_rests_on_a_late_window(&scene).await;
    let gate = Gate::close(
        &scene.database,
        Stand::Update,
        "recruiting.candidate",
        "new.resume_id = 'B-1'",
    )
    .await;
    let learning = scene.etl104.spawn(&["retry", "files"]);
    gate.somebody_waits().await;
    learning.kill();
    gate.open().await;
    assert_eq!(versions(&scene, "B-1").await.len(), 2, "the tables do not follow yet");
    let (human, known) = status(&scene).await;
    assert_eq!(known["is_pending"], true);
    assert!(human.contains("the tables do not follow it yet: `etl104 run`"), "{human}");

    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(versions(&scene, "B-1").await, [version("2025-08-23", false, "王甲")]);
    assert_eq!(status(&scene).await.1["is_pending"], false);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn under_as_then_what_was_fetched_late_is_a_version_that_says_so() {
    let scene = scene(Answers::AsThen).await;
    b1_rests_on_a_late_window(&scene).await;
    let both = [version("2025-08-22", true, "王始"), version("2025-08-23", false, "王甲")];
    assert_eq!(versions(&scene, "B-1").await, both);

    // The newer state of A-1 is known before the older window is asked again.
    refuse_photos(&scene);
    drop(scene.run("2025-08-25T00").await.exits(3));
    scene.simulator.clear_script();
    drop(scene.etl104.run(&["retry", "files"]).await.exits(0));
    let (human, known) = status(&scene).await;
    assert_eq!((&known["reading"], &known["tables_stand_as"]), (&json!("then"), &json!("then")));
    assert!(human.contains("as the resume was then"), "{human}");
    assert_eq!(versions(&scene, "B-1").await.get(..2), Some(&both[..]));
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_window_that_is_not_yet_old_proves_nothing_of_old_ones() {
    let scene = scene(Answers::AsThen).await;
    let now = database::now(scene.database.pool()).await.unwrap();
    let yesterday = taiwan_date_hour(now).0.checked_sub(1.day()).unwrap();
    let etl104 = from(&scene, yesterday);
    refuse_photos(&scene);
    scene.simulator.add_listing(applied(yesterday, 9, "A-1", resume("A-1", "陳怡君")));
    drop(etl104.run(&["run"]).await.exits(3));

    // Edited an hour after it was listed: whatever 104 answers for windows long past, here it
    // answers the newer one.
    scene.simulator.clear_script();
    scene.simulator.add_listing(applied(yesterday, 9, "A-1", resume("A-1", "陳怡君二")));
    drop(etl104.run(&["retry", "files"]).await.exits(0));
    assert_eq!(scene.database.count("select count(*) from raw.sighting").await, 2);
    assert_eq!(scene.database.count(LEARNT).await, 0);
    assert_eq!(versions(&scene, "A-1").await.len(), 1, "of one window the last answer speaks");
}

/// Two days are asked for once more, much later.
async fn ask_again(scene: &Scene) -> Finished {
    let (from, to) = (FIRST_DAY.to_string(), LATER.to_string());
    scene.etl104.run(&["backfill", "--from", &from, "--to", &to, "--refetch", "all"]).await
}

/// The same resume matched: 104 shows no contact data of it.
fn matched(on: Date, id: &str) -> Listing {
    let without_contact = json!({"fullName": "陳怡君"});
    Listing { flag: Flag::Matched, ..applied(on, 9, id, without_contact) }
}

const LEARNT: &str = "select count(*) from etl.contract_observation where assumption = 'A-15'";

#[tokio::test]
async fn what_one_source_tells_less_than_another_proves_nothing_of_old_windows() {
    let document = || json!({"fullName": "陳怡君", "email": "chen@example.com"});
    for answers in [Answers::AsNow, Answers::AsThen] {
        let scene = scene(answers).await;
        scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", document()));
        scene.simulator.add_listing(matched(SECOND_DAY, "A-1"));
        // Here the matched of the second day are lent what the applied show.
        scene.simulator.add_listing(matched(FIRST_DAY, "B-1"));
        scene.simulator.add_listing(matched(SECOND_DAY, "B-1"));
        scene.simulator.add_listing(applied(SECOND_DAY, 9, "B-1", document()));
        drop(scene.run(TWO_DAYS).await.exits(0));
        let documents = "select count(*) from raw.resume_document";
        assert_eq!(scene.database.count(documents).await, 4, "two of each resume");
        drop(ask_again(&scene).await.exits(0));
        assert_eq!(scene.database.count(LEARNT).await, 0, "{answers:?}");
        assert_eq!(status(&scene).await.1["reading"], "unknown");
    }
}

#[tokio::test]
async fn an_own_answer_beside_a_lent_one_proves_nothing_of_old_windows() {
    let scene = scene(Answers::AsThen).await;
    let document = json!({"fullName": "陳怡君", "email": "chen@example.com"});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", document));
    scene.simulator.add_listing(matched(FIRST_DAY, "A-1"));
    drop(scene.run(TWO_DAYS).await.exits(0));
    let before = scene.database.digest(COMPANY).await;

    let refused = Action::Code { code: 899, message: None, status: None };
    scene.simulator.script(Rule { flag: Some(1), ..Rule::default() }.then(refused));
    drop(ask_again(&scene).await.exits(3));
    let documents = "select count(*) from raw.resume_document";
    assert_eq!(scene.database.count(documents).await, 2, "the matched was asked by itself");
    assert_eq!(scene.database.count(LEARNT).await, 0);
    assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
}

type Change = (String, Option<String>, Option<String>, Option<String>);

#[tokio::test]
async fn changes_tell_field_before_after_and_when() {
    let scene = Scene::new(by_hand()).await;
    let of = |name: &str, wage: &str, jobs: Value| json!({"fullName": name, "jobRequirement": {"wage": wage}, "experiences": jobs});
    let (first, second) =
        (json!({"firmName": "甲公司", "jobName": "工程師"}), json!({"firmName": "乙公司"}));
    let documents = [
        (FIRST_DAY, of("陳怡君", "月薪40000元", json!([first]))),
        (SECOND_DAY, of("陳怡君", "月薪50000元", json!([second, first]))),
        (LATER, of("陳怡君", "月薪40000元", json!([first]))),
    ];
    for (on, document) in &documents {
        scene.simulator.add_listing(applied(*on, 9, "A-1", document.clone()));
    }
    drop(scene.run("2025-08-25T00").await.exits(0));
    let stretches: (i64, i64) = (
        scene.database.count("select count(*) from recruiting.candidate_version").await,
        scene.database.count("select count(*) from raw.resume_document").await,
    );
    assert_eq!(stretches, (3, 2), "A, B, A: three versions of two documents");

    let changes: Vec<Change> = scene
        .database
        .rows(
            "select table_name, column_name, before, after from mart.candidate_change
             where version_no = 2 and column_name in ('wage_text', 'wage_monthly_min')
             order by column_name",
        )
        .await;
    let change = |column: &str, before: &str, after: &str| {
        let some = |text: &str| Some(text.to_owned());
        ("job_preference".to_owned(), some(column), some(before), some(after))
    };
    let expected = [
        change("wage_monthly_min", "40000", "50000"),
        change("wage_text", "月薪40000元", "月薪50000元"),
    ];
    assert_eq!(changes, expected);
    let firms: Vec<(i32, Option<String>, Option<String>, String)> = scene
        .database
        .rows(
            "select version_no, added -> 0 ->> 'firm_name', removed -> 0 ->> 'firm_name',
                    changed_on::text
             from mart.candidate_change where table_name = 'experience' order by version_no",
        )
        .await;
    let firm = Some("乙公司".to_owned());
    assert_eq!(
        firms,
        [
            (2, firm.clone(), None, "2025-08-23".to_owned()),
            (3, None, firm, "2025-08-24".to_owned())
        ]
    );
    let fields = "select count(*) from recruiting.candidate_version v
         where changed_fields is distinct from coalesce((
             select array_agg(field order by array_position(v.changed_fields, field))
             from recruiting.candidate_change c
             where (c.company_no, c.resume_id, c.version_no) = (v.company_no, v.resume_id, v.version_no)), '{}')";
    assert_eq!(scene.database.count(fields).await, 0, "changed_fields and changes are one");
}

#[tokio::test]
async fn the_version_valid_at_a_moment_is_one_a_resume() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", json!({"fullName": "甲"})));
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "A-1", json!({"fullName": "乙"})));
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "B-1", json!({"fullName": "丙"})));
    drop(scene.run(TWO_DAYS).await.exits(0));
    for (moment, valid) in [
        ("2025-08-22 23:59:59+08", vec![]),
        ("2025-08-23 00:00+08", vec![("A-1", 1)]),
        ("2025-08-23 23:59:59+08", vec![("A-1", 1)]),
        ("2025-08-24 00:00+08", vec![("A-1", 2), ("B-1", 1)]),
        ("2026-08-24 00:00+08", vec![("A-1", 2), ("B-1", 1)]),
    ] {
        let rows: Vec<(String, i32)> = sqlx::query_as(
            "select resume_id, version_no from mart.candidate_version_at($1::text::timestamptz)
             order by resume_id",
        )
        .bind(moment)
        .fetch_all(scene.database.pool())
        .await
        .unwrap();
        let valid: Vec<(String, i32)> =
            valid.into_iter().map(|(id, no)| (id.to_owned(), no)).collect();
        assert_eq!(rows, valid, "{moment}");
    }
}
