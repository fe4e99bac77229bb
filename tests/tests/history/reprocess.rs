//! Rows made anew: what changes, what was said of it beforehand, and whom it concerns.

mod aside;
mod interrupted;
mod refused;

use std::sync::Arc;

use acceptance::{
    COMPANY, FIRST_DAY, SECOND_DAY, Scene, TWO_DAYS, applied, assert_same, by_hand, generated,
};
use model::{Note, NoteCode, RawResume, Rejection, RejectionCode, Resume};
use pipeline::tally::Tally;
use resumes::settings::{Api, Company, Files, Run, Settings};
use resumes::{Interpreter, Report, ReprocessRequest, Reprocessed, Signals};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

/// Where each row lies and who wrote it, table by table: it moves with every write.
async fn places(scene: &Scene, of: &str) -> Vec<(String, String)> {
    let tables: Vec<(String,)> = scene
        .database
        .rows(
            "select c.oid::regclass::text from pg_class c
             where c.relnamespace = 'recruiting_partition'::regnamespace and c.relkind = 'r' order by 1",
        )
        .await;
    let mut places = Vec::new();
    for (table,) in tables {
        let lies = format!(
            "select coalesce(md5(string_agg(concat_ws(' ', ctid, xmin), ',' order by ctid)), '-')
             from {table} where {of}"
        );
        let lies = sqlx::query_scalar(AssertSqlSafe(lies)).fetch_one(scene.database.pool()).await;
        places.push((table, lies.unwrap()));
    }
    places
}

async fn reprocess(scene: &Scene, flags: &[&str]) -> Value {
    let flags = [&["reprocess", "--output", "json"], flags].concat();
    scene.etl104.run(&flags).await.exits(0).summary()
}

/// What the tables and notes of a summary say, without what differs from run to run.
fn said(summary: &Value) -> Value {
    let mut said = summary.clone();
    for key in ["run_id", "seconds", "is_dry_run"] {
        said.as_object_mut().unwrap().remove(key);
    }
    said
}

