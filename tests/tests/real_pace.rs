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

use acceptance::{Scene, TWO_DAYS, generated};
use simulator::{Endpoint, Options};

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
    eight_at_once().await;
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
