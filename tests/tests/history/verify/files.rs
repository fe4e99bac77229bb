//! Objects against the rows that point to them.

use std::time::Duration;

use acceptance::{
    COMPANY, FIRST_DAY, ONE_DAY, ObjectServer, SECOND_DAY, Scene, TWO_DAYS, applied, assert_same,
    by_hand, generated,
};
use serde_json::json;
use simulator::{Action, Endpoint, Rule};

use super::{assert_sound, check, named, verify};

#[tokio::test]
async fn an_object_without_its_row_is_found_and_one_with_a_wrong_one_is_mended() {
    let server = ObjectServer::start();
    let scene = four_files(&server).await;
    let forgotten = "set session_replication_role = replica;
        delete from raw.file_object
        where sha256 = (select sha256 from raw.file_object order by sha256 limit 1);
        reset session_replication_role";
    sqlx::raw_sql(forgotten).execute(scene.database.pool()).await.unwrap();
    let seen = verify(&scene, &[]).await.exits(3).summary();
    assert!(named(&seen, "found").contains(&"receipt_object".to_owned()));
    let calls = scene.calls();
    let repaired = verify(&scene, &["--repair"]).await.exits(0).summary();
    assert_eq!(repaired["reopened"], json!({"windows": 0, "files": 0}), "the object is there");
    assert_eq!(scene.calls(), calls);

    let wrong = "update raw.file_object set size_bytes = size_bytes + 1, object_key = 'files/x'
        where sha256 = (select sha256 from raw.file_object order by sha256 desc limit 1)";
    assert_eq!(scene.database.change(wrong).await, 1);
    let repaired = verify(&scene, &["--repair"]).await.exits(3).summary();
    assert_eq!(named(&repaired, "left"), ["lost_file"]);
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_sound(verify(&scene, &["--deep"]).await);
}

/// Four people who sent a file each.
async fn four_files(server: &ObjectServer) -> Scene {
    let scene = Scene::with(by_hand(), |it| it.object_server(server)).await;
    for (place, id) in ["L-1", "L-2", "L-3", "L-4"].into_iter().enumerate() {
        let file = json!({"type": 1, "resourceLink": format!("sim:attachment:{place}")});
        let resume = json!({"idno": id, "attachFiles": [file]});
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, resume));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(server.objects().len(), 4, "each has its own");
    scene
}

#[tokio::test]
async fn lost_files_are_found_marked_and_fetched_again() {
    let server = ObjectServer::start();
    let scene = four_files(&server).await;
    let before = scene.database.digest(COMPANY).await;
    let objects = server.objects();
    let now = Duration::ZERO;
    server.lose(&objects[0].key);
    server.write(&objects[1].key, b"cut", now);
    let mut flipped = server.read(&objects[2].key);
    flipped[7] ^= 1;
    server.write(&objects[2].key, &flipped, now);
    let unknown = |digits: &str| format!("files/{COMPANY}/{digits}/{}", digits.repeat(32));
    server.write(&unknown("aa"), b"of a younger database", Duration::from_hours(2));
    server.write(&unknown("ab"), b"its row is to come", now);

    let seen = verify(&scene, &[]).await.exits(3).summary();
    assert_eq!(named(&seen, "found"), ["object", "object_row"]);
    assert_eq!(check(&seen, "object")["found"], 2, "a flipped byte has the right size");
    assert_eq!(
        check(&seen, "object_row")["examples"],
        json!([format!("{}: 21 bytes", unknown("aa"))])
    );
    assert_eq!(check(&seen, "object_row")["is_note"], true);
    let seen = verify(&scene, &["--deep"]).await.exits(3).summary();
    assert_eq!(check(&seen, "object")["found"], 3);
    assert_same("looked at", &before, &scene.database.digest(COMPANY).await);

    let repaired = verify(&scene, &["--deep", "--repair"]).await.exits(3).summary();
    assert_eq!(named(&repaired, "left"), ["lost_file", "object_row"], "only 104 can give them");
    assert_eq!(check(&repaired, "lost_file")["left"], 3);
    assert_eq!(scene.database.file_tasks().await, [("open".into(), 3), ("stored".into(), 1)]);
    let pending = "select count(*) from recruiting.resume_file where state = 'pending'";
    assert_eq!(scene.database.count(pending).await, 3);
    scene.database.assert_sound().await;

    drop(scene.run(ONE_DAY).await.exits(0));
    assert_same("fetched again", &before, &scene.database.digest(COMPANY).await);
    let seen = verify(&scene, &["--deep"]).await.exits(0).summary();
    assert_eq!(named(&seen, "found"), ["object_row"], "also the flipped one was stored anew");
}

