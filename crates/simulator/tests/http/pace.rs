//! Throttling, delays, and the count of starts.

use std::time::{Duration, Instant};

use simulator::{Credential, Endpoint, Options};

use crate::client::{DAY, caller, quick};

#[tokio::test]
async fn the_fourth_call_of_a_second_is_throttled_and_journalled() {
    let caller = caller(Options { retry_after: Some("1".into()), ..Options::default() }).await;
    let list = format!("resumes/queryList?{DAY}&flag=1");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = caller.send(&list).await;
        statuses.push((answer.status().as_u16(), answer.headers().get("retry-after").is_some()));
    }
    // The token call was the first of four.
    assert_eq!(statuses, [(200, false), (200, false), (429, true)]);
    let stats = caller.sim.stats();
    assert_eq!((stats.throttled, stats.max_starts_in_any_second), (1, 4));
    assert_eq!(stats.calls[&Endpoint::QueryList], 3);
    assert_eq!(stats.listed.len(), 1);
    assert_eq!(stats.listed[0].flag, Some(1));

    let journal = caller.sim.journal();
    assert!(journal.is_sorted_by_key(|entry| entry.at));
    let last = journal.last().unwrap();
    assert!(last.is_throttled && last.status == Some(429) && last.number == 3);
    assert_eq!(last.date.as_deref(), Some("2025-08-22"));
    assert_eq!(last.company.as_deref(), Some("01234567"));
    assert_eq!(last.client_id.as_deref(), Some("demo-client"));
}

#[tokio::test]
async fn delays_are_kept_and_the_jitter_comes_before_the_count() {
    let tenth = Duration::from_millis(100);
    let caller =
        caller(Options { latency: tenth..=tenth, jitter: Duration::from_millis(50), ..quick() })
            .await;
    let started = Instant::now();
    let list = format!("resumes/queryList?{DAY}");
    let (one, two) = tokio::join!(caller.send(&list), caller.send(&list));
    assert!(one.status() == 200 && two.status() == 200);
    assert!(started.elapsed() >= tenth);
    let journal = caller.sim.journal();
    assert_ne!(journal[1].at, journal[2].at);
}

#[tokio::test]
async fn a_client_that_leaves_is_in_the_journal() {
    let caller = caller(quick()).await;
    caller.sim.script_toml("[[rule]]\nthen = { do = 'delay', ms = 60000 }").unwrap();
    let request =
        caller.request(&format!("resumes/queryList?{DAY}")).timeout(Duration::from_millis(50));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(caller.sim.journal().last().unwrap().status, None);
}

#[tokio::test]
async fn credentials_are_throttled_apart_and_own_their_companies() {
    let mut options = Options { calls_per_second: Some(2), ..Options::default() };
    options.credentials.push(Credential {
        client_id: "other".into(),
        client_secret: "secret".into(),
        companies: vec!["76543210".into()],
    });
    let mut caller = caller(options).await;
    let form = [("grant_type", "client_credentials"), ("scope", "ehrweb_resume")];
    let request = caller.token_request(&form).basic_auth("other", Some("secret"));
    let body: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let list = format!("resumes/queryList?{DAY}");
    assert_eq!(caller.send(&list).await.status(), 200);
    caller.token = body["access_token"].as_str().unwrap().to_owned();
    let (_, foreign) = caller.get(&list).await;
    assert_eq!(foreign["code"], 900, "the company is the first credential's");
    assert_eq!(caller.sim.stats().max_starts_by_client["other"], 2);
}
