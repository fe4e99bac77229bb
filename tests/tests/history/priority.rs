//! A backfill shares the limit with a scheduled `run` and never delays it; its files come after those of live hours,
//! or are left out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acceptance::{
    COMPANY, FIRST_DAY, ONE_DAY, SECOND_DAY, Scene, TWO_DAYS, TestDatabase, applied, assert_same,
    by_hand, generated,
};
use database::{Rank, SharedPace, Start};
use serde_json::json;
use simulator::{Endpoint, Options};

const CREDENTIAL: [u8; 32] = [42; 32];
/// The usual pace.
const INTERVAL: Duration = Duration::from_millis(350);

/// The pace as a schedule and as a backfill see it.
fn both(
    database: &TestDatabase,
    credential: [u8; 32],
    interval: Duration,
) -> (SharedPace, SharedPace) {
    let pace = SharedPace::new(database.pool().clone(), credential, interval);
    (pace.clone(), pace.of_rank(Rank::Backfill))
}

/// A start that is due by now, or soon.
#[track_caller]
fn at(start: Start) -> (Duration, i64) {
    let Start::At { moment, slot } = start else { panic!("{start:?}") };
    (moment.saturating_duration_since(Instant::now()), slot)
}

/// How long a backfill is told to wait for a schedule.
#[track_caller]
fn waits(start: Start) -> Duration {
    let Start::NotYet { wait, for_schedule: true } = start else { panic!("{start:?}") };
    wait
}

#[tokio::test]
async fn a_backfill_gets_no_start_while_a_schedule_calls() {
    let database = TestDatabase::create().await;
    let (schedule, backfill) = both(&database, CREDENTIAL, INTERVAL);
    for round in 0..3 {
        let (_, slot) = at(schedule.next_start().await.unwrap());
        let wait = waits(backfill.next_start().await.unwrap());
        assert!(wait > Duration::from_millis(2500), "round {round}: {wait:?}");
        assert!(
            wait < Duration::from_secs(5),
            "round {round}: a dead schedule holds up nobody longer"
        );
        let taken: i64 = database.ask("select slots from etl.pace").await;
        assert_eq!(taken, slot, "asking takes nothing");
    }
}

#[tokio::test]
async fn a_schedule_that_ends_leaves_at_once_and_a_dead_one_after_the_grace() {
    let database = TestDatabase::create().await;
    let (schedule, backfill) = both(&database, CREDENTIAL, Duration::from_millis(1));
    let (_, first) = at(schedule.next_start().await.unwrap());
    let (_, last) = at(schedule.next_start().await.unwrap());
    schedule.leave(first).await.unwrap();
    waits(backfill.next_start().await.unwrap());
    schedule.leave(last).await.unwrap();
    at(backfill.next_start().await.unwrap());

    at(schedule.next_start().await.unwrap());
    database.change("update etl.pace set schedule_until = schedule_until - interval '2.8 s'").await;
    let wait = waits(backfill.next_start().await.unwrap());
    assert!(wait <= Duration::from_millis(200), "{wait:?}");
    tokio::time::sleep(wait).await;
    at(backfill.next_start().await.unwrap());
}

#[tokio::test]
async fn a_schedule_that_begins_waits_for_one_interval_however_many_backfills_are_at_work() {
    let database = TestDatabase::create().await;
    // Longer than eight questions take on any machine.
    let interval = Duration::from_secs(10);
    let (schedule, backfill) = both(&database, CREDENTIAL, interval);
    // A start whose answer is late has passed: the first question is not to wait for a connection.
    drop(database.pool().acquire().await.unwrap());
    let mut taken = 0;
    for _ in 0..8 {
        match backfill.next_start().await.unwrap() {
            Start::At { .. } => taken += 1,
            Start::NotYet { wait, for_schedule } => {
                assert!(!for_schedule && wait <= interval, "{wait:?}");
            }
        }
    }
    assert_eq!(taken, 1, "no backfill takes a start that is not due");
    let (wait, _) = at(schedule.next_start().await.unwrap());
    assert!(wait <= interval, "{wait:?}");
}

#[tokio::test]
async fn a_schedule_that_is_throttled_still_goes_first() {
    let database = TestDatabase::create().await;
    let (schedule, backfill) = both(&database, CREDENTIAL, Duration::from_millis(10));
    at(schedule.next_start().await.unwrap());
    let throttle = Duration::from_mins(1);
    schedule.throttled(Some(throttle)).await.unwrap();
    assert!(
        waits(backfill.next_start().await.unwrap()) > throttle,
        "it waits for the schedule's next call"
    );

    // A backfill that is throttled makes all wait, and gets nothing by it.
    let (schedule, backfill) = both(&database, [43; 32], Duration::from_millis(10));
    at(backfill.next_start().await.unwrap());
    backfill.throttled(Some(throttle)).await.unwrap();
    let Start::NotYet { for_schedule, .. } = backfill.next_start().await.unwrap() else { panic!() };
    assert!(!for_schedule);
    assert!(at(schedule.next_start().await.unwrap()).0 > throttle / 2, "the limit is everybody's");
    assert!(waits(backfill.next_start().await.unwrap()) > throttle);
}

