//! What is reported without a goal.

use std::process::Command;
use std::sync::Arc;

use acceptance::{COMPANY, ObjectServer, TestDatabase};
use bytes::Bytes;
use futures::stream;
use jiff::civil::date;
use load::files::{FileStore, StoreConfig};
use load::raw::Fetched;
use model::{CompanyNo, RawResume};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use simulator::{Crowd, Flag, Options, Size};
use tempfile::TempDir;
use uuid::Uuid;

use crate::cost::{Cost, Meter, client_cpu, median};
use crate::limit::target;
use crate::people::{People, escaped};
use crate::report::{count, figure};
use crate::warehouse::Warehouse;

/// A figure in words.
#[derive(Clone, Debug)]
pub(crate) struct Aside {
    pub(crate) what: String,
    pub(crate) measured: String,
}

impl Aside {
    fn new(what: impl Into<String>, measured: impl Into<String>) -> Self {
        let aside = Self { what: what.into(), measured: measured.into() };
        crate::say(&format!("{}: {}", aside.what, aside.measured));
        aside
    }
}

/// All of it.
pub(crate) async fn measure(warehouse: &Warehouse) -> Vec<Aside> {
    let mut asides = transform_alone();
    asides.extend(landing().await);
    asides.extend(commands(warehouse).await);
    asides.push(binary(warehouse));
    asides.push(store_files().await);
    asides.push(second_core(warehouse).await);
    asides
}

/// `transform::interpret` on one core: clean documents, and those whose types and fields are all odd.
fn transform_alone() -> Vec<Aside> {
    let spoiled = Options { odd_fields: 1.0, odd_text: 0.05, loose_types: 0.5, ..clean() };
    [("clean", clean()), ("spoiled, with `\\u` escapes", spoiled)]
        .map(|(name, options)| {
            let crowd = Crowd::new(options);
            let mut documents: Vec<RawResume> =
                (0..2_000).map(|person| raw(&crowd, person)).collect();
            if name != "clean" {
                for document in &mut documents {
                    document.json = escaped(&document.json);
                }
            }
            let bytes: usize = documents.iter().map(|it| it.json.len()).sum();
            let (began, mut done, mut notes) = (client_cpu(), 0_u64, 0_u64);
            let seconds = loop {
                for document in &documents {
                    let (_, found) = transform::interpret(document).expect("an object");
                    notes += found.len() as u64;
                    done += 1;
                }
                let seconds = client_cpu().saturating_sub(began).as_secs_f64();
                if seconds > 2.0 {
                    break seconds;
                }
            };
            let measured = format!(
                "{} resumes/s a core, {:.0} MB/s, {:.1} notes a resume",
                figure(count(done) / seconds),
                count(bytes as u64) / 2_000.0 * count(done) / seconds / 1e6,
                count(notes) / count(done)
            );
            Aside::new(format!("transform alone, {name}"), measured)
        })
        .into()
}

fn clean() -> Options {
    Options {
        people: 2_000,
        size: Size::Full,
        odd_text: 0.0,
        odd_fields: 0.0,
        ..Options::default()
    }
}

fn raw(crowd: &Crowd, person: u64) -> RawResume {
    let shown = crowd.shown(COMPANY, person, date(2025, 8, 22).at(9, 0, 0, 0), Flag::Applied);
    let resume_id = shown.id.parse().expect("an id");
    let fetched_at = "2025-08-22T02:00:00Z".parse().expect("a moment");
    RawResume { resume_id, json: shown.document, fetched_at }
}

