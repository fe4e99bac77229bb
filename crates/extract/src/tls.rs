//! The one factory of HTTP clients: ring as the TLS provider, no redirects, no retries of their
//! own.

use std::sync::Arc;

use reqwest::{Certificate, NoProxy, Proxy, redirect};
use url::Url;

use crate::config::Config;
use crate::connection::SlotAfterConnectLayer;
use crate::error::Error;
use crate::gate::Gate;

/// Installs ring as the process's TLS provider, unless one is installed already.
pub(crate) fn init() {
    // It fails only if a provider is there.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// A client for calls to `target`, which is the token URL or the base URL.
///
/// Time-outs are not its own: those of reqwest would count waits for a slot.
pub(crate) fn http(
    config: &Config,
    target: &Url,
    gate: &Arc<Gate>,
) -> Result<reqwest::Client, Error> {
    init();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("etl104/", env!("CARGO_PKG_VERSION")))
        // On a redirect to another host reqwest would forward the company's header.
        .redirect(redirect::Policy::none())
        // Every attempt needs a slot of its own.
        .retry(reqwest::retry::never())
        .referer(false)
        .connector_layer(SlotAfterConnectLayer {
            gate: Arc::clone(gate),
            timeout: config.connect_timeout,
        });

    builder = match &config.proxy {
        Some(proxy) => {
            let all = Proxy::all(proxy.url().clone()).map_err(|error| {
                Error::settings("`[api] proxy` is no proxy's URL")
                    .with_source(Some(error.without_url().into()))
            })?;
            builder.proxy(all.no_proxy(NoProxy::from_string(proxy.past())))
        }
        // The environment is read by the settings, and nowhere else.
        None => builder.no_proxy(),
    };

    let own_roots = match &config.ca_pem {
        Some(pem) => Certificate::from_pem_bundle(pem).map_err(|error| {
            Error::settings("`[api] ca_file` holds no PEM certificates")
                .with_source(Some(error.into()))
        })?,
        None => Vec::new(),
    };
    builder = if target.scheme() == "http" {
        // Plain HTTP needs no certificates, so a host without any can still serve it.
        builder.tls_certs_only(own_roots)
    } else {
        builder.tls_certs_merge(own_roots)
    };

    builder.build().map_err(|error| {
        Error::settings("no HTTPS client can be built with the system's certificates and `ca_file`")
            .with_source(Some(error.without_url().into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, LocalPace};

    fn gate() -> Arc<Gate> {
        Arc::new(Gate::new(Arc::new(LocalPace::new()), f64::INFINITY))
    }

    fn built(url: &str, change: impl FnOnce(&mut Config)) -> Result<reqwest::Client, Error> {
        let url: Url = url.parse().unwrap();
        let mut config = Config::new(url.clone(), url.clone(), "id".into(), "x".to_owned().into());
        change(&mut config);
        http(&config, &url, &gate())
    }

    /// The turn is held for as long as the connection is being opened, so the gate must know of
    /// it from the first poll on.
    #[tokio::test]
    async fn a_call_that_needs_a_connection_says_so_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse::<Url>().unwrap();
        let config = Config::new(url.clone(), url.clone(), "id".into(), "x".to_owned().into());
        let gate = gate();
        let client = http(&config, &url, &gate).unwrap();
        let mut call = std::pin::pin!(client.get(url).send());
        assert!(futures::poll!(&mut call).is_pending());
        assert!(futures::poll!(std::pin::pin!(gate.settled())).is_pending());
        tokio::select! {
            _ = call => {}
            () = gate.settled() => {}
        }
    }

    #[test]
    fn clients_are_built_with_and_without_tls() {
        built("http://127.0.0.1:1", |_| {}).unwrap();
        built("https://127.0.0.1:1", |_| {}).unwrap();
        built("https://127.0.0.1:1", |config| {
            let url = "http://127.0.0.1:3128".parse().unwrap();
            config.proxy = Some(network::Proxy::new(url, ""));
        })
        .unwrap();
    }

    #[test]
    fn bad_certificates_name_their_setting() {
        let bad = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
        let error = built("https://127.0.0.1:1", |config| config.ca_pem = Some(bad)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Settings);
    }
}
