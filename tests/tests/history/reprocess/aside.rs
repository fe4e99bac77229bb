//! All tables built beside those that stand, and swapped.

mod beside;

use std::sync::Arc;

use acceptance::{
    COMPANY, FIRST_DAY, SECOND_DAY, Scene, TWO_DAYS, TestDatabase, applied, assert_same, by_hand,
    generated,
};
use pipeline::tally::Tally;
use resumes::settings::Settings;
use resumes::{Interpreter, ReprocessRequest, Reprocessed, Signals};
use serde_json::{Value, json};
use sqlx::Executor;

use super::{library, next_rules, places, reprocess};

/// What the feed tells, person by person, without what differs from warehouse to warehouse: numbers, and in which order
/// files came.
async fn told(database: &TestDatabase, after: i64) -> Vec<(String, String)> {
    sqlx::query_as(
        "select resume_id, concat_ws(' ', kind, nullif(array_to_string(changed_fields, ','), ''), job_no,
                    applied_text, applied_on, file_role, file_item_no, file_state) as what
         from recruiting.change where change_no > $1 order by resume_id, what",
    )
    .bind(after)
    .fetch_all(database.pool())
    .await
    .unwrap()
}

async fn newest_change(database: &TestDatabase) -> i64 {
    database.count("select last_no from etl.change_counter").await
}

/// No trace of a rebuild is left, and the numbers of changes have no gap.
async fn assert_tidy(database: &TestDatabase) {
    let left = "select count(*) from pg_namespace where nspname like 'aside%'";
    assert_eq!(database.count(left).await, 0);
    assert_eq!(database.count("select count(*) from etl.aside").await, 0);
    let gaps = "select max(change_no) - min(change_no) + 1 - count(*) from recruiting.change";
    assert_eq!(database.count(gaps).await, 0);
    let unchecked = "select count(*) from pg_constraint where not convalidated";
    assert_eq!(database.count(unchecked).await, 0);
    database.assert_sound().await;
}

