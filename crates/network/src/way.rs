//! From here to a host.

use std::fmt;

use url::{Host, Url};

use crate::proxy::Proxy;

/// Whom we speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// 104.
    Api,
    /// Postgres.
    Database,
    /// S3-compatible storage.
    Storage,
}

impl Service {
    /// The table of its settings.
    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::Api => "[api]",
            Self::Database => "[database]",
            Self::Storage => "[storage]",
        }
    }

    /// The settings that name its host and port.
    pub(crate) fn address(self) -> &'static str {
        match self {
            Self::Api => "[api] environment (or token_url and base_url)",
            Self::Database => "[database] url",
            Self::Storage => "[storage] endpoint",
        }
    }

    /// The setting that names its proxy, and the variable that does without it.
    pub(crate) fn proxy(self) -> Option<&'static str> {
        match self {
            Self::Api => Some("[api] proxy (or HTTPS_PROXY)"),
            Self::Database => None,
            Self::Storage => Some("[storage] proxy (or HTTPS_PROXY)"),
        }
    }
}

/// The way to one host.
#[derive(Clone, Debug)]
pub struct Way {
    pub(crate) service: Service,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) is_tls: bool,
}

impl Way {
    /// The way to a URL's host, through the proxy unless its host goes past it.
    pub fn to_url(service: Service, url: &Url, proxy: Option<&Proxy>) -> Option<Self> {
        let host = url.host_str()?.to_owned();
        let proxy = proxy.filter(|proxy| proxy.carries(&host)).cloned();
        let (port, is_tls) = (url.port_or_known_default()?, url.scheme() == "https");
        Some(Self { service, host, port, proxy, is_tls })
    }

    /// The way to a Postgres, which begins in the clear and is asked for TLS.
    pub fn to_postgres(host: &str, port: u16) -> Self {
        Self { service: Service::Database, host: host.to_owned(), port, proxy: None, is_tls: true }
    }

    /// The way to its proxy alone.
    pub(crate) fn to_proxy(&self) -> Option<Self> {
        let proxy = self.proxy.as_ref()?;
        let (host, port) = (proxy.host().to_owned(), proxy.port());
        Some(Self { service: self.service, host, port, proxy: None, is_tls: !proxy.is_plain() })
    }

    /// The host as a name, without the brackets of an IPv6 address.
    pub(crate) fn name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)?;
        match &self.proxy {
            Some(proxy) => write!(f, " (through the proxy {proxy})"),
            None => Ok(()),
        }
    }
}

/// The host is this machine.
pub fn is_local(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_told_by_host() {
        for (host, is_this) in [
            ("127.0.0.1", true),
            ("[::1]", true),
            ("localhost", true),
            ("apis.104api.com.tw", false),
            ("localhost.example", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_local(host), is_this, "{host}");
        }
    }

    #[test]
    fn a_way_names_the_proxy_that_it_takes() {
        let proxy = Proxy::new("http://u:p@proxy.example:3128".parse().unwrap(), "minio.example");
        let way = |url: &str| {
            let url: Url = url.parse().unwrap();
            Way::to_url(Service::Storage, &url, Some(&proxy)).unwrap().to_string()
        };
        assert_eq!(
            way("https://s3.example"),
            "s3.example:443 (through the proxy proxy.example:3128)"
        );
        assert_eq!(way("https://minio.example:9000"), "minio.example:9000");
    }
}