/// Without a call to 104: ten people a transaction in one session, as runs do it; and raw alone in bulk.
async fn landing() -> Vec<Aside> {
    const PEOPLE: u64 = 2_000;
    let database = TestDatabase::create().await;
    let (pool, meter) = (database.pool(), Meter::new(database.pool()).await);
    let people = People::new(100_000);
    let batches = |wave| -> Vec<Vec<Fetched>> {
        (0..PEOPLE).step_by(10).map(|first| people.batch(first..first + 10, wave)).collect()
    };
    let (first, second) = (batches(4), batches(5));
    let bulk: Vec<Vec<Fetched>> = (PEOPLE..4 * PEOPLE)
        .step_by(500)
        .map(|first| people.batch(first..first + 500, 4))
        .collect();
    let mut asides = Vec::new();
    for (what, documents, wave, is_recomputed) in [
        ("landing raw, ten people a transaction", &first, 4, false),
        ("rows of new people, ten a transaction", &first, 4, true),
        ("rows of unchanged people, ten a transaction", &first, 4, true),
        ("landing a second document", &second, 5, false),
        ("rows of people with another document, ten a transaction", &second, 5, true),
        ("landing raw, 500 people a transaction", &bulk, 4, false),
    ] {
        meter.rest().await;
        let work = async {
            for batch in documents {
                if is_recomputed {
                    people.recompute(pool, batch).await;
                } else {
                    people.keep_alone(pool, batch, wave).await;
                }
            }
        };
        let ((), cost) = meter.measure(work).await;
        let resumes = count(documents.iter().map(Vec::len).sum::<usize>() as u64);
        let bytes: usize = documents.iter().flatten().map(|it| it.raw.json.len()).sum();
        let measured = format!(
            "{} resumes/s, {:.1} MB/s of JSON, {:.2} CPU ms a resume",
            figure(resumes / cost.wall),
            count(bytes as u64) / cost.wall / 1e6,
            cost.cpu() * 1e3 / resumes
        );
        asides.push(Aside::new(what, measured));
    }
    asides
}

/// Commands that somebody waits for.
async fn commands(warehouse: &Warehouse) -> Vec<Aside> {
    let mut asides = Vec::new();
    for arguments in [["--help"].as_slice(), &["status"]] {
        let mut costs: Vec<Cost> = Vec::new();
        for _ in 0..10 {
            let work = async { warehouse.etl104.run(arguments).await };
            let (finished, cost) = warehouse.meter.measure(work).await;
            drop(finished.exits(0));
            costs.push(cost);
        }
        let cpu: f64 = costs.iter().map(Cost::cpu).sum();
        let wall = median(costs.iter().map(|cost| cost.wall));
        let measured =
            format!("{:.0} ms, {:.0} ms of CPU", wall * 1e3, cpu * 1e3 / count(costs.len() as u64));
        asides.push(Aside::new(format!("`etl104 {}`", arguments.join(" ")), measured));
    }
    asides
}

/// The program as it was built, and without the lines that backtraces name.
fn binary(warehouse: &Warehouse) -> Aside {
    let which = warehouse.etl104.command("sh").args(["-c", "command -v etl104"]).output();
    let path = which.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let path = path.expect("a shell finds it");
    let size = |path: &str| {
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        format!("{:.1} MB", count(bytes) / 1e6)
    };
    let folder = TempDir::with_prefix_in("figures-", target()).expect("target can be written");
    let stripped = folder.path().join("etl104").to_string_lossy().into_owned();
    let is_stripped = Command::new("strip").args(["-o", &stripped, &path]).status();
    let measured = if is_stripped.is_ok_and(|status| status.success()) {
        format!("{} stripped, {} with lines for backtraces", size(&stripped), size(&path))
    } else {
        format!("{} with lines for backtraces", size(&path))
    };
    Aside::new("size of the program (`--release`)", measured)
}