#[tokio::test]
async fn rows_of_the_same_rules_are_the_same_and_nobody_hears_of_it() {
    let scene = Scene::new(generated(40)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let database = &scene.database;
    for statement in [
        "create view public.of_a_customer as select resume_id, full_name from recruiting.candidate",
        "grant select on recruiting.candidate to pg_monitor",
        "comment on column recruiting.candidate.full_name is 'ours'",
    ] {
        database.pool().execute(statement).await.unwrap();
    }
    let (digest, tasks) = (database.digest(COMPANY).await, database.file_tasks().await);
    let people = database.count("select count(*) from recruiting.candidate").await;
    let (lie, told_before) = (places(&scene, "true").await, newest_change(database).await);

    let summary = reprocess(&scene, &["--aside"]).await;
    assert_eq!(
        (&summary["people"], &summary["people_unchanged"]),
        (&json!(people), &json!(people))
    );
    assert_eq!((&summary["tables"], &summary["is_aside"]), (&json!([]), &json!(true)), "{summary}");
    assert_ne!(places(&scene, "true").await, lie, "all rows lie elsewhere");
    assert_same("before and after", &digest, &database.digest(COMPANY).await);
    assert_eq!(database.file_tasks().await, tasks);
    assert_eq!(newest_change(database).await, told_before);
    let seen = "select count(*) from public.of_a_customer";
    assert_eq!(database.count(seen).await, people);
    let granted =
        "select has_table_privilege('pg_monitor', 'recruiting.candidate', 'select')::int::bigint";
    assert_eq!(database.count(granted).await, 1);
    assert_tidy(database).await;

    // The tables are what they were for all others: loading, comparing, looking for damage.
    drop(scene.run("2025-08-25T00").await.exits(0));
    assert_eq!(reprocess(&scene, &[]).await["people_written"], 0);
    assert_eq!(reprocess(&scene, &["--aside"]).await["people_written"], 0);
    database
        .pool()
        .execute("comment on column recruiting.candidate.full_name is null")
        .await
        .unwrap();
    database.pool().execute("drop view public.of_a_customer").await.unwrap();
    drop(scene.etl104.run(&["verify"]).await.exits(0));
}

async fn by(settings: &Settings, interpreter: Interpreter, is_aside: bool) -> Reprocessed {
    let tally = Arc::new(Tally::default());
    let request = ReprocessRequest { is_aside, interpreter, ..ReprocessRequest::default() };
    let (_, done) = resumes::reprocess(settings, &request, &tally, &Signals::new()).await;
    assert!(tally.failures().is_empty(), "{:?}", tally.failures());
    done
}

/// In place in one warehouse and aside in another comes to the same; gives what the feed was told of it.
async fn assert_comes_to_the_same(
    scene: &Scene,
    other: &TestDatabase,
    interpreter: Interpreter,
) -> Vec<(String, String)> {
    let settings = library(scene).await;
    let elsewhere = Settings {
        database: database::Settings::new(other.url().to_owned()),
        ..library(scene).await
    };
    let before = (newest_change(&scene.database).await, newest_change(other).await);
    let in_place = by(&settings, interpreter, false).await;
    let aside = by(&elsewhere, interpreter, true).await;
    assert_eq!(aside, in_place);
    let told_in_place = told(&scene.database, before.0).await;
    assert_eq!(told(other, before.1).await, told_in_place);
    let digest = scene.database.digest(COMPANY).await;
    assert_same("in place and aside", &digest, &other.digest(COMPANY).await);
    assert_eq!(other.items().await, scene.database.items().await);
    assert_eq!(other.file_tasks().await, scene.database.file_tasks().await);
    assert_tidy(other).await;
    told_in_place
}

#[tokio::test]
async fn other_rules_come_to_the_same_as_in_place_and_tell_the_same() {
    let scene = Scene::new(generated(20)).await;
    let school = |id: &str, major: &str| {
        let education = json!([{"schoolName": "甲", "major": major}]);
        json!({"idno": id, "fullName": id, "education": education, "applyJob": [{"jobNo": major, "applyDate": "2025-08-22"}]})
    };
    for (day, major) in [(FIRST_DAY, "乙"), (SECOND_DAY, "丙")] {
        for id in ["R-1", "R-2"] {
            scene.simulator.add_listing(applied(day, 9, id, school(id, major)));
        }
        scene.simulator.add_listing(applied(day, 9, "R-3", json!(["R-3"])));
    }
    let (other, etl104) = scene.elsewhere().await;
    drop(scene.run(TWO_DAYS).await.exits(3));
    drop(etl104.run(&["run", "--until", TWO_DAYS]).await.exits(3));

    let next = Interpreter { version: transform::TRANSFORM_VERSION + 1, interpret: next_rules };
    let told = assert_comes_to_the_same(&scene, &other, next).await;
    assert!(told.contains(&("R-2".to_owned(), "removed".to_owned())), "{told:?}");
    assert!(told.contains(&("R-1".to_owned(), "changed education".to_owned())), "{told:?}");
    assert!(told.contains(&("R-3".to_owned(), "new".to_owned())), "{told:?}");
    // And back: whoever was gone is new, with applications and files.
    let told = assert_comes_to_the_same(&scene, &other, Interpreter::default()).await;
    let back = |what: &str| told.iter().any(|(id, told)| id == "R-2" && told.starts_with(what));
    assert!(back("new") && back("applied"), "{told:?}");
}

#[tokio::test]
async fn rows_that_are_lost_come_back_and_are_told_as_in_place() {
    let scene = Scene::new(generated(25)).await;
    let (other, etl104) = scene.elsewhere().await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    drop(etl104.run(&["run", "--until", TWO_DAYS]).await.exits(0));
    let lost = "delete from recruiting.candidate where resume_id < (
        select percentile_disc(0.5) within group (order by resume_id) from recruiting.candidate)";
    for database in [&scene.database, &other] {
        database.change(lost).await;
        database.change("delete from recruiting.experience where item_no = 2").await;
        database.change("update recruiting.candidate_contact set email = 'x'").await;
        database.change("update recruiting.resume_file set state = 'pending', sha256 = null, object_key = null, size_bytes = null, media_type_claimed = null, media_type_sniffed = null, fetched_at = null where role = 'headshot'").await;
        // As older rules would have made them.
        database.change("update recruiting.candidate set _etl_fingerprint = set_byte(_etl_fingerprint, 3, 0)").await;
    }
    let told = assert_comes_to_the_same(&scene, &other, Interpreter::default()).await;
    for what in
        ["new", "applied", "file headshot 1 stored", "changed candidate_contact.email,experience"]
    {
        assert!(told.iter().any(|(_, told)| told.starts_with(what)), "{what}: {told:?}");
    }
}

