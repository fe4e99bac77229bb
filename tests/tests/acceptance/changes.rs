//! The change feed: what happened to people's rows, once, in order, and for each number as nobody may miss it.

mod consumers;
mod order;

use acceptance::{COMPANY, FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, by_hand};
use jiff::civil::date;
use serde_json::{Value, json};
use simulator::{Flag, Listing};

/// One who applied, with a photo and an application.
fn chen(name: &str, email: &str) -> Value {
    json!({
        "idno": "C-1", "fullName": name, "email": email, "headshotUrl": "sim:headshot",
        "applyJob": [{"applyDate": "2025-08-22", "name": "後端工程師", "jobNo": "8104", "applySource": "主動應徵"}],
    })
}

/// The changes after a number, as `changes --output json` prints them.
async fn after(scene: &Scene, number: i64) -> Vec<Value> {
    let number = number.to_string();
    let told = scene.etl104.run(&["changes", "--after", &number, "--output", "json"]).await;
    lines(&told.exits(0).stdout)
}

fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn number(change: &Value) -> i64 {
    change["change_no"].as_i64().unwrap()
}

/// `C-1 changed candidate.full_name`, `C-1 file headshot 1 stored`
fn said(changes: &[Value]) -> Vec<String> {
    let said = |change: &Value| {
        let fields: Vec<&str> =
            change["changed_fields"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let more = ["job_no", "applied_on", "file_role", "file_item_no", "file_state"]
            .map(|name| change[name].to_string());
        let more = more.iter().filter(|value| *value != "null");
        let more: Vec<&str> = more.map(|value| value.trim_matches('"')).collect();
        let start = ["resume_id", "kind"].map(|name| change[name].as_str().unwrap());
        [&start[..], &fields, &more].concat().join(" ")
    };
    changes.iter().map(said).collect()
}

#[tokio::test]
async fn what_happens_to_a_person_is_told_once() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "C-1", chen("陳怡君", "a@example.com")));
    drop(scene.run(ONE_DAY).await.exits(0));
    let first = after(&scene, 0).await;
    assert_eq!(
        said(&first),
        ["C-1 new", "C-1 applied 8104 2025-08-22", "C-1 file headshot 1 stored"]
    );
    assert_eq!(first.iter().map(number).collect::<Vec<_>>(), [1, 2, 3]);
    let run: String = scene.database.ask("select run_id::text from etl.run").await;
    for change in &first {
        assert_eq!((&change["company_no"], &change["run_id"]), (&json!(COMPANY), &json!(run)));
        assert!(change["document_id"].is_i64() && change["changed_at"].is_string(), "{change}");
    }

    // The same again, however it is done again, is no change.
    let digest = scene.database.digest(COMPANY).await;
    let asked_again =
        ["backfill", "--from", "2025-08-22", "--to", "2025-08-23", "--refetch", "all"];
    for again in
        [&["run", "--until", ONE_DAY][..], &asked_again, &["reprocess"], &["verify", "--repair"]]
    {
        drop(scene.etl104.run(again).await.exits(0));
        assert_eq!(after(&scene, 3).await, [] as [Value; 0], "{again:?}");
    }
    acceptance::assert_same("before and after", &digest, &scene.database.digest(COMPANY).await);

    // Another state, listed by two sources: what differs is named as the version names it.
    let newer = chen("陳怡君", "b@example.com");
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "C-1", newer.clone()));
    let saved = applied(SECOND_DAY, 12, "C-1", newer);
    scene.simulator.add_listing(Listing { flag: Flag::Saved, ..saved });
    drop(scene.run(TWO_DAYS).await.exits(0));
    let second = after(&scene, 3).await;
    let mut told = said(&second);
    told.sort();
    assert_eq!(
        told,
        [
            "C-1 changed candidate_contact.email",
            "C-1 changed candidate_source",
            "C-1 file headshot 1 stored"
        ]
    );
    let version = "select array_to_json(changed_fields)::text from recruiting.candidate_version where is_current";
    let version: String = scene.database.ask(version).await;
    assert_eq!(version, r#"["candidate_contact.email"]"#);

    // An older state came to light: today's rows say the same, the past does not.
    scene.simulator.add_listing(applied(date(2025, 8, 20), 9, "C-1", chen("陳", "a@example.com")));
    let older = ["backfill", "--from", "2025-08-20", "--to", "2025-08-21"];
    drop(scene.etl104.run(&older).await.exits(0));
    let mut told = said(&after(&scene, 6).await);
    told.sort();
    assert_eq!(
        told,
        ["C-1 changed candidate_version candidate_change", "C-1 file headshot 1 stored"]
    );
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_reading_that_was_wrong_is_told_by_the_run_that_puts_it_right() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "C-1", chen("陳怡君", "a@example.com")));
    drop(scene.run(ONE_DAY).await.exits(0));
    // As an older etl104 would have left it: another name, no application, notes and a version of their own.
    for older in [
        "update recruiting.candidate set full_name = '陳?', _etl_transform_version = 1, 
             _etl_notes = '[{\"table\": \"candidate\", \"column\": \"full_name\", \"code\": \"unread\"}]'",
        "delete from recruiting.application",
        "update recruiting.candidate_source set window_count = 7",
    ] {
        assert_eq!(scene.database.change(older).await, 1, "{older}");
    }
    drop(scene.etl104.run(&["reprocess", "--dry-run"]).await.exits(0));
    assert_eq!(after(&scene, 3).await, [] as [Value; 0], "a dry run tells nothing");
    let told = scene.etl104.run(&["reprocess", "--output", "json"]).await.exits(0).summary();
    let changes = after(&scene, 3).await;
    assert_eq!(
        said(&changes),
        ["C-1 changed candidate.full_name application", "C-1 applied 8104 2025-08-22"]
    );
    assert!(changes.iter().all(|change| change["run_id"] == told["run_id"]), "{changes:?}");
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));
    assert_eq!(after(&scene, 5).await, [] as [Value; 0]);

    // Rows of which nothing is kept are taken out, and that is told; a lost file is told, and told again once it is there.
    let object = acceptance::objects_below(&scene.etl104.folder().join("objects")).remove(0);
    std::fs::remove_file(scene.etl104.folder().join("objects").join(&object.key)).unwrap();
    drop(scene.etl104.run(&["verify", "--repair", "--storage-is-empty"]).await);
    assert_eq!(said(&after(&scene, 5).await), ["C-1 file headshot 1 pending"]);
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(said(&after(&scene, 6).await), ["C-1 file headshot 1 stored"]);
    scene.database.change("truncate raw.resume_document cascade").await;
    drop(scene.etl104.run(&["verify", "--repair", "--raw-is-lost"]).await);
    let gone = after(&scene, 7).await;
    assert_eq!(said(&gone), ["C-1 removed"]);
    assert_eq!(gone[0]["document_id"], Value::Null);
}

