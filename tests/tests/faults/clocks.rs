//! Time that is wrong or written otherwise: the host's clock, the host's zone, the server's zone, dates that are
//! none. Windows come from the database's clock in Taiwan time.

use std::time::Duration;

use acceptance::{
    COMPANY, Company, Etl104, FIRST_DAY, ONE_DAY, Scene, applied, assert_same, by_hand, generated,
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use model::{Source, taiwan_date_hour};
use pipeline::plan::{Horizon, plan, settled_until};
use serde_json::json;
use simulator::{Action, Endpoint, Options, Rule};

/// Source, date, hours.
type Asked = (String, String, i16, i16);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a host with a right clock asks for at this moment.
fn windows_due(scene: &Scene, now: Timestamp, settle: Duration) -> Vec<Asked> {
    let horizon = Horizon {
        company: COMPANY.parse().unwrap(),
        sources: Source::ALL.to_vec(),
        start_on: start_on(&scene.settings),
        until: settled_until(now, settle),
        recheck_after: Vec::new(),
    };
    let groups = plan(&horizon, &[], now);
    let mut due: Vec<Asked> = groups
        .iter()
        .flat_map(|group| &group.windows)
        .map(|due| {
            let window = &due.window;
            let hours = (i16::from(window.start_hour()), i16::from(window.end_hour()));
            (window.source().to_string(), window.date().to_string(), hours.0, hours.1)
        })
        .collect();
    due.sort();
    due
}

fn start_on(settings: &acceptance::Settings) -> jiff::civil::Date {
    let line = settings.to_toml();
    let line = line.lines().find_map(|line| line.strip_prefix("start_on = ")).unwrap().to_owned();
    line.parse().unwrap()
}

async fn windows_in_the_ledger(scene: &Scene) -> Vec<Asked> {
    let mut windows = scene
        .database
        .rows("select source, window_on::text, start_hour, end_hour from etl.fetch_window")
        .await;
    windows.sort();
    windows
}

async fn database_now(scene: &Scene) -> Timestamp {
    database::now(scene.database.pool()).await.unwrap()
}

/// A company that begins yesterday, and a settling time that puts the last due hour's end so many minutes before or
/// after the turn of an hour: a clock that is wrong by ten minutes would ask for an hour more or less.
async fn scene_near_the_turn_of_an_hour(minutes_past: i64) -> (Scene, Duration) {
    let scene = Scene::new(generated(30)).await;
    let now = database_now(&scene).await;
    let minute = now.as_second().rem_euclid(3600) / 60;
    let settle = Duration::from_secs(u64::try_from((minute - minutes_past) + 60).unwrap() * 60);
    let (today, _) = taiwan_date_hour(now);
    let start_on = today.checked_sub(1.day()).unwrap();
    let settings = scene.settings.clone();
    let settings = settings.without_companies().company(Company::demo(start_on)).text(
        "run",
        "settle",
        &format!("{}m", settle.as_secs() / 60),
    );
    let etl104 = Etl104::new(&settings);
    (Scene { settings, etl104, ..scene }, settle)
}

/// Every command on a host whose clock is wrong does what it would do on one whose clock is right.
async fn check_wrong_by(wrong_by: SignedDuration, minutes_past: i64) {
    let (mut scene, settle) = scene_near_the_turn_of_an_hour(minutes_past).await;
    let Some(wrong) = scene.settings.clone().wrong_clock(wrong_by) else { return };
    scene.etl104 = Etl104::new(&wrong);
    let before = database_now(&scene).await;
    let due = windows_due(&scene, before, settle);

    let dry = scene.etl104.run(&["run", "--dry-run", "--output", "json"]).await.exits(0);
    let mut planned: Vec<Asked> = dry
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|row| row.get("schema").is_none()) // the last line, about them all
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            let hour = |key: &str| i16::try_from(row[key].as_i64().unwrap()).unwrap();
            (text("source"), text("window_on"), hour("start_hour"), hour("end_hour"))
        })
        .collect();
    planned.sort();
    assert_eq!(planned, due, "planned with a clock wrong by {wrong_by:#}");

    let run = ["run", "--output", "json"];
    let tomorrow = taiwan_date_hour(before).0.tomorrow().unwrap().to_string();
    let until = ["run", "--output", "json", "--until", &tomorrow];
    assert_eq!(scene.etl104.run(&until).await.exits(0).summary()["state"], "complete");
    assert_eq!(windows_in_the_ledger(&scene).await, due, "with a clock wrong by {wrong_by:#}");
    let mut listed: Vec<Asked> = scene
        .simulator
        .journal()
        .into_iter()
        .filter(|entry| entry.endpoint == Endpoint::QueryList)
        .map(|entry| {
            let flag = entry.flag.unwrap();
            let sources = ["matched", "applied", "saved"];
            let hour = |hour: Option<String>| hour.unwrap().parse().unwrap();
            let source = sources[flag.parse::<usize>().unwrap()].to_owned();
            (source, entry.date.unwrap(), hour(entry.start), hour(entry.end))
        })
        .collect();
    listed.sort();
    assert_eq!(listed, due, "asked of 104 with a clock wrong by {wrong_by:#}");

    // Neither is an hour too early, nor a recheck: all is done.
    assert_eq!(scene.etl104.run(&run).await.exits(0).summary()["state"], "nothing_due");
    let status = scene.etl104.run(&["status", "--output", "json"]).await.exits(0);
    let status: serde_json::Value = serde_json::from_str(status.stdout.trim()).unwrap();
    for source in status["coverage"].as_array().unwrap() {
        assert_eq!((&source["lag_hours"], &source["missing_hours"]), (&0.into(), &0.into()));
    }

    // What was fetched says so by the same clock.
    let stamps: Vec<(i64,)> = scene
        .database
        .rows(
            "select abs(extract(epoch from clock_timestamp() - at))::bigint from (
                 select first_fetched_at as at from raw.resume_document
                 union all select last_fetched_at from raw.sighting
                 union all select fetched_at from raw.document_file
                 union all select _etl_loaded_at from recruiting.candidate
                 union all select first_seen_at from etl.unknown_field) as stamps",
        )
        .await;
    assert!(stamps.len() > 50, "there are stamps");
    assert!(
        stamps.iter().all(|(off,)| *off < 300),
        "a stamp is off by {:?} s",
        stamps.iter().max()
    );
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_host_ten_minutes_ahead_asks_for_no_hour_too_early() {
    check_wrong_by(10 * MINUTE, -5).await;
}

