//! Who is listed, and which state is answered.

use std::collections::BTreeSet;

use jiff::civil::date;
use serde_json::Value;
use simulator::{Answers, Options, ResumeIdForm};

use crate::client::{Caller, DAY, caller, quick};

async fn set(caller: &Caller, window: &str) -> BTreeSet<String> {
    let ids = caller.ids(window).await;
    let distinct: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(ids.len(), distinct.len());
    distinct
}

#[tokio::test]
async fn a_day_is_the_union_of_its_hours_and_of_its_sources() {
    let caller = caller(Options { resumes_per_day: 300, people: 200, ..quick() }).await;
    let day = set(&caller, DAY).await;
    let (mut hours, mut sources) = (BTreeSet::new(), BTreeSet::new());
    for hour in 0..24 {
        hours.extend(
            set(&caller, &format!("date=2025-08-22&startTime={hour}&endTime={}", hour + 1)).await,
        );
    }
    for flag in 0..3 {
        sources.extend(set(&caller, &format!("{DAY}&flag={flag}")).await);
    }
    assert!(day.len() > 100);
    assert_eq!(day, hours);
    assert_eq!(day, sources);
    let (_, body) = caller.get(&format!("resumes/queryList?{DAY}")).await;
    assert_eq!(body["data"]["total"], day.len());
    assert_eq!(body["data"]["queryDate"], "2025-08-22T00:00:00.000Z");
}

#[tokio::test]
async fn the_same_seed_answers_the_same_bytes() {
    let options = || Options {
        file_tokens_differ: false,
        link_host: Some("https://asset.example".into()),
        ..quick()
    };
    let strip = |text: &str| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        for resume in value["data"]["list"].as_array_mut().unwrap() {
            // File tokens are sealed by each run anew.
            for part in ["headshotUrl", "attachFiles", "projectDatas"] {
                resume.as_object_mut().unwrap().remove(part);
            }
        }
        value.to_string()
    };
    let (one, two) = (caller(options()).await, caller(options()).await);
    let ids = one.ids(DAY).await;
    assert_eq!(ids, two.ids(DAY).await);
    let batch = format!("resumes/queryBatch?{DAY}&idnos={}", ids[..10].join(","));
    let text = one.send(&batch).await.text().await.unwrap();
    assert_eq!(text, one.send(&batch).await.text().await.unwrap());
    assert_eq!(strip(&text), strip(&two.send(&batch).await.text().await.unwrap()));
    let other = caller(Options { seed: 105, ..options() }).await;
    assert_ne!(ids, other.ids(DAY).await);
}

#[tokio::test]
async fn the_clock_bounds_what_happened_so_far() {
    let now = date(2025, 8, 22).at(12, 30, 0, 0);
    let caller = caller(Options { resumes_per_day: 2_000, now: Some(now), ..quick() }).await;
    let so_far = caller.ids("date=2025-08-22&startTime=12&endTime=13").await.len();
    assert!(caller.ids("date=2025-08-22&startTime=13&endTime=24").await.is_empty());
    assert!(caller.ids("date=2025-08-23&startTime=0&endTime=24").await.is_empty());
    caller.sim.set_now(date(2025, 8, 22).at(13, 0, 0, 0));
    let whole = caller.ids("date=2025-08-22&startTime=12&endTime=13").await.len();
    assert!(0 < so_far && so_far < whole, "{so_far} {whole}");
}

#[tokio::test]
async fn a_late_listing_appears_after_its_hour() {
    let now = date(2025, 8, 22).at(13, 5, 0, 0);
    let caller =
        caller(Options { resumes_per_day: 2_000, late_share: 0.3, now: Some(now), ..quick() })
            .await;
    let window = "date=2025-08-22&startTime=12&endTime=13";
    let early = caller.ids(window).await.len();
    caller.sim.set_now(date(2025, 8, 22).at(13, 30, 0, 0));
    assert!(early < caller.ids(window).await.len());
}

#[tokio::test]
async fn lists_are_capped_while_the_total_is_true() {
    let caller =
        caller(Options { list_cap: Some(7), oldest_day: Some(date(2025, 8, 1)), ..quick() }).await;
    let (_, body) = caller.get(&format!("resumes/queryList?{DAY}")).await;
    assert_eq!(body["data"]["idList"].as_array().unwrap().len(), 7);
    assert!(body["data"]["total"].as_i64().unwrap() > 7);
    assert!(caller.ids("date=2025-07-31&startTime=0&endTime=24").await.is_empty());
}

