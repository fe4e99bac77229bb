//! How fast people are kept and recomputed: live (ten people a transaction) and in bulk.
//!
//! `ETL104_TEST_DATABASE_URL=postgres://… cargo bench -p load --bench person`
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark talks, or stops")]

mod support;

use std::time::Instant;

use futures::{StreamExt, stream};
use support::{Warehouse, ids, report};

/// Two transactions at once, as a pipeline has windows and files side by side.
const AT_ONCE: usize = 2;
const LIVE: u32 = 10;
const BULK: u32 = 200;

#[tokio::main]
async fn main() {
    let Some(warehouse) = Warehouse::begin().await else { return };
    let people = 5_000;

    let begun = Instant::now();
    batches(people, LIVE, async |first, end| warehouse.keep(first..end, 1).await).await;
    report("live: keep, 10 people a transaction", people, begun);

    let begun = Instant::now();
    recompute(&warehouse, people, LIVE, false).await;
    report("live: first recompute, 10 people a transaction", people, begun);

    let begun = Instant::now();
    recompute(&warehouse, people, LIVE, false).await;
    report("live: recompute of unchanged people", people, begun);

    batches(people, BULK, async |first, end| warehouse.keep(first..end, 2).await).await;
    let begun = Instant::now();
    recompute(&warehouse, people, LIVE, false).await;
    report("live: recompute with a second version", people, begun);

    for size in [BULK, 1_000] {
        let begun = Instant::now();
        recompute(&warehouse, people, size, true).await;
        report(&format!("bulk: forced recompute, {size} people a transaction"), people, begun);
    }
    warehouse.end().await;
}

async fn recompute(warehouse: &Warehouse, people: u32, size: u32, force: bool) {
    batches(people, size, async |first, end| {
        warehouse.recompute(&ids(first..end), force).await;
    })
    .await;
}

#[expect(clippy::future_not_send, reason = "it stays on the benchmark's one thread")]
async fn batches(people: u32, size: u32, work: impl AsyncFn(u32, u32)) {
    let work = &work;
    stream::iter((0..people).step_by(usize::try_from(size).expect("a size")))
        .for_each_concurrent(AT_ONCE, |first| async move {
            work(first, people.min(first + size)).await;
        })
        .await;
}