#[tokio::test]
async fn personal_data_is_printed_only_where_it_is_asked_for() {
    let scene = Scene::new(by_hand()).await;
    let mut person = chen("陳怡君", "a@example.com");
    person["gender"] = json!("女");
    person["applyJob"][0]["jobNo"] = json!("打給 0912345678");
    person["experiences"] = json!([{"firmName": "甲公司"}, {"firmName": "乙公司"}]);
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "C-1", person));
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "C-2", json!({"idno": "C-2"})));
    drop(scene.run(ONE_DAY).await.exits(0));

    for format in ["human", "json"] {
        let plain =
            scene.etl104.run(&["changes", "--after", "0", "--output", format]).await.exits(0);
        assert!(plain.stdout.contains("C-1") && plain.stdout.contains("applied"));
        for word in ["陳怡君", "example.com", "甲公司", "0912", "工程師", "person"] {
            assert!(
                !plain.stdout.contains(word) && !plain.stderr.contains(word),
                "{word}: {plain:?}"
            );
        }
        assert!(plain.stderr.ends_with("go on with --after 4\n"), "{}", plain.stderr);
    }
    let refused = scene.etl104.run(&["changes", "--after", "0", "--with-person"]).await.exits(2);
    assert!(refused.stderr.contains("--output json"), "{}", refused.stderr);

    scene.database.change("delete from recruiting.candidate where resume_id = 'C-2'").await;
    let with = ["changes", "--after", "0", "--with-person", "--output", "jsonl"];
    let told = lines(&scene.etl104.run(&with).await.exits(0).stdout);
    assert_eq!(told.len(), 4);
    for change in told {
        if change["resume_id"] == "C-2" {
            assert_eq!(change["person"], Value::Null, "who is erased is gone: {change}");
            assert!(change.as_object().unwrap().contains_key("person"));
            continue;
        }
        let person = &change["person"];
        assert_eq!(person["candidate"]["full_name"], "陳怡君");
        assert_eq!(person["candidate_contact"]["email"], "a@example.com");
        let firms: Vec<&Value> =
            person["experience"].as_array().unwrap().iter().map(|job| &job["firm_name"]).collect();
        assert_eq!(firms, ["甲公司", "乙公司"]);
        assert_eq!(person["application"][0]["job_name"], "後端工程師");
        assert_eq!(person["education"], json!([]));
        assert!(!change.to_string().contains('女'), "the protected group is left out: {change}");
    }
}

