//! Servers on the loopback that stand before others, each on a thread of its own: with TLS, or as a
//! company's web proxy.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::Shown;

/// A server that ends with this value.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    runtime: Option<Runtime>,
    heard: Heard,
}

/// All that was heard in the clear.
type Heard = Arc<Mutex<Vec<u8>>>;

/// What a web proxy does with who asks it for a connection (`CONNECT`).
#[derive(Clone, Debug)]
pub enum Manner {
    /// Carries it.
    Carry,
    /// Carries it for whoever shows this, as `Basic …`; else 407.
    Locked(&'static str),
    /// Answers with this status and a page.
    Refuse(u16),
    /// Takes the connection, and closes it without an answer.
    Mute,
    /// Inspects TLS: shows a certificate of its own, and reads what is said.
    Inspect(Shown),
    /// The same, and answers each request by itself, with 403 and a page.
    Block(Shown),
}

/// Where names lead, each `host:port`.
pub type Routes = BTreeMap<String, SocketAddr>;

#[derive(Clone)]
struct Proxy {
    manner: Manner,
    routes: Arc<Routes>,
    heard: Heard,
}

impl Front {
    /// TLS before a server that speaks none.
    pub fn with_tls(shown: &Shown, target: SocketAddr) -> Self {
        let acceptor = TlsAcceptor::from(shown.server());
        Self::serve(Heard::default(), move |client| {
            let acceptor = acceptor.clone();
            async move {
                let mut client = acceptor.accept(client).await?;
                let mut server = TcpStream::connect(target).await?;
                copy_bidirectional(&mut client, &mut server).await.map(drop)
            }
        })
    }

    /// A company's web proxy, which knows where these names lead.
    pub fn web_proxy(manner: Manner, routes: &Routes) -> Self {
        let heard = Heard::default();
        let proxy = Proxy { manner, routes: Arc::new(routes.clone()), heard: Arc::clone(&heard) };
        Self::serve(heard, move |client| proxy.clone().meet(client))
    }

    /// Resets every connection.
    pub fn resetting() -> Self {
        Self::serve(Heard::default(), async |client: TcpStream| client.set_zero_linger())
    }

    fn serve<F>(heard: Heard, meet: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        listener.set_nonblocking(true).expect("a listener can be asked without waiting");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be made");
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener of tokio's kind");
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(meet(client));
            }
        });
        Self { address, runtime: Some(runtime), heard }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:…`, for settings and variables that name a proxy.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that a proxy heard in the clear: requests, and what it carried.
    pub fn heard(&self) -> String {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&heard).into_owned()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Proxy {
    async fn meet(self, mut client: TcpStream) -> io::Result<()> {
        let head = read_head(&mut client).await?;
        self.hear(head.as_bytes());
        let mut words = head.split(' ');
        let (verb, target) = (words.next(), words.next().unwrap_or_default().to_owned());
        let shows = |user: &str| head.lines().any(|line| line.ends_with(user));
        let status = match &self.manner {
            _ if verb != Some("CONNECT") => 400,
            Manner::Mute => return Ok(()),
            Manner::Locked(user) if !shows(user) => 407,
            Manner::Refuse(status) => *status,
            _ => 200,
        };
        if status != 200 {
            let page = "<html>The network's own page</html>";
            let length = page.len();
            let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: {length}\r\n\r\n{page}");
            return client.write_all(answer.as_bytes()).await;
        }
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        match &self.manner {
            Manner::Inspect(shown) => self.carry(accept(shown, client).await?, &target).await,
            Manner::Block(shown) => {
                let mut client = accept(shown, client).await?;
                read_head(&mut client).await?;
                let answer = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\
                    Content-Length: 6\r\nConnection: close\r\n\r\n<html>";
                client.write_all(answer.as_bytes()).await?;
                client.shutdown().await
            }
            _ => self.carry(client, &target).await,
        }
    }

    /// Carries what is said, and hears it.
    async fn carry<S>(&self, client: S, target: &str) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite,
    {
        let address = self.routes.get(target).ok_or(io::ErrorKind::NotFound)?;
        let mut server = TcpStream::connect(address).await?;
        let (mut from_server, mut to_server) = server.split();
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let there = async {
            let mut chunk = vec![0; 64 * 1024];
            loop {
                let length = from_client.read(&mut chunk).await?;
                if length == 0 {
                    return to_server.shutdown().await;
                }
                self.hear(&chunk[..length]);
                to_server.write_all(&chunk[..length]).await?;
            }
        };
        let back = async {
            tokio::io::copy(&mut from_server, &mut to_client).await?;
            to_client.shutdown().await
        };
        tokio::try_join!(there, back).map(drop)
    }

    fn hear(&self, bytes: &[u8]) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
    }
}

async fn accept(
    shown: &Shown,
    client: TcpStream,
) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    let config: Arc<ServerConfig> = shown.server();
    TlsAcceptor::from(config).accept(client).await
}

/// The head of a request, to its empty line.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
