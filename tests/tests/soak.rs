//! All faults mixed, for as long as one likes: several processes, kills at random, a large file, and in the end
//! the comparison with one clean run (P1 to P5).
//!
//! `make soak` runs the long form with an optimised binary; `SOAK_MINUTES`, `SOAK_KILLS` and `SOAK_SEED` change it.
//! The seed decides what happens in which order; how far the processes are by then is up to the machine.

mod soak {
    pub(crate) mod faults;
    pub(crate) mod large_file;
    pub(crate) mod story;
}

use std::time::Duration;

use soak::large_file;
use soak::story::{Plan, soak};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_mix_of_all_faults_ends_as_one_clean_run() {
    soak(Plan { seed: 104, duration: Duration::from_secs(15), kills: 6, resumes_per_day: 10 })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_20_mb_whose_run_is_killed_on_the_way_arrives_whole() {
    large_file::soak(104, 20_000_000, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn a_file_of_2_gb_whose_run_is_killed_on_the_way_arrives_whole() {
    large_file::soak(seed(), 2_000_000_000, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn a_long_mix_of_all_faults_ends_as_one_clean_run() {
    let minutes = setting("SOAK_MINUTES").unwrap_or(5);
    soak(Plan {
        seed: seed(),
        duration: Duration::from_mins(minutes),
        kills: usize::try_from(setting("SOAK_KILLS").unwrap_or(50)).unwrap_or(50),
        resumes_per_day: 40,
    })
    .await;
}

fn seed() -> u64 {
    setting("SOAK_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000))
}

#[expect(clippy::disallowed_methods, reason = "how a long test is told how long")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
