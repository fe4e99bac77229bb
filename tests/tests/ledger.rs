//! Leases in the ledger: who may write a window's work.
#![expect(clippy::unwrap_used, reason = "what can't be set up or read fails its test")]

use acceptance::{TestDatabase, eventually};
use jiff::civil::date;
use model::{Source, Window};
use pipeline::Error;
use pipeline::run::{Program, Run};
use pipeline::window::{Claim, Ledger};

async fn open_run(database: &TestDatabase) -> (Run, Ledger) {
    let program = Program { version: "test", transform_version: 1 };
    let run = Run::open(database.pool(), "run", program).await.unwrap();
    let ledger = Ledger::new(database.pool().clone(), run.id);
    (run, ledger)
}

fn window() -> Window {
    let company = "01234567".parse().unwrap();
    Window::new(company, Source::Applied, date(2025, 8, 22), 9, 10).unwrap()
}

#[tokio::test]
async fn a_process_that_slept_through_its_lease_cannot_write() {
    let database = TestDatabase::create().await;
    let (_sleeping, sleeper) = open_run(&database).await;
    let (_awake, taker) = open_run(&database).await;
    let slept_through = sleeper.take(&window(), Claim::Unfinished).await.unwrap().unwrap();
    assert!(taker.take(&window(), Claim::Unfinished).await.unwrap().is_none(), "its process lives");

    let expire = "update etl.fetch_window set lease_expires_at = now() - interval '1 second'";
    sqlx::query(expire).execute(database.pool()).await.unwrap();
    let taken = taker.take(&window(), Claim::Unfinished).await.unwrap().unwrap();

    let refused = sleeper.begin(&slept_through).await;
    assert!(matches!(refused, Err(Error::LeaseLost { .. })));
    sleeper.release(&slept_through).await.unwrap();
    drop(taker.begin(&taken).await.unwrap());
    assert!(
        sleeper.take(&window(), Claim::Unfinished).await.unwrap().is_none(),
        "it did not give it away"
    );
}

#[tokio::test]
async fn what_a_vanished_process_held_is_free_at_once() {
    let database = TestDatabase::create().await;
    let (vanishing, ledger) = open_run(&database).await;
    drop(ledger.take(&window(), Claim::Unfinished).await.unwrap().unwrap());
    drop(vanishing);
    let (_run, next) = open_run(&database).await;
    eventually("the window is free", async || {
        next.take(&window(), Claim::Unfinished).await.unwrap().is_some()
    })
    .await;
}
