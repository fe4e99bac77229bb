//! The story of a soak: rounds of more dates and more faults, then calm, then the comparison.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use acceptance::{
    Etl104, FIRST_DAY, Finished, Loss, ObjectServer, Relay, Running, Scene, TestDatabase, generated,
};
use fastrand::Rng;
use jiff::ToSpan;
use simulator::Options;

use super::faults;

/// How much.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) duration: Duration,
    pub(crate) kills: usize,
    pub(crate) resumes_per_day: u32,
}

/// What happened so far.
#[derive(Debug, Default)]
struct Tally {
    rounds: i64,
    processes: usize,
    kills: usize,
    signals: usize,
    sleeps: usize,
    storage_outages: usize,
    database_outages: usize,
    faults: usize,
}

/// Where it happens.
struct World {
    scene: Scene,
    server: ObjectServer,
    /// Between the processes and Postgres; calm runs go without it.
    relay: Relay,
    /// The command under faults.
    etl104: Etl104,
}

/// How a process may end under faults. Never unexpectedly (1), never for its settings (2) or credentials (5).
const ENDS: [i32; 7] = [0, 3, 4, 6, 7, 130, 143];
/// Dates after which the faults cease for a while, and all promises are checked.
const CALM_EVERY: i64 = 4;

/// Runs until the time is over and enough processes were killed; then compares.
pub(crate) async fn soak(plan: Plan) {
    say(&format!("seed {}", plan.seed));
    let began = Instant::now();
    let mut rng = Rng::with_seed(plan.seed);
    let server = ObjectServer::start();
    let options = Options { seed: plan.seed, ..generated(plan.resumes_per_day) };
    let scene =
        Scene::with(options, |it| it.fresh_marts().object_server(&server).calls_per_second(100))
            .await;
    let relay = Relay::before(&scene.database).await;
    let behind = scene.settings.clone().text("database", "url", &relay.url(&scene.database));
    let etl104 = Etl104::new(&behind).time_limit(Duration::from_mins(4));
    let mut world = World { scene, server, relay, etl104 };
    let mut tally = Tally::default();
    while began.elapsed() < plan.duration || tally.kills < plan.kills {
        tally.rounds += 1;
        let until = until(tally.rounds);
        round(&mut world, &mut rng, &until, &mut tally).await;
        if tally.rounds % CALM_EVERY == 0 {
            calm(&world, &until).await;
        }
    }
    let until = until(tally.rounds);
    calm(&world, &until).await;
    compare(&world.scene, &until).await;
    say(&format!("seed {}, {:?}, {tally:?}", plan.seed, began.elapsed()));
}

/// What a soak tells whoever waits for it.
#[expect(clippy::print_stdout, reason = "the seed and the figures are what one asks for")]
pub(crate) fn say(words: &str) {
    println!("soak: {words}");
}

/// The end of the round's date: one more date each round.
fn until(round: i64) -> String {
    format!("{}T00", FIRST_DAY + round.days())
}

/// Some processes over one more date, while things happen to them, to 104, to the database and the storage.
async fn round(world: &mut World, rng: &mut Rng, until: &str, tally: &mut Tally) {
    for _ in 0..rng.usize(1..=6) {
        world.scene.simulator.script(faults::of_104(rng));
        tally.faults += 1;
    }
    let mut running: Vec<Running> = Vec::new();
    for _ in 0..rng.usize(2..=5) {
        pause(rng, 20..=700).await;
        running.retain_mut(|process| !process.has_ended());
        if running.len() < 3 {
            let run = ["run", "--output", "json", "--until", until];
            running.push(world.etl104.spawn(&run));
            tally.processes += 1;
        }
        pause(rng, 20..=900).await;
        if !running.is_empty() {
            befall(&mut running, world, rng, tally).await;
        }
    }
    world.relay.lose_commits(Loss::Answer, 0).await;
    for process in running {
        expect_end(&process.finish().await);
    }
}