#[tokio::test]
async fn a_call_that_a_schedule_waits_for_does_not_wait_for_the_schedule() {
    let database = TestDatabase::create().await;
    let (schedule, backfill) = both(&database, CREDENTIAL, Duration::from_millis(10));
    at(schedule.next_start().await.unwrap());
    let until = "select schedule_until::text from etl.pace";
    let before: String = database.ask(until).await;
    at(backfill.urgent_start().await.unwrap());
    assert_eq!(database.ask::<String>(until).await, before, "and holds up no other backfill");
}

/// Two dozen calls a second, each answered after a moment.
fn unhurried() -> Options {
    let latency = Duration::from_millis(40)..=Duration::from_millis(120);
    Options { latency, ..generated(12) }
}

/// Takes starts as a busy backfill does, until it is told to stop; when each came, by 104's clock.
async fn busy_backfill(scene: &Scene, stop: &AtomicBool) -> Vec<Duration> {
    let credential: Vec<u8> = scene.database.ask("select credential_hash from etl.pace").await;
    let (_, backfill) =
        both(&scene.database, credential.try_into().unwrap(), Duration::from_millis(44));
    let mut starts = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        match backfill.next_start().await.unwrap() {
            Start::At { moment, .. } => {
                tokio::time::sleep_until(moment.into()).await;
                starts.push(scene.simulator.uptime());
            }
            Start::NotYet { wait, .. } => {
                tokio::time::sleep(wait.min(Duration::from_millis(100))).await;
            }
        }
    }
    starts
}

/// When the calls of the second day came.
fn of_the_run(scene: &Scene, since: Duration) -> Vec<Duration> {
    scene.simulator.journal().iter().map(|entry| entry.at).filter(|at| *at > since).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_beside_a_busy_backfill_goes_as_if_it_were_alone() {
    let pace = |it: acceptance::Settings| it.calls_per_second(24);
    let (alone, beside) =
        tokio::join!(Scene::with(unhurried(), pace), Scene::with(unhurried(), pace));
    tokio::join!(async { drop(alone.run(ONE_DAY).await.exits(0)) }, async {
        drop(beside.run(ONE_DAY).await.exits(0));
    });
    let (since_alone, since) = (alone.simulator.uptime(), beside.simulator.uptime());

    let stop = AtomicBool::new(false);
    let run = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(beside.run(TWO_DAYS).await.exits(0));
        tokio::time::sleep(Duration::from_millis(500)).await;
        stop.store(true, Ordering::Relaxed);
    };
    let (starts, (), _) = tokio::join!(busy_backfill(&beside, &stop), run, async {
        alone.run(TWO_DAYS).await.exits(0)
    });

    let took = |calls: &[Duration]| calls[calls.len() - 1].saturating_sub(calls[0]);
    let (undisturbed, calls) = (of_the_run(&alone, since_alone), of_the_run(&beside, since));
    assert_eq!(calls.len(), undisturbed.len());
    let (first, last) = (calls[0], calls[calls.len() - 1]);
    let between = starts.iter().filter(|at| (first..last).contains(*at)).count();
    let (before, after) = (
        starts.iter().filter(|at| **at < first).count(),
        starts.iter().filter(|at| **at >= last).count(),
    );
    eprintln!(
        "{} calls of the run: alone in {:?}, beside a backfill in {:?}; of the backfill {before} \
         before, {between} meanwhile, {after} afterwards",
        calls.len(),
        took(&undisturbed),
        took(&calls),
    );
    assert!(between <= 2, "{between} calls of the backfill came between those of the run");
    assert!(before >= 3 && after >= 3, "it was busy: {before} before, {after} after");
    assert!(
        took(&calls) < took(&undisturbed) * 2 + Duration::from_secs(1),
        "{:?} instead of {:?}",
        took(&calls),
        took(&undisturbed)
    );
}

/// As a backfill leaves files to others: loaded is everybody, fetched is nothing, and no token is at hand.
async fn nothing_fetched(options: Options, until: &str) -> Scene {
    nothing_fetched_of(options, until, |_| ()).await
}

/// The same of people who are listed by hand.
async fn nothing_fetched_of(options: Options, until: &str, list: impl FnOnce(&Scene)) -> Scene {
    let scene = Scene::new(options).await;
    list(&scene);
    drop(scene.run(until).await.exits(0));
    scene.database.change("delete from raw.document_file").await;
    scene.database.change("delete from raw.file_object").await;
    scene.database.change("delete from etl.file_task").await;
    scene.database.empty_recruiting().await;
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));
    scene.database.change("update etl.file_task set is_backfill = true").await;
    scene
}

const LEAVE_OUT: &str = "update etl.file_task set next_attempt_at = null";

