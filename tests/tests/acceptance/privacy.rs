//! No secret and no personal data in any output, whatever goes wrong (P6). Canaries stand in every field; all that
//! is printed and all that the ledger says is searched for them.

use acceptance::{
    Company, FIRST_DAY, Finished, ONE_DAY, ObjectServer, SECOND_DAY, Scene, applied, by_hand,
};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};
use sqlx::AssertSqlSafe;

/// Stands in every text about a person.
const CANARY: &str = "zq7canary";
/// Stands where digits are expected.
const DIGITS: &str = "0987104987";
/// Stands in secrets.
const SECRET: &str = "hush9secret";

/// Every field of the contract, each with a canary.
fn resume(id: &str) -> Value {
    let text = |field: &str| format!("{CANARY} {field}");
    json!({
        "idno": id, "resumeId": DIGITS, "fullName": text("陳"), "englishName": text("Chen"), "gender": text("女"),
        "email": format!("{CANARY}@example.com"), "cellPhone": DIGITS, "subCellPhone": DIGITS, "tel": DIGITS,
        "contactInfo": text("電話"), "address": text("台北市"), "birthday": text("1990-01-01 00:00:00"),
        "regSource": text("104"), "employmentStatus": text("在職"), "militaryStatus": text("役畢"),
        "militaryRetireDate": text("2012-07"), "introduction": format!("<p>{CANARY}</p>"), "motto": text("格言"),
        "characteristic": text("特色"), "personalPage": [text("http://example.com")], "drivingLicenses": text("小型車"),
        "transports": text("機車"), "specialIdentities": text("身份"), "nationality": text("中華民國"),
        "disabledTypes": text("類別"), "disabilityCard": text("1"), "assistiveDevices": text("輔具"),
        "headshotUrl": "sim:headshot", "seniority": text("3年以上"),
        "jobRequirement": {"jobCharacteristic": text("全職"), "wage": text("月薪"), "startDateOpt": text("隨時"),
            "shiftWork": text("是"), "workPlace": text("台北"), "jobName": text("工程師"), "workDesc": text("內容")},
        "biography": {"bio": text("自傳"), "engBio": text("bio")},
        "commonCertificates": {"certificates": text("證照"), "otherCertificates": text("其他")},
        "education": [{"schoolName": text("大學"), "degreeLevel": text("大學"), "startDate": text("2008"), "endDate": DIGITS}],
        "experiences": [{"firmName": text("公司"), "jobDesc": format!("<b>{CANARY}</b>"), "wage": text("40000"), "wageYear": {"x": text("1")}}],
        "speciality": [{"skill": text("Rust"), "desc": text("說明"), "tag": text("標籤")}],
        "foreignLanguage": [{"langType": text("英文")}], "localLanguage": text("台語"),
        "attachFiles": [{"type": text("1"), "title": text("附件"), "fileName": format!("{CANARY}.pdf"),
            "resourceLink": "sim:attachment:0", "website": text("http://example.com")},
            {"type": 1, "resourceLink": format!("https://{CANARY}.example/files?fileId={CANARY}")},
            {"type": 1, "resourceLink": format!("https://user:{CANARY}@host.example/{CANARY}")}],
        "projectDatas": [{"title": text("專題"), "resourceLink": "sim:attachment:50", "type": 1}],
        "customContentDatas": [{"title": text("得獎"), "content": [text("內容")]}],
        "recommenders": [{"name": text("林"), "email": format!("{CANARY}@example.com"), "tel": DIGITS}],
        "applyJob": [{"applyDate": text("2025-08-22"), "name": text("職缺"), "jobNo": text("9")}],
        "applyQuestion": [{"type": text("3"), "question": text("問"), "answer": text("答")}],
        "unknownField": text("值"), "another": {"nested": [text("值")]},
    })
}

