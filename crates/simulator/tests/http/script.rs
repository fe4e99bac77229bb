//! Every action of the fault script.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{Action, Endpoint, Rule};

use crate::client::{Caller, DAY, caller, quick};

fn action(action: Value) -> Action {
    serde_json::from_value(action).unwrap()
}

/// A client whose listings and batches meet an action.
async fn meeting(what: Value) -> (Caller, Vec<String>) {
    let caller = caller(quick()).await;
    let ids = caller.ids(DAY).await;
    caller.sim.script(Rule::default().then(action(what)));
    (caller, ids)
}

async fn text(caller: &Caller) -> (u16, String, String) {
    let answer = caller.send(&format!("resumes/queryList?{DAY}")).await;
    let kind =
        answer.headers().get("content-type").map_or("", |value| value.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

#[tokio::test]
async fn answers_are_replaced() {
    let page = json!({"do": "status", "status": 302, "body": "moved", "content_type": "text/plain", "headers": {"Location": "https://x.example"}});
    let (caller, _) = meeting(page).await;
    assert_eq!(text(&caller).await, (302, "text/plain".into(), "moved".into()));
    let (caller, _) = meeting(json!({"do": "code", "code": 999, "status": 200})).await;
    let (status, _, body) = text(&caller).await;
    assert!(status == 200 && body.contains("999"));
    let (caller, _) = meeting(json!({"do": "html_page"})).await;
    let (status, kind, body) = text(&caller).await;
    assert!(status == 403 && kind.starts_with("text/html") && body.starts_with("<!DOCTYPE"));
    let (caller, _) = meeting(json!({"do": "empty_body"})).await;
    assert_eq!(text(&caller).await.2, "");
    let (caller, _) =
        meeting(json!({"do": "throttle", "retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"})).await;
    let answer = caller.send(&format!("resumes/queryList?{DAY}")).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"Wed, 21 Oct 2015 07:28:00 GMT".parse().unwrap())
    );
}

#[tokio::test]
async fn connections_are_cut() {
    for (what, has_head) in
        [(json!({"do": "cut", "after": 30}), true), (json!({"do": "hang_up"}), false)]
    {
        let (caller, _) = meeting(what).await;
        let answer = caller.request(&format!("resumes/queryList?{DAY}")).send().await;
        assert_eq!(answer.is_ok(), has_head);
        if let Ok(mut answer) = answer {
            let first = answer.chunk().await.unwrap().unwrap();
            assert_eq!(first.len(), 30);
            assert!(answer.chunk().await.is_err());
        }
        assert_eq!(caller.sim.stats().listed[0].ids, caller.sim.stats().distinct_ids["01234567"]);
    }
}

#[tokio::test]
async fn listings_are_bent() {
    let list = |body: &Value| body["data"]["idList"].as_array().map(Vec::len);
    for (what, more) in [
        (json!({"do": "drop_entry"}), -1),
        (json!({"do": "duplicate"}), 1),
        (json!({"do": "add_stranger"}), 1),
        (json!({"do": "drop_entry", "id": "unlisted"}), 0),
    ] {
        let (caller, ids) = meeting(what.clone()).await;
        let (_, body) = caller.get(&format!("resumes/queryList?{DAY}")).await;
        assert_eq!(list(&body), ids.len().checked_add_signed(more), "{what}");
        assert_eq!(body["data"]["total"], ids.len());
    }
    let (caller, ids) = meeting(json!({"do": "reverse"})).await;
    assert!(caller.ids(DAY).await.iter().eq(ids.iter().rev()));
    let (caller, _) = meeting(json!({"do": "missing_list"})).await;
    let (_, body) = caller.get(&format!("resumes/queryList?{DAY}")).await;
    assert!(body["data"]["total"].is_number() && list(&body).is_none());
    let (caller, ids) = meeting(json!({"do": "wrong_total", "by": -3})).await;
    let (_, body) = caller.get(&format!("resumes/queryList?{DAY}")).await;
    assert_eq!(body["data"]["total"], ids.len() - 3);
}

