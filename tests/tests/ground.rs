//! The support library itself: what the other tests take for granted.

use acceptance::{Company, Etl104, ObjectServer, Settings, TestDatabase};
use jiff::civil::date;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ObjectStoreExt, PutPayload, RetryConfig};

#[tokio::test]
async fn a_test_database_is_migrated_private_and_gone_afterwards() {
    let one = TestDatabase::create().await;
    let other = TestDatabase::create().await;
    assert_ne!(one.url(), other.url());

    let count = "select count(*) from pg_tables where schemaname = 'etl'";
    let tables: i64 = sqlx::query_scalar(count).fetch_one(one.pool()).await.unwrap();
    assert!(tables > 0, "the migrations ran");

    let name = one.options().get_database().unwrap().to_owned();
    drop(one);
    let left: i64 = sqlx::query_scalar("select count(*) from pg_database where datname = $1")
        .bind(name)
        .fetch_one(other.pool())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_empty_test_database_has_no_table_of_ours() {
    let database = TestDatabase::empty().await;
    let count = "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')";
    let tables: i64 = sqlx::query_scalar(count).fetch_one(database.pool()).await.unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn objects_reach_the_server_which_can_go_and_come_back() {
    let mut server = ObjectServer::start();
    let client = client(&server, "test-secret-key");
    client.put(&"files/a".into(), PutPayload::from_static(b"photo")).await.unwrap();
    let stored: Vec<_> =
        server.objects().into_iter().map(|object| (object.key, object.size)).collect();
    assert_eq!(stored, [("files/a".to_owned(), 5)]);

    let stranger = self::client(&server, "wrong");
    stranger.put(&"files/b".into(), PutPayload::new()).await.expect_err("the signature is checked");

    server.stop();
    client.get(&"files/a".into()).await.expect_err("the server is gone");
    server.start_again();
    let bytes = client.get(&"files/a".into()).await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, "photo");
}

#[tokio::test]
async fn the_binary_runs_in_a_folder_of_its_own() {
    let database = TestDatabase::empty().await;
    let settings = Settings::new(&database).company(Company::demo(date(2026, 11, 1)));
    let version = Etl104::new(&settings).run(&["--version"]).await.exits(0);
    assert!(version.stdout.starts_with("etl104 "), "{}", version.stdout);
}

fn client(server: &ObjectServer, secret_key: &str) -> AmazonS3 {
    let [(_, access_key), _, (_, region)] = server.environment();
    AmazonS3Builder::new()
        .with_endpoint(server.endpoint())
        .with_bucket_name(server.bucket())
        .with_access_key_id(access_key)
        .with_secret_access_key(secret_key)
        .with_region(region)
        .with_allow_http(true)
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .build()
        .expect("the client is told all that it needs")
}