#[tokio::test]
async fn an_unchanged_transform_changes_no_row() {
    let scene = Scene::new(generated(30)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let (before, tasks) = (places(&scene, "true").await, scene.database.file_tasks().await);
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    for flags in [&["--dry-run"][..], &[]] {
        let summary = reprocess(&scene, flags).await;
        assert_eq!(summary["people"], people);
        assert_eq!(summary["people_unchanged"], people, "{summary}");
        for key in ["people_written", "people_restamped", "people_removed", "rejections_new"] {
            assert_eq!(summary[key], 0, "{summary}");
        }
        assert_eq!((&summary["tables"], &summary["notes"]), (&json!([]), &json!([])));
        assert_eq!(places(&scene, "true").await, before);
    }
    assert_eq!(scene.database.file_tasks().await, tasks);
    assert_eq!(scene.database.count("select count(*) from etl.reprocess").await, 0);

    // The measure can tell: a mended row lies elsewhere.
    scene.database.change("update recruiting.candidate_contact set email = 'x'").await;
    let summary = reprocess(&scene, &[]).await;
    assert_eq!(summary["people_written"], people);
    assert_eq!(summary["tables"][0]["columns"]["email"], people, "{summary}");
    assert_ne!(places(&scene, "true").await, before);
}

/// The settings that the scene's command has, for the library.
async fn library(scene: &Scene) -> Settings {
    let (name, token_origin, base_origin): (String, String, String) = scene
        .database
        .rows("select environment, token_origin, base_origin from etl.installation")
        .await
        .remove(0);
    Settings {
        api: Api {
            environment: database::Environment { name, token_origin, base_origin },
            token_url: scene.simulator.token_url().parse().unwrap(),
            base_url: scene.simulator.base_url().parse().unwrap(),
            calls_per_second: 3.0,
            proxy: None,
            ca_pem: None,
            attempts: None,
            answer_timeout: None,
            silence_timeout: None,
        },
        database: database::Settings::new(scene.database.url().to_owned()),
        storage: None,
        run: Run::default(),
        files: Files::default(),
        companies: vec![Company {
            no: COMPANY.parse().unwrap(),
            client_id: "demo-client".to_owned(),
            client_secret: "demo-secret".to_owned().into(),
            sources: model::Source::ALL.to_vec(),
            start_on: FIRST_DAY,
        }],
    }
}

async fn by_other_rules(
    scene: &Scene,
    interpreter: Interpreter,
    is_dry_run: bool,
) -> (Report, Reprocessed) {
    let (settings, tally) = (library(scene).await, Arc::new(Tally::default()));
    let request = ReprocessRequest { is_dry_run, interpreter, ..ReprocessRequest::default() };
    let ended = resumes::reprocess(&settings, &request, &tally, &Signals::new()).await;
    assert!(tally.failures().is_empty(), "{:?}", tally.failures());
    assert_eq!(tally.people_done.get(), tally.people_due.get(), "progress comes to its end");
    ended
}

/// Rules of the next version: a major of one person, a note on it; one who was read is refused, and one who was
/// refused is read.
fn next_rules(raw: &RawResume) -> Result<(Resume, Vec<Note>), Rejection> {
    match raw.resume_id.as_str() {
        "R-1" => {
            let (mut resume, mut notes) = transform::interpret(raw)?;
            resume.education[0].major = Some("資訊".to_owned());
            let (table, column, code) = ("education", "major", NoteCode::Unread);
            notes.push(Note { table, column, item_no: Some(1), code, words: None });
            Ok((resume, notes))
        }
        "R-2" => Err(Rejection {
            resume_id: Some(raw.resume_id.clone()),
            code: RejectionCode::NotAnObject,
            reason: "the next rules do not take it".to_owned(),
            payload: Vec::new().into(),
        }),
        "R-3" => Ok((Resume::default(), Vec::new())),
        _ => transform::interpret(raw),
    }
}

#[tokio::test]
async fn a_changed_transform_changes_just_the_rows_concerned_and_said_so_beforehand() {
    let scene = Scene::new(generated(20)).await;
    let school = |id: &str| json!({"idno": id, "education": [{"schoolName": "甲", "major": "乙"}, {"schoolName": "丙"}]});
    for day in [FIRST_DAY, SECOND_DAY] {
        scene.simulator.add_listing(applied(day, 9, "R-1", school("R-1")));
        scene.simulator.add_listing(applied(day, 9, "R-2", school("R-2")));
        scene.simulator.add_listing(applied(day, 9, "R-3", json!(["R-3"])));
    }
    drop(scene.run(TWO_DAYS).await.exits(3));
    let (items, digest) = (scene.database.items().await, scene.database.digest(COMPANY).await);
    let people = scene.database.count("select count(*) from recruiting.candidate").await;
    let people = u64::try_from(people).unwrap();
    let others = "resume_id not in ('R-1', 'R-2', 'R-3')";
    let lists_of_others = places(&scene, others).await;

    let version = transform::TRANSFORM_VERSION + 1;
    let rules = Interpreter { version, interpret: next_rules };
    let (report, foretold) = by_other_rules(&scene, rules, true).await;
    assert_eq!(report.verdict.exit_code, 3, "a document could not be read");
    assert_eq!(places(&scene, others).await, lists_of_others, "a dry run writes nothing");
    assert_eq!(scene.database.items().await, items);
    let (_, done) = by_other_rules(&scene, rules, false).await;
    assert_eq!(done, foretold);

    assert_eq!((done.people, done.written, done.removed), (people + 1, 2, 1));
    assert_eq!((done.unchanged, done.restamped), (people - 2, people - 2));
    assert_eq!((done.rejected, done.rejections_new, done.rejections_resolved), (1, 1, 1));
    assert!(done.items_stored >= 2 && done.items_rejected >= 2, "{done:?}");
    let education = &done.changes.tables["education"];
    assert_eq!((education.added, education.changed, education.removed), (0, 1, 2));
    assert_eq!(education.columns["major"], 1);
    assert_eq!(done.changes.tables["candidate"].added, 1);
    let note = done.changes.notes.iter().find(|note| note.column == "major").unwrap();
    assert_eq!((note.gone, note.new), (0, 1));
    let read: String = scene
        .database
        .ask("select string_agg(resume_id, ' ') from recruiting.education where major = '資訊'")
        .await;
    assert_eq!(read, "R-1");
    // Of the others nothing moved but the version that they are marked with.
    let of_lists = |places: Vec<(String, String)>| -> Vec<(String, String)> {
        places.into_iter().filter(|(table, _)| !table.contains("candidate_01")).collect()
    };
    assert_eq!(of_lists(places(&scene, others).await), of_lists(lists_of_others));
    scene.database.assert_sound().await;

    // The same rules once more find nothing to do; those of the program bring everything back.
    let (_, again) = by_other_rules(&scene, rules, false).await;
    assert_eq!((again.unchanged, again.restamped, again.written), (people, 0, 0));
    assert_eq!((again.rejections_new, again.items_stored + again.items_rejected), (0, 0));
    let back = scene.etl104.run(&["reprocess", "--output", "json"]).await.exits(3).summary();
    assert_eq!(back["rejections_resolved"], 1, "{back}");
    assert_eq!(back["people_removed"], 1);
    assert_same("before and after", &digest, &scene.database.digest(COMPANY).await);
    assert_eq!(scene.database.items().await, items);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn status_says_how_many_an_older_transform_made_and_reprocess_marks_them() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene
        .database
        .change(
            "update recruiting.candidate set _etl_transform_version = 0
             where resume_id in (select resume_id from recruiting.candidate order by 1 limit 3)",
        )
        .await;
    // The rules that make rows of what was read have a number of their own.
    scene
        .database
        .change(
            "update recruiting.candidate set _etl_fingerprint = set_byte(_etl_fingerprint, 3, 0)
             where resume_id in (select resume_id from recruiting.candidate order by 1 limit 2 offset 2)",
        )
        .await;
    let status = scene.etl104.run(&["status"]).await.exits(0);
    let said = "4 people's rows were made by older rules: `etl104 reprocess --dry-run`";
    assert!(status.stdout.contains(said), "{}", status.stdout);
    let shown = scene.etl104.run(&["reprocess", "--dry-run"]).await.exits(0);
    let said = "4 of the unchanged would only be marked with the newer version of the rules";
    assert!(shown.stdout.contains(said), "{}", shown.stdout);
    let summary = reprocess(&scene, &[]).await;
    assert_eq!((&summary["people_restamped"], &summary["people_written"]), (&json!(4), &json!(0)));
    let status = scene.etl104.run(&["status", "--output", "json"]).await.exits(0).summary();
    assert_eq!(status["people_of_older_rules"], 0);
    assert_eq!(status["unfinished_reprocesses"], json!([]));
}

#[tokio::test]
async fn what_is_selected_narrows_together() {
    let scene = Scene::new(by_hand()).await;
    let resume = |id: &str, years: &str| json!({"idno": id, "seniority": years});
    for (day, hour, id, years) in [
        (FIRST_DAY, 9, "S-1", "3年"),
        (FIRST_DAY, 9, "S-2", "很久"),
        (SECOND_DAY, 9, "S-2", "很久"),
        (SECOND_DAY, 15, "S-3", "很久"),
        (SECOND_DAY, 15, "S-4", "5年"),
    ] {
        scene.simulator.add_listing(applied(day, hour, id, resume(id, years)));
    }
    drop(scene.run(TWO_DAYS).await.exits(0));
    for (flags, people) in [
        (&[][..], 4),
        (&["--from", "2025-08-23"], 3),
        (&["--to", "2025-08-23"], 2),
        (&["--from", "2025-08-22", "--to", "2025-08-23T00"], 2),
        (&["--having-note", "unread"], 2),
        (&["--having-note", "unread", "--to", "2025-08-23"], 1),
        (&["--having-note", "unread", "--resume-id", "S-3"], 1),
        (&["--having-note", "foreign_link"], 0),
        (&["--from", "2025-08-24"], 0),
    ] {
        for dry in [&[][..], &["--dry-run"]] {
            let summary = reprocess(&scene, &[flags, dry].concat()).await;
            assert_eq!(summary["people"], people, "{flags:?} {summary}");
        }
    }
    let nobody = scene.etl104.run(&["reprocess", "--from", "2025-08-24"]).await.exits(0);
    assert_eq!(nobody.stdout.trim(), "nobody is selected: nothing to do");
    for (flags, said) in [
        (&["--having-note", "nonsense"][..], "unread, unexpected_type, unstorable_characters"),
        (
            &["--from", "2025-08-24", "--to", "2025-08-23"],
            "--to 2025-08-23 00:00 lies before --from",
        ),
        (&["--from", "2025-08-24", "--to", "2025-08-24"], "is no later than --from"),
        (&["--from", "24.8.2025"], "--from"),
        (&["--resume-id", "S-9"], "no document of the resume S-9 is held"),
        (&["--resume-id", "S-1", "--having-note", "unread"], "leave the other flags out"),
    ] {
        let refused = scene.etl104.run(&[&["reprocess"], flags].concat()).await.exits(2);
        assert!(refused.stderr.contains(said), "{flags:?}: {}", refused.stderr);
    }
}
