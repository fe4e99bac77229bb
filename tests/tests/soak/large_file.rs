//! One file that is larger than what a process may hold, and processes that are killed while it is on its way.

use std::time::{Duration, Instant};

use acceptance::{Etl104, FIRST_DAY, ONE_DAY, ObjectServer, Scene, applied, by_hand, eventually};
use fastrand::Rng;
use serde_json::json;
use simulator::{Action, Endpoint, Options, Rule};

use super::story::say;

/// More than a process takes that holds no file in memory.
const MOST_KIB: u64 = 200_000;

/// Kills some runs while the file comes or goes, then lets one finish: the object is whole, alone, and no upload
/// in parts is left.
pub(crate) async fn soak(seed: u64, bytes: u64, kills: usize) {
    say(&format!("seed {seed}, a file of {bytes} bytes"));
    let began = Instant::now();
    let mut rng = Rng::with_seed(seed);
    let server = ObjectServer::start();
    let options = Options { attachment_bytes: bytes..=bytes, ..by_hand() };
    let scene =
        Scene::with(options, |it| it.object_server(&server).set("files", "max_size", "\"3GB\""))
            .await;
    let resume = json!({"idno": "L-1",
        "attachFiles": [{"type": 1, "fileName": "大檔.pdf", "resourceLink": "sim:attachment:0"}]});
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "L-1", resume));
    let etl104 = Etl104::new(&scene.settings).time_limit(Duration::from_mins(15));
    // The first downloads take a second or more, so that there is something to kill.
    let slowly = Action::Trickle {
        bytes: usize::try_from(bytes / 50).unwrap_or(1_000_000),
        ms: 20,
        after: 0,
    };
    let so_often = Rule::on(Endpoint::Attachment).first(kills as u64);
    scene.simulator.script(so_often.then(slowly));
    for kill in 1..=kills {
        let mut running = etl104.spawn(&["run", "--until", ONE_DAY]);
        eventually("the file is on its way", async || {
            let calls = scene.simulator.stats().calls;
            calls.get(&Endpoint::Attachment).is_some_and(|files| *files >= kill as u64)
        })
        .await;
        let longest = 1000 + bytes / 500_000;
        tokio::time::sleep(Duration::from_millis(rng.u64(50..=longest))).await;
        if running.has_ended() {
            break;
        }
        running.kill();
    }
    let running = etl104.spawn(&["run", "--output", "json", "--until", ONE_DAY]);
    let (finished, peak) = running.finish_measured().await;
    drop(finished.exits(0));
    let objects = server.objects();
    assert_eq!(objects.iter().map(|object| object.size).collect::<Vec<_>>(), [bytes]);
    scene.database.assert_sound_with(&objects, true).await;
    let known: Vec<(String, String)> =
        scene.database.rows("select object_key, upload_id from etl.file_upload").await;
    let open = server.open_uploads();
    assert!(
        open.is_empty() && known.is_empty(),
        "parts are left in the bucket: {open:?}, {known:?}"
    );
    let peak = peak.unwrap_or_default();
    say(&format!("seed {seed}, {bytes} bytes in {:?}, {kills} kills, {peak} KiB", began.elapsed()));
    assert!(peak < MOST_KIB, "{peak} KiB");
}