#[tokio::test]
async fn batches_are_bent() {
    let told = |list: Vec<Value>| {
        list.iter().map(|it| it["idno"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (caller, ids) = meeting(json!({"do": "reverse"})).await;
    assert!(told(caller.batch(DAY, &ids[..5]).await).iter().eq(ids[..5].iter().rev()));
    let (caller, ids) = meeting(json!({"do": "omit"})).await;
    assert_eq!(told(caller.batch(DAY, &ids[..5]).await), ids[1..5]);
    let (caller, ids) = meeting(json!({"do": "duplicate"})).await;
    assert_eq!(
        told(caller.batch(DAY, &ids[..2]).await),
        [&ids[0], &ids[1], &ids[0]].map(Clone::clone)
    );
    let (caller, ids) = meeting(json!({"do": "add_stranger"})).await;
    let with_stranger = told(caller.batch(DAY, &ids[..2]).await);
    assert!(with_stranger.len() == 3 && !ids.contains(&with_stranger[0]));
    let (caller, ids) = meeting(json!({"do": "missing_list"})).await;
    let (_, body) = caller.get(&format!("resumes/query?{DAY}&idno={}", ids[0])).await;
    assert_eq!(body, json!({"data": {}}));
}

#[tokio::test]
async fn calls_are_delayed_and_tokens_revoked() {
    let (caller, _) = meeting(json!({"do": "delay", "ms": 80})).await;
    let started = Instant::now();
    assert_eq!(text(&caller).await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(80));
    let mut caller = crate::client::caller(quick()).await;
    caller.sim.script(Rule::on(Endpoint::QueryList).nth(2).then(Action::RevokeTokens));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(text(&caller).await.0);
    }
    assert_eq!(statuses, [200, 401, 401]);
    caller.renew().await;
    assert_eq!(text(&caller).await.0, 200);
}

#[tokio::test]
async fn a_script_comes_over_http_and_shows_in_the_journal() {
    let caller = caller(quick()).await;
    let root = caller.sim.base_url().replace("/ehrweb_resume/1.0", "/_sim");
    let toml = "[[rule]]\nname = 'once'\nfirst = 1\nthen = { do = 'code', code = 999 }";
    let json = "{\"nth\": 2, \"then\": {\"do\": \"empty_body\"}}";
    for script in [toml, json] {
        let answer = caller.http.post(format!("{root}/script")).body(script).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let wrong =
        caller.http.post(format!("{root}/script")).body("[[rule]]\nthen = 1").send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    assert_eq!(text(&caller).await.0, 500);
    assert_eq!(text(&caller).await.2, "");
    let journal: Value =
        caller.http.get(format!("{root}/journal")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&journal[1]["rules"], &journal[1]["code"]), (&json!(["once"]), &json!(999)));
    assert_eq!(journal[2]["rules"], json!(["#1"]));
    let stats: Value =
        caller.http.get(format!("{root}/stats")).send().await.unwrap().json().await.unwrap();
    assert_eq!(stats["calls"], json!({"token": 1, "queryList": 2}));
}

/// The bytes that come back for a listing, and whether they are all that was promised.
async fn raw(what: Value) -> (String, Vec<u8>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (caller, _) = meeting(what).await;
    let mut stream =
        tokio::net::TcpStream::connect(("127.0.0.1", caller.sim.port())).await.unwrap();
    let (token, company) = (&caller.token, "01234567");
    let request = format!(
        "GET /ehrweb_resume/1.0/resumes/queryList?{DAY} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n104-additional-info: guiNum={company}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let ended = tokio::time::timeout(Duration::from_millis(400), stream.read_to_end(&mut bytes));
    let how = match ended.await {
        Ok(Ok(_)) => "closed".to_owned(),
        Ok(Err(error)) => error.kind().to_string(),
        Err(_) => "open".to_owned(),
    };
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    (format!("{how} {head}"), bytes[end..].to_vec())
}

#[tokio::test]
async fn answers_leave_the_rules_of_http() {
    let (said, whole) = raw(json!({"do": "unframed"})).await;
    assert!(said.starts_with("closed") && !said.contains("content-length"), "{said}");
    assert!(!said.contains("transfer-encoding") && whole.ends_with(b"}}"), "{said}");
    let (said, body) = raw(json!({"do": "unframed", "after": 20})).await;
    assert!(said.starts_with("closed") && body == whole[..20], "{said}");
    for by in [-7, 7] {
        let (said, body) = raw(json!({"do": "length", "by": by})).await;
        let stated = whole.len().checked_add_signed(by).unwrap();
        assert!(said.contains(&format!("content-length: {stated}\r\n")) && body == whole);
    }
    let (said, body) = raw(json!({"do": "reset", "after": 5})).await;
    assert!(said.starts_with("connection reset") && body.len() <= 5, "{said}");
    let (said, body) = raw(json!({"do": "silence", "after": 5})).await;
    assert!(said.starts_with("open") && said.contains("200 ok") && body == whole[..5], "{said}");
    let (said, body) = raw(json!({"do": "silence"})).await;
    assert!(said == "open " && body.is_empty(), "{said}");
    let (said, body) = raw(json!({"do": "trickle", "ms": 100, "after": 10})).await;
    assert!(said.starts_with("open") && (11..16).contains(&body.len()), "{said}{}", body.len());
    let (said, body) = raw(json!({"do": "endless"})).await;
    assert!(said.starts_with("open") && body.len() > 1_000_000, "{said}{}", body.len());
    let (said, body) = raw(json!({"do": "gzip_bomb"})).await;
    assert!(said.contains("content-encoding: gzip") && body.len() > 1_000_000, "{said}");
    let (said, _) = raw(json!({"do": "content_type", "value": "image/gif"})).await;
    assert!(said.contains("content-type: image/gif"), "{said}");
}
