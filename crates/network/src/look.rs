//! A closer look, where an error does not say enough.
//!
//! The clients keep to themselves which certificate they were shown and what a proxy answered. So the
//! way is gone once more, up to the certificate and no further: nothing is asked, no secret is shown
//! but the proxy's own, and every certificate is refused here, whoever issued it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::certificate;
use crate::proxy::Proxy;
use crate::trouble::{ProxyTrouble, Trouble};
use crate::way::{Service, Way};

/// Each step of it.
const STEP: Duration = Duration::from_secs(3);
/// No proxy says more before the connection stands.
const LONGEST_HEAD: usize = 8 * 1024;
/// What asks a Postgres for TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// What a closer look adds to what an error said; what it can't add to stays as it is.
pub async fn look(way: &Way, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::UnknownIssuer(None) => Trouble::UnknownIssuer(issuer(way).await),
        Trouble::Proxy(ProxyTrouble::Unreachable(trouble)) => {
            let trouble = match (*trouble, way.to_proxy()) {
                (Trouble::UnknownIssuer(None), Some(way)) => {
                    Trouble::UnknownIssuer(issuer(&way).await)
                }
                (trouble, _) => trouble,
            };
            Trouble::Proxy(ProxyTrouble::Unreachable(Box::new(trouble)))
        }
        Trouble::Proxy(ProxyTrouble::Refused(None)) => match open(way).await {
            Err(Trouble::Proxy(ProxyTrouble::Refused(status))) => {
                Trouble::Proxy(ProxyTrouble::Refused(status))
            }
            _ => trouble,
        },
        Trouble::Silent => match open(way).await {
            // So it was the handshake that nobody answered.
            Ok(_) => Trouble::Mute,
            Err(Trouble::Proxy(trouble)) => Trouble::Proxy(trouble),
            Err(_) => Trouble::Silent,
        },
        other => other,
    }
}

/// Who issued the certificate that is shown at the end of the way.
pub async fn issuer(way: &Way) -> Option<String> {
    if !way.is_tls {
        return None;
    }
    let mut stream = open(way).await.ok()?;
    timeout(STEP, async {
        if way.service == Service::Database {
            stream.write_all(&SSL_REQUEST).await.ok()?;
            (stream.read_u8().await.ok()? == b'S').then_some(())?;
        }
        let witness = Arc::new(Witness::new());
        let config = ClientConfig::builder_with_provider(Arc::clone(&witness.provider))
            .with_safe_default_protocol_versions()
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Witness>::clone(&witness))
            .with_no_client_auth();
        let name = ServerName::try_from(way.name().to_owned()).ok()?;
        drop(TlsConnector::from(Arc::new(config)).connect(name, stream).await);
        witness.issuer.lock().unwrap_or_else(PoisonError::into_inner).take()
    })
    .await
    .ok()?
}

/// The connection, as far as TLS or Postgres begin.
async fn open(way: &Way) -> Result<TcpStream, Trouble> {
    match &way.proxy {
        None => connect(way.name(), way.port).await,
        Some(proxy) => through(proxy, way).await.map_err(Trouble::Proxy),
    }
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, Trouble> {
    let connected = timeout(STEP, TcpStream::connect((host, port))).await;
    let connected = connected.map_err(|_elapsed| Trouble::Silent)?;
    connected.map_err(|error| Trouble::of(&error).unwrap_or(Trouble::Closed))
}

async fn through(proxy: &Proxy, way: &Way) -> Result<TcpStream, ProxyTrouble> {
    let name = proxy.host().trim_start_matches('[').trim_end_matches(']');
    let connected = connect(name, proxy.port()).await;
    let mut stream = connected.map_err(|trouble| ProxyTrouble::Unreachable(Box::new(trouble)))?;
    if !proxy.is_plain() {
        // Its own certificate would have to be verified before it is shown a password.
        return Err(ProxyTrouble::Refused(None));
    }
    let (host, port) = (&way.host, way.port);
    let mut head =
        format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if let Some(user) = proxy.authorization(host) {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(&user);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    let asked = timeout(STEP, async {
        stream.write_all(&head).await?;
        status(&mut stream).await
    });
    match asked.await {
        Ok(Ok(200)) => Ok(stream),
        Ok(Ok(407)) => Err(ProxyTrouble::Locked),
        Ok(Ok(status)) => Err(ProxyTrouble::Refused(Some(status))),
        Ok(Err(_)) | Err(_) => Err(ProxyTrouble::Mute),
    }
}

/// Reads the head of an answer, byte by byte since TLS begins behind it, and tells its status.
async fn status(stream: &mut TcpStream) -> io::Result<u16> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Sees a certificate, notes who issued it, and trusts nobody.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    issuer: Mutex<Option<String>>,
}

impl Witness {
    fn new() -> Self {
        Self { provider: Arc::new(ring::default_provider()), issuer: Mutex::default() }
    }
}

fn never() -> Error {
    CertificateError::ApplicationVerificationFailure.into()
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.issuer.lock().unwrap_or_else(PoisonError::into_inner) =
            certificate::issuer(end_entity, intermediates);
        Err(never())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(never())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(never())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
