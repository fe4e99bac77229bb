//! The one test at the real pace (P4): 3 calls in any sliding second, over all processes on one credential.
//!
//! It has a test binary to itself: cargo runs those one after another, and a machine that is busy with other tests
//! would delay calls by more than the network that the pace is made for.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what can't be read fails its test; the figures are wanted"
)]

use std::time::{Duration, Instant};

use acceptance::{Company, Etl104, FIRST_DAY, Scene, Settings, TWO_DAYS, generated};
use serde_json::Value;
use simulator::{Endpoint, Options, Simulator};

/// More dates than one process works on at once, so that both have some.
const SIX_DAYS: &str = "2025-08-28T00";

/// An answer takes up to a second, a call's way to 104 up to 50 ms.
fn real() -> Options {
    Options {
        calls_per_second: Some(3),
        jitter: Duration::from_millis(50),
        latency: Duration::from_millis(200)..=Duration::from_secs(1),
        ..generated(3)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_on_one_credential_keep_the_limit_and_use_it() {
    two_at_once().await;
    held_up().await;
    eight_at_once().await;
    probes().await;
}

/// 104 as it is assumed to be, with its limit.
async fn met(arguments: &[&str]) -> (simulator::Stats, Value, Duration) {
    let options = Options {
        jitter: Duration::from_millis(20),
        latency: Duration::from_millis(20)..=Duration::from_millis(60),
        ..Options::as_assumed()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let settings = Settings::default().simulator(&simulator).company(Company::demo(FIRST_DAY));
    let etl104 = Etl104::new(&settings);
    let began = Instant::now();
    let probe = ["probe", "--output", "json", "--again-after", "2s"];
    let met = etl104.run(&[&probe, arguments].concat()).await.exits(0).summary();
    (simulator.stats(), met, began.elapsed())
}

/// One keeps the limit; one provokes it, and so sees what nobody else may.
async fn probes() {
    let ((stats, polite, took), (_, provoking, took_longer)) =
        tokio::join!(met(&[]), met(&["--burst"]));
    println!("probes: {took:?}, {took_longer:?}, {stats:?}");
    assert!(stats.max_starts_in_any_second <= 3, "{stats:?}");
    assert_eq!(stats.throttled, 0, "{stats:?}");
    // The default waits 58 s longer for its second look.
    assert!(took_longer < Duration::from_secs(62), "{took_longer:?}");
    let not_confirmed = |met: &Value| {
        let verdicts = met["verdicts"].as_array().unwrap().clone();
        let others = verdicts.into_iter().filter(|verdict| verdict["outcome"] != "confirmed");
        others.map(|verdict| verdict["assumption"].to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(not_confirmed(&polite), r#""A-03" "A-04" "A-05" "A-06""#);
    assert_eq!(not_confirmed(&provoking), "", "all 26: {provoking:#}");
    assert!(provoking["calls"].as_u64() <= Some(80), "{}", provoking["calls"]);
}

/// More processes than dates: what matters is that the limit is kept by all together.
async fn eight_at_once() {
    let scene = Scene::with(real(), |it| it.calls_per_second(3)).await;
    let running: Vec<_> = (0..8).map(|_| scene.spawn(TWO_DAYS)).collect();
    for process in running {
        let ended = process.finish().await;
        assert!(matches!(ended.code, Some(0 | 4)), "{:?} {}", ended.code, ended.stderr);
    }
    let stats = scene.simulator.stats();
    println!("eight: {} calls, {stats:?}", scene.calls());
    assert!(stats.max_starts_in_any_second <= 3, "{stats:?}");
    assert_eq!(stats.throttled, 0, "{stats:?}");
    assert_eq!(stats.calls[&Endpoint::QueryList], 6, "each window is listed once: {stats:?}");
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(scene.database.windows().await, [("closed".into(), 6)]);
    scene.database.assert_sound().await;
}

/// One of two stands still now and then, as on a machine that has much else to do: what it starts late comes too close
/// to the other's calls, unless the other hears of it.
async fn held_up() {
    let scene = Scene::with(real(), |it| it.calls_per_second(3)).await;
    let (one, other) = (scene.spawn(SIX_DAYS), scene.spawn(SIX_DAYS));
    // No multiple of the interval: it hits each moment of it.
    for round in 0..16 {
        tokio::time::sleep(Duration::from_millis(570)).await;
        one.signal("STOP");
        tokio::time::sleep(Duration::from_millis(160 + 10 * round)).await;
        one.signal("CONT");
    }
    let (one, other) = tokio::join!(one.finish(), other.finish());
    let stats = scene.simulator.stats();
    println!("held up: {} calls, {stats:?}", scene.calls());
    drop((one.exits(0), other.exits(0)));
    assert!(stats.max_starts_in_any_second <= 3, "{stats:?}");
    assert_eq!(stats.throttled, 0, "{stats:?}");
}

async fn two_at_once() {
    let scene = Scene::with(real(), |it| it.calls_per_second(3)).await;
    let began = Instant::now();
    let (one, other) = tokio::join!(scene.run(SIX_DAYS), scene.run(SIX_DAYS));
    let wall = began.elapsed();

    let stats = scene.simulator.stats();
    let calls = scene.calls();
    let seen = format!(
        "{calls} calls in {wall:?}, {} in the fullest second",
        stats.max_starts_in_any_second
    );
    println!("{seen}");
    assert!((35..=70).contains(&calls), "{seen}");
    assert!(stats.max_starts_in_any_second <= 3, "{seen}");
    assert_eq!(stats.throttled, 0, "{seen}");
    let at_most =
        Duration::from_secs_f64(1.07 * f64::from(u32::try_from(calls).unwrap()) / 3.0 + 3.0);
    assert!(wall <= at_most, "{seen}, at most {at_most:?}");

    let (one, other) = (one.exits(0).summary(), other.exits(0).summary());
    let sum = |count: &str| {
        one["counts"][count].as_i64().unwrap() + other["counts"][count].as_i64().unwrap()
    };
    for each in [&one, &other] {
        assert!(each["counts"]["windows_closed"].as_i64() > Some(0), "both had a share: {each}");
    }
    assert_eq!(sum("windows_closed"), 18, "each window is closed once");
    assert_eq!(scene.database.windows().await, [("closed".into(), 18)]);
    assert_eq!(sum("stored"), scene.database.count("select count(*) from etl.window_item").await);
    assert_eq!(
        sum("files_stored"),
        scene.database.count("select count(*) from etl.file_task").await
    );
    assert_eq!(one["calls"].as_u64().unwrap() + other["calls"].as_u64().unwrap(), calls);
    assert!(sum("files_stored") > 10, "there were files to share");
}
