//! A proxy between us and the world.

use std::fmt;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

/// Whatever the settings say, these are reached without it: this machine, and the addresses at which
/// clouds give a machine its keys.
const ALWAYS_PAST: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16";

/// Past a proxy with this goes everything: by the clients' rules `*` stands for names alone.
pub const EVERYTHING: &str = "*,0.0.0.0/0,::/0";

/// A proxy that carries connections (`CONNECT`), and what goes past it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Url,
    past: String,
}

impl Proxy {
    /// A proxy at an `http` or `https` URL, which may hold a user and a password. `past` lists hosts
    /// that are reached without it, as `NO_PROXY` does.
    pub fn new(url: Url, past: &str) -> Self {
        let given = past.split(',').map(str::trim).filter(|host| !host.is_empty());
        let given = given.map(|host| if host == "*" { EVERYTHING } else { host });
        Self { url, past: given.chain([ALWAYS_PAST]).collect::<Vec<_>>().join(",") }
    }

    /// Its URL. It may hold a password.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The hosts that are reached without it, as `NO_PROXY` lists them.
    pub fn past(&self) -> &str {
        &self.past
    }

    /// Whether it carries what goes to this host.
    pub fn carries(&self, host: &str) -> bool {
        self.intercept(host).is_some()
    }

    /// Whether it is shown a user.
    pub fn has_user(&self) -> bool {
        !self.url.username().is_empty()
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(80)
    }

    /// It is spoken to in the clear, so that anybody can.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// How its user is shown to it.
    pub(crate) fn authorization(&self, host: &str) -> Option<Vec<u8>> {
        Some(self.intercept(host)?.basic_auth()?.as_bytes().to_vec())
    }

    /// By the rules of the HTTP clients, which are hyper's.
    fn intercept(&self, host: &str) -> Option<Intercept> {
        let matcher = Matcher::builder().all(self.url.as_str()).no(self.past.as_str()).build();
        matcher.intercept(&format!("https://{host}/").parse().ok()?)
    }
}

impl fmt::Display for Proxy {
    /// Host and port alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host(), self.port())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, past: &str) -> Proxy {
        Proxy::new(url.parse().unwrap(), past)
    }

    #[test]
    fn what_goes_past_it_follows_no_proxy() {
        let proxy = proxy("http://proxy.example:3128", ".corp.example, 10.0.0.0/8");
        for (host, is_carried) in [
            ("apis.104api.com.tw", true),
            ("minio.corp.example", false),
            ("corp.example", false),
            ("notcorp.example", true),
            ("10.1.2.3", false),
            ("192.168.1.1", true),
            ("localhost", false),
            ("127.0.0.1", false),
            ("[::1]", false),
            ("169.254.169.254", false),
        ] {
            assert_eq!(proxy.carries(host), is_carried, "{host}");
        }
        for host in ["apis.104api.com.tw", "203.0.113.7", "[2001:db8::7]"] {
            assert!(!self::proxy("http://proxy.example", "*").carries(host), "{host}");
        }
    }

    #[test]
    fn nobody_is_shown_its_password() {
        let proxy = proxy("http://us%65r:p%40ss@proxy.example", "");
        assert_eq!(format!("{proxy} {proxy:?}"), "proxy.example:80 Proxy(proxy.example:80)");
        let shown = proxy.authorization("apis.104api.com.tw").unwrap();
        assert_eq!(shown, b"Basic dXNlcjpwQHNz", "user:p@ss");
        assert!(proxy.has_user());
    }
}