/// Our store, which hashes, spools, asks whether it is held, uploads and looks again; and a loop that uploads.
async fn store_files() -> Aside {
    const FILES: usize = 1_000;
    const ROUNDS: usize = 4;
    const EACH: usize = FILES / ROUNDS;
    let server = ObjectServer::start();
    let database = TestDatabase::create().await;
    let meter = Meter::new(database.pool()).await;
    let company: CompanyNo = COMPANY.parse().expect("the demo company's number");
    let store = FileStore::open(StoreConfig {
        url: server.url(),
        endpoint: Some(server.endpoint().parse().expect("a URL")),
        proxy: None,
        ca_pem: None,
        options: server.environment().map(|(name, value)| (name.into(), value.into())).into(),
        spool_dir: None,
        max_bytes: 1 << 30,
        multipart_above: StoreConfig::MULTIPART_ABOVE,
        patience: StoreConfig::PATIENCE,
        answer_within: StoreConfig::ANSWER_WITHIN,
    })
    .expect("the store opens");
    let environment = server.environment();
    let [(_, key), (_, secret), (_, region)] = environment;
    let plain: Arc<dyn ObjectStore> = Arc::new(
        AmazonS3Builder::new()
            .with_bucket_name(server.bucket())
            .with_endpoint(server.endpoint())
            .with_allow_http(true)
            .with_access_key_id(key)
            .with_secret_access_key(secret)
            .with_region(region)
            .build()
            .expect("the server is described"),
    );
    let (mut ours, mut plains) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let bodies: Vec<Bytes> = (0..EACH).map(|_| body()).collect();
        let work = async {
            for (at, body) in bodies.iter().enumerate() {
                let key = Key::from(format!("plain/{round}/{at}"));
                plain.put(&key, body.clone().into()).await.expect("it is uploaded");
            }
        };
        plains.push(meter.measure(work).await.1);
        let work = async {
            for body in &bodies {
                let chunks: Vec<Result<Bytes, std::io::Error>> = (0..body.len())
                    .step_by(64 << 10)
                    .map(|from| Ok(body.slice(from..body.len().min(from + (64 << 10)))))
                    .collect();
                let length = Some(body.len() as u64);
                let run = Uuid::nil();
                let stored = store
                    .store(&company, run, None, length, stream::iter(chunks), database.pool())
                    .await
                    .expect("it is stored");
                assert!(!stored.was_held, "every file is another");
            }
        };
        ours.push(meter.measure(work).await.1);
    }
    let rate = |costs: &[Cost]| count(EACH as u64) / median(costs.iter().map(|cost| cost.wall));
    let cpu = |costs: &[Cost]| median(costs.iter().map(Cost::cpu)) * 1e3 / count(EACH as u64);
    let ratio = median(ours.iter().zip(&plains).map(|(own, plain)| plain.wall / own.wall));
    let measured = format!(
        "{:.0} and {:.0} files/s ({ratio:.2} of the loop); {:.1} and {:.1} CPU ms a file, the server's own included",
        rate(&ours),
        rate(&plains),
        cpu(&ours),
        cpu(&plains)
    );
    Aside::new(
        format!(
            "{FILES} files of 1 MB, one after the other: our store, and a loop of plain uploads"
        ),
        measured,
    )
}

/// A megabyte that nobody had before.
fn body() -> Bytes {
    let mut bytes = vec![0; 1 << 20];
    fastrand::fill(&mut bytes);
    bytes.into()
}

/// The same work with program and server held to one core, and free.
async fn second_core(warehouse: &Warehouse) -> Aside {
    let what = if warehouse.builds_aside().await {
        "reprocess --aside"
    } else {
        "reprocess into empty tables"
    };
    let title = format!("what the second core brings to `{what}`");
    let (mut one, mut two) = (Vec::new(), Vec::new());
    // Both alternate, for others may be at work.
    for (cores, walls) in [("0", 0), ("0,1", 1), ("0", 0), ("0,1", 1)] {
        if !warehouse.meter.hold_to(cores) {
            return Aside::new(title, "not measured: `taskset` is not there, or may not");
        }
        warehouse.empty().await;
        warehouse.meter.rest().await;
        let mut command = warehouse.etl104.command("taskset");
        command.args(["-c", cores, "etl104", "reprocess", "--quiet"]);
        if what.ends_with("--aside") {
            command.arg("--aside");
        }
        let (output, cost) = warehouse.meter.measure(async { command.output() }).await;
        assert!(output.is_ok_and(|it| it.status.success()), "etl104 runs under taskset");
        if walls == 0 { one.push(cost) } else { two.push(cost) }
    }
    let people = count(warehouse.people.count);
    let rate = |costs: &[Cost]| people / median(costs.iter().map(|cost| cost.wall));
    let others = |costs: &[Cost]| median(costs.iter().map(|cost| cost.others_cpu / cost.wall));
    let measured = format!(
        "{:.2} × ({} resumes/s with program and Postgres on one core, {} on two; others had {:.2} and {:.2} cores)",
        rate(&two) / rate(&one),
        figure(rate(&one)),
        figure(rate(&two)),
        others(&one),
        others(&two)
    );
    Aside::new(title, measured)
}
