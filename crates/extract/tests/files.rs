//! Files over HTTP: streams, errors in disguise, places in flight, lanes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod scripted;

use std::time::Duration;

use extract::{Client, Download, Error, ErrorKind};
use futures::TryStreamExt;
use futures::future::join_all;
use model::Redacted;
use model::resume::FileRole;
use scripted::{Reply, Server, json, listing, ok, page, window};

async fn download(client: &Client) -> Result<Download, Error> {
    let token = Redacted::new("file-token".to_owned());
    client.download(window().company(), FileRole::Attachment, &token).await
}

async fn bytes(download: Download) -> Result<Vec<u8>, Error> {
    let chunks: Vec<_> = download.body.try_collect().await?;
    Ok(chunks.concat())
}

fn file(content_type: &str, body: Vec<u8>) -> Reply {
    Reply::Full(200, format!("content-type: {content_type}\r\n"), body)
}

#[tokio::test]
async fn a_file_is_streamed_with_its_type_and_length() {
    let content: Vec<u8> = (0..300_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();
    let sent = content.clone();
    let server = Server::with_token(move |_| file("image/png", sent.clone())).await;
    let client = server.client_with(|config| config.max_body = 1000);
    let got = download(&client).await.unwrap();
    assert_eq!(got.content_type.as_deref(), Some("image/png"));
    assert_eq!(got.length, Some(300_000));
    assert_eq!(bytes(got).await.unwrap(), content);

    let request = &server.requests()[1];
    assert_eq!(
        (request.path.as_str(), request.param("fileId")),
        ("/files/attachment", "file-token")
    );
    assert_eq!(request.header("104-additional-info"), "guiNum=01234567");
    assert_eq!(client.calls().file, 1);
}

#[tokio::test]
async fn a_file_may_itself_be_json() {
    for size in [2, 200_000] {
        let content = format!("[{}]", " ".repeat(size));
        let sent = content.clone();
        let server = Server::with_token(move |_| ok(&sent)).await;
        let got = download(&server.client()).await.unwrap();
        assert_eq!(bytes(got).await.unwrap(), content.into_bytes());
    }
}

#[tokio::test]
async fn an_error_is_one_under_any_status() {
    for status in [200, 404, 500] {
        for (code, kind) in [(895, ErrorKind::FileGone), (900, ErrorKind::CompanyRefused)] {
            let body = format!(r#"{{"code":{code},"message":"no"}}"#);
            let server = Server::with_token(move |_| json(status, &body)).await;
            let error = download(&server.client()).await.unwrap_err();
            assert_eq!((error.kind(), error.code()), (kind, Some(code)));
            assert_eq!(server.count("/files/attachment"), 1, "no retry");
        }
    }
    let server = Server::with_token(|_| page(404, "")).await;
    assert_eq!(download(&server.client()).await.unwrap_err().kind(), ErrorKind::FileGone);
}

#[tokio::test]
async fn the_start_is_tried_again_but_a_broken_body_is_an_error() {
    let mut calls = 0;
    let server = Server::with_token(move |_| {
        calls += 1;
        if calls < 3 { page(502, "") } else { file("image/png", vec![1]) }
    })
    .await;
    let client = server.client();
    assert_eq!(bytes(download(&client).await.unwrap()).await.unwrap(), [1]);
    assert_eq!(client.calls().file, 3);

    let server = Server::with_token(|_| Reply::Cut(100_000, vec![7; 70_000])).await;
    let error = bytes(download(&server.client()).await.unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("broke off"), "{error}");
    assert!(!format!("{error:?}").contains("file-token"));
}

#[tokio::test]
async fn open_files_leave_room_for_resumes_and_none_for_more_files() {
    let server = Server::with_token(|request| {
        if request.path.starts_with("/files") { file("image/png", vec![0]) } else { listing(&[]) }
    })
    .await;
    let client = server.client_with(|config| config.in_flight = 4);
    let first = download(&client).await.unwrap();
    let _second = download(&client).await.unwrap();
    let short = Duration::from_millis(30);
    tokio::time::timeout(short, download(&client)).await.unwrap_err();
    client.list(&window()).await.unwrap();
    drop(first);
    download(&client).await.unwrap();
}

#[tokio::test]
async fn resumes_go_before_files_that_wait() {
    let server = Server::with_token(|request| {
        if request.path.starts_with("/files") { file("image/png", vec![0]) } else { listing(&[]) }
    })
    .await;
    let client = server.client_with(|config| config.calls_per_second = 10.0);
    client.authenticate().await.unwrap();
    let window = window();
    let files = join_all((0..3).map(|_| download(&client)));
    let lists = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        join_all((0..2).map(|_| client.list(&window))).await
    };
    let (files, lists) = tokio::join!(files, lists);
    assert!(files.iter().all(Result::is_ok) && lists.iter().all(Result::is_ok));
    let (list, file) = ("/resumes/queryList", "/files/attachment");
    assert_eq!(server.paths(), ["/token", file, list, list, file, file]);
}
