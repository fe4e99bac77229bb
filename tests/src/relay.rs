//! A relay before a server, on the loopback, that does at a test's word what networks do.

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use crate::TestDatabase;

mod way;

use way::Way;

/// A relay on a port of its own. It passes everything on until it is told otherwise, runs on a thread of its
/// own, and ends with this value.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

/// What the relay does with what arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pass,
    /// Every chunk arrives so much later.
    Delay(Duration),
    /// Nobody listens.
    Refuse,
    /// Nothing arrives, and no end either.
    Silent,
}

/// What happens to the commits of a Postgres behind the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The server commits, and its answer never arrives.
    Answer,
    /// The connection breaks before the server hears of it.
    Question,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    mode: Mode,
    /// Connections older than this are broken by a reset, or else cut.
    broken_before: u64,
    by_reset: bool,
    /// Connections older than this have fallen silent for good.
    silent_before: u64,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    link: watch::Sender<Link>,
    connections: AtomicU64,
    commits: AtomicU64,
    lost: AtomicU64,
    /// Of so many commits one is lost; 0: none.
    every: AtomicU64,
    loss: Mutex<Option<Loss>>,
}

impl Relay {
    /// A relay before a server.
    pub fn to(target: SocketAddr) -> Self {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let link = Link { mode: Mode::Pass, broken_before: 0, by_reset: false, silent_before: 0 };
        let shared = Arc::new(Shared {
            target,
            link: watch::Sender::new(link),
            connections: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            every: AtomicU64::new(0),
            loss: Mutex::new(None),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be made");
        listener.set_nonblocking(true).expect("a listener can be asked without waiting");
        runtime.spawn(serve(listener, address, Arc::clone(&shared)));
        Self { address, shared, runtime: Some(runtime) }
    }

    /// A relay before the server of a database.
    pub async fn before(database: &TestDatabase) -> Self {
        let options = database.options();
        let server = (options.get_host(), options.get_port());
        let mut found = tokio::net::lookup_host(server).await.expect("the server has an address");
        Self::to(found.next().expect("the server has an address"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a database behind it.
    pub fn url(&self, database: &TestDatabase) -> String {
        let options = database.options().clone();
        let options = options.host(&self.address.ip().to_string()).port(self.address.port());
        sqlx::ConnectOptions::to_url_lossy(&options).to_string()
    }

    /// All is well again: what was held back in silence arrives.
    pub fn pass(&self) {
        self.shared.link.send_modify(|link| link.mode = Mode::Pass);
    }

    /// Everything arrives so much later.
    pub fn delay(&self, by: Duration) {
        self.shared.link.send_modify(|link| link.mode = Mode::Delay(by));
    }

    /// Breaks all connections, and nobody listens any more.
    pub fn refuse(&self) {
        self.shared.link.send_modify(|link| link.mode = Mode::Refuse);
        self.break_all(true);
    }

    /// Nothing arrives any more, and no connection ends; new ones are made, and hear nothing.
    pub fn fall_silent(&self) {
        self.shared.link.send_modify(|link| link.mode = Mode::Silent);
    }

    /// The connections of now fall silent for good, as when a firewall forgets them; new ones are well.
    pub fn forget_connections(&self) {
        let all = self.shared.connections.load(Ordering::SeqCst);
        self.shared.link.send_modify(|link| link.silent_before = all);
    }

    /// Ends all connections in an orderly way, in the middle of whatever they carry.
    pub fn cut(&self) {
        self.break_all(false);
    }

    /// Resets all connections.
    pub fn reset(&self) {
        self.break_all(true);
    }

    fn break_all(&self, by_reset: bool) {
        let all = self.shared.connections.load(Ordering::SeqCst);
        self.shared.link.send_modify(|link| {
            link.broken_before = all;
            link.by_reset = by_reset;
        });
    }

    /// From now on one of so many commits is lost, and its connection reset.
    pub async fn lose_commits(&self, loss: Loss, every: u64) {
        *self.shared.loss.lock().await = Some(loss);
        self.shared.commits.store(0, Ordering::SeqCst);
        self.shared.lost.store(0, Ordering::SeqCst);
        self.shared.every.store(every, Ordering::SeqCst);
    }

    /// How many commits were lost so far.
    pub fn lost_commits(&self) -> u64 {
        self.shared.lost.load(Ordering::SeqCst)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(listener: StdListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut listener = Some(TcpListener::from_std(listener).expect("a listener of tokio's kind"));
    let mut link = shared.link.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let is_refusing = link.borrow_and_update().mode == Mode::Refuse;
        if is_refusing {
            listener = None;
        } else if listener.is_none() {
            listener = Some(TcpListener::bind(address).await.expect("its port is still free"));
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = link.changed() => if changed.is_err() { return },
            accepted = accepted => {
                let Ok((client, _)) = accepted else { continue };
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                connections.spawn(carry(client, number, Arc::clone(&shared)));
            }
        }
    }
}

/// One connection from its beginning to its end.
async fn carry(mut client: TcpStream, number: u64, shared: Arc<Shared>) {
    let mut link = shared.link.subscribe();
    if link.wait_for(|link| is_open(link, number)).await.is_err() {
        return;
    }
    let Ok(server) = TcpStream::connect(shared.target).await else { return };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let by_reset = {
        let (from_client, to_client) = tokio::io::split(&mut client);
        let (from_server, to_server) = tokio::io::split(server);
        let way = Way { number, shared: &shared };
        let (lost, answer_is_lost) = watch::channel(false);
        let there = async {
            match way.questions(from_client, to_server, &lost).await {
                Some(by_reset) => by_reset,
                // The server's last words may be still to come.
                None => std::future::pending().await,
            }
        };
        let back = way.answers(from_server, to_client, answer_is_lost);
        tokio::select! {
            by_reset = there => by_reset,
            by_reset = back => by_reset,
            link = link.wait_for(|link| number < link.broken_before) => {
                link.is_ok_and(|link| link.by_reset)
            }
        }
    };
    if by_reset {
        drop(client.set_zero_linger());
    }
}

fn is_open(link: &Link, number: u64) -> bool {
    link.mode != Mode::Silent && number >= link.silent_before
}