#[tokio::test]
async fn pages_limits_and_companies_leave_nothing_out() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "C-1", chen("陳怡君", "a@example.com")));
    drop(scene.run(ONE_DAY).await.exits(0));
    // More than a page of them, of this company and of another.
    scene
        .database
        .change(
            "insert into recruiting.change (change_no, company_no, resume_id, kind, changed_fields, document_id, run_id, changed_at)
             select n, case when n % 3 = 0 then '01234567' else '76543210' end, 'C-' || n, 'new', '{}', 1,
                 gen_random_uuid(), now()
             from generate_series(4, 1204) as n",
        )
        .await;
    scene.database.change("update etl.change_counter set last_no = 1204").await;
    let numbers = |printed: &str| lines(printed).iter().map(number).collect::<Vec<_>>();
    let all = scene.etl104.run(&["changes", "--after", "2", "--output", "json"]).await.exits(0);
    assert_eq!(numbers(&all.stdout), (3..=1204).collect::<Vec<_>>());
    assert!(all.stderr.ends_with("go on with --after 1204\n"), "{}", all.stderr);
    let some = ["changes", "--after", "2", "--limit", "501", "--output", "json"];
    let some = scene.etl104.run(&some).await.exits(0);
    assert_eq!(numbers(&some.stdout), (3..=503).collect::<Vec<_>>());
    assert!(some.stderr.ends_with("go on with --after 503\n"), "{}", some.stderr);

    let own = ["changes", "--after", "3", "--company", COMPANY, "--output", "json"];
    let own = scene.etl104.run(&own).await.exits(0);
    assert_eq!(numbers(&own.stdout), (4..=1204).filter(|n| n % 3 == 0).collect::<Vec<_>>());
    // Nobody asks for the others' changes once more.
    assert!(own.stderr.ends_with("go on with --after 1204\n"), "{}", own.stderr);
    drop(scene.etl104.run(&["changes", "--after", "0", "--company", "11111111"]).await.exits(2));

    let human = scene.etl104.run(&["changes", "--after", "1", "--limit", "2"]).await.exits(0);
    let shown: Vec<&str> = human.stdout.lines().collect();
    assert!(
        shown[0].contains("company") && shown[1].ends_with("job 8104 on 2025-08-22"),
        "{shown:?}"
    );
    assert!(shown[2].ends_with("headshot 1: stored") && shown.len() == 3, "{shown:?}");
}

#[tokio::test]
async fn whoever_missed_changes_is_told_so() {
    let scene = Scene::new(by_hand()).await;
    for id in ["C-1", "C-2", "C-3"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, json!({"idno": id})));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(after(&scene, 0).await.len(), 3);
    scene.database.change("delete from recruiting.change where change_no <= 2").await;
    let behind = scene.etl104.run(&["changes", "--after", "1"]).await.exits(2);
    for words in ["the oldest is 3", "full copy", "--after 3"] {
        assert!(behind.stderr.contains(words), "{}", behind.stderr);
    }
    assert_eq!(after(&scene, 2).await.len(), 1, "who has read all that is gone has missed nothing");
    scene.database.change("delete from recruiting.change").await;
    let behind = scene.etl104.run(&["changes", "--after", "2"]).await.exits(2);
    assert!(behind.stderr.contains("none is"), "{}", behind.stderr);
    assert_eq!(after(&scene, 3).await, [] as [Value; 0]);
    let ahead = scene.etl104.run(&["changes", "--after", "4"]).await.exits(2);
    for words in ["the newest is 3", "restored from a backup", "--after 3"] {
        assert!(ahead.stderr.contains(words), "{}", ahead.stderr);
    }
    // What is deleted is not numbered once more, and no number is given twice.
    scene.database.empty_recruiting().await;
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));
    assert_eq!(after(&scene, 3).await.iter().map(number).collect::<Vec<_>>(), [4, 5, 6]);
    for half_restored in
        ["update etl.change_counter set last_no = 1", "delete from etl.change_counter"]
    {
        scene.database.change(half_restored).await;
        scene.database.change("update recruiting.candidate set full_name = '?'").await;
        drop(scene.etl104.run(&["reprocess"]).await.exits(0));
    }
    assert_eq!(
        after(&scene, 6).await.iter().map(number).collect::<Vec<_>>(),
        [7, 8, 9, 10, 11, 12]
    );
}
