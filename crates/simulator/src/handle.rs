//! Starting and stopping, and what a test can reach while it runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::civil::{Date, DateTime};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::calendar::Listing;
use crate::journal::{Entry, Stats};
use crate::options::Options;
use crate::script::{Rule, ScriptError, from_toml};
use crate::server::{Door, Service, Wire, serve};

/// How long a stop waits for running requests.
const PATIENCE: Duration = Duration::from_secs(5);

/// 104, imitated.
#[derive(Debug, Clone, Copy)]
pub struct Simulator;

/// The port cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on 127.0.0.1:{port}")]
pub struct StartError {
    port: u16,
    source: std::io::Error,
}

/// A running simulator; it stops when this is dropped.
#[derive(Debug)]
pub struct Handle {
    service: Arc<Service>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinSet<()>,
}

impl Simulator {
    /// Listens on the loopback interface, on the current tokio runtime.
    pub async fn start(options: Options) -> Result<Handle, StartError> {
        let port = options.port;
        let failed = |source| StartError { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let service = Arc::new(Service::new(options, &format!("http://{address}")));
        let router = Router::new().fallback(serve).with_state(Arc::clone(&service));
        let (stop, stopped) = oneshot::channel::<()>();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let app = router.into_make_service_with_connect_info::<Wire>();
            let signal = async move { drop(stopped.await) };
            // It ends by the signal alone: failures to accept are waited out.
            drop(axum::serve(Door(listener), app).with_graceful_shutdown(signal).await);
        });
        Ok(Handle { service, address, stop: Some(stop), server })
    }
}

impl Handle {
    /// The loopback port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The resource base, such as `http://127.0.0.1:8104/ehrweb_resume/1.0`.
    pub fn base_url(&self) -> String {
        format!("http://{}/ehrweb_resume/1.0", self.address)
    }

    /// The token URL, such as `http://127.0.0.1:8104/oauth2/token`.
    pub fn token_url(&self) -> String {
        format!("http://{}/oauth2/token", self.address)
    }

    /// The latest requests, oldest first; at most [`Options::journal_capacity`] of them.
    pub fn journal(&self) -> Vec<Entry> {
        self.service.journal.entries()
    }

    /// The time since the start, on the clock of the journal.
    pub fn uptime(&self) -> Duration {
        self.service.now()
    }

    /// Counts over all requests.
    pub fn stats(&self) -> Stats {
        self.service.journal.stats()
    }

    /// Adds a rule to the fault script.
    pub fn script(&self, rule: Rule) {
        self.service.script.add(rule);
    }

    /// Adds all rules of a script in TOML.
    pub fn script_toml(&self, text: &str) -> Result<(), ScriptError> {
        for rule in from_toml(text)? {
            self.script(rule);
        }
        Ok(())
    }

    /// Forgets all rules.
    pub fn clear_script(&self) {
        self.service.script.clear();
    }

    /// Lists a resume made by hand; it replaces one of the same id, hour and source.
    pub fn add_listing(&self, listing: Listing) {
        self.service.catalogue.staged.add(listing);
    }

    /// Shows another photo under an id from now on; the resume stays the same but for the token.
    pub fn set_photo(&self, id: &str, version: u32) {
        self.service.catalogue.staged.set_photo(id, version);
    }

    /// From now on nobody is listed but by hand.
    pub fn clear_generated(&self) {
        self.service.catalogue.clear_generated();
    }

    /// The date at 104.
    pub fn today(&self) -> Date {
        self.service.clock.now().date()
    }

    /// Sets the time at 104, in Taiwan; it stands still from then on.
    pub fn set_now(&self, now: DateTime) {
        self.service.clock.set(now);
    }

    /// Revokes all access tokens.
    pub fn revoke_tokens(&self) {
        self.service.tokens.revoke(None);
    }

    /// Stops, once running requests have finished; those that take longer than some seconds are left behind.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        // Late or not, the rest ends when the set is dropped.
        drop(tokio::time::timeout(PATIENCE, self.server.join_next()).await);
    }
}
