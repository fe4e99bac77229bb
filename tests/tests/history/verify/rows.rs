//! Rows against the documents that they follow from, and documents against their hashes.

use acceptance::{COMPANY, FIRST_DAY, ONE_DAY, Scene, applied, assert_same, by_hand, generated};
use serde_json::json;

use super::{Wreck, assert_sound, check, each_is_found_and_mended, named, verify};

#[tokio::test]
async fn rows_that_do_not_follow_are_found_and_written_anew() {
    let scene = Scene::new(generated(8)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    each_is_found_and_mended(
        &scene,
        &[
            Wreck {
                breaks: "update recruiting.candidate_narrative set motto = 'of another'
                         where resume_id = (select min(resume_id) from recruiting.candidate)",
                found_by: &["row"],
            },
            Wreck {
                breaks: "delete from recruiting.candidate where resume_id = (select max(resume_id) from recruiting.candidate)",
                found_by: &["row"],
            },
            Wreck {
                breaks: "update recruiting.candidate_version set document_id = 4711
                         where resume_id = (select min(resume_id) from recruiting.candidate)",
                found_by: &["row_document"],
            },
            Wreck {
                breaks: "update recruiting.resume_file set object_key = 'files/elsewhere'
                         where (document_id, role) = (select document_id, role from recruiting.resume_file
                                                      where state = 'stored' limit 1)",
                found_by: &["row_file"],
            },
            Wreck {
                breaks: "insert into recruiting.candidate
                         select company_no, 'nobody', member_no, full_name, english_name, reg_source,
                             employment_status, seniority_text, seniority_years_min, seniority_years_max,
                             driving_licenses, transports, highest_degree_level, degree_rank,
                             first_listed_at, last_listed_at, listed_precision, newest_source, document_id,
                             document_count, version_count, unknown_fields, _etl_run_id, _etl_extracted_at,
                             _etl_loaded_at, _etl_transform_version, _etl_notes, _etl_fingerprint
                         from recruiting.candidate limit 1",
                found_by: &["row_person", "row_document"],
            },
            Wreck {
                breaks: "drop table recruiting_partition.recommender_01234567;
                         drop table recruiting_partition.skill_01234567",
                found_by: &["partition", "row"],
            },
            Wreck {
                breaks: "alter table recruiting.candidate
                             detach partition recruiting_partition.candidate_01234567;
                         alter table recruiting.skill detach partition recruiting_partition.skill_01234567",
                found_by: &["partition"],
            },
            Wreck {
                // A database without a person's documents, and a ledger that knows of them.
                breaks: "create temporary table gone as select min(resume_id) as resume_id from raw.resume_document;
                         delete from raw.document_file where resume_id in (table gone);
                         delete from raw.sighting where resume_id in (table gone);
                         delete from raw.resume_document where resume_id in (table gone);
                         drop table gone",
                found_by: &["item_document", "task_document", "task_receipt", "row_person", "row_document"],
            },
        ],
    )
    .await;
}

#[tokio::test]
async fn what_no_statement_of_ours_can_mend_is_said_again_and_nothing_goes_to_and_fro() {
    let scene = Scene::new(generated(8)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.change("delete from etl.installation").await;
    let seen = verify(&scene, &["--repair"]).await.exits(3).summary();
    assert_eq!(named(&seen, "left"), ["installation"]);
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_sound(verify(&scene, &[]).await);

    let lost = "set session_replication_role = replica;
        delete from raw.resume_document where document_id =
            (select min(document_id) from raw.document_file);
        reset session_replication_role";
    sqlx::raw_sql(lost).execute(scene.database.pool()).await.unwrap();
    let first = verify(&scene, &["--repair"]).await.exits(3).summary();
    assert!(named(&first, "found").contains(&"task_document".to_owned()));
    assert_eq!(named(&first, "left"), ["raw_person"], "its receipts and sightings are left");
    let again = verify(&scene, &["--repair"]).await.exits(3).summary();
    assert_eq!(named(&again, "found"), ["raw_person"]);
}

#[tokio::test]
async fn rows_that_nothing_is_kept_of_are_not_taken_out_unless_that_is_asked_for() {
    let scene = Scene::new(generated(20)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    let names = "select md5(string_agg(to_jsonb(candidate)::text, '' order by resume_id))
        from recruiting.candidate";
    let standing: String = scene.database.ask(names).await;
    for lost in [
        "truncate raw.sighting",
        "truncate raw.document_file, raw.sighting, raw.file_object, raw.resume_document",
    ] {
        scene.database.change(lost).await;
        let refused = verify(&scene, &["--repair"]).await.exits(7).summary();
        let remedy = refused["failures"][0]["remedy"].as_str().unwrap();
        assert!(remedy.contains("backup") && remedy.contains("--raw-is-lost"), "{remedy}");
        assert_eq!(scene.database.ask::<String>(names).await, standing, "{lost}");
    }
    drop(verify(&scene, &["--repair", "--raw-is-lost"]).await.exits(0));
    assert_eq!(scene.database.count("select count(*) from recruiting.candidate").await, 0);
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_same("asked again", &before, &scene.database.digest(COMPANY).await);
}

#[tokio::test]
async fn rows_of_older_rules_are_for_a_reprocess() {
    let scene = Scene::new(generated(5)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    let older =
        "update recruiting.candidate set _etl_transform_version = 0, full_name = 'as it was read'
        where resume_id = (select min(resume_id) from recruiting.candidate)";
    assert_eq!(scene.database.change(older).await, 1);
    for more in [&[][..], &["--repair"]] {
        let seen = verify(&scene, more).await.exits(3).summary();
        assert_eq!(named(&seen, "left"), ["row_rules"]);
        let remedy = check(&seen, "row_rules")["remedy"].as_str().unwrap();
        assert!(remedy.contains("etl104 reprocess"), "{remedy}");
    }
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));
    assert_same("read anew", &before, &scene.database.digest(COMPANY).await);
    assert_sound(verify(&scene, &[]).await);
}

#[tokio::test]
async fn a_damaged_document_spoils_no_row_and_the_next_answer_replaces_it() {
    let scene = Scene::new(by_hand()).await;
    for id in ["D-1", "D-2"] {
        scene.simulator.add_listing(applied(
            FIRST_DAY,
            9,
            id,
            json!({"idno": id, "fullName": "王一"}),
        ));
    }
    drop(scene.run(ONE_DAY).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    let whole: String = scene
        .database
        .ask("select md5(string_agg(document, '' order by document_id)) from raw.resume_document")
        .await;
    let damaged = "update raw.resume_document set document = replace(document, '王一', '王二')
        where resume_id = 'D-1'";
    for more in [&[][..], &["--deep"]] {
        assert_eq!(scene.database.change(damaged).await, 1);
        for repair in [&[][..], &["--repair"]] {
            let seen = verify(&scene, &[more, repair].concat()).await.exits(3).summary();
            assert_eq!(named(&seen, "left"), ["document_hash"]);
            let remedy = check(&seen, "document_hash")["remedy"].as_str().unwrap();
            assert!(remedy.contains("etl104 run"), "{remedy}");
        }
        assert_same("left as they are", &before, &scene.database.digest(COMPANY).await);
        drop(scene.run(ONE_DAY).await.exits(0));
        assert_same("asked again", &before, &scene.database.digest(COMPANY).await);
        let now: String = scene.database.ask("select md5(string_agg(document, '' order by document_id)) from raw.resume_document").await;
        assert_eq!(now, whole);
        assert_sound(verify(&scene, &["--deep"]).await);
    }

    // What 104 answers otherwise by now stands beside it, and the damage stays known.
    assert_eq!(scene.database.change(damaged).await, 1);
    scene.simulator.add_listing(applied(
        FIRST_DAY,
        9,
        "D-1",
        json!({"idno": "D-1", "fullName": "王三"}),
    ));
    drop(verify(&scene, &["--repair"]).await.exits(3));
    drop(scene.run(ONE_DAY).await.exits(0));
    let name = "select full_name from recruiting.candidate where resume_id = 'D-1'";
    assert_eq!(scene.database.ask::<String>(name).await, "王三");
    let seen = verify(&scene, &[]).await.exits(3).summary();
    assert_eq!(named(&seen, "left"), ["document_hash"]);
}

#[tokio::test]
async fn a_document_of_another_hash_rule_is_not_called_whole() {
    let scene = Scene::new(generated(3)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let older = "update raw.resume_document set hash_rule = 0
        where document_id = (select max(document_id) from raw.resume_document)";
    assert_eq!(scene.database.change(older).await, 1);
    let seen = verify(&scene, &["--deep"]).await.exits(0).summary();
    assert_eq!(check(&seen, "document_rule")["left"], 1);
    assert_eq!(check(&seen, "document_rule")["is_note"], true);
}

#[tokio::test]
async fn what_is_damaged_and_can_not_be_rebuilt_is_said_with_what_to_do() {
    let scene = Scene::new(generated(5)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let flipped = "update raw.resume_document set document = translate(document, '0', '1')
        where document_id = (select max(document_id) from raw.resume_document)";
    assert_eq!(scene.database.change(flipped).await, 1);

    let seen = verify(&scene, &["--deep"]).await.exits(3).summary();
    assert_eq!(check(&seen, "document_hash")["found"], 1);
    let remedy = check(&seen, "document_hash")["remedy"].as_str().unwrap();
    assert!(remedy.contains("backup"), "{remedy}");

    let moved = "update raw.sighting set resume_id = 'another'
        where sighting_id = (select min(sighting_id) from raw.sighting)";
    assert_eq!(scene.database.change(moved).await, 1);
    let seen = verify(&scene, &[]).await.exits(3).summary();
    assert!(named(&seen, "left").contains(&"raw_person".to_owned()));
}