/// Somebody well, somebody unreadable, a stranger, and people around whom 104 fails in many ways.
async fn scene_of_trouble(server: &ObjectServer) -> Scene {
    let scene = Scene::with(by_hand(), |it| {
        let secret = format!("{SECRET}-client");
        it.object_server(server)
            .without_companies()
            .company(Company { client_secret: secret, ..Company::demo(FIRST_DAY) })
    });
    let scene = scene.await;
    for id in [
        "P-01", "P-02", "P-03", "P-04", "P-05", "P-06", "P-07", "P-08", "P-09", "P-10", "P-11",
        "P-12",
    ] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, resume(id)));
    }
    scene.simulator.add_listing(applied(FIRST_DAY, 10, "X-1", format!("\"{CANARY} {DIGITS}\"")));
    scene.simulator.add_listing(applied(FIRST_DAY, 10, "X-2", format!("[\"{CANARY}\"]")));
    scene.simulator.add_listing(applied(FIRST_DAY, 10, "X-3", resume("somebody-else")));
    let with_body = |status, body: String| Action::Status {
        status,
        body,
        content_type: Some("application/json".into()),
        headers: [("Location".to_owned(), format!("https://{CANARY}.example/"))].into(),
    };
    let said = format!("{CANARY} {DIGITS} {SECRET}");
    let for_one = |id: &str| Rule::on(Endpoint::Query).id(id);
    let code = |code| Action::Code { code, message: Some(said.clone()), status: None };
    for rule in [
        Rule::on(Endpoint::Token).first(1).then(with_body(500, said.clone())),
        Rule::on(Endpoint::QueryList).first(1).then(with_body(500, said.clone())),
        Rule::on(Endpoint::QueryBatch).id("P-01").first(1).then(with_body(200, said.clone())),
        Rule::on(Endpoint::QueryBatch)
            .id("P-01")
            .nth(2)
            .then(with_body(200, format!("{{\"data\": {{\"list\": \"{said}\"}}}}"))),
        Rule::on(Endpoint::QueryBatch).id("P-01").nth(3).then(code(999)),
        for_one("P-02").then(code(999)),
        for_one("P-03").then(with_body(200, format!("{{\"data\": {{\"list\": [\"{said}\" "))),
        Rule::on(Endpoint::Headshot).first(1).then(with_body(418, said.clone())),
        Rule::on(Endpoint::Headshot).nth(2).then(code(895)),
        Rule::on(Endpoint::Attachment).nth(2).then(with_body(404, said.clone())),
        Rule::on(Endpoint::Attachment).nth(4).then(Action::Cut { after: 10 }),
    ] {
        scene.simulator.script(rule);
    }
    scene
}

/// Fails if any of these texts was printed.
#[track_caller]
fn is_clean(finished: &Finished, forbidden: &[String]) {
    for text in forbidden {
        for (stream, said) in [("stdout", &finished.stdout), ("stderr", &finished.stderr)] {
            let line = said.lines().find(|line| line.contains(text.as_str()));
            assert_eq!(line, None, "{text} on {stream}");
        }
    }
}

/// What must never be printed: canaries, secrets, tokens.
async fn forbidden(scene: &Scene, server: &ObjectServer) -> Vec<String> {
    let mut texts: Vec<String> =
        [CANARY, DIGITS, SECRET, "Bearer ", "fileId=", "access_token"].map(str::to_owned).into();
    let [_, (_, secret_key), ..] = server.environment();
    texts.push(secret_key.to_owned());
    let password =
        scene.database.url().split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    texts.extend(
        password
            .and_then(|(user, _)| user.split_once(':'))
            .map(|(_, password)| password.to_owned()),
    );
    let tokens: Vec<(Option<String>,)> =
        scene.database.rows("select distinct token from etl.file_task").await;
    texts.extend(tokens.into_iter().filter_map(|(token,)| token));
    texts
}

/// Searches all columns of the ledger but those two that are there for the purpose.
async fn the_ledger_is_clean(scene: &Scene) {
    let tables: Vec<(String,)> =
        scene.database.rows("select tablename::text from pg_tables where schemaname = 'etl'").await;
    assert!(tables.len() >= 8);
    for (table,) in tables {
        let statement = format!(
            "select coalesce(string_agg(rest, E'\\n'), '') from
                 (select (to_jsonb(row_) - array['payload', 'token'])::text as rest from etl.{table} as row_) as rows
             where rest like any (array['%{CANARY}%', '%{DIGITS}%', '%{SECRET}%'])"
        );
        let found: String = sqlx::query_scalar(AssertSqlSafe(statement))
            .fetch_one(scene.database.pool())
            .await
            .unwrap();
        assert_eq!(found, "", "etl.{table}");
    }
}

