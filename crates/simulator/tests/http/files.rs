//! Photos and attachments.

use std::time::Duration;

use serde_json::Value;
use simulator::Options;

use crate::client::{Caller, DAY, caller, quick};

/// The path of a link below the base.
fn path(link: &str) -> String {
    link.split_once("/1.0/").unwrap().1.to_owned()
}

async fn resumes(caller: &Caller) -> Vec<Value> {
    let ids = caller.ids(DAY).await;
    let mut resumes = Vec::new();
    for ids in ids.chunks(10) {
        resumes.extend(caller.batch(DAY, ids).await);
    }
    resumes
}

fn links(resumes: &[Value], list: &str) -> Vec<String> {
    let entries = resumes.iter().flat_map(|resume| resume[list].as_array().into_iter().flatten());
    entries
        .filter_map(|entry| {
            entry["resourceLink"].as_str().filter(|link| !link.is_empty()).map(path)
        })
        .collect()
}

#[tokio::test]
async fn every_link_leads_to_bytes_that_stay_the_same() {
    let caller = caller(Options { odd_text: 0.0, ..quick() }).await;
    let resumes = resumes(&caller).await;
    let photos: Vec<String> = resumes
        .iter()
        .filter_map(|it| it["headshotUrl"].as_str())
        .filter(|it| !it.is_empty())
        .map(path)
        .collect();
    assert!(photos.len() > 10);
    for photo in &photos[..5] {
        let answer = caller.send(photo).await;
        assert_eq!(answer.headers()["content-type"], "image/png");
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes.starts_with(b"\x89PNG"));
        assert_eq!(bytes, caller.send(photo).await.bytes().await.unwrap());
    }
    let (attached, projects) = (links(&resumes, "attachFiles"), links(&resumes, "projectDatas"));
    assert!(!attached.is_empty() && !projects.is_empty());
    for link in attached.iter().take(5).chain(projects.iter().take(2)) {
        let answer = caller.send(link).await;
        assert_eq!(answer.status(), 200);
        assert!((2_000..=40_000).contains(&answer.bytes().await.unwrap().len()));
    }
    // A photo's token is no attachment's.
    let swapped = photos[0].replace("headshot", "attachment");
    assert_eq!(caller.get(&swapped).await.1["code"], 895);
    assert!(caller.sim.stats().files_delivered >= 12);
}

#[tokio::test]
async fn links_differ_expire_and_may_name_another_host() {
    let options = Options {
        link_host: Some("https://asset.example".into()),
        file_token_lifetime: None,
        ..quick()
    };
    let caller = caller(Options { odd_text: 0.0, ..options }).await;
    let (one, two) = (resumes(&caller).await, resumes(&caller).await);
    let (one, two) = (links(&one, "attachFiles"), links(&two, "attachFiles"));
    assert!(one.iter().zip(&two).all(|(one, two)| one != two));
    assert_eq!(
        caller.send(&one[0]).await.bytes().await.unwrap(),
        caller.send(&two[0]).await.bytes().await.unwrap()
    );

    let brief = crate::client::caller(Options {
        file_token_lifetime: Some(Duration::ZERO),
        odd_text: 0.0,
        ..quick()
    })
    .await;
    let link = links(&resumes(&brief).await, "attachFiles")[0].clone();
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert_eq!(brief.get(&link).await.1["code"], 895);
}
