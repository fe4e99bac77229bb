//! The one `send` over HTTP: token, attempts, verdicts, retries.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod scripted;

use std::sync::Arc;
use std::time::{Duration, Instant};

use extract::{Client, ErrorKind, LocalShelf, Pace, PaceError, Scope};
use futures::future::{BoxFuture, join_all};
use scripted::{Reply, Request, Server, json, listing, ok, page, token, window};
use tokio::sync::Barrier;

#[tokio::test]
async fn a_call_carries_token_and_company() {
    let server = Server::with_token(|_| listing(&["7"])).await;
    let found = server.client().list(&window()).await.unwrap();
    assert_eq!(found.ids, ["7".parse().unwrap()]);

    let requests = server.requests();
    let [token, list] = &requests[..] else { panic!("{requests:?}") };
    assert!(token.head.starts_with("POST /oauth2/token "));
    assert!(token.body.contains("client_secret=s3cret"), "{}", token.body);
    assert_eq!(token.header("104-additional-info"), "");
    assert_eq!(list.path, "/resumes/queryList");
    assert_eq!(list.header("authorization"), "Bearer tok");
    assert_eq!(list.header("104-additional-info"), "guiNum=01234567");
    assert_eq!(list.header("accept-encoding"), "identity");
    assert_eq!([list.param("date"), list.param("startTime")], ["2026-11-02", "9"]);
    assert_eq!([list.param("endTime"), list.param("flag")], ["10", "1"]);
}

/// Lists against a server that fails `failures` times, then answers.
async fn outlasts(failures: usize, fail: impl Fn() -> Reply + Send + 'static) {
    let mut left = failures;
    let server = Server::with_token(move |_| {
        let fails = left > 0;
        left = left.saturating_sub(1);
        if fails { fail() } else { listing(&["7"]) }
    })
    .await;
    let client = server.client_with(|config| {
        config.read_timeout = Duration::from_millis(300);
    });
    assert_eq!(client.list(&window()).await.unwrap().ids.len(), 1);
    let calls = client.calls();
    let failures = u64::try_from(failures).unwrap();
    assert_eq!((calls.list, calls.retried, calls.token), (failures + 1, failures, 1));
    assert_eq!(calls.total, failures + 2);
}