#[tokio::test]
async fn a_host_ten_minutes_behind_asks_for_no_hour_too_late() {
    check_wrong_by(-10 * MINUTE, 5).await;
}

#[tokio::test]
async fn a_host_three_days_ahead_asks_for_no_day_too_early_and_rechecks_none() {
    check_wrong_by(3 * DAY, 20).await;
}

#[tokio::test]
async fn a_host_in_another_decade_works() {
    check_wrong_by(-3652 * DAY, 20).await;
}

/// 104 says when to come back as a date: read by the database's clock, that is three seconds, and not ten minutes
/// or none.
#[tokio::test]
async fn a_date_to_come_back_at_is_read_by_the_right_clock() {
    let scene = Scene::new(generated(4)).await;
    let Some(wrong) = scene.settings.clone().wrong_clock(-10 * MINUTE) else { return };
    let etl104 = Etl104::new(&wrong);
    let moment = database_now(&scene).await + SignedDuration::from_secs(5);
    let retry_after = Some(moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let throttle = Action::Throttle { retry_after };
    scene.simulator.script(Rule::on(Endpoint::QueryList).nth(1).then(throttle));
    let run = etl104.run(&["run", "--output", "json", "--until", ONE_DAY]).await.exits(0);
    assert_eq!(run.summary()["throttled"], 1, "{}", run.stdout);
    let waited: f64 = scene
        .database
        .ask("select extract(epoch from ended_at - started_at)::double precision from etl.run")
        .await;
    assert!((1.0..60.0).contains(&waited), "it waited for {waited} s");
}

/// Hosts in other zones, and a server that shows and writes time otherwise, make the same warehouse.
#[tokio::test]
async fn zones_of_hosts_and_server_change_nothing() {
    let (scene, settle) = scene_near_the_turn_of_an_hour(20).await;
    let due = windows_due(&scene, database_now(&scene).await, settle);
    drop(scene.etl104.run(&["run"]).await.exits(0));
    assert_eq!(windows_in_the_ledger(&scene).await, due);
    let reports = async |etl104: &Etl104| {
        let windows = etl104.run(&["windows", "list", "--output", "json"]).await.exits(0).stdout;
        let row = |line: &str| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            [&row["window_on"], &row["source"], &row["start_hour"]].map(ToString::to_string)
        };
        let mut rows: Vec<_> = windows.lines().map(row).collect();
        rows.sort();
        rows
    };
    let expected = reports(&scene.etl104).await;

    for (host, server) in
        [("America/New_York", "Pacific/Kiritimati"), ("Pacific/Kiritimati", "Asia/Taipei")]
    {
        let (other, _) = scene.elsewhere().await;
        let change = format!(
            "do $$ begin
                 execute format('alter database %I set timezone to %L', current_database(), '{server}');
                 execute format('alter database %I set datestyle to %L', current_database(), 'SQL, DMY');
                 execute format('alter database %I set intervalstyle to %L', current_database(), 'sql_standard');
                 execute format('alter database %I set bytea_output to %L', current_database(), 'escape');
                 execute format('alter database %I set extra_float_digits to %L', current_database(), '0');
             end $$"
        );
        sqlx::query(sqlx::AssertSqlSafe(change)).execute(other.pool()).await.unwrap();
        let settings = scene.settings.clone().text("database", "url", other.url());
        let etl104 = Etl104::new(&settings.environment("TZ", host));
        drop(etl104.run(&["run"]).await.exits(0));
        assert_eq!(reports(&etl104).await, expected, "{host}, {server}");
        assert_same(
            &format!("in Taiwan, and in {host} with a server in {server}"),
            &scene.database.digest(COMPANY).await,
            &other.digest(COMPANY).await,
        );
        other.assert_sound().await;
    }
}

