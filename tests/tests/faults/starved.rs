//! Postgres is there and can't serve: broken off, out of connections, read-only, its disk full. The run waits for
//! it and goes on, or ends with 7 and names the cause, its windows left open.

use std::time::Duration;

use acceptance::{
    Etl104, ONE_DAY, OwnPostgres, Scene, SmallDisk, TWO_DAYS, TestDatabase, generated,
};

use super::postgres::{IN_A_BATCH, IN_THE_FILES, RUN, assert_says, reached};

/// A scene on a Postgres of its own, where the program connects as an ordinary role `loader`.
async fn on(server: &OwnPostgres, how: &str, patience: &str) -> (Scene, Etl104) {
    server.change("create role loader login password 'loader'").await;
    let mut scene = Scene::new(generated(24)).await;
    scene.database = TestDatabase::on(server.options(), how).await;
    let grant = "do $$ begin
        execute format('grant all on database %I to loader', current_database());
        grant pg_read_all_data, pg_write_all_data to loader;
        grant all on schema public, etl, raw, recruiting, recruiting_partition to loader;
        grant usage on all sequences in schema etl, raw to loader;
    end $$";
    scene.database.change(grant).await;
    // The partitions are made by whoever owns the tables.
    scene.database.change("select recruiting.add_company('01234567')").await;
    let loader = scene.database.options().clone().username("loader").password("loader");
    let url = sqlx::ConnectOptions::to_url_lossy(&loader).to_string();
    scene.settings =
        scene.settings.text("database", "url", &url).text("database", "patience", patience);
    scene.etl104 = Etl104::new(&scene.settings);
    let etl104 = Etl104::new(&scene.settings.clone().calls_per_second(25).text(
        "storage",
        "url",
        &format!("file:{}", scene.etl104.folder().join("objects").display()),
    ));
    (scene, etl104)
}

#[tokio::test]
async fn a_power_cut_of_the_server_is_ridden_out() {
    let server = OwnPostgres::start();
    let (scene, etl104) = on(&server, "", "15s").await;
    let running = etl104.spawn(&RUN);
    reached(&scene.database, IN_A_BATCH).await;
    for moment in [IN_A_BATCH, IN_THE_FILES] {
        reached(&scene.database, moment).await;
        server.crash();
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.start_again();
    }
    drop(running.finish().await.exits(0));
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

const END_THEM: &str =
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'loader'";

#[tokio::test]
async fn a_server_without_a_connection_left_is_waited_for_or_named() {
    let server = OwnPostgres::start();
    let (scene, etl104) = on(&server, "", "2s").await;
    server.change("alter role loader connection limit 0").await;
    let refused = etl104.run(&RUN).await;
    assert_says(&refused, "connection limit");
    assert_eq!(scene.calls(), 0);
    drop(etl104.run(&["status"]).await.exits(7));

    // At the start it is waited for, and so it is in the middle.
    let running = etl104.spawn(&RUN);
    tokio::time::sleep(Duration::from_millis(700)).await;
    server.change("alter role loader connection limit 30").await;
    reached(&scene.database, IN_A_BATCH).await;
    server.change("alter role loader connection limit 0").await;
    server.change(END_THEM).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.change("alter role loader connection limit 4").await;
    reached(&scene.database, IN_THE_FILES).await;

    // If none comes free it ends.
    server.change("alter role loader connection limit 0").await;
    server.change(END_THEM).await;
    assert_says(&running.finish().await, "connection limit");
    server.change("alter role loader connection limit -1").await;
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn a_server_that_became_read_only_is_waited_for_or_named() {
    let server = OwnPostgres::start();
    let (scene, etl104) = on(&server, "", "2s").await;
    let running = etl104.spawn(&RUN);
    reached(&scene.database, IN_A_BATCH).await;
    server.change("alter role loader set default_transaction_read_only = on").await;
    server.change(END_THEM).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.change("alter role loader reset default_transaction_read_only").await;
    // Those that were opened meanwhile stay read-only; they are given up.
    reached(&scene.database, IN_THE_FILES).await;

    server.change("alter role loader set default_transaction_read_only = on").await;
    server.change(END_THEM).await;
    assert_says(&running.finish().await, "primary");
    let calls = scene.calls();
    assert_says(&etl104.run(&RUN).await, "primary");
    assert_eq!(scene.calls(), calls);
    server.change("alter role loader reset default_transaction_read_only").await;
    scene.assert_as_one_clean_run(ONE_DAY).await;
}

#[tokio::test]
async fn a_full_disk_is_waited_for_or_named() {
    use std::os::unix::fs::MetadataExt;

    let server = OwnPostgres::start();
    let owner = server.ask("show data_directory").await;
    let owner = std::fs::metadata(owner).map_or(0, |data| data.uid());
    let Some(disk) = SmallDisk::mount_for(owner, "48m") else { return };
    let location = disk.path().display();
    server.change(&format!("create tablespace small location '{location}'")).await;
    let (scene, etl104) = on(&server, "tablespace small", "4s").await;
    let running = etl104.spawn(&RUN);
    reached(&scene.database, IN_A_BATCH).await;
    disk.fill();
    tokio::time::sleep(Duration::from_secs(2)).await;
    disk.free();
    drop(running.finish().await.exits(0));

    // If none comes free it ends; the next day has no room.
    disk.fill();
    let next_day = ["run", "--output", "json", "--until", TWO_DAYS];
    assert_says(&etl104.run(&next_day).await, "free space");
    disk.free();
    scene.assert_as_one_clean_run(TWO_DAYS).await;
    // The cluster goes before its disk.
    drop(scene);
    drop(server);
}
