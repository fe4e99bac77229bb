//! Goals 5 to 8: live, where 104 allows three calls a second and every call counts.
//!
//! The simulator answers after 500 ms, as 104 may; it counts starts itself. Nothing else may run meanwhile.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use acceptance::{
    Company, Etl104, FIRST_DAY, ONE_DAY, OwnPostgres, Scene, Settings, TWO_DAYS, TestDatabase,
    generated,
};
use simulator::{Endpoint, Options, Simulator};

use crate::cost::{float, machine_cpu};
use crate::goals::Goal;
use crate::report::count;

const ANSWER: Duration = Duration::from_millis(500);
/// Before the first date.
const NOTHING_DUE: &str = "2025-08-22T00";
/// More dates than one process works on at once, so that two have something to share.
const SIX_DAYS: &str = "2025-08-28T00";

const CLOSE: &str =
    "Live: wall at most 1.07 × (calls / 3 s) at up to 50 ms jitter, no second over 3 calls";
const FAR: &str = "… 1.12 × at 100 ms";
const CALLS: &str = "Calls at most 1.02 × the least possible; a rerun fetches no file";
const BEFORE_FILES: &str = "1 000 new resumes are queryable within 60 s, before their files";
const COMMITTED: &str = "From the answer of a batch of 10 to committed rows: p99 under 50 ms";

/// All of them.
pub(crate) async fn goals() -> Vec<Goal> {
    let mut goals = pace().await;
    goals.push(fewest_calls().await);
    goals.extend(before_files().await);
    for goal in &goals {
        crate::say(&format!("{goal:?}"));
    }
    goals
}

/// Of all cores, since a reading of theirs.
fn busy_since(before: Duration, wall: f64) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    machine_cpu().saturating_sub(before).as_secs_f64() / (wall * count(cores as u64))
}

/// One run at the real pace. It is long enough for the pace to show: its first call, the token's, and its last answer take a
/// second beside it, whatever lies between.
struct Paced {
    ratio: f64,
    calls: u64,
    fullest: usize,
    throttled: u64,
    /// Share of the cores that anybody used.
    busy: f64,
    /// Taken down, which takes seconds, when the run beside it has ended too.
    _scene: Scene,
}

async fn paced(jitter: u64, processes: usize) -> Paced {
    let options = Options {
        calls_per_second: Some(3),
        jitter: Duration::from_millis(jitter),
        latency: ANSWER..=ANSWER,
        ..generated(25)
    };
    let scene = Scene::with(options, |it| it.calls_per_second(3)).await;
    // The company's tables are made by its first run.
    drop(scene.run(NOTHING_DUE).await.exits(0));
    let (began, busy) = (Instant::now(), machine_cpu());
    let running = (0..processes).map(|_| scene.spawn(SIX_DAYS).finish());
    for finished in futures::future::join_all(running).await {
        drop(finished.exits(0));
    }
    let wall = began.elapsed().as_secs_f64();
    let stats = scene.simulator.stats();
    let calls = scene.calls();
    let paced = Paced {
        ratio: wall / (count(calls) / 3.0),
        calls,
        fullest: stats.max_starts_in_any_second,
        throttled: stats.throttled,
        busy: busy_since(busy, wall),
        _scene: scene,
    };
    crate::say(&format!(
        "live, jitter {jitter} ms, {processes} processes: {calls} calls in {wall:.1} s, {:.3} ×, {} in the fullest second, cores {:.0} % busy",
        paced.ratio,
        paced.fullest,
        paced.busy * 100.0
    ));
    paced
}

async fn pace() -> Vec<Goal> {
    let mut goals = Vec::new();
    for (what, jitters, most) in [(CLOSE, [0, 50].as_slice(), 1.07), (FAR, &[100], 1.12)] {
        let (mut said, mut is_met) = (Vec::new(), true);
        for jitter in jitters {
            // Side by side, each at a 104 of its own: they are timers, and take few cores.
            let (one, two) = tokio::join!(paced(*jitter, 1), paced(*jitter, 2));
            for (processes, paced) in [(1, one), (2, two)] {
                is_met &= paced.ratio <= most && paced.fullest <= 3 && paced.throttled == 0;
                let of = if processes == 1 { "one process" } else { "two" };
                said.push(format!(
                    "{:.3} × at {jitter} ms with {of} ({} calls, {} in the fullest second, cores {:.0} % busy)",
                    paced.ratio,
                    paced.calls,
                    paced.fullest,
                    paced.busy * 100.0
                ));
            }
        }
        goals.push(Goal::new("5", what, said.join("; "), is_met));
    }
    goals
}