#[tokio::test]
async fn what_somebody_made_upon_a_partition_is_named_and_nothing_is_done() {
    let scene = Scene::new(by_hand()).await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "R-1", json!({"idno": "R-1"})));
    drop(scene.run(TWO_DAYS).await.exits(0));
    let database = &scene.database;
    for statement in [
        "create view public.narrow as select resume_id from recruiting_partition.skill_01234567",
        "create index of_theirs on recruiting_partition.language_01234567 (lang_type)",
    ] {
        database.pool().execute(statement).await.unwrap();
    }
    let refused = scene.etl104.run(&["reprocess", "--aside"]).await.exits(2);
    for said in ["public.narrow", "recruiting_partition.of_theirs", "without --aside"] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    assert_eq!(database.count("select count(*) from etl.aside").await, 0);
    database
        .pool()
        .execute("drop view public.narrow; drop index recruiting_partition.of_theirs")
        .await
        .unwrap();
    drop(reprocess(&scene, &["--aside"]).await);
    assert_tidy(database).await;
}

#[tokio::test]
async fn rows_that_postgres_refuses_stay_as_they_stand_and_the_ledger_says_so() {
    let scene = Scene::new(by_hand()).await;
    for id in ["P-1", "P-2", "P-3", "P-4", "P-5"] {
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, json!({"idno": id, "fullName": id})));
    }
    drop(scene.run(TWO_DAYS).await.exits(0));
    let database = &scene.database;
    database.change("update recruiting.candidate set full_name = null, _etl_fingerprint = set_byte(_etl_fingerprint, 3, 0)").await;
    database.change("alter table recruiting.candidate add constraint odd_one_out check (full_name <> 'P-3')").await;
    let refused =
        scene.etl104.run(&["reprocess", "--aside", "--output", "json"]).await.exits(3).summary();
    assert_eq!(
        (&refused["people"], &refused["people_written"], &refused["rejections_new"]),
        (&json!(5), &json!(4), &json!(1)),
        "{refused}"
    );
    let named: Vec<(String, Option<String>)> =
        database.rows("select resume_id, full_name from recruiting.candidate order by 1").await;
    let named: Vec<_> = named.into_iter().map(|(id, name)| (id == "P-3", name.is_none())).collect();
    assert!(named.iter().all(|(is_refused, is_unnamed)| is_refused == is_unnamed), "{named:?}");
    assert_tidy(database).await;
    database.change("alter table recruiting.candidate drop constraint odd_one_out").await;
    let mended: Value = reprocess(&scene, &["--aside"]).await;
    assert_eq!((&mended["rejections_resolved"], &mended["items_stored"]), (&json!(1), &json!(1)));
    assert_tidy(database).await;
}

#[tokio::test]
async fn somebody_whom_the_ledger_can_not_note_stays_as_they_stand() {
    let scene = Scene::new(by_hand()).await;
    for id in ["P-1", "P-2", "P-3"] {
        let mut resume = json!({"idno": id, "fullName": id});
        if id == "P-2" {
            resume["oddField"] = json!(1);
        }
        scene.simulator.add_listing(applied(FIRST_DAY, 9, id, resume));
    }
    drop(scene.run(TWO_DAYS).await.exits(0));
    let database = &scene.database;
    database.change("update recruiting.candidate set full_name = null, _etl_fingerprint = set_byte(_etl_fingerprint, 3, 0)").await;
    database.change("delete from etl.unknown_field").await;
    database
        .change("alter table etl.unknown_field add constraint none check (false) not valid")
        .await;
    let refused =
        scene.etl104.run(&["reprocess", "--aside", "--output", "json"]).await.exits(3).summary();
    assert_eq!(
        (&refused["people"], &refused["people_written"], &refused["rejections_new"]),
        (&json!(3), &json!(2), &json!(1)),
        "{refused}"
    );
    let unnamed =
        "select string_agg(resume_id, ' ') from recruiting.candidate where full_name is null";
    assert_eq!(database.ask::<String>(unnamed).await, "P-2");
    database.change("alter table etl.unknown_field drop constraint none").await;
    let mended: Value = reprocess(&scene, &["--aside"]).await;
    assert_eq!((&mended["rejections_resolved"], &mended["items_stored"]), (&json!(1), &json!(1)));
    assert_tidy(database).await;
}