#[tokio::test]
async fn a_resume_names_itself_as_chosen() {
    for (resume_id, with_idno) in [
        (ResumeIdForm::Listed, false),
        (ResumeIdForm::Listed, true),
        (ResumeIdForm::Member, true),
        (ResumeIdForm::Member, false),
        (ResumeIdForm::Absent, false),
    ] {
        let caller = caller(Options { resume_id, with_idno, odd_fields: 0.0, ..quick() }).await;
        let id = caller.ids(DAY).await[0].clone();
        let resume = &caller.batch(DAY, std::slice::from_ref(&id)).await[0];
        assert_eq!(resume.get("idno").is_some_and(|idno| *idno == id), with_idno);
        match resume_id {
            ResumeIdForm::Listed => assert_eq!(resume["resumeId"], id),
            ResumeIdForm::Member => {
                assert!(resume["resumeId"].is_string() && resume["resumeId"] != id);
            }
            ResumeIdForm::Absent => assert!(resume.get("resumeId").is_none()),
        }
    }
}

#[tokio::test]
async fn the_matched_show_no_contact_and_a_job_narrows() {
    let caller =
        caller(Options { resumes_per_day: 300, people: 50, odd_text: 0.0, ..quick() }).await;
    let matched = set(&caller, &format!("{DAY}&flag=0")).await;
    let applied = set(&caller, &format!("{DAY}&flag=1")).await;
    let both: Vec<String> = matched.intersection(&applied).take(10).cloned().collect();
    let reduced = caller.batch(&format!("{DAY}&flag=0"), &both).await;
    let full = caller.batch(&format!("{DAY}&flag=1"), &both).await;
    assert!(
        reduced
            .iter()
            .all(|resume| resume.get("email").is_none() && resume.get("cellPhone").is_none())
    );
    assert!(full.iter().any(|resume| resume["email"].is_string()));
    let job = full[0]["applyJob"][0]["jobNo"].as_str().unwrap();
    let narrowed = set(&caller, &format!("{DAY}&jobNo={job}")).await;
    assert!(
        narrowed.contains(&both[0])
            && narrowed.len() < applied.len()
            && narrowed.is_subset(&applied)
    );
}

#[tokio::test]
async fn a_wide_window_answers_the_newest_of_its_hours() {
    let options =
        Options { resumes_per_day: 400, people: 60, matched_without_contact: false, ..quick() };
    let caller = caller(Options { file_tokens_differ: false, odd_text: 0.0, ..options }).await;
    let mut newest = std::collections::BTreeMap::new();
    let mut seen = BTreeSet::new();
    for hour in 0..24 {
        let window = format!("date=2025-08-22&startTime={hour}&endTime={}", hour + 1);
        for ids in caller.ids(&window).await.chunks(10) {
            for resume in caller.batch(&window, ids).await {
                let id = resume["idno"].as_str().unwrap().to_owned();
                seen.insert((id.clone(), resume.to_string()));
                newest.insert(id, resume);
            }
        }
    }
    assert!(seen.len() > newest.len(), "somebody changes within the day");
    for ids in caller.ids(DAY).await.chunks(10) {
        for resume in caller.batch(DAY, ids).await {
            assert_eq!(resume, newest[resume["idno"].as_str().unwrap()]);
        }
    }
}

#[tokio::test]
async fn old_windows_answer_as_then_or_as_now() {
    let options = |answers| Options {
        answers,
        people: 20,
        file_tokens_differ: false,
        odd_text: 0.0,
        matched_without_contact: false,
        now: Some(date(2025, 9, 1).at(0, 0, 0, 0)),
        ..quick()
    };
    let (then, now) =
        (caller(options(Answers::AsThen)).await, caller(options(Answers::AsNow)).await);
    let ids = then.ids(DAY).await;
    let documents = |list: Vec<Value>| {
        let stripped = list.into_iter().map(|mut resume| {
            for part in ["headshotUrl", "attachFiles", "projectDatas"] {
                resume.as_object_mut().unwrap().remove(part);
            }
            resume
        });
        stripped.collect::<Vec<_>>()
    };
    let (old, new) =
        (documents(then.batch(DAY, &ids[..10]).await), documents(now.batch(DAY, &ids[..10]).await));
    assert_ne!(old, new);
    now.sim.set_now(date(2026, 9, 1).at(0, 0, 0, 0));
    assert_ne!(new, documents(now.batch(DAY, &ids[..10]).await));
    then.sim.set_now(date(2026, 9, 1).at(0, 0, 0, 0));
    assert_eq!(old, documents(then.batch(DAY, &ids[..10]).await));
}