/// Two dates with two hundred listings each: lists of each source, who is new to their hours ten a call, each file, a
/// token. Then all of them again.
async fn fewest_calls() -> Goal {
    const LEAST: &str = "
        select 1 + (select count(*) from etl.fetch_window) + (select count(*) from etl.file_task)
            + (select sum(ceil(people / 10.0))::bigint from (
                select count(distinct resume_id) as people
                from etl.window_item join etl.fetch_window using (window_id) group by window_on) as of_date)";
    let scene = Scene::new(generated(200)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let (least, calls) = (float(scene.database.count(LEAST).await), scene.calls());
    let files = scene.files_delivered();
    let again = ["backfill", "--from", "2025-08-22", "--to", "2025-08-24", "--refetch", "all"];
    drop(scene.etl104.run(&again).await.exits(0));
    let more = scene.files_delivered() - files;
    let ratio = count(calls) / least;
    let measured = format!(
        "{ratio:.3} × ({calls} calls, {least:.0} at least); a backfill of all of it again fetched {more} files"
    );
    Goal::new("6", CALLS, measured, ratio <= 1.02 && more == 0)
}

/// A date with a thousand new people and more, stopped once all of them are readable.
async fn before_files() -> [Goal; 2] {
    const OPEN: &str = "
        select (select count(*) from etl.fetch_window where is_listed) < 3
            or exists (select from etl.window_item where state in ('listed', 'kept'))";
    let postgres = OwnPostgres::start();
    postgres.change("alter system set track_commit_timestamp = on").await;
    postgres.crash();
    postgres.start_again();
    let database = TestDatabase::on(postgres.options(), "").await;
    let options = Options {
        people: 1_000_000,
        calls_per_second: Some(3),
        latency: ANSWER..=ANSWER,
        ..generated(1_300)
    };
    let simulator = Simulator::start(options).await.expect("the loopback has a free port");
    let settings = Settings::new(&database)
        .simulator(&simulator)
        .calls_per_second(3)
        .company(Company::demo(FIRST_DAY));
    let etl104 = Etl104::new(&settings);
    let (began, busy) = (Instant::now(), machine_cpu());
    let running = etl104.spawn(&["run", "--until", ONE_DAY]);
    while database.ask::<bool>(OPEN).await {
        assert!(began.elapsed() < Duration::from_mins(5), "resumes arrive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let busy = busy_since(busy, seconds);
    let people = database.count("select count(*) from recruiting.candidate").await;
    let left = database.count("select count(*) from etl.file_task where state = 'open'").await;
    running.signal("TERM");
    drop(running.finish().await);
    // What a thousand would have taken, at the pace of all.
    let measured = format!(
        "{people} people in {seconds:.1} s ({:.1} s a thousand), while {left} files were still to be fetched",
        seconds * 1e3 / float(people)
    );
    let is_met = people >= 1_000 && seconds <= 60.0 && left > 1_000;
    let resumes = Goal::new("7", BEFORE_FILES, measured, is_met);
    [resumes, from_answer_to_commit(&database, &simulator, busy).await]
}

/// The simulator's clock says when an answer was due; Postgres, when the transaction that wrote a person's rows committed.
async fn from_answer_to_commit(
    database: &TestDatabase,
    simulator: &simulator::Handle,
    busy: f64,
) -> Goal {
    // Who was listed once: their rows were written once; files touch other tables.
    const COMMITS: &str = "
        select c.resume_id, extract(epoch from pg_xact_commit_timestamp(c.xmin))::float8
        from recruiting_partition.candidate_source_01234567 c
        where (select count(*) from raw.sighting s where s.resume_id = c.resume_id) = 1";
    let commits: Vec<(String, f64)> = database.rows(COMMITS).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let started = now.saturating_sub(simulator.uptime());
    let journal = simulator.journal();
    let batches = journal
        .iter()
        .filter(|entry| entry.endpoint == Endpoint::QueryBatch && entry.status == Some(200));
    let mut delays = Vec::new();
    for entry in batches {
        let answered = (started + entry.at + ANSWER).as_secs_f64();
        let of_batch = commits.iter().filter(|(id, _)| entry.ids.contains(id));
        // Each person of a batch is committed with the others; the last counts.
        if let Some(last) = of_batch.map(|(_, at)| at - answered).max_by(f64::total_cmp) {
            delays.push(last);
        }
    }
    delays.sort_by(f64::total_cmp);
    let at = |share: usize| delays.get((delays.len() * share).div_ceil(100).saturating_sub(1));
    let (Some(median), Some(p99)) = (at(50), at(99)) else {
        return Goal::open("8", COMMITTED, "no batch could be followed");
    };
    let measured = format!(
        "{:.0} ms, half of them within {:.0} ms, over {} batches, with the simulator's own work on the answer; cores {:.0} % busy",
        p99 * 1e3,
        median * 1e3,
        delays.len(),
        busy * 100.0
    );
    Goal::new("8", COMMITTED, measured, *p99 < 0.05)
}
