//! A year costs as few calls as it can, and a dry run that lists says how many.

use acceptance::{COMPANY, Company, Scene, by_hand};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use simulator::{Endpoint, Flag, Listing};

use super::backfill;

const YEAR: (&str, &str) = ("2024-08-01", "2025-08-01");
/// The first date that `run` covers: where averages come from.
const START_ON: Date = date(2025, 8, 1);
/// People on a busy day, six calls' worth.
const PEOPLE: u32 = 60;

/// Everyone has a photo, and every second one a file; now and then somebody's is missing.
fn resume(id: &str, number: u32, is_missing: bool) -> Value {
    let mut resume = json!({"idno": id, "fullName": "甲", "headshotUrl": "sim:headshot"});
    if number.is_multiple_of(2) && !is_missing {
        resume["attachFiles"] = json!([{"type": 1, "title": "a", "fileName": "a.pdf",
                                        "resourceLink": "sim:attachment:0"}]);
    }
    resume
}

/// A day on which so many applied, of whom every third was matched too. Returns its files.
fn busy_day(scene: &Scene, on: Date, people: u32, with_missing: bool) -> u64 {
    let mut files = 0;
    for number in 0..people {
        let id = format!("{on}-{number}");
        let resume = resume(&id, number, with_missing && number % 40 == 0);
        files += 1 + u64::from(resume.get("attachFiles").is_some());
        let hour = u8::try_from(8 + number % 10).unwrap();
        let flags =
            if number % 3 == 0 { &[Flag::Applied, Flag::Matched][..] } else { &[Flag::Applied] };
        for flag in flags {
            let (company, id) = (COMPANY.into(), id.clone());
            let document = resume.clone().into();
            let listing = Listing { company, date: on, hour, flag: *flag, id, document };
            scene.simulator.add_listing(listing);
        }
    }
    files
}

#[tokio::test]
async fn a_year_with_few_busy_days_costs_the_least_and_its_dry_run_knew() {
    let scene = Scene::with(by_hand(), |it| {
        it.calls_per_second(5_000).without_companies().company(Company::demo(START_ON))
    })
    .await;
    busy_day(&scene, START_ON, 30, false);
    drop(scene.run("2025-08-03T00").await.exits(0));
    let mut files = 0;
    for days in [40, 150, 151, 300] {
        let on = date(2024, 8, 1).checked_add(days.days()).unwrap();
        files += busy_day(&scene, on, PEOPLE, true);
    }

    let before = scene.simulator.stats();
    let said = backfill(&scene, YEAR, &["--dry-run", "--list"]).await.exits(0).summary();
    let spent = said["listing"]["calls"].as_u64().unwrap();
    let predicted = spent + said["calls"].as_u64().unwrap();
    let real = backfill(&scene, YEAR, &[]).await.exits(0).summary();
    assert_eq!(real["state"], "complete", "{real}");
    let made = spent + real["calls"].as_u64().unwrap();

    let stats = scene.simulator.stats();
    let calls = |it: &simulator::Stats| it.calls.values().sum::<u64>();
    assert_eq!(calls(&stats) - calls(&before), made, "104 counted the same");
    // Lists of each source; who is new to their hours, ten a call; each file; a token.
    let batches = 4 * u64::from(PEOPLE) / 10;
    let least = 3 * 365 + batches + files + 1;
    eprintln!(
        "a year: {made} calls made, {least} the least, {predicted} predicted: {:?}",
        stats.calls
    );
    assert!(made * 100 <= least * 105, "{made} calls, the least were {least}");
    assert!(predicted.abs_diff(made) * 20 <= made, "{predicted} predicted, {made} made");
    let ahead = said["calls"].as_u64().unwrap();
    assert!(ahead.abs_diff(made - spent) * 20 <= made - spent, "{ahead} of {}", made - spent);
    assert_eq!(stats.calls[&Endpoint::QueryList], before.calls[&Endpoint::QueryList] + 3 * 365);
    let stored = "select count(*) from etl.window_item where state <> 'stored'";
    assert_eq!(scene.database.count(stored).await, 0);
}
