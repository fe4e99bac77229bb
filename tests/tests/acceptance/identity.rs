//! How a resume names itself is not documented: under each form everybody has their own rows.

use std::collections::BTreeMap;

use acceptance::{ONE_DAY, Scene, generated};
use simulator::{Options, ResumeIdForm};

/// Names and member numbers by listed id.
type People = BTreeMap<String, (Option<String>, Option<String>)>;

async fn people(with_idno: bool, resume_id: ResumeIdForm) -> People {
    let scene = Scene::new(Options { with_idno, resume_id, ..generated(30) }).await;
    let run = scene.run(ONE_DAY).await;
    assert_eq!(run.code, Some(0), "{with_idno} {resume_id:?}: {}{}", run.stdout, run.stderr);
    let rows: Vec<(String, Option<String>, Option<String>)> = scene
        .database
        .rows("select resume_id, full_name, member_no from recruiting.candidate")
        .await;
    rows.into_iter().map(|(id, name, member)| (id, (name, member))).collect()
}

/// Compares with resumes that say `idno`, whose pairing is beyond doubt.
async fn check(with_idno: bool, resume_id: ResumeIdForm) {
    let certain = people(true, ResumeIdForm::Member).await;
    let found = people(with_idno, resume_id).await;
    assert!(certain.len() > 20);
    assert_eq!(found.len(), certain.len());
    for (id, (name, member)) in &found {
        assert_eq!(name, &certain[id].0, "{id}: everybody has their own name");
        match resume_id {
            ResumeIdForm::Listed => assert_eq!(member.as_ref(), Some(id)),
            ResumeIdForm::Member => assert_eq!(member, &certain[id].1),
            ResumeIdForm::Absent => assert_eq!(member, &None),
        }
    }
}

#[tokio::test]
async fn paired_by_idno() {
    check(true, ResumeIdForm::Absent).await;
}

#[tokio::test]
async fn paired_by_the_listed_id_as_resume_id() {
    check(false, ResumeIdForm::Listed).await;
}

#[tokio::test]
async fn asked_one_by_one_when_the_member_number_tells_nothing() {
    check(false, ResumeIdForm::Member).await;
}

#[tokio::test]
async fn paired_by_position_when_no_resume_names_itself() {
    check(false, ResumeIdForm::Absent).await;
}