#[tokio::test]
async fn nothing_that_is_printed_tells_of_people_or_secrets() {
    let server = ObjectServer::start();
    let scene = scene_of_trouble(&server).await;
    // The wrong secret first, then the right one, which the simulator knows.
    let refused = scene.run_with(ONE_DAY, &["-vv"]).await;
    is_clean(&refused, &forbidden(&scene, &server).await);
    let settings = scene.settings.clone().without_companies().company(Company::demo(FIRST_DAY));
    let etl104 = acceptance::Etl104::new(&settings);

    let run = ["run", "--until", ONE_DAY, "--output", "json"];
    let mut printed = Vec::new();
    for more in [&["-vv"][..], &["-v", "--log-format", "json"], &[]] {
        printed.push(etl104.run(&[&run, more].concat()).await);
    }
    assert_eq!(printed[0].code, Some(3), "{}{}", printed[0].stdout, printed[0].stderr);
    for command in [
        &["retry", "windows", "-vv"][..],
        &["retry", "files", "-vv"],
        &["retry", "rejections", "-vv"],
        &["reprocess", "-vv"],
        &["verify", "--deep", "-vv"],
        &["verify", "--output", "json"],
        &["trace", "P-01"],
        &["changes", "--after", "0"],
        &["changes", "--after", "0", "--output", "json"],
        &["trace", "P-01", "--output", "json"],
        &["trace", "X-1"],
        &["status", "-vv"],
        &["windows", "list"],
        &["windows", "list", "--output", "json"],
        &["runs", "list"],
        &["files", "list"],
        &["files", "list", "--output", "json"],
        &["rejections", "list"],
        &["rejections", "list", "--output", "json"],
        &["check", "-vv"],
    ] {
        printed.push(etl104.run(command).await);
    }
    for (kind, ids) in [
        ("windows", "select window_id::text from etl.fetch_window"),
        ("runs", "select run_id::text from etl.run limit 2"),
        ("files", "select task_id::text from etl.file_task limit 6"),
        ("rejections", "select rejection_id::text from etl.rejection"),
    ] {
        for (id,) in scene.database.rows::<(String,)>(ids).await {
            printed.push(etl104.run(&[kind, "show", &id]).await);
        }
    }
    let forbidden = forbidden(&scene, &server).await;
    for finished in &printed {
        is_clean(finished, &forbidden);
    }
    the_ledger_is_clean(&scene).await;

    // The canaries were really there.
    let names = "select count(*) from recruiting.candidate where full_name like '%canary%'";
    assert!(scene.database.count(names).await >= 9);
    let payloads = "select count(*) from etl.rejection where payload like '%canary%'::bytea";
    assert!(scene.database.count(payloads).await >= 1);
    let notes =
        "select count(*) from recruiting.candidate where jsonb_array_length(_etl_notes) > 3";
    assert!(scene.database.count(notes).await >= 9, "there was much that could not be read");
}

#[tokio::test]
async fn a_redirect_and_a_broken_database_tell_nothing_either() {
    let server = ObjectServer::start();
    let scene = Scene::with(by_hand(), |it| it.object_server(&server)).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "P-01", resume("P-01")));
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "P-01", resume("P-01")));
    let away = Action::Status {
        status: 302,
        body: CANARY.into(),
        content_type: None,
        headers: [(
            "Location".to_owned(),
            format!("https://elsewhere.example/{CANARY}?fileId={CANARY}"),
        )]
        .into(),
    };
    scene.simulator.script(Rule::on(Endpoint::Headshot).then(away));
    let redirected = scene.run_with(ONE_DAY, &["-vv"]).await.exits(6);
    is_clean(&redirected, &forbidden(&scene, &server).await);

    // A row that Postgres refuses: its error quotes the row.
    scene.simulator.clear_script();
    scene
        .database
        .change("alter table recruiting.candidate add constraint nobody check (full_name is null) not valid")
        .await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "P-02", resume("P-02")));
    scene.database.change("update etl.fetch_window set last_listed_at = ends_at").await;
    let refused = scene.run_with("2025-08-24T00", &["-vv"]).await;
    assert_ne!(refused.code, Some(0));
    is_clean(&refused, &forbidden(&scene, &server).await);
    the_ledger_is_clean(&scene).await;
}