/// What 104 was asked for since a number of its journal: how often resumes, and how many files.
fn asked_since(scene: &Scene, number: u64) -> (i64, i64) {
    let journal = scene.simulator.journal();
    let since = journal.iter().filter(|entry| entry.number >= number);
    let mut asked = (0, 0);
    for entry in since {
        match entry.endpoint {
            Endpoint::QueryBatch | Endpoint::Query => asked.0 += 1,
            Endpoint::Headshot | Endpoint::Attachment => asked.1 += 1,
            _ => {}
        }
    }
    asked
}

#[tokio::test]
async fn files_left_for_later_cost_the_next_run_one_call_per_ten_people() {
    let scene = nothing_fetched(generated(33), TWO_DAYS).await;
    let renewals = "select sum(ceil(people / 10.0))::bigint
                    from (select count(distinct resume_id) as people from etl.file_task group by window_id) as of_window";
    let (least, files) = (
        scene.database.count(renewals).await,
        scene.database.count("select count(*) from etl.file_task").await,
    );
    let before = scene.calls();
    drop(scene.run(TWO_DAYS).await.exits(0));
    let asked = asked_since(&scene, before);
    eprintln!(
        "{files} files left for later: {} calls for their tokens, of {least} at least",
        asked.0
    );
    assert!(files > 100, "{files}");
    assert_eq!(asked, (least, files));
    scene.database.assert_sound().await;
    scene.assert_equals_one_clean_run(TWO_DAYS).await;
}

#[tokio::test]
async fn files_of_live_hours_go_before_those_of_a_backfill() {
    let scene = nothing_fetched(generated(20), TWO_DAYS).await;
    // The newer half is live, so that neither age nor number makes the order.
    let live = "update etl.file_task set is_backfill = false
                where task_id > (select percentile_disc(0.5) within group (order by task_id) from etl.file_task)";
    let live = scene.database.change(live).await;
    let budget = (live / 2).to_string();
    let spent = scene.run_with(TWO_DAYS, &["--max-calls", &budget]).await.exits(0).summary();
    assert_eq!(spent["state"], "budget_spent");
    let stored: Vec<(bool, i64)> = scene
        .database
        .rows("select is_backfill, count(*) from etl.file_task where state = 'stored' group by 1")
        .await;
    assert!(matches!(stored[..], [(false, 3..)]), "{stored:?}");
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.assert_equals_one_clean_run(TWO_DAYS).await;
}

#[tokio::test]
async fn files_left_out_are_told_and_fetched_by_retry_alone() {
    let scene = nothing_fetched(generated(6), ONE_DAY).await;
    let files = scene.database.change(LEAVE_OUT).await;
    let calls = scene.calls();
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));
    let idle = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!((&idle["state"], &idle["open"]["files"]), (&"nothing_due".into(), &0.into()));
    assert_eq!(idle["open"]["files_left_out"], files);
    assert_eq!(scene.calls(), calls, "nobody is called for them");
    scene.database.assert_sound().await;

    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    let told = format!("{files} files left out by a backfill: `etl104 retry files` fetches them");
    assert!(status.contains(&told) && !status.contains("to fetch"), "{status}");
    let list = scene.etl104.run(&["files", "list"]).await.exits(0);
    let each = list.stdout.matches("only by `etl104 retry files`").count();
    assert_eq!(u64::try_from(each).unwrap(), files, "{}", list.stdout);
    assert!(
        list.stderr.contains("were left out by a backfill: `etl104 retry files`"),
        "{}",
        list.stderr
    );
    eprintln!("{status}\n{}\n{}", list.stdout, list.stderr);

    let fetched =
        scene.etl104.run(&["retry", "files", "--output", "json"]).await.exits(0).summary();
    assert_eq!(
        (&fetched["counts"]["files_stored"], &fetched["open"]["files_left_out"]),
        (&files.into(), &0.into())
    );
    scene.assert_equals_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn a_file_left_out_is_fetched_when_a_run_is_shown_its_document_again() {
    let resume = json!({"idno": "A-1", "headshotUrl": "sim:headshot"});
    let simulator = by_hand();
    let scene = nothing_fetched_of(simulator, ONE_DAY, |scene| {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", resume.clone()));
        scene.simulator.add_listing(applied(SECOND_DAY, 9, "A-1", resume));
    })
    .await;
    assert_eq!(scene.database.change(LEAVE_OUT).await, 1);
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(scene.database.file_tasks().await, [("open".into(), 1)]);
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(scene.database.file_tasks().await, [("stored".into(), 1)]);
    let live = "select count(*) from etl.file_task where not is_backfill";
    assert_eq!(scene.database.count(live).await, 1, "it is of live hours now");
    let (clean, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", TWO_DAYS]).await.exits(0));
    let ours = scene.database.digest(COMPANY).await;
    assert_same("left out for a while and clean", &ours, &clean.digest(COMPANY).await);
    assert_eq!(scene.database.shown_counts().await, clean.shown_counts().await);
    assert_eq!(scene.database.items().await, clean.items().await);
    assert_eq!(scene.database.windows().await, clean.windows().await);
    assert_eq!(scene.database.file_tasks().await, clean.file_tasks().await);
}
