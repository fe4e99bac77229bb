//! `probe` meets 104: what it confirms, what it finds, and what it must never keep.

use std::path::Path;
use std::time::Duration;

use acceptance::{
    Company, Etl104, FIRST_DAY, Finished, ONE_DAY, Scene, Settings, as_assumed, eventually,
    generated,
};
use jiff::civil::date;
use serde_json::{Value, json};
use simulator::{
    Action, Answers, Applications, Beyond, Endpoint, ExpiresIn, Handle, Listing, Options,
    ResumeIdForm, Rule, Simulator,
};

/// 104, and a command that knows nothing but how to reach it.
async fn meet(options: Options) -> (Handle, Etl104) {
    let simulator = Simulator::start(options).await.expect("the loopback has a free port");
    let settings = Settings::default()
        .simulator(&simulator)
        .calls_per_second(400)
        .company(Company::demo(FIRST_DAY));
    (simulator, Etl104::new(&settings))
}

async fn probe(etl104: &Etl104, more: &[&str]) -> Finished {
    let probe = ["probe", "--output", "json", "--again-after", "1s"];
    etl104.run(&[&probe, more].concat()).await
}

/// The assumptions that fared so.
fn those(record: &Value, outcome: &str) -> Vec<String> {
    let verdicts = record["verdicts"].as_array().expect("a record has verdicts").iter();
    let those = verdicts.filter(|verdict| verdict["outcome"] == outcome);
    those.map(|verdict| verdict["assumption"].as_str().unwrap().to_owned()).collect()
}

