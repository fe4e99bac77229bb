//! The warehouse against itself: each thing that can be broken is broken, found by its check, and mended.

use std::time::Duration;

use acceptance::{
    COMPANY, FIRST_DAY, Finished, Gate, ONE_DAY, ObjectServer, SECOND_DAY, Scene, Stand, TWO_DAYS,
    applied, assert_same, by_hand, generated,
};
use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};

/// Something that is broken behind the product's back, and the checks that must say so: no other may.
struct Wreck {
    breaks: &'static str,
    found_by: &'static [&'static str],
}

/// What `verify` says, with more flags.
async fn verify(scene: &Scene, more: &[&str]) -> Finished {
    scene.etl104.run(&[&["verify", "--output", "json"], more].concat()).await
}

/// Names of the checks of which a field counts something.
fn named(summary: &Value, field: &str) -> Vec<String> {
    let checks = summary["checks"].as_array().unwrap();
    let counted = checks.iter().filter(|check| check[field].as_u64().unwrap() > 0);
    counted.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}

fn check<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let checks = summary["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap()
}

#[track_caller]
fn assert_sound(finished: Finished) -> Value {
    let summary = finished.summary();
    assert_eq!(named(&summary, "found"), [""; 0], "{}", finished.stdout);
    assert_eq!(summary["is_sound"], true);
    drop(finished.exits(0));
    summary
}

