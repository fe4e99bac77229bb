//! The tables themselves: whole, and no others among them.

use acceptance::{Scene, by_hand};
use serde_json::json;

use super::{assert_sound, check, named, verify};

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
async fn a_database_that_is_out_of_date_is_not_called_sound() {
    let scene = Scene::new(by_hand()).await;
    let older =
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
    assert_eq!(scene.database.change(older).await, 1);
    let said = scene.etl104.run(&["verify"]).await;
    assert!(!said.stdout.contains("sound"), "{}", said.stdout);
    assert_ne!(said.code, Some(0));
}