/// Both clocks are right, and 104's own stands at midnight: the last hour of a day is due, the first of the next is not.
#[tokio::test]
async fn the_last_hour_of_a_month_belongs_to_its_day() {
    let scene = Scene::new(Options { resumes_per_day: 20, ..generated(20) }).await;
    let settings = scene.settings.clone().without_companies();
    let settings = settings.company(Company::demo("2024-02-28".parse().unwrap()));
    let etl104 = Etl104::new(&settings);
    for (until, days) in [("2024-02-29T23", 2), ("2024-02-29T24", 2), ("2024-03-01T00", 2)] {
        drop(etl104.run(&["run", "--until", until]).await.exits(0));
        let counted = "select count(distinct window_on) from etl.fetch_window";
        assert_eq!(scene.database.count(counted).await, days, "until {until}");
    }
    let hours: Vec<(String, i16, i16, String)> = scene
        .database
        .rows(
            "select window_on::text, start_hour, end_hour, ends_at::text from etl.fetch_window
             where source = 'applied' order by window_on, start_hour",
        )
        .await;
    let ends: Vec<_> =
        hours.iter().map(|(on, start, end, _)| (on.as_str(), *start, *end)).collect();
    assert_eq!(ends, [("2024-02-28", 0, 24), ("2024-02-29", 0, 23), ("2024-02-29", 23, 24)]);
    let midnight = "select count(*) from etl.fetch_window
        where window_on = '2024-02-29' and end_hour = 24 and ends_at = '2024-03-01 00:00+08'";
    assert_eq!(scene.database.count(midnight).await, 3);
}

/// Dates that are none: the words stay, the value is null, and a note says so.
#[tokio::test]
async fn dates_that_are_none_stay_words() {
    let scene = Scene::new(by_hand()).await;
    let dates = [
        "0000-00-00",
        "2020-13",
        "2020-13-01 00:00:00",
        "2020-02-30",
        "2023-02-29 00:00:00",
        "2020-03-05 24:00:00",
        "9999-12-31",
        "infinity",
        "now",
    ];
    for (number, words) in dates.iter().enumerate() {
        let id = format!("T-{number}");
        let document = json!({
            "idno": id, "birthday": words, "militaryRetireDate": words,
            "education": [{"startDate": words, "endDate": words}], "applyJob": [{"jobNo": "1", "applyDate": words}],
        });
        scene.simulator.add_listing(applied(FIRST_DAY, 0, &id, document));
    }
    // One at each midnight, on a leap day, and tomorrow's child.
    let tomorrow = taiwan_date_hour(database_now(&scene).await).0.tomorrow().unwrap();
    for (id, birthday) in
        [("B-1", "2000-02-29 00:00:00".to_owned()), ("B-2", format!("{tomorrow} 00:00:00"))]
    {
        let document = json!({"idno": id, "birthday": birthday});
        scene.simulator.add_listing(applied(FIRST_DAY, 23, id, document));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    let count = i64::try_from(dates.len()).unwrap();
    for kept in [
        "select count(*) from recruiting.candidate_sensitive where birthday is null and military_retire_on is null
         and birthday_text <> '' and birthday_text = military_retire_text",
        "select count(*) from recruiting.education where start_on is null and end_on is null
         and start_text <> '' and end_text = start_text",
        "select count(*) from recruiting.application where applied_on is null and applied_text <> ''",
        "select count(*) from recruiting.candidate where resume_id like 'T-%' and (
             select count(*) from jsonb_array_elements(_etl_notes) as note
             where note->>'code' = 'unread' and note->>'column' = any(array['birthday', 'start_on', 'applied_on'])) = 3",
    ] {
        assert_eq!(scene.database.count(kept).await, count, "{kept}");
    }
    let births: Vec<(String, Option<String>, Option<String>)> = scene
        .database
        .rows(
            "select resume_id, birthday::text, birthday_text from recruiting.candidate_sensitive
             where resume_id like 'B-%' order by resume_id",
        )
        .await;
    let leap =
        ("B-1".to_owned(), Some("2000-02-29".to_owned()), Some("2000-02-29 00:00:00".to_owned()));
    assert_eq!(births, [leap, ("B-2".to_owned(), None, Some(format!("{tomorrow} 00:00:00")))]);
    scene.database.assert_sound().await;
}