fn calls(simulator: &Handle) -> u64 {
    simulator.stats().calls.values().sum()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What only a provocation shows; `real_pace` does.
const OF_LIMITER: [&str; 4] = ["A-03", "A-04", "A-05", "A-06"];

#[tokio::test]
async fn all_that_can_be_seen_is_confirmed_of_a_104_that_is_as_assumed() {
    let (simulator, etl104) = meet(as_assumed()).await;
    let done = probe(&etl104, &["--out", "probe.json"]).await;
    let record = done.summary();
    assert_eq!(those(&record, "refuted"), [""; 0], "{record:#}");
    assert_eq!(those(&record, "not_seen"), OF_LIMITER, "{record:#}");
    assert_eq!(record["verdicts"].as_array().unwrap().len(), 26);
    let done = done.exits(0);
    assert_eq!(record["exit_code"], 0);
    assert_eq!(record["left_out"], json!([]));
    assert_eq!(record["calls"], calls(&simulator), "each call is counted");
    assert!(calls(&simulator) <= 80);

    let file = etl104.folder().join("probe.json");
    let kept = read(&file);
    assert_eq!(kept["verdicts"], record["verdicts"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(done.stderr.contains("own pace"), "{}", done.stderr);

    // For people: a line an assumption, and the questions of what was not seen.
    let told = etl104.run(&["probe", "--again-after", "0s"]).await.exits(0);
    for words in ["A-26", "confirmed", "Retry-After 標頭", "主旨：", "0 refuted"] {
        assert!(told.stdout.contains(words), "{words} is not in\n{}", told.stdout);
    }
}

#[tokio::test]
async fn each_oddity_is_named_and_nothing_else() {
    let base = as_assumed;
    let oddities: Vec<(&str, Options)> = vec![
        ("A-01", Options { token_type: None, ..base() }),
        ("A-02", Options { new_token_revokes_old: true, ..base() }),
        ("A-11", Options { beyond_oldest: Beyond::Refused, ..base() }),
        ("A-12", Options { list_cap: Some(8), ..base() }),
        ("A-13", Options { resume_id: ResumeIdForm::Member, ..base() }),
        ("A-13", Options { resume_id: ResumeIdForm::Absent, with_idno: false, ..base() }),
        ("A-15", Options { answers: Answers::AsNow, ..base() }),
        ("A-17", Options { matched_without_contact: true, ..base() }),
        ("A-19", Options { link_host: Some("https://asset.example".into()), ..base() }),
        ("A-20", Options { file_tokens_once: true, ..base() }),
        ("A-20", Options { file_token_lifetime: Some(Duration::from_secs(3)), ..base() }),
        ("A-21", Options { errors_under_200: true, ..base() }),
        ("A-23", Options { loose_types: 0.5, ..base() }),
        ("A-24", Options { unknown_fields: 0.5, ..base() }),
        ("A-26", Options { applications: Applications::Newest, ..base() }),
        (
            "A-09",
            Options {
                late_share: 0.5,
                now: Some(date(2025, 8, 22).at(12, 10, 0, 0)),
                clock_speed: 900,
                resumes_per_day: 600,
                people: 900,
                ..base()
            },
        ),
    ];
    let met = oddities.into_iter().map(async |(number, options)| {
        let (_simulator, etl104) = meet(options).await;
        let waits = ["probe", "--output", "json", "--again-after", "4s"];
        (number, etl104.run(&waits).await)
    });
    for (number, done) in futures::future::join_all(met).await {
        let record = done.summary();
        assert_eq!(those(&record, "refuted"), [number], "{record:#}");
        let done = done.exits(3);
        assert!(!done.stdout.contains("is_handled\":false"), "{number}: all of them are handled");
    }
}

#[tokio::test]
async fn a_batch_in_another_order_and_a_cut_total_are_named() {
    for (number, rule) in [
        ("A-14", Rule::on(Endpoint::QueryBatch).then(Action::Reverse)),
        ("A-12", Rule::on(Endpoint::QueryList).then(Action::Duplicate { id: None })),
        (
            "A-07",
            Rule::on(Endpoint::Attachment).then(Action::Code {
                code: 895,
                message: None,
                status: None,
            }),
        ),
    ] {
        let (simulator, etl104) = meet(as_assumed()).await;
        simulator.script(rule);
        let record = probe(&etl104, &[]).await.summary();
        assert_eq!(those(&record, "refuted"), [number], "{record:#}");
        let expected = if number == "A-07" { 2 } else { 3 };
        assert_eq!(record["exit_code"], expected, "files that can't be had are not handled");
    }
}

#[tokio::test]
async fn the_budget_is_obeyed_and_what_is_left_out_is_said() {
    for budget in [2, 9, 30] {
        let (simulator, etl104) = meet(as_assumed()).await;
        let done = probe(&etl104, &["--budget", &budget.to_string()]).await.exits(0);
        let record = done.summary();
        assert_eq!(calls(&simulator), budget);
        assert_eq!(record["calls"], budget);
        assert!(!record["left_out"].as_array().unwrap().is_empty(), "{record:#}");
        assert_eq!(those(&record, "refuted"), [""; 0], "what is not asked refutes nothing");
    }
}

#[tokio::test]
async fn what_changed_since_another_probe_is_said_and_nothing_else() {
    let (_as_assumed, before) = meet(as_assumed()).await;
    drop(probe(&before, &["--out", "probe.json"]).await.exits(0));
    let old = before.folder().join("probe.json");
    let old = old.to_str().unwrap();

    let quiet = ["probe", "--quiet", "--again-after", "1s", "--compare", old];
    let same = before.run(&quiet).await.exits(0);
    assert_eq!((same.stdout.as_str(), same.stderr.as_str()), ("", ""));

    let options = Options { unknown_fields: 0.5, new_token_revokes_old: true, ..as_assumed() };
    let (_changed, etl104) = meet(options).await;
    let out = ["--out", "probe.json"];
    let told = etl104.run(&[&quiet[..], &out].concat()).await.exits(3);
    let lines: Vec<&str> = told.stdout.lines().collect();
    for words in ["A-02 was confirmed, is refuted", "A-24 was confirmed", "is new: in "] {
        assert!(
            lines.iter().any(|line| line.contains(words)),
            "{words} is not in\n{}",
            told.stdout
        );
    }
    // It is no news any more.
    let known = ["probe", "--quiet", "--again-after", "1s", "--compare", "probe.json"];
    let known = etl104.run(&known).await.exits(0);
    assert_eq!(known.stdout, "");

    let missing = etl104.run(&["probe", "--compare", "no-such.json"]).await.exits(2);
    assert!(missing.stderr.contains("no-such.json") && missing.stderr.contains("remedy:"));
}

#[tokio::test]
async fn a_simulator_like_a_record_is_met_as_the_recorded_one_was() {
    let odd = Options {
        new_token_revokes_old: true,
        expires_in: ExpiresIn::Text,
        answers: Answers::AsNow,
        resume_id: ResumeIdForm::Member,
        matched_without_contact: true,
        link_host: Some("https://asset.example".into()),
        errors_under_200: true,
        unknown_fields: 0.5,
        applications: Applications::Newest,
        ..as_assumed()
    };
    let (_odd, met) = meet(odd).await;
    let recorded = probe(&met, &["--out", "probe.json"]).await.exits(3).summary();
    let file = met.folder().join("probe.json");
    let text = std::fs::read_to_string(&file).unwrap();

    let (options, rules) = simulator::like(&text, as_assumed()).unwrap();
    assert!(rules.is_empty());
    let (_alike, again) = meet(options).await;
    let done = probe(&again, &["--compare", file.to_str().unwrap()]).await;
    let record = done.summary();
    assert_eq!(those(&record, "refuted"), those(&recorded, "refuted"));
    assert_eq!(those(&record, "confirmed"), those(&recorded, "confirmed"));
    let changes = record["changes"].as_array().unwrap();
    let of_verdicts = changes.iter().filter(|change| change.as_str().unwrap().starts_with("A-"));
    assert_eq!(of_verdicts.count(), 0, "{changes:#?}");
    assert_eq!(record["facts"]["token"]["expires_in"], "text");
    let share = |record: &Value, path: &str| {
        let shapes = record["shapes"].as_array().unwrap();
        let shape = shapes.iter().find(|shape| shape["path"] == path).unwrap();
        (shape["present"].as_u64().unwrap(), shape["of"].as_u64().unwrap())
    };
    let (with, of) = share(&record, "fullName");
    assert_eq!(with, of, "what all have, all have");
    assert!(share(&record, "aiScore").0 > 0, "an unknown field is imitated");
}

/// Stands in every text, and in the name of a field.
const CANARY: &str = "zq7canary";
/// Stands where digits are expected.
const DIGITS: &str = "0987104987";

fn full_of_canaries(id: &str) -> Value {
    let document = acceptance::contract::document(|field| match field.path {
        "cellPhone" | "tel" | "resumeId" | "applyJob[].jobNo" => DIGITS.into(),
        _ => format!("{CANARY} {DIGITS}").into(),
    });
    let mut document = Value::Object(document);
    document["idno"] = id.into();
    document["headshotUrl"] = "sim:headshot".into();
    document["attachFiles"] = json!([
        {"type": 1, "title": CANARY, "fileName": CANARY, "resourceLink": "sim:attachment:0"},
        {"type": 1, "resourceLink": format!("https://{CANARY}.example/files?fileId={CANARY}")},
        {"type": CANARY, "resourceLink": format!("https://user:{CANARY}@host.example/{CANARY}")},
    ]);
    document[format!("王 {CANARY}")] = json!({format!("{CANARY}@example.com"): CANARY});
    document[DIGITS] = json!([CANARY]);
    document["nickname"] = json!([{"said": CANARY, format!("id{DIGITS}"): DIGITS}]);
    document
}

#[tokio::test]
async fn no_value_of_a_person_is_printed_or_kept() {
    let (simulator, etl104) = meet(Options { resumes_per_day: 0, ..as_assumed() }).await;
    for (number, flag) in
        (0..12).zip([simulator::Flag::Applied, simulator::Flag::Matched].iter().cycle())
    {
        for day in [date(2025, 8, 21), date(2025, 7, 23)] {
            let id = format!("{CANARY}{number}");
            simulator.add_listing(Listing {
                company: "01234567".into(),
                date: day,
                hour: 9,
                flag: *flag,
                document: full_of_canaries(&id).into(),
                id,
            });
        }
    }
    let mut printed = Vec::new();
    for more in [&["--out", "probe.json", "-vv"][..], &["-v", "--log-format", "json"]] {
        printed.push(probe(&etl104, more).await);
    }
    printed.push(etl104.run(&["probe", "--again-after", "0s", "-vv"]).await);
    let record = read(&etl104.folder().join("probe.json"));
    assert!(record["resumes"].as_u64() >= Some(12), "the canaries were met: {record:#}");
    let mut said: Vec<String> =
        vec![std::fs::read_to_string(etl104.folder().join("probe.json")).unwrap()];
    said.extend(printed.into_iter().flat_map(|finished| [finished.stdout, finished.stderr]));
    for text in [CANARY, DIGITS, "demo-secret", "Bearer ", "fileId=", "01234567"] {
        for said in &said {
            let line = said.lines().find(|line| line.contains(text));
            assert_eq!(line, None, "{text}");
        }
    }
    assert!(said[0].contains("nickname[].said"), "names that look like names are kept");
}

#[tokio::test]
async fn a_104_that_is_away_or_refuses_ends_with_its_exit_code_and_remedy() {
    let (simulator, etl104) = meet(as_assumed()).await;
    let page = Action::HtmlPage { status: 403 };
    simulator.script(Rule::on(Endpoint::QueryList).then(page));
    let refused = probe(&etl104, &["--out", "probe.json"]).await.exits(6);
    assert!(refused.stderr.contains("register the outgoing address"), "{}", refused.stderr);
    assert_eq!(refused.summary()["exit_code"], 6);
    let left = std::fs::read_dir(etl104.folder()).unwrap().count();
    assert_eq!(left, 2, "no file, whole or half, is left beside the settings and the folder");

    let secret = Company { client_secret: "wrong".into(), ..Company::demo(FIRST_DAY) };
    let settings = Settings::default().simulator(&simulator).calls_per_second(400).company(secret);
    let refused = probe(&Etl104::new(&settings), &[]).await.exits(5);
    assert!(refused.stderr.contains("client_secret"), "{}", refused.stderr);

    let stranger = Company { no: "12345675".into(), ..Company::demo(FIRST_DAY) };
    let settings =
        Settings::default().simulator(&simulator).calls_per_second(400).company(stranger);
    simulator.clear_script();
    let refused = probe(&Etl104::new(&settings), &[]).await.exits(2);
    assert!(refused.stderr.contains("[[company]] no"), "{}", refused.stderr);

    let two = Settings::default()
        .simulator(&simulator)
        .company(Company::demo(FIRST_DAY))
        .company(Company { no: "12345675".into(), ..Company::demo(FIRST_DAY) });
    let unclear = probe(&Etl104::new(&two), &[]).await.exits(2);
    assert!(unclear.stderr.contains("--company"), "{}", unclear.stderr);

    simulator.stop().await;
    let away = probe(&etl104, &[]);
    let away = away.await.exits(6);
    assert!(away.stderr.contains("remedy:"), "{}", away.stderr);
}

/// A listing that comes while the probe waits for its second look.
#[tokio::test]
async fn an_hour_that_grows_between_both_looks_is_noticed() {
    let (simulator, etl104) = meet(as_assumed()).await;
    let running = etl104.spawn(&["probe", "--output", "json", "--again-after", "3s"]);
    eventually("the first look", async || calls(&simulator) > 5).await;
    simulator.add_listing(Listing {
        company: "01234567".into(),
        date: date(2025, 8, 22),
        hour: 11,
        flag: simulator::Flag::Applied,
        id: "late-1".into(),
        document: json!({"idno": "late-1"}).into(),
    });
    let record = running.finish().await.exits(3).summary();
    assert_eq!(those(&record, "refuted"), ["A-09"]);
    assert_eq!(record["facts"]["hour"]["came"], 1);
}

#[tokio::test]
async fn what_runs_learn_stands_in_the_same_register_and_status_says_it_in_its_words() {
    let options = Options {
        link_host: Some("https://asset.example".into()),
        odd_fields: 0.0,
        odd_text: 0.0,
        ..generated(30)
    };
    let scene = Scene::new(options).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let seen = "select assumption, is_held from etl.contract_observation order by 1, 2";
    let seen: Vec<(String, bool)> = scene.database.rows(seen).await;
    let seen: Vec<_> = seen.iter().map(|(number, is_held)| (number.as_str(), *is_held)).collect();
    assert_eq!(
        seen,
        [("A-07", true), ("A-13", false), ("A-18", true), ("A-19", false), ("A-26", true)]
    );
    let most = "select max(times_seen) from etl.contract_observation";
    assert_eq!(scene.database.count(most).await, 1, "a row once a run, however many resumes");

    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    for words in [
        "104 behaves otherwise than assumed",
        "links are never followed",
        "104 behaves as assumed",
        "links with fileId",
    ] {
        assert!(status.contains(words), "{words} is not in\n{status}");
    }
}
