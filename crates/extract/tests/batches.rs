//! Resumes over HTTP: batches, pairing, and what becomes of ids that fail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod scripted;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use extract::{Client, Error, ErrorKind, Scope};
use futures::StreamExt;
use model::{Outcome, RawResume, RejectionCode, ResumeId};
use scripted::{Reply, Request, Server, json, listing, ok, page, resumes, window};

fn ids(count: usize) -> Vec<ResumeId> {
    (1..=count).map(|id| id.to_string().parse().unwrap()).collect()
}

fn resume(id: &str) -> String {
    format!(r#"{{ "idno":"{id}", "fullName":"王小明" }}"#)
}

/// The ids that a request asks for, be it a batch or a single one.
fn asked(request: &Request) -> Vec<String> {
    let joined = [request.param("idnos"), request.param("idno")].concat();
    joined.split(',').map(str::to_owned).collect()
}

/// Answers each asked id with its resume, but for those that a fault is given for: a batch that
/// holds one, or the single call for it, gets the fault's reply.
async fn serving(fault: impl Fn(&str) -> Option<Reply> + Send + 'static) -> Server {
    Server::with_token(move |request| {
        let asked = asked(request);
        let answer = || resumes(&asked.iter().map(|id| resume(id)).collect::<Vec<_>>());
        asked.iter().find_map(|id| fault(id)).unwrap_or_else(answer)
    })
    .await
}

/// What came of the ids, sorted, in short words; and the error that ended it, if one did.
async fn fetched(client: &Client, ids: Vec<ResumeId>) -> (Vec<String>, Option<Error>) {
    let items: Vec<_> = client.resumes(&window(), ids).collect().await;
    let (mut words, mut error) = (Vec::new(), None);
    for item in items {
        assert!(error.is_none(), "an error is the last item");
        match item {
            Ok(outcome) => words.push(word(&outcome)),
            Err(ended) => error = Some(ended),
        }
    }
    words.sort_by_key(|word| (word.len(), word.clone()));
    (words, error)
}

fn word(outcome: &Outcome<RawResume>) -> String {
    match outcome {
        Outcome::Ready(raw) => format!("{}", raw.resume_id),
        Outcome::Absent(id) => format!("{id} absent"),
        Outcome::Rejected(rejection) => {
            let id = rejection.resume_id.as_ref().map_or("?", ResumeId::as_str);
            format!("{id} {}", rejection.code)
        }
    }
}

fn numbers(range: impl Iterator<Item = usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn batches_of_ten_bring_every_resume_byte_for_byte() {
    let server = serving(|_| None).await;
    let client = server.client();
    let mut listed = ids(25);
    listed.extend(ids(3));
    let (words, error) = fetched(&client, listed).await;
    assert_eq!((words, error.is_none()), (numbers(1..=25), true));
    assert_eq!((client.calls().resume, server.count("/resumes/queryBatch")), (3, 3));

    let items: Vec<_> = client.resumes(&window(), ids(1)).collect().await;
    let [Ok(Outcome::Ready(raw))] = &items[..] else { panic!("{items:?}") };
    assert_eq!(raw.json, resume("1"));
    assert_eq!(server.count("/resumes/query"), 1, "a single id is asked alone");
}

#[tokio::test]
async fn a_few_batches_are_in_flight_at_once() {
    let server = Server::with_token(|request| {
        let list: Vec<_> = asked(request).iter().map(|id| resume(id)).collect();
        Reply::Later(Duration::from_millis(250), Box::new(resumes(&list)))
    })
    .await;
    let (words, _) = fetched(&server.client(), ids(80)).await;
    assert_eq!(words.len(), 80);
    let requests: Vec<_> = server.requests().into_iter().skip(1).collect();
    assert_eq!(requests.len(), 8);
    let answered = requests[0].at + Duration::from_millis(240);
    assert!(requests[3].at < answered, "four at once");
    assert!(requests[4].at > answered, "and no fifth");
}

#[tokio::test]
async fn what_batches_leave_out_is_asked_once_more_ten_ids_a_call() {
    let calls = AtomicUsize::new(0);
    let server = Server::with_token(move |request| {
        let is_first_round = calls.fetch_add(1, Ordering::Relaxed) < 4;
        let is_left_out = |id: &String| is_first_round && matches!(id.as_str(), "3" | "14" | "40");
        let answered = asked(request).into_iter().filter(|id| !is_left_out(id));
        resumes(&answered.map(|id| resume(&id)).collect::<Vec<_>>())
    })
    .await;
    let (words, _) = fetched(&server.client(), ids(40)).await;
    assert_eq!(words, numbers(1..=40), "nobody is absent");
    let path = "/queryBatch";
    assert_eq!(server.paths().iter().filter(|asked| asked.ends_with(path)).count(), 5);
}

#[tokio::test]
async fn withdrawn_ids_are_absent() {
    let server = Server::with_token(|request| {
        let left = asked(request).into_iter().filter(|id| id != "3" && id != "11");
        resumes(&left.map(|id| resume(&id)).collect::<Vec<_>>())
    })
    .await;
    let (words, _) = fetched(&server.client(), ids(11)).await;
    let mut expected = numbers((1..=10).filter(|id| *id != 3));
    expected.extend(["3 absent".into(), "11 absent".into()]);
    assert_eq!(words, expected);
}

#[tokio::test]
async fn a_refused_id_costs_only_itself() {
    let refused = r#"{"code":898,"message":"idno error"}"#;
    let server = serving(move |id| (id == "4").then(|| ok(refused))).await;
    let client = server.client();
    let (words, error) = fetched(&client, ids(10)).await;
    assert!(error.is_none());
    assert_eq!(words.last().unwrap(), "4 id_refused");
    assert_eq!(words.len(), 10);
    assert_eq!(client.calls().resume, 11, "no retry, then one by one");
}

#[tokio::test]
async fn an_id_at_which_104_fails_is_rejected_only_beside_others_that_succeed() {
    let failing = || json(500, r#"{"code":999,"message":"error for 王小明"}"#);
    let server = serving(move |id| (id == "4").then(failing)).await;
    let client = server.client();
    let items: Vec<_> = client.resumes(&window(), ids(5)).collect().await;
    let rejection = items.iter().find_map(|item| match item {
        Ok(Outcome::Rejected(rejection)) => Some(rejection),
        Ok(Outcome::Ready(_) | Outcome::Absent(_)) | Err(_) => None,
    });
    let rejection = rejection.unwrap();
    assert_eq!(rejection.code, RejectionCode::ServerErrorForId);
    assert!(!rejection.reason.contains('王'), "{}", rejection.reason);
    assert!(!rejection.payload.expose().is_empty());
    assert_eq!(items.len(), 5);

    // The same answer for all ids says nothing about any of them.
    for count in [1, 5] {
        let server = serving(move |_| Some(failing())).await;
        let (words, error) = fetched(&server.client(), ids(count)).await;
        let error = error.unwrap();
        assert_eq!((error.kind(), error.scope()), (ErrorKind::ServerError, Scope::Window));
        assert_eq!(words, [""; 0]);
    }
}

#[tokio::test]
async fn many_poisoned_ids_do_not_look_like_an_outage() {
    let failing = || json(500, r#"{"code":999}"#);
    let server = serving(move |id| id.ends_with('1').then(failing)).await;
    let (words, error) = fetched(&server.client(), ids(60)).await;
    assert!(error.is_none(), "{error:?}");
    let rejected = words.iter().filter(|word| word.ends_with("server_error_for_id"));
    assert_eq!((rejected.count(), words.len()), (6, 60));
}

#[tokio::test]
async fn an_outage_of_resumes_ends_the_run() {
    // 104 goes on listing all the while.
    let server = Server::with_token(|request| match request.path.as_str() {
        "/resumes/queryList" => listing(&["1"]),
        _ => json(500, r#"{"code":999}"#),
    })
    .await;
    let client = server.client();
    for _ in 0..10 {
        client.list(&window()).await.unwrap();
        let (words, error) = fetched(&client, ids(10)).await;
        assert_eq!((words.len(), error.unwrap().kind()), (0, ErrorKind::ServerError));
    }
    let error = client.list(&window()).await.unwrap_err();
    assert_eq!((error.kind(), error.scope()), (ErrorKind::Unavailable, Scope::Run));
}

#[tokio::test]
async fn an_answer_that_was_under_way_does_not_speak_for_104() {
    // The outage begins at once; the one batch that came before it is answered in its midst.
    let server = Server::with_token(|request| {
        let asked = asked(request);
        if asked.len() == 10 && asked[0] == "1" {
            let list: Vec<_> = asked.iter().map(|id| resume(id)).collect();
            return Reply::Later(Duration::from_millis(60), Box::new(resumes(&list)));
        }
        json(500, r#"{"code":999}"#)
    })
    .await;
    let (words, error) = fetched(&server.client(), ids(20)).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ServerError);
    assert_eq!(words, numbers(1..=10), "nobody is rejected");
}

#[tokio::test]
async fn batches_do_not_speak_for_calls_that_ask_one_id() {
    // One batch is poisoned, all others are answered while 104 fails at whatever is asked alone.
    let server = Server::with_token(|request| {
        let asked = asked(request);
        if asked.len() == 1 || asked[0] == "1" {
            return json(500, r#"{"code":999}"#);
        }
        resumes(&asked.iter().map(|id| resume(id)).collect::<Vec<_>>())
    })
    .await;
    let (words, error) = fetched(&server.client(), ids(200)).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ServerError);
    let rejected: Vec<_> = words.iter().filter(|word| word.contains(' ')).collect();
    assert!(rejected.is_empty(), "{rejected:?}");
}

#[tokio::test]
async fn lone_ids_of_several_windows_that_fail_together_are_not_to_blame() {
    // 104 goes on listing all the while, each window with one id.
    let server = Server::with_token(|request| match request.path.as_str() {
        "/resumes/queryList" => listing(&["1"]),
        _ => json(500, r#"{"code":999}"#),
    })
    .await;
    let client = server.client();
    let lone = |id: &str| vec![id.parse().unwrap()];
    let (one, other) = tokio::join!(fetched(&client, lone("1")), fetched(&client, lone("2")));
    for (words, error) in [one, other] {
        assert_eq!((words.len(), error.unwrap().kind()), (0, ErrorKind::ServerError), "{words:?}");
    }
}

/// An id that poisons whatever call asks for it is rejected alone, and at once.
async fn check_poison(
    count: usize,
    poison: &'static str,
    fault: impl Fn() -> Reply + Send + 'static,
) {
    let server = serving(move |id| (id == poison).then(&fault)).await;
    let (words, error) = fetched(&server.client(), ids(count)).await;
    assert!(error.is_none(), "{error:?}");
    let rejected: Vec<_> = words.iter().filter(|word| word.contains(' ')).collect();
    assert_eq!((rejected.len(), words.len()), (1, count), "{words:?}");
    assert!(rejected[0].starts_with(poison), "{rejected:?}");
}

#[tokio::test]
async fn one_id_that_poisons_every_call_is_rejected_alone() {
    check_poison(10, "4", || Reply::Cut(100, b"{".to_vec())).await;
    check_poison(10, "10", || page(502, "")).await;
    check_poison(10, "7", || Reply::Hangup).await;
    // Alone in its batch, where no other comes after it.
    check_poison(11, "11", || json(500, r#"{"code":999}"#)).await;
    check_poison(11, "11", || Reply::Cut(100, b"{".to_vec())).await;
}

#[tokio::test]
async fn a_bad_resume_harms_no_other() {
    // A lone surrogate and a deep nest split well; bytes that are no UTF-8 spoil the whole batch.
    let server = Server::with_token(|request| {
        let asked = asked(request);
        let body = |id: &String| match id.as_str() {
            "2" => br#"{"idno":"2","x":"\ud800"}"#.to_vec(),
            "3" => [br#"{"idno":"3","x":"#, &[b'['; 500][..], &[b']'; 500][..], b"}"].concat(),
            "4" => b"{\"idno\":\"4\",\"x\":\"\xff\"}".to_vec(),
            _ => resume(id).into_bytes(),
        };
        let list = asked.iter().map(body).collect::<Vec<_>>().join(&b","[..]);
        let body = [br#"{"data":{"list":["#, &list[..], b"]}}"].concat();
        Reply::Full(200, "content-type: application/json\r\n".into(), body)
    })
    .await;
    let (words, error) = fetched(&server.client(), ids(5)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(words, ["1", "2", "3", "5", "4 unreadable_answer"]);
}

#[tokio::test]
async fn pages_instead_of_resumes_fail_the_window_and_reject_nobody() {
    let server = serving(|_| Some(page(200, ""))).await;
    let (words, error) = fetched(&server.client(), ids(3)).await;
    assert_eq!((words.len(), error.unwrap().kind()), (0, ErrorKind::UnreadableAnswer));
}

#[tokio::test]
async fn strangers_are_rejected() {
    let server = Server::with_token(|request| {
        let mut list: Vec<_> = asked(request).iter().map(|id| resume(id)).collect();
        list.push(resume("99"));
        resumes(&list)
    })
    .await;
    let (words, _) = fetched(&server.client(), ids(2)).await;
    assert_eq!(words, ["1", "2", "? stranger"]);

    // Asked alone, and always answered with another.
    let server = Server::with_token(|_| resumes(&[resume("99")])).await;
    let (words, _) = fetched(&server.client(), ids(2)).await;
    assert_eq!(words, ["1 stranger", "2 stranger"]);
}

#[tokio::test]
async fn resumes_under_other_numbers_are_asked_one_by_one() {
    let server = Server::with_token(|request| {
        let member = |id: &String| format!(r#"{{"resumeId":"7{id}"}}"#);
        resumes(&asked(request).iter().map(member).collect::<Vec<_>>())
    })
    .await;
    let client = server.client();
    let (words, _) = fetched(&client, ids(4)).await;
    assert_eq!((words, client.calls().resume), (numbers(1..=4), 5));
}

#[tokio::test]
async fn batches_that_never_pair_are_spared() {
    let server = Server::with_token(|request| {
        let member = |id: &String| format!(r#"{{"resumeId":"7{id}"}}"#);
        resumes(&asked(request).iter().map(member).collect::<Vec<_>>())
    })
    .await;
    let client = server.client();
    for _ in 0..6 {
        let (words, _) = fetched(&client, ids(10)).await;
        assert_eq!(words, numbers(1..=10));
    }
    assert_eq!((server.count("/resumes/queryBatch"), server.count("/resumes/query")), (3, 60));
}

#[tokio::test]
async fn an_error_comes_last_and_what_was_in_flight_before_it() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let server = Server::with_token(move |request| {
        let list: Vec<_> = asked(request).iter().map(|id| resume(id)).collect();
        match counted.fetch_add(1, Ordering::Relaxed) {
            0 => json(400, r#"{"code":899,"message":"bad"}"#),
            _ => Reply::Later(Duration::from_millis(50), Box::new(resumes(&list))),
        }
    })
    .await;
    let (words, error) = fetched(&server.client(), ids(100)).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ClientError899);
    assert_eq!((words.len(), calls.load(Ordering::Relaxed)), (30, 4), "and no more were asked");
}
