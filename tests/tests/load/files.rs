//! Files: from a body to an object, and from a receipt to a row.

use std::collections::BTreeMap;
use std::time::Duration;

use acceptance::{ObjectCall, ObjectFault, ObjectRule, ObjectServer};
use futures::stream;
use jiff::Timestamp;
use load::digest::TableDigest;
use load::files::{
    FileStore, Receipt, ReceiptOutcome, StorageError, StoreConfig, StoreFileError, StoredFile,
};
use load::person::{PersonResult, PersonState, RefetchFiles};
use model::Source::Applied;
use uuid::Uuid;

use crate::world::{World, full, shown, slots};

/// Some bytes, as a body's next chunk.
#[expect(clippy::unnecessary_wraps, reason = "a body's chunks are results")]
fn chunk<B: From<Vec<u8>>>(size: usize, value: u8) -> Result<B, std::io::Error> {
    Ok(vec![value; size].into())
}

fn body<B: From<Vec<u8>> + Send>(
    size: usize,
) -> impl futures::Stream<Item = Result<B, std::io::Error>> + Send {
    stream::iter(
        (0..size.div_ceil(60_000))
            .map(move |n| chunk((size - n * 60_000).min(60_000), u8::try_from(n % 251).unwrap())),
    )
}

fn config(url: String) -> StoreConfig {
    StoreConfig {
        url,
        endpoint: None,
        proxy: None,
        ca_pem: None,
        options: Vec::new(),
        spool_dir: None,
        max_bytes: 64 << 20,
        multipart_above: StoreConfig::MULTIPART_ABOVE,
        patience: Duration::from_millis(200),
        answer_within: Duration::from_secs(10),
    }
}

fn on_server(server: &ObjectServer) -> StoreConfig {
    let options = server.environment();
    StoreConfig {
        endpoint: Some(server.endpoint().parse().unwrap()),
        options: options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        ..config(format!("{}/some/prefix", server.url()))
    }
}

