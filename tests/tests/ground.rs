//! The support library itself: what the other tests take for granted.

use acceptance::TestDatabase;

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
