//! Whoever's rows carry the mark of today's input and rules is passed over; another hand takes that mark off.

use acceptance::{COMPANY, Scene, TWO_DAYS, assert_same, generated};

use super::reprocess;

const MARKED: &str =
    "select count(*) from recruiting.candidate where octet_length(_etl_fingerprint) > 4";

#[tokio::test]
async fn rows_that_another_hand_wrote_are_compared_and_mended() {
    let scene = Scene::new(generated(20)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let digest = scene.database.digest(COMPANY).await;
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    assert_eq!(scene.database.count(MARKED).await, people);
    for (change, touched) in [
        ("update recruiting.candidate_source set window_count = 99 where resume_id = (select min(resume_id) from recruiting.candidate)", 1),
        ("delete from recruiting.candidate_narrative where resume_id = (select max(resume_id) from recruiting.candidate)", 1),
        ("insert into recruiting.certificate select company_no, resume_id, 99, 'x', 'common' from recruiting.candidate limit 2", 2),
        ("update recruiting.candidate set full_name = 'x' where resume_id = (select min(resume_id) from recruiting.candidate)", 1),
        ("do $$ begin execute 'delete from recruiting_partition.job_preference_01234567 where resume_id
              = (select min(resume_id) from recruiting.candidate)'; end $$", 1),
        ("truncate recruiting.skill", people),
    ] {
        scene.database.change(change).await;
        assert_eq!(scene.database.count(MARKED).await, people - touched, "{change}");
        let mended = reprocess(&scene, &[]).await;
        assert!(mended["people_written"].as_i64() > Some(0), "{change}: {mended}");
        assert_eq!(scene.database.count(MARKED).await, people, "{change}");
        assert_same(change, &digest, &scene.database.digest(COMPANY).await);
    }
}

#[tokio::test]
async fn what_was_changed_past_the_marks_is_for_verify_and_for_whom_one_names() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let digest = scene.database.digest(COMPANY).await;
    let id: String = scene.database.ask("select min(resume_id) from recruiting.candidate").await;
    let past = "set session_replication_role = replica;
        update recruiting.candidate_contact set email = 'x'
            where resume_id = (select min(resume_id) from recruiting.candidate);
        reset session_replication_role";
    sqlx::raw_sql(past).execute(scene.database.pool()).await.unwrap();
    assert_eq!(reprocess(&scene, &[]).await["people_written"], 0);
    drop(scene.etl104.run(&["verify"]).await.exits(3));
    assert_eq!(reprocess(&scene, &["--resume-id", &id]).await["people_written"], 1);
    assert_same("before and after", &digest, &scene.database.digest(COMPANY).await);
}
