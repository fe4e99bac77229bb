//! A server that answers by script, and a client that talks to it fast.

#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use extract::{Client, Config, LocalPace, LocalShelf, TokenShelf};
use model::{Source, Window};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use url::Url;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub head: String,
    pub body: String,
    pub at: Instant,
    /// How many requests came before it.
    pub place: usize,
}

impl Request {
    /// A query parameter, or nothing.
    pub fn param(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    pub fn is_token(&self) -> bool {
        self.path == "/oauth2/token"
    }
}

/// What the script answers.
pub enum Reply {
    /// Status, more header lines, body.
    Full(u16, String, Vec<u8>),
    /// A head that claims so many bytes, fewer bytes, and the end of the connection.
    Cut(usize, Vec<u8>),
    /// Bytes without a length, ended by the end of the connection.
    Unbounded(Vec<u8>),
    /// The end of the connection, without a word.
    Hangup,
    /// Nothing, for good.
    Silence,
    /// Another reply, later.
    Later(Duration, Box<Reply>),
    /// Another reply, once as many wait for one as the barrier holds up.
    Together(Arc<Barrier>, Box<Reply>),
}

/// JSON under HTTP 200.
pub fn ok(body: &str) -> Reply {
    json(200, body)
}

/// JSON under any status.
pub fn json(status: u16, body: &str) -> Reply {
    Reply::Full(status, "content-type: application/json\r\n".into(), body.into())
}

/// A web page.
pub fn page(status: u16, more_head: &str) -> Reply {
    let head = format!("content-type: text/html\r\n{more_head}");
    Reply::Full(status, head, b"<html>no</html>".to_vec())
}

/// A token that lives for an hour.
pub fn token(name: &str) -> Reply {
    ok(&format!(r#"{{"access_token":"{name}","expires_in":3600,"token_type":"Bearer"}}"#))
}

/// A listing that agrees with its total.
pub fn listing(ids: &[&str]) -> Reply {
    let quoted: Vec<_> = ids.iter().map(|id| format!("{id:?}")).collect();
    let (total, ids) = (ids.len(), quoted.join(","));
    ok(&format!(r#"{{"data":{{"total":{total},"idList":[{ids}]}}}}"#))
}

/// Resumes as an answer to a batch.
pub fn resumes(list: &[String]) -> Reply {
    ok(&format!(r#"{{"data":{{"list":[{}]}}}}"#, list.join(",")))
}

/// A running script. It ends when this is dropped.
pub struct Server {
    pub url: Url,
    log: Arc<Mutex<Vec<Request>>>,
    _tasks: JoinSet<()>,
}

type Script = Arc<Mutex<dyn FnMut(&Request) -> Reply + Send>>;

impl Server {
    /// Token calls get a token, all others go to the script.
    pub async fn with_token(mut script: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        Self::start(move |request| if request.is_token() { token("tok") } else { script(request) })
            .await
    }

    pub async fn start(script: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let script: Script = Arc::new(Mutex::new(script));
        let mut tasks = JoinSet::new();
        let kept = Arc::clone(&log);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&script), Arc::clone(&kept)));
            }
        });
        Self { url, log, _tasks: tasks }
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The paths of all requests so far, the token's shortened.
    pub fn paths(&self) -> Vec<String> {
        let requests = self.requests();
        requests.iter().map(|request| request.path.replace("/oauth2/", "/")).collect()
    }

    /// How many requests went to that path.
    pub fn count(&self, path: &str) -> usize {
        self.requests().iter().filter(|request| request.path == path).count()
    }

    /// A client with a fast pace and short back-offs.
    pub fn client(&self) -> Client {
        self.client_with(|_| {})
    }

    pub fn client_with(&self, change: impl FnOnce(&mut Config)) -> Client {
        self.client_on(Arc::new(LocalShelf::new()), change)
    }

    /// A client that shares its tokens with all others on that shelf.
    pub fn client_on(
        &self,
        shelf: Arc<dyn TokenShelf>,
        change: impl FnOnce(&mut Config),
    ) -> Client {
        Client::new(self.config(change), Arc::new(LocalPace::new()), shelf).unwrap()
    }

    pub fn config(&self, change: impl FnOnce(&mut Config)) -> Config {
        let token_url = self.url.join("/oauth2/token").unwrap();
        let secret = "s3cret".to_owned().into();
        let mut config = Config::new(token_url, self.url.clone(), "the-client".into(), secret);
        config.calls_per_second = 5000.0;
        config.first_backoff = Duration::from_millis(1);
        change(&mut config);
        config
    }
}

async fn serve(mut stream: TcpStream, script: Script, log: Arc<Mutex<Vec<Request>>>) {
    while let Some(request) = receive(&mut stream, &log).await {
        let mut reply = (*script.lock().unwrap_or_else(PoisonError::into_inner))(&request);
        loop {
            match reply {
                Reply::Later(wait, next) => {
                    tokio::time::sleep(wait).await;
                    reply = *next;
                }
                Reply::Together(barrier, next) => {
                    barrier.wait().await;
                    reply = *next;
                }
                _ => break,
            }
        }
        let (head, body, is_last) = match reply {
            Reply::Full(status, head, body) => {
                (format!("{status} X\r\ncontent-length: {}\r\n{head}", body.len()), body, false)
            }
            Reply::Cut(claimed, body) => {
                (format!("200 OK\r\ncontent-length: {claimed}\r\n"), body, true)
            }
            Reply::Unbounded(body) => ("200 OK\r\nconnection: close\r\n".into(), body, true),
            Reply::Hangup => return,
            Reply::Silence => std::future::pending().await,
            Reply::Later(..) | Reply::Together(..) => unreachable!("taken apart above"),
        };
        let head = format!("HTTP/1.1 {head}\r\n");
        let written = stream.write_all(&[head.as_bytes(), &body].concat()).await;
        if written.is_err() || is_last {
            return;
        }
    }
}

async fn receive(stream: &mut TcpStream, log: &Mutex<Vec<Request>>) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let target = head.split(' ').nth(1).unwrap();
    let url = Url::parse("http://x").unwrap().join(target).unwrap();
    let mut request = Request {
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        head,
        body: String::new(),
        at: Instant::now(),
        place: 0,
    };
    let length = request.header("content-length").parse().unwrap_or(0);
    while bytes.len() < end + length {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    request.body = String::from_utf8(bytes[end..].to_vec()).unwrap();
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    request.place = log.len();
    log.push(request.clone());
    Some(request)
}

/// The hours 9 to 10 of one date.
pub fn window() -> Window {
    let company = "1234567".parse().unwrap();
    Window::new(company, Source::Applied, jiff::civil::date(2026, 11, 2), 9, 10).unwrap()
}