#[tokio::test]
async fn a_lost_file_that_104_gives_no_more_is_unavailable_and_no_finding() {
    let server = ObjectServer::start();
    let scene = four_files(&server).await;
    server.lose(&server.objects()[0].key);
    drop(verify(&scene, &["--repair"]).await.exits(3));
    let gone = Action::Code { code: 895, message: None, status: None };
    scene.simulator.script(Rule::on(Endpoint::Attachment).then(gone));
    drop(scene.run(ONE_DAY).await.exits(0));
    let states =
        "select state || ' ' || count(*) from recruiting.resume_file group by state order by state";
    let states: Vec<(String,)> = scene.database.rows(states).await;
    assert_eq!(states, [("stored 3".to_owned(),), ("unavailable 1".to_owned(),)]);
    assert_sound(verify(&scene, &["--deep"]).await);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_lost_file_of_two_windows_that_104_gives_no_more_is_no_finding_either() {
    let server = ObjectServer::start();
    let scene = four_files(&server).await;
    let file = json!({"type": 1, "resourceLink": "sim:attachment:0"});
    let resume = json!({"idno": "L-1", "attachFiles": [file]});
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "L-1", resume));
    drop(scene.run(TWO_DAYS).await.exits(0));
    let receipts = "select count(*) from raw.document_file where resume_id = 'L-1'";
    assert_eq!(scene.database.count(receipts).await, 2, "each window has its own");
    let key: String = scene
        .database
        .ask(
            "select object_key from raw.file_object join raw.document_file using (sha256)
              where resume_id = 'L-1' limit 1",
        )
        .await;
    server.lose(&key);
    drop(verify(&scene, &["--repair"]).await.exits(3));
    let gone = Action::Code { code: 895, message: None, status: None };
    scene.simulator.script(Rule::on(Endpoint::Attachment).then(gone));
    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_sound(verify(&scene, &["--deep"]).await);
}

#[tokio::test]
async fn files_that_are_there_again_need_no_call() {
    let server = ObjectServer::start();
    let scene = four_files(&server).await;
    let before = scene.database.digest(COMPANY).await;
    let lost = server.objects()[0].key.clone();
    let bytes = server.read(&lost);
    server.lose(&lost);
    let begun = "insert into etl.file_upload (company_no, storage_url, object_key, upload_id, run_id)
        select '01234567', 's3://etl104-test/', 'files/begun', 'b1f0e1d2-0104-4104-8104-000000000104', run_id
        from etl.run";
    assert_eq!(scene.database.change(begun).await, 1, "a run that ended left it");
    server.begin_upload("b1f0e1d2-0104-4104-8104-000000000104");
    let repaired = verify(&scene, &["--repair"]).await.exits(3).summary();
    assert_eq!(named(&repaired, "found"), ["upload", "object"]);
    assert_eq!(named(&repaired, "left"), ["lost_file"]);
    assert!(server.open_uploads().is_empty());
    server.write(&lost, &bytes, Duration::ZERO);
    drop(verify(&scene, &["--repair"]).await.exits(0));
    assert_same("before and after", &before, &scene.database.digest(COMPANY).await);
    assert_sound(verify(&scene, &[]).await);
}

#[tokio::test]
async fn a_storage_that_is_away_or_another_is_said_and_nothing_is_called_lost() {
    let mut server = ObjectServer::start();
    let scene = Scene::with(generated(12), |it| {
        it.object_server(&server).text("storage", "patience", "1s")
    })
    .await;
    drop(scene.run(ONE_DAY).await.exits(0));
    assert!(server.objects().len() >= 20, "enough to tell another storage by");
    let broken = "update recruiting.candidate_narrative set motto = 'of another'
        where resume_id = (select min(resume_id) from recruiting.candidate)";
    scene.database.change(broken).await;

    server.stop();
    let away = verify(&scene, &[]).await.exits(7).summary();
    assert_eq!(named(&away, "found"), ["row"], "all else is looked at");
    let why = check(&away, "object")["skipped"].as_str().unwrap();
    assert!(why.contains("object storage"), "{why}");
    server.start_again();

    server.remove_bucket();
    server.make_bucket();
    let empty = verify(&scene, &["--repair"]).await.exits(7).summary();
    assert_eq!(check(&empty, "row")["left"], 0, "all else is mended");
    let remedy = check(&empty, "object")["remedy"].as_str().unwrap();
    assert!(remedy.contains("--storage-is-empty"), "{remedy}");
    let lost = "select count(*) from raw.file_object where lost_at is not null";
    assert_eq!(scene.database.count(lost).await, 0);

    drop(verify(&scene, &["--repair", "--storage-is-empty"]).await.exits(3));
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_sound(verify(&scene, &["--deep"]).await);
}
