//! The group roles, where their making is an administrator's.

use acceptance::{Etl104, OwnPostgres, Settings};
use sqlx::ConnectOptions;

#[tokio::test]
async fn without_the_right_to_make_roles_migrate_prints_what_an_administrator_runs() {
    let server = OwnPostgres::start();
    server.change("create role owner_of_it login password 'generated'").await;
    server.change("create database warehouse owner owner_of_it").await;
    let as_owner = server.options().clone().username("owner_of_it").password("generated");
    let url = as_owner.database("warehouse").to_url_lossy().to_string();
    let etl104 = Etl104::new(&Settings::default().text("database", "url", &url));

    let first = etl104.run(&["migrate"]).await.exits(0);
    let (_, sql) = first.stdout.split_once("they may read:\n\n").expect("it says what is missing");
    assert_eq!(
        sql.trim(),
        "create role etl104_analyst nologin;\ncreate role etl104_recruiter nologin;"
    );
    let told = etl104.run(&["migrate", "--output", "json"]).await.exits(0).summary();
    assert_eq!(
        (&told["roles"], &told["for_administrator"]),
        (&"missing".into(), &sql.trim().into())
    );

    server.change(sql).await;
    let told = etl104.run(&["migrate", "--output", "json"]).await.exits(0).summary();
    assert_eq!(
        (&told["roles"], &told["for_administrator"]),
        (&"granted".into(), &serde_json::Value::Null)
    );
    let granted = "select array_to_string(array_agg(distinct grantee::text order by grantee::text), ' ')
        from information_schema.table_privileges where table_schema = 'masked' and grantee like 'etl104%'";
    let there = server.options().clone().database("warehouse");
    let mut connection = there.connect().await.expect("the cluster runs");
    let granted: String =
        sqlx::query_scalar(granted).fetch_one(&mut connection).await.expect("an answer");
    assert_eq!(granted, "etl104_analyst etl104_recruiter");
}
