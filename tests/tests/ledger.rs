//! Leases in the ledger: who may write a window's work.
#![expect(clippy::unwrap_used, reason = "what can't be set up or read fails its test")]

use acceptance::{TestDatabase, eventually};
use futures::future::join_all;
use jiff::civil::date;
use model::{Source, Window};
use pipeline::Error;
use pipeline::run::{Program, Run};
use pipeline::tally::Tally;
use pipeline::verdict::{RunState, Verdict};
use pipeline::window::{Claim, Ledger};

async fn open_run(database: &TestDatabase) -> (Run, Ledger) {
    let program = Program { version: "test", transform_version: 1 };
    let run = Run::open(database.pool(), "run", None, program).await.unwrap();
    let ledger = Ledger::new(database.pool().clone(), run.id);
    (run, ledger)
}

fn window() -> Window {
    hours(9, 10)
}

fn hours(start: u8, end: u8) -> Window {
    let company = "01234567".parse().unwrap();
    Window::new(company, Source::Applied, date(2025, 8, 22), start, end).unwrap()
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

#[tokio::test]
async fn a_closed_run_holds_nothing_though_its_process_lives() {
    let database = TestDatabase::create().await;
    let (run, ledger) = open_run(&database).await;
    drop(ledger.take(&window(), Claim::Unfinished).await.unwrap().unwrap());
    let ended = Verdict { state: RunState::Failed, exit_code: 7 };
    run.close(&Tally::default(), ended, 0, 0).await.unwrap();
    let (_run, next) = open_run(&database).await;
    assert!(next.take(&window(), Claim::Unfinished).await.unwrap().is_some());
}

#[tokio::test]
async fn a_schedule_takes_what_a_backfill_holds_and_nobody_takes_it_back() {
    let database = TestDatabase::create().await;
    let (_past, backfill) = open_run(&database).await;
    let (_other, another) = open_run(&database).await;
    let (_live, schedule) = open_run(&database).await;
    let (backfill, another) = (backfill.of_backfill(), another.of_backfill());
    let held = backfill.take(&window(), Claim::Unfinished).await.unwrap().unwrap();
    assert!(another.take(&window(), Claim::Unfinished).await.unwrap().is_none(), "its equal");

    let taken = schedule.take(&window(), Claim::Unfinished).await.unwrap().unwrap();
    assert!(matches!(backfill.begin(&held).await, Err(Error::LeaseLost { .. })));
    assert!(backfill.take(&window(), Claim::Unfinished).await.unwrap().is_none());
    drop(schedule.begin(&taken).await.unwrap());
    schedule.release(&taken).await.unwrap();
    drop(backfill.take(&window(), Claim::Unfinished).await.unwrap().unwrap());
}

#[tokio::test]
async fn no_two_windows_share_an_hour_however_many_are_opened_at_once() {
    let database = TestDatabase::create().await;
    let (_run, ledger) = open_run(&database).await;
    let all: Vec<Window> = (1..=12).map(|end| hours(end / 2, end)).collect();
    let taken = join_all(all.iter().map(|window| ledger.take(window, Claim::Unfinished))).await;
    let taken = taken.into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count();
    let windows = database.count("select count(*) from etl.fetch_window").await;
    assert_eq!(i64::try_from(taken).unwrap(), windows, "what is opened is taken");
    database.change("update etl.fetch_window set lease_run_id = null").await;
    database.assert_sound().await;

    // What was superseded counts for nothing.
    drop(ledger.take(&hours(20, 22), Claim::Unfinished).await.unwrap().unwrap());
    assert!(ledger.take(&hours(21, 24), Claim::Unfinished).await.unwrap().is_none());
    database.change("update etl.fetch_window set state = 'superseded' where start_hour = 20").await;
    drop(ledger.take(&hours(21, 24), Claim::Unfinished).await.unwrap().unwrap());
}
