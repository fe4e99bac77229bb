//! How the rows that stand differ from those that follow, and that just this is written.

use std::collections::BTreeMap;

use load::person::{Difference, Interpret, PersonState, compare, renew};
use model::{Note, NoteCode, RawResume, Rejection, RejectionCode, Resume, Source};

use crate::world::{World, full, id, shown};

/// Every row's place and writer, table by table: it moves with each write.
const PLACES: &str = "
    select string_agg(distinct table_name || ' ' || rows, ', ' order by table_name || ' ' || rows) from (
        select c.relname as table_name, (xpath('/row/c/text()', query_to_xml(format(
            'select string_agg(ctid::text || xmin::text || xmax::text, '' '' order by ctid) as c from %s',
            c.oid::regclass), false, true, '')))[1]::text as rows
        from pg_class c where c.relnamespace = 'recruiting_partition'::regnamespace and c.relkind = 'r'
    ) t";

const PEOPLE: [&str; 3] = ["7001", "7002", "7003"];

/// Three people, of whom the second has two versions.
async fn three_people() -> World {
    let world = World::new().await;
    for (who, firm) in PEOPLE.into_iter().zip(["甲", "乙", "丙"]) {
        world.keep(&shown(Source::Applied, 2, 9, &full(firm, "p-1")).of(who)).await;
    }
    world.keep(&shown(Source::Matched, 3, 9, &full("丁", "p-1")).of("7002")).await;
    world.recompute_all(&PEOPLE.map(id), false).await;
    world
}

async fn compared(world: &World, version: i32, interpret: &Interpret<'_>) -> Vec<Difference> {
    let settings = world.settings(version);
    let mut tx = world.database.pool().begin().await.unwrap();
    let people = compare(&mut tx, &settings, &PEOPLE.map(id), interpret).await.unwrap();
    tx.commit().await.unwrap();
    people
}

async fn renewed(world: &World, version: i32, interpret: &Interpret<'_>) -> Vec<Difference> {
    let settings = world.settings(version);
    let mut tx = world.database.pool().begin().await.unwrap();
    let people = renew(&mut tx, &settings, &PEOPLE.map(id), interpret).await.unwrap();
    tx.commit().await.unwrap();
    people
}

fn states(people: &[Difference]) -> Vec<(PersonState, bool)> {
    people.iter().map(|one| (one.state, one.is_restamped)).collect()
}

/// Reads the first school's major otherwise, of whoever worked for a firm.
fn another_major_for(
    firm: &'static str,
) -> impl Fn(&RawResume) -> Result<(Resume, Vec<Note>), Rejection> + Sync {
    move |raw| {
        let (mut resume, mut notes) = transform::interpret(raw)?;
        if resume.experience.iter().any(|job| job.firm_name.as_deref() == Some(firm)) {
            resume.education[0].major = Some("資訊".to_owned());
            notes.push(Note {
                table: "education",
                column: "major",
                item_no: Some(1),
                code: NoteCode::Unread,
                words: None,
            });
        }
        Ok((resume, notes))
    }
}

/// Whoever is looked for is refused.
fn without(
    who: &'static str,
) -> impl Fn(&RawResume) -> Result<(Resume, Vec<Note>), Rejection> + Sync {
    move |raw| {
        if raw.resume_id.as_str() != who {
            return transform::interpret(raw);
        }
        Err(Rejection {
            resume_id: Some(raw.resume_id.clone()),
            code: RejectionCode::NotAnObject,
            reason: "no".to_owned(),
            payload: Vec::new().into(),
        })
    }
}

#[tokio::test]
async fn the_same_rules_find_no_difference_and_touch_no_row() {
    let world = three_people().await;
    let places = world.texts(PLACES).await;
    let same = [(PersonState::Unchanged, false); 3];
    let version = transform::TRANSFORM_VERSION;
    let people = compared(&world, version, &transform::interpret).await;
    assert_eq!(states(&people), same);
    assert!(people.iter().all(|one| one.changes.is_empty()), "{people:?}");
    assert_eq!(people[1].accepted.len(), 2);
    assert_eq!(states(&renewed(&world, version, &transform::interpret).await), same);
    assert_eq!(world.texts(PLACES).await, places);
}

#[tokio::test]
async fn newer_rules_with_the_same_rows_change_the_version_alone() {
    let world = three_people().await;
    let version = transform::TRANSFORM_VERSION + 1;
    let restamped = [(PersonState::Unchanged, true); 3];
    assert_eq!(states(&compared(&world, version, &transform::interpret).await), restamped);
    let digest = world.digest().await;
    let loaded = "select string_agg(_etl_loaded_at::text || _etl_run_id, ' ' order by resume_id) from recruiting.candidate";
    let written = world.texts(loaded).await;
    let places =
        "select string_agg(xmin::text || ctid::text, ' ' order by ctid) from recruiting.experience";
    let before = world.texts(places).await;
    assert_eq!(states(&renewed(&world, version, &transform::interpret).await), restamped);
    assert_eq!(world.texts(loaded).await, written, "nobody wrote anything that they say");
    assert_eq!(world.texts(places).await, before);
    let versions = "select distinct _etl_transform_version::text from recruiting.candidate";
    assert_eq!(world.texts(versions).await, [version.to_string()]);
    assert_ne!(world.digest().await, digest, "the version is part of what a candidate says");
    let same = [(PersonState::Unchanged, false); 3];
    assert_eq!(states(&renewed(&world, version, &transform::interpret).await), same);
    // A live run takes them for its own.
    let mut settings = world.settings(version);
    settings.force = false;
    let mut tx = world.database.pool().begin().await.unwrap();
    let people =
        load::person::recompute(&mut tx, &settings, &PEOPLE.map(id), &transform::interpret).await;
    assert!(people.unwrap().iter().all(|one| one.state == PersonState::Unchanged));
}

