//! Memory does not grow with the number of resumes (P7).
//!
//! The full measure takes minutes and is asked for by name, with an optimised binary:
//! `cargo build --release -p cli && cargo test --release -p acceptance --test memory -- --ignored --nocapture`.

use std::time::Duration;

use acceptance::{Etl104, Scene, by_hand, generated};
use jiff::civil::{Date, date};
use simulator::Options;
use sqlx::AssertSqlSafe;

/// What is measured: a run over so many dates with these kinds of files, or a backfill of as many before without.
#[derive(Clone, Copy)]
enum Work {
    Run { kinds: &'static str },
    Backfill,
}

/// The first date of the scene.
const START: Date = date(2025, 8, 22);

/// The most memory of such work over so many dates of about so many resumes each, in KiB; and how many it stored.
async fn peak(dates: i32, resumes: u32, work: Work) -> (u64, i64) {
    let span = jiff::Span::new().days(dates);
    let (until, from) = (format!("{}T00", START + span), (START - span).to_string());
    let start = START.to_string();
    let (command, kinds) = match work {
        Work::Run { kinds } => (&["run", "--until", &until][..], kinds),
        Work::Backfill => {
            (&["backfill", "--from", &from, "--to", &start, "--files", "none"][..], "[]")
        }
    };
    let options = Options { people: 1_000_000, ..generated(resumes) };
    let scene = Scene::with(options, |it| {
        it.fresh_marts().calls_per_second(2_000).set("files", "kinds", kinds)
    })
    .await;
    let etl104 = Etl104::new(&scene.settings).time_limit(Duration::from_mins(30));
    let running = etl104.spawn(command);
    let (finished, peak) = running.finish_measured().await;
    drop(finished.exits(0));
    let stored = scene.database.count("select count(*) from raw.resume_document").await;
    (peak.unwrap_or_default(), stored)
}

/// So many dates of about so many resumes each.
type Size = (i32, u32);

/// Compares the memory of such work at two sizes.
async fn check(work: Work, few: Size, many: Size, most_kib: u64, growth: f64) {
    let resumes = |(dates, resumes): Size| dates.unsigned_abs() * resumes;
    let (asked_few, times) = (resumes(few), resumes(many) / resumes(few));
    let (few, stored_few) = peak(few.0, few.1, work).await;
    let (many, stored_many) = peak(many.0, many.1, work).await;
    let seen = format!("{few} KiB for {stored_few} resumes, {many} KiB for {stored_many}");
    #[expect(clippy::print_stdout, reason = "the figure is what one asks for")]
    {
        println!("{seen}");
    }
    assert!(
        stored_many > i64::from(times - 1) * stored_few
            && stored_few * 10 > i64::from(asked_few) * 8,
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

// Quick ones: four times the dates, of equal hours; and four times the resumes an hour, where the fewer fill
// their batches as well. Both at once would compare small batches with large ones.

#[tokio::test]
async fn four_times_the_dates_take_no_more_memory() {
    check(Work::Run { kinds: r#"["headshot"]"# }, (4, 125), (16, 125), 150_000, 1.15).await;
}

#[tokio::test]
async fn four_times_the_resumes_an_hour_take_no_more_memory() {
    check(Work::Run { kinds: r#"["headshot"]"# }, (1, 500), (1, 2_000), 150_000, 1.15).await;
}

#[tokio::test]
#[ignore = "takes minutes: `make test-memory`"]
async fn twenty_thousand_resumes_take_the_memory_of_five_thousand() {
    // Who turns up under two sources or twice a day is one document: about five resumes of six events.
    let kinds = r#"["headshot", "attachment", "project"]"#;
    check(Work::Run { kinds }, (4, 1_550), (4, 6_200), 150_000, 1.10).await;
}

#[tokio::test]
async fn a_backfill_of_four_times_the_dates_takes_no_more_memory() {
    check(Work::Backfill, (4, 200), (16, 200), 150_000, 1.15).await;
}

#[tokio::test]
async fn a_backfill_of_four_times_the_resumes_an_hour_takes_no_more_memory() {
    check(Work::Backfill, (1, 800), (1, 3_200), 150_000, 1.15).await;
}

#[tokio::test]
#[ignore = "takes minutes: `make test-memory`"]
async fn a_backfill_of_two_hundred_thousand_resumes_takes_the_memory_of_ten_thousand() {
    check(Work::Backfill, (4, 3_100), (4, 62_000), 150_000, 1.20).await;
}

/// The most memory, in KiB, of an export of so many rows of a kilobyte each.
async fn export_peak(rows: i32, format: &str) -> u64 {
    let scene = Scene::new(by_hand()).await;
    let view = format!(
        "create view mart.generated as select n, md5(n::text) as word, repeat(md5(n::text), 30) as words,
             date '2026-01-01' + n % 365 as on_date, now() as at, n % 7 = 0 as flag
         from generate_series(1, {rows}) n"
    );
    sqlx::query(AssertSqlSafe(view)).execute(scene.database.pool()).await.expect("a view is made");
    let etl104 = Etl104::new(&scene.settings).time_limit(Duration::from_mins(30));
    let export =
        ["export", "mart.generated", "--format", format, "--to", "out", "--output", "json"];
    let (finished, peak) = etl104.spawn(&export).finish_measured().await;
    let summary = finished.exits(0).summary();
    assert_eq!(summary["files"][0]["rows"], rows);
    #[expect(clippy::print_stdout, reason = "the figure is what one asks for")]
    {
        println!(
            "{peak:?} KiB for {rows} rows, {} bytes, {} s",
            summary["files"][0]["bytes"], summary["seconds"]
        );
    }
    peak.unwrap_or_default()
}

#[tokio::test]
async fn an_export_of_many_rows_takes_the_memory_of_few() {
    let (few, many) = (export_peak(2_000, "csv").await, export_peak(60_000, "csv").await);
    // Between two looks at a process its last buffers may come and go: a megabyte is none of its rows.
    assert!(
        many < 60_000 && many < few + 10_000,
        "{few} KiB for few, {many} KiB for thirty times as many"
    );
}

#[tokio::test]
#[ignore = "takes a minute: `make test-memory`"]
async fn an_export_of_two_hundred_thousand_rows_takes_the_memory_of_two_thousand() {
    for format in ["csv", "jsonl"] {
        let (few, many) = (export_peak(2_000, format).await, export_peak(200_000, format).await);
        assert!(many < 60_000 && many < few + 10_000, "{format}: {few} KiB, {many} KiB");
    }
}

/// Copies of the people of a first run, in raw alone.
const MULTIPLY: &str = "
    with known as (
        select *, row_number() over (order by document_id) - 1 as no, count(*) over () as of from raw.resume_document
    ), copied as (
        insert into raw.resume_document
            (company_no, resume_id, content_hash, hash_rule, document, byte_length, first_fetched_at)
        select company_no, 'Z-' || lpad(n::text, 9, '0'), content_hash, hash_rule, document, byte_length, first_fetched_at
        from generate_series(1, $1) n join known on known.no = n % known.of
        returning *
    )
    insert into raw.sighting
        (company_no, resume_id, source, window_id, window_starts_at, window_ends_at, document_id, first_fetched_at, last_fetched_at)
    select company_no, copied.resume_id, source, window_id, window_starts_at, window_ends_at, document_id, first_fetched_at, first_fetched_at
    from copied cross join (select source, window_id, window_starts_at, window_ends_at from raw.sighting limit 1) shown";

/// The same with a text of ten megabytes for each.
const LARGE: &str = r#"
    update raw.resume_document set document = large.text, byte_length = octet_length(large.text)
    from (select '{"biography": {"bio": "' || repeat('長', 3500000) || '"}}' as text) as large where $1 > 0"#;

/// The most memory, in KiB, of a reprocess that writes so many people, and of one that changes nothing.
async fn reprocess_peaks(people: i32, prepare: &'static str) -> [u64; 2] {
    let scene = Scene::with(generated(60), |it| it.fresh_marts().set("files", "kinds", "[]")).await;
    drop(scene.run("2025-08-24T00").await.exits(0));
    for statement in [MULTIPLY, prepare, "analyze"] {
        let mut query = sqlx::query(statement);
        if statement.contains("$1") {
            query = query.bind(people);
        }
        query.execute(scene.database.pool()).await.expect("raw is filled");
    }
    let etl104 = Etl104::new(&scene.settings).time_limit(Duration::from_hours(1));
    let mut peaks = [0; 2];
    for (peak, key) in peaks.iter_mut().zip(["people_written", "people_unchanged"]) {
        let running = etl104.spawn(&["reprocess", "--output", "json"]);
        let (finished, kib) = running.finish_measured().await;
        let summary = finished.exits(0).summary();
        assert!(summary[key].as_i64() >= Some(i64::from(people)), "{key}: {summary}");
        *peak = kib.unwrap_or_default();
        #[expect(clippy::print_stdout, reason = "the figure is what one asks for")]
        {
            println!("{kib:?} KiB for {} people, {} s", summary["people"], summary["seconds"]);
        }
    }
    peaks
}

#[tokio::test]
#[ignore = "takes a minute: `make test-memory`"]
async fn ten_thousand_people_are_reprocessed_in_little_memory() {
    let peaks = reprocess_peaks(10_000, "select 1").await;
    assert!(peaks.into_iter().all(|kib| kib < 150_000), "{peaks:?}");
}

#[tokio::test]
#[ignore = "takes many minutes: `make test-memory`"]
async fn two_hundred_thousand_people_take_the_memory_of_ten_thousand() {
    let few = reprocess_peaks(10_000, "select 1").await;
    let many = reprocess_peaks(200_000, "select 1").await;
    for (few, many) in few.into_iter().zip(many) {
        assert!(
            many * 10 <= few * 12,
            "{few} KiB for ten thousand, {many} KiB for two hundred thousand"
        );
    }
}

#[tokio::test]
#[ignore = "takes a minute: `make test-memory`"]
async fn people_of_ten_megabytes_each_are_reprocessed_few_at_a_time() {
    let peaks = reprocess_peaks(60, LARGE).await;
    assert!(peaks.into_iter().all(|kib| kib < 500_000), "{peaks:?}");
}
