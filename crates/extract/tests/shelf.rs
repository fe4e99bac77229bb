//! Tokens that processes share, over HTTP: each client here stands for a process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod scripted;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use extract::{ErrorKind, KeptToken, LocalShelf, RenewalRight, Scope, ShelfError, TokenShelf};
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use scripted::{Server, json, listing, token, window};
use secrecy::ExposeSecret;

const HOUR: Duration = Duration::from_hours(1);

/// A shelf on which another process has put a token.
async fn shelf_with(token: &str) -> Arc<LocalShelf> {
    let shelf = Arc::new(LocalShelf::new());
    shelf.put(token.into(), HOUR).await.unwrap();
    shelf
}

/// 104 knows that token alone, and gives it to whoever asks for one.
async fn server_that_takes(valid: &'static str) -> Server {
    Server::start(move |request| match request.header("authorization") {
        _ if request.is_token() => token(valid),
        bearer if bearer == format!("Bearer {valid}") => listing(&[]),
        _ => json(401, "{}"),
    })
    .await
}

#[tokio::test]
async fn the_shelfs_token_is_used_without_a_token_call() {
    let server = server_that_takes("kept").await;
    let client = server.client_on(shelf_with("kept").await, |_| {});
    client.authenticate().await.unwrap();
    client.list(&window()).await.unwrap();
    assert_eq!(server.paths(), ["/resumes/queryList"]);
}

#[tokio::test]
async fn a_new_token_is_put_on_the_shelf_with_the_end_of_its_use() {
    let server = server_that_takes("new").await;
    let shelf = Arc::new(LocalShelf::new());
    server.client_on(Arc::<LocalShelf>::clone(&shelf), |_| {}).authenticate().await.unwrap();
    let kept = shelf.newest().await.unwrap().unwrap();
    assert_eq!(kept.token.expose_secret(), "new");
    let (least, most) = (Duration::from_secs(3500), Duration::from_mins(59));
    assert!((least..=most).contains(&kept.remaining), "{:?}", kept.remaining);
    server.client_on(shelf, |_| {}).list(&window()).await.unwrap();
    assert_eq!(server.paths(), ["/token", "/resumes/queryList"]);
}

#[tokio::test]
async fn after_a_401_the_shelfs_newer_token_is_taken() {
    let server = server_that_takes("two").await;
    let shelf = shelf_with("one").await;
    let client = server.client_on(Arc::<LocalShelf>::clone(&shelf), |_| {});
    client.authenticate().await.unwrap();
    shelf.put("two".into(), HOUR).await.unwrap();
    client.list(&window()).await.unwrap();
    assert_eq!(server.paths(), ["/resumes/queryList", "/resumes/queryList"]);
}