#[tokio::test]
async fn a_field_that_is_read_otherwise_changes_its_rows_alone() {
    let world = three_people().await;
    let version = transform::TRANSFORM_VERSION;
    let other = another_major_for("丁");
    let said = compared(&world, version, &other).await;
    let written = (PersonState::Written, false);
    let same = (PersonState::Unchanged, false);
    assert_eq!(states(&said), [same, written, same]);
    let changes = &said[1].changes;
    let education = &changes.tables["education"];
    assert_eq!((education.added, education.changed, education.removed), (0, 1, 0));
    assert_eq!(education.columns, BTreeMap::from([("major".to_owned(), 1)]));
    let candidate = &changes.tables["candidate"];
    assert_eq!(candidate.columns, BTreeMap::from([("_etl_notes".to_owned(), 1)]));
    let notes: Vec<_> = changes
        .notes
        .iter()
        .map(|note| {
            (note.table.as_str(), note.column.as_str(), note.code.as_str(), note.gone, note.new)
        })
        .collect();
    assert_eq!(notes, [("education", "major", "unread", 0, 1)]);

    // The rows of others, and other rows of the same person, are where they were.
    let untouched = "
        select string_agg(xmin::text || ctid::text, ' ' order by ctid) from (
            select xmin, ctid from recruiting.candidate where resume_id <> '7002'
            union all select xmin, ctid from recruiting.education where resume_id <> '7002'
            union all select xmin, ctid from recruiting.experience
            union all select xmin, ctid from recruiting.resume_file
            union all select xmin, ctid from recruiting.candidate_contact) t";
    let before = world.texts(untouched).await;
    let done = renewed(&world, version, &other).await;
    assert_eq!(states(&done), states(&said));
    assert_eq!(done[1].changes, said[1].changes, "what was said is what was done");
    assert_eq!(world.texts(untouched).await, before);
    let majors =
        "select coalesce(major, '-') from recruiting.education order by resume_id, item_no";
    assert_eq!(world.texts(majors).await, ["-", "資訊", "-"]);
    assert!(compared(&world, version, &other).await.iter().all(|one| one.changes.is_empty()));

    // And back again.
    let back = renewed(&world, version, &transform::interpret).await;
    assert_eq!(back[1].changes.notes[0].gone, 1);
    assert_eq!(world.texts(majors).await, ["-", "-", "-"]);
}

#[tokio::test]
async fn a_person_who_is_refused_goes_and_comes_back_whole() {
    let world = three_people().await;
    let version = transform::TRANSFORM_VERSION;
    let digest = world.digest().await;
    let refused = renewed(&world, version, &without("7001")).await;
    assert_eq!(states(&refused)[0], (PersonState::Removed, false));
    assert_eq!(refused[0].rejections.len(), 1);
    assert_eq!(refused[0].changes.tables["candidate"].removed, 1);
    assert!(refused[0].changes.tables["education"].removed > 0);
    let count = "select count(*)::text from recruiting.candidate";
    assert_eq!(world.texts(count).await, ["2"]);

    let said = compared(&world, version, &transform::interpret).await;
    let back = renewed(&world, version, &transform::interpret).await;
    assert_eq!(states(&back)[0], (PersonState::Written, false));
    assert_eq!(back[0].changes, said[0].changes);
    assert_eq!(back[0].changes.tables["candidate"].added, 1);
    assert_eq!(world.digest().await, digest);
}

#[tokio::test]
async fn rows_that_a_careless_hand_touched_are_found_and_mended() {
    let world = three_people().await;
    let version = transform::TRANSFORM_VERSION;
    let digest = world.digest().await;
    for change in [
        "update recruiting.experience set firm_name = 'x' where resume_id = '7001'",
        "delete from recruiting.language where resume_id = '7002' and item_no = 1",
        "insert into recruiting.certificate select company_no, resume_id, 99, 'x', origin
         from recruiting.certificate where resume_id = '7003' and item_no = 1",
        "update recruiting.candidate_version set valid_from = valid_from - interval '1 second'
         where resume_id = '7002'",
        "delete from recruiting.candidate_sensitive where resume_id = '7003'",
    ] {
        let changed = sqlx::query(change).execute(world.database.pool()).await.unwrap();
        assert!(changed.rows_affected() > 0, "{change}");
    }
    let people = compared(&world, version, &transform::interpret).await;
    assert_eq!(states(&people), [(PersonState::Written, false); 3]);
    let table = |person: usize, name: &str| {
        let table = &people[person].changes.tables[name];
        (table.added, table.changed, table.removed)
    };
    assert_eq!(table(0, "experience"), (0, 1, 0));
    assert_eq!(table(1, "language"), (1, 0, 0));
    assert_eq!(table(1, "candidate_version"), (0, 2, 0));
    assert_eq!(table(2, "certificate"), (0, 0, 1));
    assert_eq!(table(2, "candidate_sensitive"), (1, 0, 0));
    let tables: usize = people.iter().map(|one| one.changes.tables.len()).sum();
    assert_eq!(tables, 5, "{people:?}");
    renewed(&world, version, &transform::interpret).await;
    assert_eq!(world.digest().await, digest);
}
