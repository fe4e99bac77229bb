//! `POST /oauth2/token`, and what its tokens are worth.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{ExpiresIn, Options};

use crate::client::{DAY, GRANT, caller, quick, stranger};

#[tokio::test]
async fn a_token_comes_by_form_or_by_basic() {
    let caller = stranger(quick()).await;
    let answer: Value = caller.token_request(&GRANT).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["expires_in"], 3_600);
    assert_eq!(answer["token_type"], "Bearer");
    let basic = caller.token_request(&GRANT[..2]).basic_auth("demo-client", Some("demo-secret"));
    assert_eq!(basic.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_wrong_token_call_names_its_error() {
    let caller = stranger(quick()).await;
    let wrong = |at: usize, value: &'static str| {
        let mut form = GRANT;
        form[at].1 = value;
        form.to_vec()
    };
    for (form, status, error) in [
        (wrong(3, "guessed"), 401, "invalid_client"),
        (wrong(2, "nobody"), 401, "invalid_client"),
        (GRANT[..2].to_vec(), 401, "invalid_client"),
        (wrong(0, "password"), 400, "unsupported_grant_type"),
        (GRANT[1..].to_vec(), 400, "invalid_request"),
        (wrong(1, "openid"), 400, "invalid_scope"),
        (vec![GRANT[0], GRANT[2], GRANT[3]], 400, "invalid_scope"),
    ] {
        let answer = caller.token_request(&form).send().await.unwrap();
        assert_eq!(answer.status(), status, "{form:?}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"], error, "{form:?}");
    }
    let as_json = caller.http.post(caller.sim.token_url()).json(&json!({})).send().await.unwrap();
    assert_eq!(as_json.status(), 400);
    assert_eq!(caller.http.get(caller.sim.token_url()).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn tokens_expire_and_are_revoked() {
    let list = format!("resumes/queryList?{DAY}");
    let mut caller = stranger(quick()).await;
    for token in ["", "made-up"] {
        caller.token = token.into();
        assert_eq!(caller.send(&list).await.status(), 401);
    }
    caller.renew().await;
    assert_eq!(caller.send(&list).await.status(), 200);
    let first = caller.token.clone();
    caller.renew().await;
    let second = std::mem::replace(&mut caller.token, first.clone());
    assert_eq!(caller.send(&list).await.status(), 200, "by default the older one still holds");
    caller.sim.revoke_tokens();
    for token in [first, second] {
        caller.token = token;
        assert_eq!(caller.send(&list).await.status(), 401);
    }

    let mut strict =
        crate::client::caller(Options { new_token_revokes_old: true, ..quick() }).await;
    let old = strict.token.clone();
    strict.renew().await;
    assert_eq!(strict.send(&list).await.status(), 200);
    strict.token = old;
    assert_eq!(strict.send(&list).await.status(), 401);

    let brief = crate::client::caller(Options { token_lifetime: Duration::ZERO, ..quick() }).await;
    assert_eq!(brief.send(&list).await.status(), 401);
}

#[tokio::test]
async fn the_shape_of_a_token_answer_varies() {
    for (expires_in, told) in [(ExpiresIn::Text, json!("3600")), (ExpiresIn::Absent, Value::Null)] {
        let caller = caller(Options { expires_in, token_type: None, ..quick() }).await;
        let answer: Value =
            caller.token_request(&GRANT).send().await.unwrap().json().await.unwrap();
        assert_eq!((&answer["expires_in"], &answer["token_type"]), (&told, &Value::Null));
    }
}