async fn pause(rng: &mut Rng, millis: RangeInclusive<u64>) {
    tokio::time::sleep(Duration::from_millis(rng.u64(millis))).await;
}

/// One thing that happens.
async fn befall(running: &mut Vec<Running>, world: &mut World, rng: &mut Rng, tally: &mut Tally) {
    let victim = rng.usize(..running.len());
    let lives = !running[victim].has_ended();
    match rng.u8(..12) {
        0..=5 => {
            running.swap_remove(victim).kill();
            tally.kills += 1;
        }
        6 if lives => {
            running[victim].signal(if rng.bool() { "TERM" } else { "INT" });
            tally.signals += 1;
        }
        7 if lives => {
            running[victim].signal("STOP");
            pause(rng, 100..=1500).await;
            running[victim].signal("CONT");
            tally.sleeps += 1;
        }
        8 => {
            world.server.stop();
            pause(rng, 100..=3000).await;
            world.server.start_again();
            tally.storage_outages += 1;
        }
        9 => {
            world.relay.lose_commits(Loss::Answer, rng.u64(2..=9)).await;
            tally.database_outages += 1;
        }
        10 => {
            if rng.bool() {
                world.relay.reset();
            } else {
                world.relay.cut();
            }
            tally.database_outages += 1;
        }
        11 => {
            if rng.bool() {
                world.relay.refuse();
            } else {
                world.relay.fall_silent();
            }
            pause(rng, 100..=3000).await;
            world.relay.pass();
            tally.database_outages += 1;
        }
        _ => {}
    }
}

/// No fault any more: what is open is done, what failed is retried, and all promises hold.
async fn calm(world: &World, until: &str) {
    let World { scene, server, .. } = world;
    scene.simulator.clear_script();
    for command in [
        &["retry", "windows", "--output", "json"][..],
        &["retry", "files", "--output", "json"],
        &["retry", "rejections", "--output", "json"],
        &["run", "--output", "json", "--until", until],
        &["retry", "files", "--output", "json"],
    ] {
        expect_end(&scene.etl104.run(command).await);
    }
    let last = scene.run(until).await.exits(0).summary();
    assert_eq!(last["state"], "nothing_due", "{last}");
    scene.database.assert_sound_with(&server.objects(), true).await;
    let open: Vec<(String,)> = scene
        .database
        .rows(
            "select concat_ws(' ', 'window', window_id, state, failure) from etl.fetch_window
             where state <> 'closed'
             union all select concat_ws(' ', 'file task', task_id, state, failure) from etl.file_task
             where closed_at is null
             union all select concat_ws(' ', 'rejection', resume_id, code, reason) from etl.rejection
             where resolved_at is null",
        )
        .await;
    assert_eq!(open, [], "nothing is left open");
}

#[track_caller]
fn expect_end(ended: &Finished) {
    let code = ended.code.expect("nobody killed it");
    assert!(ENDS.contains(&code), "exit {code}\n{}\n{}", ended.stdout, ended.stderr);
    if code != 0 && code != 4 {
        assert!(ended.summary()["exit_code"] == code, "{}", ended.stdout);
    }
}

async fn compare(scene: &Scene, until: &str) {
    let (clean, etl104) = scene.elsewhere().await;
    let etl104 = etl104.time_limit(Duration::from_mins(30));
    drop(etl104.run(&["run", "--until", until]).await.exits(0));
    scene.assert_same_tables(&clean).await;
    // Where the list of a richer source failed, raw holds what a poorer one told by itself as well.
    let (ours, theirs) = (documents(&scene.database).await, documents(&clean).await);
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert!(missing.is_empty(), "documents of a clean run that are not held: {missing:?}");
}

async fn documents(database: &TestDatabase) -> BTreeSet<(String, Vec<u8>)> {
    let rows = database.rows("select resume_id, content_hash from raw.resume_document").await;
    rows.into_iter().collect()
}