#[tokio::test]
async fn after_a_401_for_the_newest_token_104_is_asked_once() {
    let server = server_that_takes("two").await;
    let shelf = shelf_with("one").await;
    let client = server.client_on(Arc::<LocalShelf>::clone(&shelf), |_| {});
    let window = window();
    let all = join_all((0..6).map(|_| client.list(&window))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(client.calls().token, 1);
    assert_eq!(shelf.newest().await.unwrap().unwrap().token.expose_secret(), "two");
}

/// A token call revokes all tokens before it, and twice 104 takes the newest back by itself.
#[tokio::test]
async fn processes_that_revoke_each_others_tokens_all_complete() {
    const LISTS: usize = 80;
    let (mut granted, mut lists) = (0, 0);
    let mut is_revoked = false;
    let server = Server::start(move |request| {
        if request.is_token() {
            (granted, is_revoked) = (granted + 1, false);
            return token(&format!("tok-{granted}"));
        }
        lists += 1;
        is_revoked |= lists == 20 || lists == 60;
        let is_newest = request.header("authorization") == format!("Bearer tok-{granted}");
        if is_newest && !is_revoked { listing(&[]) } else { json(401, "{}") }
    })
    .await;
    let shelf = Arc::new(LocalShelf::new());
    let clients = [0, 1].map(|_| server.client_on(Arc::<LocalShelf>::clone(&shelf), |_| {}));
    let window = window();
    let all = join_all((0..LISTS).map(|place| clients[place % 2].list(&window))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(server.count("/oauth2/token"), 3, "the first, and one for each that was revoked");
}

/// Lists while another process replaces the token as often as 104 refuses it, `times` in all.
async fn replaced(times: usize) -> (Result<(), extract::Error>, Server) {
    let shelf = shelf_with("tok-0").await;
    let (others, mut left) = (Arc::clone(&shelf), times);
    let server = Server::start(move |request| {
        if request.is_token() || left == 0 {
            return if request.is_token() { token("own") } else { listing(&[]) };
        }
        left -= 1;
        let newer = format!("tok-{}", times - left);
        others.put(newer.into(), HOUR).now_or_never().unwrap().unwrap();
        json(401, "{}")
    })
    .await;
    let result = server.client_on(shelf, |_| {}).list(&window()).await;
    (result.map(drop), server)
}

#[tokio::test]
async fn a_refused_token_that_others_have_replaced_says_nothing_of_the_credential() {
    for times in [1, 2, 3] {
        let (result, server) = replaced(times).await;
        result.unwrap();
        assert_eq!(server.count("/resumes/queryList"), times + 1);
        assert_eq!(server.count("/oauth2/token"), 0);
    }
}

#[tokio::test]
async fn repeats_have_a_bound() {
    let (result, server) = replaced(9).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.scope()), (ErrorKind::CredentialsRefused, Scope::Company));
    assert_eq!(server.count("/resumes/queryList"), 4);
    assert_eq!(server.count("/oauth2/token"), 0);
}

#[tokio::test]
async fn a_process_waits_for_the_one_that_asks() {
    let server = server_that_takes("new").await;
    let shelf = Arc::new(LocalShelf::new());
    let client = server.client_on(Arc::<LocalShelf>::clone(&shelf), |_| {});
    let right = shelf.renewal().await.unwrap();
    let window = window();
    let mut list = Box::pin(client.list(&window));
    let waited = tokio::time::timeout(Duration::from_millis(100), &mut list).await;
    assert!(waited.is_err() && server.requests().is_empty());
    shelf.put("new".into(), HOUR).await.unwrap();
    drop(right);
    list.await.unwrap();
    assert_eq!(server.paths(), ["/resumes/queryList"]);
}

/// A shelf that fails from its n-th use on.
struct Failing(AtomicUsize);

impl Failing {
    fn used<'a, T: Send + 'a>(&'a self, value: T) -> BoxFuture<'a, Result<T, ShelfError>> {
        let left =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let result = left.map(|_| value).map_err(|_| ShelfError::new("gone"));
        Box::pin(std::future::ready(result))
    }
}

impl TokenShelf for Failing {
    fn newest(&self) -> BoxFuture<'_, Result<Option<KeptToken>, ShelfError>> {
        self.used(None)
    }

    fn put(&self, _: secrecy::SecretString, _: Duration) -> BoxFuture<'_, Result<(), ShelfError>> {
        self.used(())
    }

    fn renewal(&self) -> BoxFuture<'_, Result<RenewalRight, ShelfError>> {
        self.used(RenewalRight::new(()))
    }
}

#[tokio::test]
async fn without_the_shelf_no_token_is_asked_for_and_a_new_one_is_used_all_the_same() {
    for uses in 0..3 {
        let server = server_that_takes("new").await;
        let client = server.client_on(Arc::new(Failing(uses.into())), |_| {});
        let error = client.list(&window()).await.unwrap_err();
        assert_eq!((error.kind(), error.scope()), (ErrorKind::PaceUnavailable, Scope::Run));
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(server.requests().len(), 0);
    }
    let server = server_that_takes("new").await;
    let client = server.client_on(Arc::new(Failing(3.into())), |_| {});
    client.list(&window()).await.unwrap();
    assert_eq!(server.paths(), ["/token", "/resumes/queryList"]);
}