#[tokio::test]
async fn failing_answers_are_asked_again() {
    outlasts(7, || page(500, "")).await;
    outlasts(2, || json(503, "{}")).await;
    outlasts(3, || ok(r#"{"code":999,"message":"system error"}"#)).await;
    outlasts(1, || Reply::Hangup).await;
    outlasts(1, || Reply::Silence).await;
    outlasts(2, || Reply::Cut(100, br#"{"data":{"total":0,"idList":[]}}"#.to_vec())).await;
    outlasts(2, || Reply::Unbounded(br#"{"data":{"total":2,"idList":["1""#.to_vec())).await;
    outlasts(1, || ok(r#"{"data":{"total":0}}"#)).await;
    outlasts(1, || page(200, "")).await;
}

/// Lists once and says how it failed.
async fn failure(
    script: impl FnMut(&Request) -> Reply + Send + 'static,
) -> (extract::Error, Server, Client) {
    let server = Server::start(script).await;
    let client = server.client();
    (client.list(&window()).await.unwrap_err(), server, client)
}

fn after_token(reply: impl Fn() -> Reply + Send) -> impl FnMut(&Request) -> Reply + Send {
    move |request| if request.is_token() { token("tok") } else { reply() }
}

#[tokio::test]
async fn refusals_end_at_once() {
    for (reply, kind, scope) in [
        (ok(r#"{"code":900,"message":"guiNum"}"#), ErrorKind::CompanyRefused, Scope::Company),
        (ok(r#"{"code":996,"message":"date"}"#), ErrorKind::BadRequest, Scope::Window),
        (json(400, r#"{"code":899,"message":"x"}"#), ErrorKind::ClientError899, Scope::Window),
        (page(403, ""), ErrorKind::SourceAddressRefused, Scope::Run),
        (page(404, ""), ErrorKind::Settings, Scope::Company),
        (page(418, ""), ErrorKind::Unexpected, Scope::Window),
    ] {
        let mut reply = Some(reply);
        let script = move |request: &Request| {
            if request.is_token() { token("tok") } else { reply.take().unwrap_or(Reply::Hangup) }
        };
        let (error, server, _) = failure(script).await;
        assert_eq!((error.kind(), error.scope()), (kind, scope), "{error}");
        assert_eq!(server.requests().len(), 2, "{error}");
        assert!(!error.remedy().is_empty());
    }
}

#[tokio::test]
async fn errors_name_the_operation_and_hide_what_is_secret() {
    let reply = || ok(r#"{"code":900,"message":"guiNum error"}"#);
    let (error, ..) = failure(after_token(reply)).await;
    let text = error.to_string();
    assert!(text.starts_with("listing 01234567 applied 2026-11-02 09-10: "), "{text}");
    assert!(text.contains("code 900") && text.contains("guiNum error"), "{text}");

    let (error, server, _) = failure(after_token(|| Reply::Hangup)).await;
    let shown = format!("{error} {error:?}");
    for secret in ["tok\"", "s3cret", "queryList", server.url.as_str()] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(std::error::Error::source(&error).is_some(), "the cause stays in the chain");
    assert_eq!((error.kind(), error.scope()), (ErrorKind::Unavailable, Scope::Window));
}

#[tokio::test]
async fn one_renewal_serves_all_that_were_refused() {
    let mut granted = 0;
    let all_have_asked = Arc::new(Barrier::new(6));
    let server = Server::start(move |request| {
        if request.is_token() {
            granted += 1;
            return token(&format!("tok-{granted}"));
        }
        match request.header("authorization") {
            "Bearer tok-1" => {
                Reply::Together(Arc::clone(&all_have_asked), Box::new(json(401, "{}")))
            }
            _ => listing(&[]),
        }
    })
    .await;
    let client = server.client();
    let window = window();
    let all = join_all((0..6).map(|_| client.list(&window))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((client.calls().token, client.calls().list), (2, 12));
}

#[tokio::test]
async fn a_second_401_stops_the_company() {
    let (error, server, _) = failure(after_token(|| json(401, "{}"))).await;
    assert_eq!((error.kind(), error.scope()), (ErrorKind::CredentialsRefused, Scope::Company));
    assert_eq!(server.paths(), ["/token", "/resumes/queryList", "/token", "/resumes/queryList"]);
}

#[tokio::test]
async fn a_wrong_secret_is_shown_in_both_ways_and_never_again() {
    for status in [401, 400] {
        let (error, server, client) =
            failure(move |_| json(status, r#"{"error":"invalid_client"}"#)).await;
        assert_eq!((error.kind(), error.scope()), (ErrorKind::CredentialsRefused, Scope::Company));
        assert_eq!(error.http_status(), Some(status));
        assert!(error.remedy().contains("ETL104_CLIENT_SECRET"));

        let again = client.authenticate().await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::CredentialsRefused);
        assert_eq!(server.paths(), ["/token", "/token"]);
    }
}

#[tokio::test]
async fn basic_is_tried_and_remembered() {
    let mut granted = 0;
    let server =
        Server::start(move |request| match (request.is_token(), request.header("authorization")) {
            (true, "Basic dGhlLWNsaWVudDpzM2NyZXQ=") => {
                granted += 1;
                token(&format!("tok-{granted}"))
            }
            (true, _) | (false, "Bearer tok-1") => json(401, "{}"),
            (false, _) => listing(&[]),
        })
        .await;
    let client = server.client();
    client.authenticate().await.unwrap();
    client.authenticate().await.unwrap();
    assert_eq!(client.calls().token, 2, "a good token is not asked for again");
    // The next one is asked for by Basic alone.
    client.list(&window()).await.unwrap();
    assert_eq!((client.calls().token, client.calls().list), (3, 2));
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let elsewhere = Server::start(|_| listing(&[])).await;
    let head = format!("location: {}resumes?fileId=hush\r\n", elsewhere.url);
    let (error, ..) = failure(after_token(move || page(302, &head))).await;
    assert_eq!((error.kind(), error.scope()), (ErrorKind::Redirected, Scope::Run));
    let text = error.to_string();
    assert!(text.contains("127.0.0.1") && text.contains("302") && !text.contains("hush"), "{text}");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_throttle_makes_everyone_wait() {
    let mut is_throttled = true;
    let server = Server::with_token(move |_| {
        let answers_so = std::mem::take(&mut is_throttled);
        if answers_so { page(429, "retry-after: 0.2\r\n") } else { listing(&[]) }
    })
    .await;
    let client = server.client();
    let window = window();
    let (one, two) = tokio::join!(client.list(&window), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.list(&window).await
    });
    one.unwrap();
    two.unwrap();
    let [_, throttled, next, last] = &server.requests()[..] else { panic!("four calls") };
    let wait = Duration::from_millis(195);
    assert!(next.at - throttled.at >= wait && last.at - throttled.at >= wait);
    assert_eq!((client.calls().throttled, client.calls().retried), (1, 1));
}

#[tokio::test]
async fn an_absurd_throttle_ends_with_the_time_to_come_back() {
    let (error, server, _) = failure(after_token(|| page(429, "retry-after: 86400\r\n"))).await;
    assert_eq!((error.kind(), error.scope()), (ErrorKind::Throttled, Scope::Run));
    assert_eq!(error.retry_after(), Some(Duration::from_hours(24)));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_date_is_read_by_the_clock_of_104() {
    // 104's clock is years behind this host's, or the other way round.
    let mut is_throttled = true;
    let server = Server::with_token(move |_| {
        let head = "date: Sat, 01 Jan 2000 00:00:00 GMT\r\n\
                    retry-after: Sat, 01 Jan 2000 00:00:01 GMT\r\n";
        if std::mem::take(&mut is_throttled) { page(429, head) } else { listing(&[]) }
    })
    .await;
    server.client().list(&window()).await.unwrap();
    let [_, throttled, next] = &server.requests()[..] else { panic!("three calls") };
    let waited = next.at - throttled.at;
    assert!((Duration::from_millis(990)..Duration::from_millis(1900)).contains(&waited));
}

/// A token URL that never gives a token.
async fn check_no_token(fail: impl Fn() -> Reply + Send + 'static, calls: usize) {
    let server = Server::start(move |_| fail()).await;
    let client = server.client_with(|config| config.read_timeout = Duration::from_millis(20));
    let error = client.list(&window()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(error.scope(), Scope::Company, "no window is to blame: {error}");
    assert!(!error.remedy().is_empty());
    assert_eq!(server.count("/oauth2/token"), calls, "{error}");
}

#[tokio::test]
async fn without_a_token_104_is_away_and_no_window_failed() {
    check_no_token(|| page(500, ""), 8).await;
    check_no_token(|| ok("<html>maintenance</html>"), 8).await;
    check_no_token(|| ok("{}"), 8).await;
    check_no_token(|| ok(r#"{"access_token":""}"#), 8).await;
    check_no_token(|| ok(r#"{"access_token":5}"#), 8).await;
    check_no_token(|| ok(r#"{"access_token":"a\u0000b"}"#), 8).await;
    check_no_token(|| ok(r#"{"code":999,"message":"x"}"#), 8).await;
    check_no_token(|| Reply::Silence, 8).await;
    check_no_token(|| Reply::Hangup, 8).await;
}

/// Lists against an endless storm, `at_once` windows at a time.
async fn storm(at_once: usize, head: &'static str) -> (Vec<extract::Error>, Server, Duration) {
    let server = Server::with_token(move |_| page(429, head)).await;
    let client = server.client_with(|config| config.retry.max_elapsed = Duration::from_secs(3));
    let window = window();
    let began = Instant::now();
    let all = join_all((0..at_once).map(|_| client.list(&window))).await;
    let errors = all.into_iter().map(Result::unwrap_err).collect();
    (errors, server, began.elapsed())
}

#[tokio::test]
async fn an_endless_storm_costs_one_budget_and_not_one_a_call() {
    for head in ["", "retry-after: 0.05\r\n"] {
        let (errors, server, took) = storm(12, head).await;
        assert!(errors.iter().any(|error| error.scope() == Scope::Run), "{errors:?}");
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Throttled), "{errors:?}");
        assert!(took < Duration::from_secs(8), "{took:?}");
        let lists = server.count("/resumes/queryList");
        assert!(lists <= 12 + 8, "{lists} lists: each call once, then one a gust");
    }
}

#[tokio::test]
async fn ten_failures_in_a_row_end_the_run() {
    let (error, server, client) = failure(after_token(|| page(500, ""))).await;
    assert_eq!(error.scope(), Scope::Window, "the budget of one call is eight");
    let error = client.list(&window()).await.unwrap_err();
    assert_eq!((error.kind(), error.scope()), (ErrorKind::Unavailable, Scope::Run));
    client.list(&window()).await.unwrap_err();
    assert_eq!(server.count("/resumes/queryList"), 10);
}

#[tokio::test]
async fn answers_beyond_the_limit_are_not_read() {
    let server = Server::with_token(|_| ok(&" ".repeat(1000))).await;
    let client = server.client_with(|config| {
        config.max_body = 500;
        config.retry.max_attempts = 2;
    });
    let error = client.list(&window()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnreadableAnswer);
    assert!(error.to_string().contains("larger than allowed"), "{error}");
}

#[tokio::test]
async fn calls_are_evenly_spaced_retries_and_tokens_too() {
    let mut calls = 0;
    let server = Server::with_token(move |_| {
        calls += 1;
        if calls % 2 == 0 { page(500, "") } else { listing(&[]) }
    })
    .await;
    let client = server.client_with(|config| config.calls_per_second = 30.0);
    let window = window();
    join_all((0..4).map(|_| client.list(&window))).await;
    let requests = server.requests();
    assert!(requests.len() > 5);
    // The span says it more surely than single gaps, which a busy machine bunches.
    let span = requests[requests.len() - 1].at - requests[0].at;
    let gaps = u32::try_from(requests.len() - 1).unwrap();
    assert!(span >= Duration::from_millis(33) * gaps, "{span:?}");
}

/// A pace that hands out so many slots.
struct Slots(std::sync::atomic::AtomicU32, fn() -> PaceError);

impl Pace for Slots {
    fn slot(&self, _: Duration) -> BoxFuture<'_, Result<(), PaceError>> {
        use std::sync::atomic::Ordering::Relaxed;
        let taken = self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        Box::pin(async move { taken.map(drop).map_err(|_| self.1()) })
    }

    fn throttled(&self, _: Option<Duration>) -> BoxFuture<'_, Result<Duration, PaceError>> {
        Box::pin(async { Err(self.1()) })
    }
}

#[tokio::test]
async fn without_a_slot_no_call_is_made() {
    let cases: [(fn() -> PaceError, ErrorKind); 2] = [
        (|| PaceError::BudgetSpent, ErrorKind::BudgetSpent),
        (|| PaceError::Unavailable("gone".into()), ErrorKind::PaceUnavailable),
    ];
    for (refusal, kind) in cases {
        let server = Server::with_token(|_| listing(&[])).await;
        let pace = Arc::new(Slots(2.into(), refusal));
        let client = Client::new(server.config(|_| {}), pace, Arc::new(LocalShelf::new())).unwrap();
        client.list(&window()).await.unwrap();
        let error = client.list(&window()).await.unwrap_err();
        assert_eq!((error.kind(), error.scope()), (kind, Scope::Run));
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_dropped_call_gives_its_turn_up() {
    let server = Server::with_token(|_| listing(&[])).await;
    let client = server.client_with(|config| config.calls_per_second = 4.0);
    client.authenticate().await.unwrap();
    let window = window();
    let begin = Instant::now();
    let short = Duration::from_millis(20);
    for _ in 0..5 {
        tokio::time::timeout(short, client.list(&window)).await.unwrap_err();
    }
    client.list(&window).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(client.calls().list, 1);
}