async fn store(world: &World, store: &FileStore, size: usize) -> StoredFile {
    let length = Some(size as u64);
    let pool = world.database.pool();
    store
        .store(&world.company, Uuid::now_v7(), Some("image/png"), length, body(size), pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_folder_holds_files_by_their_content() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made/on/demand");
    let files = FileStore::open(config(format!("file:{}", path.display()))).unwrap();
    for size in [0, 3, 20 << 20] {
        let stored = store(&world, &files, size).await;
        let on_disk = std::fs::read(path.join(&stored.object_key)).unwrap();
        assert_eq!((on_disk.len(), stored.was_held), (size, false));
        assert!(stored.object_key.starts_with("files/01234567/"), "{}", stored.object_key);
    }
    let check = files.check().await;
    assert!(check.len() == 5 && check.iter().all(|line| line.outcome.is_ok()), "{check:?}");
}

#[tokio::test]
async fn a_bucket_holds_files_by_their_content() {
    let world = World::new().await;
    let server = ObjectServer::start();
    let files = FileStore::open(on_server(&server)).unwrap();
    let mut expected = Vec::new();
    for size in [0, 3, 20 << 20] {
        let stored = store(&world, &files, size).await;
        expected.push((format!("some/prefix/{}", stored.object_key), size as u64));
    }
    let check = files.check().await;
    assert!(check.len() == 5 && check.iter().all(|line| line.outcome.is_ok()), "{check:?}");
    expected.sort();
    let objects: Vec<_> =
        server.objects().into_iter().map(|object| (object.key, object.size)).collect();
    assert_eq!(objects, expected, "checks leave nothing behind");
}

#[tokio::test]
async fn wrong_settings_are_said() {
    let server = ObjectServer::start();
    let mut wrong_key = on_server(&server);
    wrong_key.options.push(("AWS_SECRET_ACCESS_KEY".into(), "wrong".into()));
    let mut check = FileStore::open(wrong_key).unwrap().check().await;
    let error = check.pop().unwrap().outcome.unwrap_err();
    assert!(error.remedy().contains("AWS_SECRET_ACCESS_KEY"), "{error:?}");
    assert!(error.is_lasting() && !error.is_settings(), "{error:?}");
    assert!(check.is_empty(), "the first step fails");
    for url in ["", "file:", "ftp://x", "s3://"] {
        let error = FileStore::open(config(url.into())).unwrap_err();
        assert!(matches!(error, StorageError::Url(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn what_can_t_be_stored_leaves_nothing() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let spool = tempfile::tempdir().unwrap();
    let mut settings = config(format!("file:{}", folder.path().display()));
    settings.max_bytes = 100;
    settings.spool_dir = Some(spool.path().to_owned());
    let files = FileStore::open(settings.clone()).unwrap();
    let pool = world.database.pool();
    let tried = async |length, body| {
        files.store(&world.company, Uuid::now_v7(), None, length, body, pool).await.unwrap_err()
    };
    let error = tried(Some(101), stream::iter(vec![])).await;
    assert!(matches!(error, StoreFileError::TooLarge { size: 101 }), "{error:?}");
    let error = tried(None, stream::iter(vec![chunk(60, 1), chunk(60, 1)])).await;
    assert!(matches!(error, StoreFileError::TooLarge { size: 120 }), "{error:?}");
    let error = tried(Some(61), stream::iter(vec![chunk(60, 1)])).await;
    let is_short = matches!(error, StoreFileError::LengthMismatch { announced: 61, received: 60 });
    assert!(is_short, "{error:?}");
    let broken = Err(std::io::Error::other("cut"));
    let error = tried(None, stream::iter(vec![chunk(60, 1), broken])).await;
    assert!(matches!(error, StoreFileError::Body(_)), "{error:?}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    assert!(std::fs::read_dir(spool.path()).unwrap().next().is_none());

    settings.spool_dir = Some(spool.path().join("absent"));
    let files = FileStore::open(settings).unwrap();
    let error =
        files.store(&world.company, Uuid::now_v7(), None, None, body(3), pool).await.unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
}

#[tokio::test]
async fn a_storage_that_never_answers_is_given_up_in_time() {
    let world = World::new().await;
    let server = ObjectServer::start();
    let settings = StoreConfig { answer_within: Duration::from_millis(300), ..on_server(&server) };
    let files = FileStore::open(settings).unwrap();
    server.script(ObjectRule::on(ObjectCall::Put, ObjectFault::Silent));
    let (run, pool) = (Uuid::now_v7(), world.database.pool());
    let error = files.store(&world.company, run, None, None, body(3), pool).await.unwrap_err();
    let StoreFileError::Storage(error) = error else { unreachable!("{error:?}") };
    assert!(!error.is_lasting(), "an outage may pass: {error}");
    assert!(error.to_string().contains("could not write an object"), "{error}");
}

/// In parts from the first kilobyte on.
fn in_parts(server: &ObjectServer) -> FileStore {
    FileStore::open(StoreConfig { multipart_above: 1000, ..on_server(server) }).unwrap()
}

#[tokio::test]
async fn the_same_content_may_be_uploaded_by_two_at_once() {
    let world = World::new().await;
    let server = ObjectServer::start();
    let (one, other) = (in_parts(&server), in_parts(&server));
    let late = ObjectFault::Late(Duration::from_millis(500));
    server.script(ObjectRule::on(ObjectCall::Complete, late).times(1));
    let stored = tokio::join!(store(&world, &one, 3000), store(&world, &other, 3000));
    assert_eq!(stored.0, stored.1);
    assert_eq!((server.calls(ObjectCall::Complete), server.objects().len()), (2, 1));
    assert_eq!(server.open_uploads(), [].into());
    let rows = "select upload_id from etl.file_upload";
    assert_eq!(world.texts(rows).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_upload_that_can_t_be_written_down_is_not_begun() {
    let world = World::new().await;
    let server = ObjectServer::start();
    let (run, pool) = (Uuid::now_v7(), world.database.pool());
    sqlx::query("alter table etl.file_upload rename to away").execute(pool).await.unwrap();
    let files = in_parts(&server);
    let stored = files.store(&world.company, run, None, None, body(3000), pool).await;
    assert!(matches!(stored, Err(StoreFileError::Database(_))), "{stored:?}");
    assert_eq!((server.objects(), server.open_uploads()), (vec![], [].into()));
}

/// Answers the first wanted file.
async fn answer(world: &World, result: &PersonResult, outcome: ReceiptOutcome) {
    let wanted = &result.wanted_files[0];
    let receipt = Receipt {
        company: world.company.clone(),
        resume_id: result.resume_id.clone(),
        document_id: wanted.document_id,
        role: wanted.role,
        item_no: wanted.item_no,
        window_ends_at: wanted.window_ends_at,
        outcome,
        fetched_at: Timestamp::UNIX_EPOCH,
    };
    let mut tx = world.database.pool().begin().await.unwrap();
    load::files::record(&mut tx, &receipt).await.unwrap();
    load::files::record(&mut tx, &receipt).await.unwrap();
    tx.commit().await.unwrap();
}

/// Which tables were written: the places of their rows.
async fn places(world: &World) -> BTreeMap<&'static str, Vec<String>> {
    let mut places = BTreeMap::new();
    for TableDigest { table, .. } in world.digest().await {
        let asked =
            format!("select xmin::text || ctid::text from recruiting.{table} order by ctid");
        places.insert(table, world.texts(&asked).await);
    }
    places
}

#[tokio::test]
async fn a_receipt_writes_the_rows_of_files_alone() {
    let world = World::new().await;
    let result = world.see(&[shown(Applied, 3, 9, &full("甲公司", "p1"))]).await;
    let before = places(&world).await;
    answer(&world, &result, ReceiptOutcome::Unavailable { reason: "895".into() }).await;
    let result = world.recompute("7001").await;
    assert_eq!(result.state, PersonState::Written);
    let after = places(&world).await;
    let moved: Vec<&str> =
        before.keys().copied().filter(|table| before[table] != after[table]).collect();
    assert_eq!(moved, ["candidate", "resume_file"]);
    let empty: Vec<_> = before.iter().filter(|(_, rows)| rows.is_empty()).collect();
    assert!(empty.iter().all(|(table, _)| **table == "candidate_change"), "{empty:?}");

    // As written anew from nothing.
    let digest = world.digest().await;
    world.recompute_all(&[result.resume_id], true).await;
    assert_eq!(world.digest().await, digest);
}

#[tokio::test]
async fn a_receipt_settles_its_slot_until_a_new_window() {
    let mut world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::open(config(format!("file:{}", folder.path().display()))).unwrap();
    let states = "select role || ' ' || state from recruiting.resume_file order by role";
    let result = world.see(&[shown(Applied, 3, 9, &full("甲公司", "p1"))]).await;
    assert_eq!(slots(&result.wanted_files), [("headshot", 1), ("attachment", 1)]);
    assert_eq!(world.texts(states).await[..2], ["attachment pending", "headshot pending"]);

    let photo = store(&world, &files, 1000).await;
    answer(&world, &result, ReceiptOutcome::Stored(photo.clone())).await;
    assert!(store(&world, &files, 1000).await.was_held);
    let result = world.recompute("7001").await;
    assert_eq!(result.state, PersonState::Written);
    assert_eq!(slots(&result.wanted_files), [("attachment", 1)]);
    answer(&world, &result, ReceiptOutcome::Unavailable { reason: "895".into() }).await;
    let result = world.recompute("7001").await;
    assert_eq!(result.wanted_files, []);
    assert_eq!(world.texts(states).await[..2], ["attachment unavailable", "headshot stored"]);

    // The same document in a new window, with other tokens: the change may be in a file.
    let result = world.see(&[shown(Applied, 4, 9, &full("甲公司", "p2"))]).await;
    assert_eq!(result.state, PersonState::Written);
    assert_eq!(slots(&result.wanted_files), [("headshot", 1), ("attachment", 1)]);
    // What is held is not hidden by a later refusal.
    answer(&world, &result, ReceiptOutcome::Unavailable { reason: "895".into() }).await;
    let result = world.recompute("7001").await;
    assert_eq!(slots(&result.wanted_files), [("attachment", 1)]);
    assert_eq!(world.texts(states).await[1], "headshot stored");

    world.refetch = RefetchFiles::Never;
    let result = world.see(&[shown(Applied, 5, 9, &full("甲公司", "p3"))]).await;
    assert_eq!(result.wanted_files, []);
    world.roles = vec![];
    let result = world.see(&[shown(Applied, 6, 9, &full("乙公司", "p3"))]).await;
    assert_eq!(result.wanted_files, [], "kinds that are not asked for");
}
