//! A certificate authority of a test's own, as companies have one.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// An authority that nobody trusts who is not given its [`Authority::pem`].
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, as a server shows it.
#[derive(Clone)]
pub struct Shown {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its key, PEM.
    pub key: String,
}

impl Authority {
    /// An authority of this name, whose organization is `Example Ltd`.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, "Example Ltd");
        let key = KeyPair::generate().expect("a key can be made");
        Self(CertifiedIssuer::self_signed(params, key).expect("it signs itself"))
    }

    /// Its own certificate, for the setting `ca_file`.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// The same as it travels (DER).
    pub fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// A certificate for these names, valid while the project is worked on.
    pub fn certificate(&self, names: &[&str]) -> Shown {
        self.certificate_between(
            names,
            jiff::civil::date(2024, 1, 1),
            jiff::civil::date(2100, 1, 1),
        )
    }

    /// A certificate that is valid between two dates.
    pub fn certificate_between(&self, names: &[&str], from: Date, to: Date) -> Shown {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("these are names");
        let moment = |date: Date| {
            let small = |number: i8| u8::try_from(number).expect("months and days are positive");
            date_time_ymd(date.year().into(), small(date.month()), small(date.day()))
        };
        (params.not_before, params.not_after) = (moment(from), moment(to));
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.signed_by(&key, &self.0).expect("the authority signs");
        Shown { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Shown {
    /// A TLS server that shows it.
    pub fn server(&self) -> Arc<ServerConfig> {
        let chain = CertificateDer::pem_slice_iter(self.certificate.as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("it was just made");
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("it was just made");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("the key is the certificate's");
        Arc::new(config)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}