/// Breaks one thing after the other; each is found by its checks alone, and mended. What only 104 can give
/// comes with the next run. Each time all is as before.
async fn each_is_found_and_mended(scene: &Scene, wrecks: &[Wreck]) {
    let before = (scene.database.digest(COMPANY).await, scene.database.items().await);
    for Wreck { breaks, found_by } in wrecks {
        sqlx::raw_sql(*breaks).execute(scene.database.pool()).await.expect(breaks);
        let repaired = verify(scene, &["--repair"]).await;
        let summary = repaired.summary();
        assert_eq!(named(&summary, "found"), *found_by, "{breaks}\n{}", repaired.stdout);
        assert_eq!(named(&summary, "left"), [""; 0], "{breaks}\n{}", repaired.stdout);
        drop(repaired.exits(0));
        let open = "select (select count(*) from etl.fetch_window where state <> 'closed')
                        + (select count(*) from etl.file_task where state = 'open')";
        if scene.database.count(open).await > 0 {
            drop(scene.run(ONE_DAY).await.exits(0));
        }
        assert_same(breaks, &before.0, &scene.database.digest(COMPANY).await);
        assert_eq!(before.1, scene.database.items().await, "{breaks}");
    }
    assert_sound(verify(scene, &[]).await);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_sound_warehouse_has_no_finding_and_nothing_is_changed() {
    let scene = Scene::new(generated(10)).await;
    assert_sound(verify(&scene, &[]).await);
    drop(scene.run(ONE_DAY).await.exits(0));
    let calls = scene.calls();
    let summary = assert_sound(verify(&scene, &["--deep"]).await);
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    assert_eq!(summary["examined"]["people"], people);
    let bytes: i64 =
        scene.database.ask("select sum(size_bytes)::bigint from raw.file_object").await;
    assert_eq!(summary["examined"]["bytes"], bytes, "each file is read once");
    assert_eq!(scene.calls(), calls, "104 is not asked");
    assert_eq!(scene.database.count("select count(*) from etl.run").await, 1, "it was no run");
}

#[tokio::test]
async fn tables_of_a_backup_that_is_not_whole_are_named_and_nothing_rests_on_them() {
    let scene = Scene::new(by_hand()).await;
    for (breaks, named) in [
        (
            "alter table recruiting.candidate_sensitive drop column gender",
            "missing: column recruiting.candidate_sensitive.gender",
        ),
        (
            "alter table etl.run alter column command type varchar(9)",
            "different: column etl.run.command is character varying(9) not null, and was made as text not null",
        ),
        ("drop index raw.sighting_document", "missing: index raw.sighting_document"),
        (
            "alter table raw.sighting drop constraint sighting_document_fkey",
            "missing: constraint raw.sighting.sighting_document_fkey",
        ),
        (
            "alter table recruiting.skill drop constraint skill_item_no_from_1",
            "missing: constraint recruiting.skill.skill_item_no_from_1",
        ),
        (
            "alter table recruiting.education drop constraint education_pkey cascade",
            "missing: constraint recruiting.education.education_pkey",
        ),
        (
            "drop function etl.next_attempt_at(integer) cascade",
            "missing: function etl.next_attempt_at(integer)",
        ),
        ("drop table etl.reprocess", "missing: table etl.reprocess"),
        ("drop table etl.installation", "missing: table etl.installation"),
        ("drop schema mart cascade", "missing: schema mart"),
    ] {
        let (database, etl104) = scene.elsewhere().await;
        database.change(breaks).await;
        for flags in [&[][..], &["--repair"]] {
            let asked = [&["verify", "--output", "json"], flags].concat();
            let finished = etl104.run(&asked).await.exits(3);
            let summary = finished.summary();
            let schema = check(&summary, "schema");
            assert!(
                schema["examples"].as_array().unwrap().contains(&json!(named)),
                "{breaks}: {schema}"
            );
            assert!(
                schema["remedy"].as_str().unwrap().contains("a dump that is whole"),
                "{schema}"
            );
            assert_eq!(summary["checks"].as_array().unwrap().len(), 1, "{breaks}");
        }
        assert_eq!(database.count("select count(*) from etl.run").await, 0, "no repair was begun");
    }
}

#[tokio::test]
async fn what_others_add_to_our_tables_is_named_and_their_own_is_theirs() {
    let scene = Scene::new(by_hand()).await;
    for theirs in [
        "create table mart.theirs (id integer primary key)",
        "create view recruiting.theirs as select resume_id from recruiting.candidate",
        "create index of_theirs on recruiting.candidate (full_name)",
        "create function mart.theirs() returns integer language sql return 1",
    ] {
        scene.database.change(theirs).await;
    }
    assert_sound(verify(&scene, &[]).await);
    scene.database.change("alter table recruiting.candidate add column theirs text").await;
    let finished = verify(&scene, &[]).await.exits(3);
    let summary = finished.summary();
    assert_eq!(named(&summary, "found"), ["schema"]);
    let schema = check(&summary, "schema");
    assert_eq!(
        schema["examples"],
        json!(["added by somebody: column recruiting.candidate.theirs"])
    );
    assert!(summary["checks"].as_array().unwrap().len() > 1, "the rest was looked at");
}

#[tokio::test]
async fn what_a_live_run_is_about_to_write_is_no_finding() {
    let scene = Scene::new(generated(10)).await;
    let gate = Gate::close(&scene.database, Stand::Insert, "raw.resume_document", "true").await;
    let run = scene.spawn(ONE_DAY);
    gate.somebody_waits().await;
    assert_sound(verify(&scene, &[]).await);
    gate.open().await;

    // Their documents are kept, and whoever was to write their rows is gone a moment ago.
    drop(run.finish().await.exits(0));
    let again = "update etl.window_item set state = 'kept', settled_at = null";
    scene.database.change(again).await;
    let open = "update etl.fetch_window set state = 'open', closed_at = null, stored = 0";
    scene.database.change(open).await;
    scene.database.empty_recruiting().await;
    let summary = assert_sound(verify(&scene, &[]).await);
    assert!(summary["examined"]["people"].as_u64().unwrap() > 5);
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_sound(verify(&scene, &[]).await);
}

#[tokio::test]
async fn a_ledger_that_does_not_agree_is_found_and_mended() {
    let scene = Scene::new(generated(8)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    each_is_found_and_mended(
        &scene,
        &[
            Wreck {
                breaks: "update etl.fetch_window set listed = listed + 2, stored = stored + 2
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_counts"],
            },
            Wreck {
                breaks: "delete from etl.window_item where resume_id = (select min(resume_id) from etl.window_item)",
                found_by: &["sighting_item", "window_counts"],
            },
            Wreck {
                breaks: "update etl.window_item set state = 'absent', document_id = null
                         where resume_id = (select min(resume_id) from etl.window_item);
                         update etl.fetch_window set stored = stored - items.count, absent = items.count
                         from (select window_id, count(*) as count from etl.window_item
                               where state = 'absent' group by 1) as items
                         where items.window_id = fetch_window.window_id",
                found_by: &["sighting_item"],
            },
            Wreck {
                breaks: "update etl.window_item set company_no = '99999999'
                         where resume_id = (select max(resume_id) from etl.window_item)",
                found_by: &["item_company"],
            },
            Wreck {
                breaks: "update etl.fetch_window set start_hour = 5, window_on = window_on - 1
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_hours"],
            },
            Wreck {
                breaks: "update etl.fetch_window set starts_at = starts_at + interval '1 hour'
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_hours", "sighting_window"],
            },
            Wreck {
                breaks: "update etl.fetch_window set state = 'superseded', closed_at = null
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_superseded"],
            },
            Wreck {
                breaks: "update etl.fetch_window set state = 'empty_unconfirmed'
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_empty"],
            },
            Wreck {
                breaks: "update raw.sighting set window_ends_at = window_ends_at + interval '17 minutes'
                         where sighting_id = (select min(sighting_id) from raw.sighting)",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "update raw.sighting set source = 'saved'
                         where sighting_id = (select min(sighting_id) from raw.sighting where source = 'applied')",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "set session_replication_role = replica;
                         delete from etl.fetch_window
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0);
                         reset session_replication_role",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "update etl.window_item set document_id = 4711
                         where resume_id = (select min(resume_id) from etl.window_item)",
                found_by: &["item_document"],
            },
            Wreck {
                breaks: "update etl.window_item set state = 'rejected', document_id = null
                         where resume_id = (select max(resume_id) from etl.window_item);
                         update etl.fetch_window set stored = stored - items.count, rejected = items.count
                         from (select window_id, count(*) as count from etl.window_item
                               where state = 'rejected' group by 1) as items
                         where items.window_id = fetch_window.window_id",
                found_by: &["item_rejection"],
            },
            Wreck {
                breaks: "insert into etl.rejection (company_no, resume_id, window_id, run_id, code, reason, remedy)
                         select company_no, resume_id, window_id, (select run_id from etl.run limit 1),
                             'id_refused', 'refused', 'retry' from etl.window_item limit 1",
                found_by: &["rejection_item"],
            },
            Wreck {
                breaks: "delete from etl.window_item where window_id =
                             (select min(window_id) from etl.fetch_window where listed > 0);
                         delete from etl.fetch_window where window_id =
                             (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "update etl.fetch_window set lease_run_id = gen_random_uuid(),
                             lease_expires_at = now() - interval '1 hour'
                         where window_id = (select min(window_id) from etl.fetch_window)",
                found_by: &["lease"],
            },
            Wreck {
                breaks: "update etl.run set state = 'running', ended_at = null,
                             heartbeat_at = now() - interval '1 hour'
                         where run_id = (select min(run_id::text)::uuid from etl.run)",
                found_by: &["run_alive"],
            },
            Wreck {
                breaks: "update recruiting.candidate set _etl_run_id = '01900000-0000-7000-8000-000000000000'",
                found_by: &["run_known"],
            },
        ],
    )
    .await;
    let forgotten =
        "select started_at::date = '2024-06-10' from etl.run where command = 'forgotten'";
    assert!(scene.database.ask::<bool>(forgotten).await, "its id tells when it began");
}

#[tokio::test]
async fn tasks_and_receipts_that_do_not_agree_are_found_and_mended() {
    let scene = Scene::new(generated(8)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    each_is_found_and_mended(
        &scene,
        &[
            Wreck {
                breaks: "update etl.file_task set window_id = 0, state = 'open', closed_at = null,
                             next_attempt_at = now() where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["task_window"],
            },
            Wreck {
                breaks: "delete from raw.document_file where (document_id, role, item_no) =
                             (select document_id, role, item_no from raw.document_file limit 1)",
                found_by: &["task_receipt", "row"],
            },
            Wreck {
                breaks: "delete from etl.file_task where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["receipt_task"],
            },
            Wreck {
                breaks: "update etl.file_task set state = 'unavailable'
                         where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["task_receipt"],
            },
            Wreck {
                breaks: "update etl.file_task set state = 'open', closed_at = null, next_attempt_at = null
                         where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["task_due"],
            },
            Wreck {
                breaks: "update etl.file_task set token = 'left' where task_id = (select max(task_id) from etl.file_task)",
                found_by: &["task_token"],
            },
            Wreck {
                breaks: "with lost as (delete from raw.document_file where (document_id, role, item_no) =
                             (select document_id, role, item_no from raw.document_file limit 1)
                             returning *), shown as (
                         update recruiting.resume_file as shown set state = 'pending', sha256 = null,
                             object_key = null, size_bytes = null, media_type_claimed = null,
                             media_type_sniffed = null, fetched_at = null
                         from lost where (shown.document_id, shown.role, shown.item_no)
                             = (lost.document_id, lost.role, lost.item_no))
                         delete from etl.file_task as task using lost
                         where (task.document_id, task.role, task.item_no)
                             = (lost.document_id, lost.role, lost.item_no)",
                found_by: &["pending_task"],
            },
        ],
    )
    .await;
}

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

/// The first day's people, and one of a day before `start_on`, whom a backfill fetched.
#[tokio::test]
async fn what_a_repair_reopened_is_asked_by_the_next_run_whichever_hours_it_is_of() {
    let scene = Scene::new(generated(5)).await;
    let older = FIRST_DAY.yesterday().unwrap();
    scene.simulator.add_listing(applied(
        older,
        9,
        "B-1",
        json!({"idno": "B-1", "fullName": "王一"}),
    ));
    drop(scene.run(ONE_DAY).await.exits(0));
    let range = ["--from", "2025-08-21", "--to", "2025-08-22"];
    drop(scene.etl104.run(&[&["backfill"][..], &range].concat()).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    for table in ["raw.document_file", "raw.sighting", "raw.resume_document"] {
        let lost = sqlx::AssertSqlSafe(format!("delete from {table} where resume_id = 'B-1'"));
        sqlx::query(lost).execute(scene.database.pool()).await.unwrap();
    }
    let said = scene.etl104.run(&["verify", "--repair"]).await.exits(0).stdout;
    let last = said.lines().last().unwrap();
    assert!(last.contains("1 window") && last.contains("`etl104 run`"), "{last}");
    assert!(!last.contains("the warehouse is sound"), "{last}");
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_same("lost and asked again", &before, &scene.database.digest(COMPANY).await);
    assert_sound(verify(&scene, &[]).await);
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
async fn a_database_that_is_out_of_date_is_not_called_sound() {
    let scene = Scene::new(by_hand()).await;
    let older =
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
    assert_eq!(scene.database.change(older).await, 1);
    let said = scene.etl104.run(&["verify"]).await;
    assert!(!said.stdout.contains("sound"), "{}", said.stdout);
    assert_ne!(said.code, Some(0));
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
