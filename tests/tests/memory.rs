//! Memory does not grow with the number of resumes (P7).
//!
//! The full measure takes minutes and is asked for by name, with an optimised binary:
//! `cargo build --release -p cli && cargo test --release -p acceptance --test memory -- --ignored --nocapture`.

use std::time::Duration;

use acceptance::{Etl104, Scene, generated};
use simulator::Options;

/// Four dates.
const UNTIL: &str = "2025-08-26T00";
/// The four before.
const BACKFILL: [&str; 7] =
    ["backfill", "--from", "2025-08-18", "--to", "2025-08-22", "--files", "none"];

/// What is measured: a run over four dates with these kinds of files, or a backfill of them without.
#[derive(Clone, Copy)]
enum Work {
    Run { kinds: &'static str },
    Backfill,
}

/// The most memory of such work over about so many resumes, in KiB; and how many it stored.
async fn peak(resumes: u32, work: Work) -> (u64, i64) {
    let (command, kinds) = match work {
        Work::Run { kinds } => (&["run", "--until", UNTIL][..], kinds),
        Work::Backfill => (&BACKFILL[..], "[]"),
    };
    let options = Options { people: 1_000_000, ..generated(resumes / 4) };
    let scene =
        Scene::with(options, |it| it.calls_per_second(2_000).set("files", "kinds", kinds)).await;
    let etl104 = Etl104::new(&scene.settings).time_limit(Duration::from_mins(30));
    let running = etl104.spawn(command);
    let (finished, peak) = running.finish_measured().await;
    drop(finished.exits(0));
    let stored = scene.database.count("select count(*) from raw.resume_document").await;
    (peak.unwrap_or_default(), stored)
}

/// Compares such work with one that is so many times as large.
async fn check(work: Work, resumes: u32, times: u32, most_kib: u64, growth: f64) {
    let (few, stored_few) = peak(resumes, work).await;
    let (many, stored_many) = peak(times * resumes, work).await;
    let seen = format!("{few} KiB for {stored_few} resumes, {many} KiB for {stored_many}");
    #[expect(clippy::print_stdout, reason = "the figure is what one asks for")]
    {
        println!("{seen}");
    }
    assert!(
        stored_many > i64::from(times - 1) * stored_few && stored_few * 10 > i64::from(resumes) * 8,
        "{seen}"
    );
    if cfg!(target_os = "linux") {
        assert!(few > 0 && many < most_kib, "{seen}");
        let (few, many) = (
            f64::from(u32::try_from(few).unwrap_or(0)),
            f64::from(u32::try_from(many).unwrap_or(0)),
        );
        assert!(many <= few * growth, "{seen}");
    }
}

#[tokio::test]
async fn four_times_the_resumes_take_no_more_memory() {
    check(Work::Run { kinds: r#"["headshot"]"# }, 300, 4, 150_000, 1.25).await;
}

#[tokio::test]
#[ignore = "takes minutes: `make test-memory`"]
async fn twenty_thousand_resumes_take_the_memory_of_five_thousand() {
    // Who turns up under two sources or twice a day is one document: about five resumes of six events.
    let kinds = r#"["headshot", "attachment", "project"]"#;
    check(Work::Run { kinds }, 6_200, 4, 150_000, 1.10).await;
}

#[tokio::test]
async fn a_backfill_of_four_times_the_resumes_takes_no_more_memory() {
    check(Work::Backfill, 300, 4, 150_000, 1.25).await;
}

#[tokio::test]
#[ignore = "takes minutes: `make test-memory`"]
async fn a_backfill_of_two_hundred_thousand_resumes_takes_the_memory_of_ten_thousand() {
    check(Work::Backfill, 12_400, 20, 150_000, 1.20).await;
}
