//! Every error code of the contract.

use serde_json::Value;
use simulator::{Action, Beyond, Endpoint, Options, Rule};

use crate::client::{Caller, DAY, caller, quick};

async fn check(caller: &Caller, path: &str, code: i32) {
    let (status, body) = caller.get(path).await;
    assert_eq!(body["code"], code, "{path}: {body}");
    assert!(body["message"].is_string() && status.as_u16() >= 400, "{path}: {status}");
}

#[tokio::test]
async fn wrong_parameters_have_their_codes() {
    let caller = caller(quick()).await;
    let list = "resumes/queryList?";
    for (query, code) in [
        ("startTime=0&endTime=24", 996),
        ("date=2025/08/22&startTime=0&endTime=24", 996),
        ("date=2025-8-22&startTime=0&endTime=24", 996),
        ("date=20250822&startTime=0&endTime=24", 996),
        ("date=2025-02-30&startTime=0&endTime=24", 897),
        ("date=2025-08-22&endTime=24", 897),
        ("date=2025-08-22&startTime=0&endTime=25", 897),
        ("date=2025-08-22&startTime=9&endTime=9", 897),
        ("date=2025-08-22&startTime=-1&endTime=9", 897),
        ("date=2025-08-22&startTime=9.0&endTime=10", 897),
        ("date=2025-08-22&startTime=10&endTime=9", 897),
        ("date=2025-08-22&startTime=0&endTime=24&flag=3", 896),
        ("date=2025-08-22&startTime=0&endTime=24&flag=", 896),
        ("date=2025-08-22&startTime=0&endTime=24&page=1", 899),
        ("date=2025-08-22&startTime=0&endTime=24&idno=1", 899),
        ("date=2025-08-22&date=2025-08-22&startTime=0&endTime=24", 899),
    ] {
        check(&caller, &format!("{list}{query}"), code).await;
    }
    check(&caller, "resumes/other", 899).await;
    for method in [reqwest::Method::POST, reqwest::Method::PUT] {
        let url = format!("{}/resumes/queryList?{DAY}", caller.sim.base_url());
        let request = caller.http.request(method, url).bearer_auth(&caller.token);
        let answer = request.header("104-Additional-Info", "guiNum=01234567").send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], 899);
    }
}

#[tokio::test]
async fn wrong_ids_are_898() {
    let caller = caller(quick()).await;
    let ids = caller.ids(DAY).await;
    let (hit, joined) = (ids[0].clone(), ids[..10].join(","));
    for query in [
        format!("query?{DAY}"),
        format!("query?{DAY}&idno="),
        format!("query?{DAY}&idno=1"),
        format!("query?{DAY}&idno={hit},{}", ids[1]),
        format!("query?date=2019-01-01&startTime=0&endTime=1&idno={hit}"),
        format!("queryBatch?{DAY}"),
        format!("queryBatch?{DAY}&idnos="),
        format!("queryBatch?{DAY}&idnos={hit},"),
        format!("queryBatch?{DAY}&idnos={hit},{hit}"),
        format!("queryBatch?{DAY}&idnos={hit},unknown"),
        format!("queryBatch?{DAY}&idnos={joined},{}", ids[10]),
    ] {
        check(&caller, &format!("resumes/{query}"), 898).await;
    }
    assert_eq!(caller.batch(DAY, &ids[..10]).await.len(), 10);
}

#[tokio::test]
async fn the_company_header_is_read_strictly() {
    let caller = caller(quick()).await;
    let url = format!("{}/resumes/queryList?{DAY}", caller.sim.base_url());
    let request = || caller.http.get(&url).bearer_auth(&caller.token);
    for value in [
        None,
        Some("01234567"),
        Some("guiNum=1234567"),
        Some("guiNum=12345678"),
        Some("guinum=01234567"),
    ] {
        let request = match value {
            Some(value) => request().header("104-Additional-Info", value),
            None => request(),
        };
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(body["code"], 900, "{value:?}");
    }
}

#[tokio::test]
async fn file_tokens_that_are_none_are_895() {
    let caller = caller(quick()).await;
    check(&caller, "files/headshot?fileId=no-token", 895).await;
    check(&caller, "files/attachment?fileId=no-token", 895).await;
    check(&caller, "files/headshot", 899).await;
    check(&caller, "files/headshot?fileId=a&date=2025-08-22", 899).await;
}

#[tokio::test]
async fn error_answers_have_the_chosen_status() {
    for (options, status) in [
        (Options { errors_under_200: true, ..quick() }, 200),
        (Options { error_status: Some(422), ..quick() }, 422),
        (quick(), 400),
    ] {
        let caller = caller(options).await;
        let (answered, body) = caller.get(&format!("resumes/queryList?{DAY}&flag=9")).await;
        assert_eq!((answered.as_u16(), &body["code"]), (status, &Value::from(896)));
        assert_eq!(caller.sim.journal().last().unwrap().code, Some(896));
    }
}

#[tokio::test]
async fn a_system_error_and_a_refused_past_can_be_had() {
    let options = Options {
        oldest_day: Some("2025-09-01".parse().unwrap()),
        beyond_oldest: Beyond::Refused,
        ..quick()
    };
    let caller = caller(options).await;
    check(&caller, &format!("resumes/queryList?{DAY}"), 897).await;
    caller.sim.script(Rule::on(Endpoint::QueryList).then(Action::Code {
        code: 999,
        message: None,
        status: None,
    }));
    let (status, body) = caller.get(&format!("resumes/queryList?{DAY}")).await;
    assert_eq!((status.as_u16(), &body["code"]), (500, &Value::from(999)));
}
