//! What an error says of the way: one closed list for all clients.

use std::error::Error as StdError;
use std::io;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error as TlsError, InvalidMessage};
use tokio::time::error::Elapsed;

/// What went wrong between us and a host, before anything was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The name servers know no such name.
    NameNotFound,
    /// No name server answered.
    NoNameServer,
    /// Nobody listens, or a firewall says so.
    Refused,
    /// No answer, and no refusal either.
    Silent,
    /// It took the connection, and nothing came on it.
    Mute,
    /// The connection was reset.
    Reset,
    /// The connection was closed before it stood.
    Closed,
    /// The network knows no way there.
    NoRoute,
    /// Something else than TLS was answered.
    NotTls,
    /// Postgres takes no TLS.
    TlsNotOffered,
    /// The handshake failed for another reason than the certificate.
    Handshake(String),
    /// The certificate's issuer is not trusted: who it is, if somebody looked.
    UnknownIssuer(Option<String>),
    /// The certificate is for other names.
    OtherName(Vec<String>),
    /// The certificate is no longer valid, by this host's clock.
    Expired(Option<Validity>),
    /// The certificate is not valid yet, by this host's clock.
    NotValidYet(Option<Validity>),
    /// The certificate can't be used for another reason.
    BadCertificate(String),
    /// The proxy, and not the host.
    Proxy(ProxyTrouble),
}

/// When a certificate begins or ends to be valid, and what this host's clock showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Its beginning or its end.
    pub bound: Timestamp,
    /// The moment at which it was looked at.
    pub clock: Timestamp,
}

/// What went wrong at a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyTrouble {
    /// It can't be reached itself.
    Unreachable(Box<Trouble>),
    /// It wants a user and a password, or other ones (407).
    Locked,
    /// It refuses to carry the connection: with which status, if somebody looked.
    Refused(Option<u16>),
    /// It ends the connection instead of an answer.
    Mute,
}

impl Trouble {
    /// What an error says, if it is about the way. Errors are told by their types as far as these can
    /// be named, and else by the words of the library that made them.
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        // hyper-util's, which has no public type.
        if let Some(words) = error.to_string().strip_prefix("tunnel error: ") {
            return Some(Self::Proxy(ProxyTrouble::of(words, error.source())));
        }
        if let Some(error) = error.downcast_ref::<TlsError>() {
            return Some(Self::of_tls(error));
        }
        if error.is::<Elapsed>() {
            return Some(Self::Silent);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // Errors of I/O hide what they wrap from `source`.
            let inner = error.get_ref().and_then(|inner| Self::of(inner));
            return inner.or_else(|| Self::of_io(error));
        }
        match error.source() {
            Some(source) => Self::of(source),
            // reqwest's, which has no public type.
            None => (error.to_string() == "operation timed out").then_some(Self::Silent),
        }
    }

    fn of_io(error: &io::Error) -> Option<Self> {
        use io::ErrorKind as Kind;

        // The standard library gives failed names no kind of their own.
        let words = error.to_string();
        if words.starts_with("failed to lookup address information") {
            // EAI_AGAIN and EAI_FAIL, in glibc's, musl's and macOS' words.
            let is_mute = ["Temporary failure", "Try again", "Non-recoverable", "Unrecoverable"]
                .iter()
                .any(|of_resolver| words.contains(of_resolver));
            return Some(if is_mute { Self::NoNameServer } else { Self::NameNotFound });
        }
        match error.kind() {
            Kind::ConnectionRefused => Some(Self::Refused),
            Kind::TimedOut => Some(Self::Silent),
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Some(Self::Reset),
            Kind::UnexpectedEof => Some(Self::Closed),
            Kind::NetworkUnreachable | Kind::HostUnreachable | Kind::NetworkDown => {
                Some(Self::NoRoute)
            }
            _ => None,
        }
    }

    fn of_tls(error: &TlsError) -> Self {
        match error {
            TlsError::InvalidCertificate(error) => Self::of_certificate(error),
            TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NotTls,
            other => Self::Handshake(other.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownIssuer(None),
            CertificateError::Expired => Self::Expired(None),
            CertificateError::ExpiredContext { time, not_after } => {
                Self::Expired(Validity::of(*not_after, *time))
            }
            CertificateError::NotValidYet => Self::NotValidYet(None),
            CertificateError::NotValidYetContext { time, not_before } => {
                Self::NotValidYet(Validity::of(*not_before, *time))
            }
            CertificateError::NotValidForName => Self::OtherName(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                Self::OtherName(presented.iter().map(|name| said(bare(name))).collect())
            }
            // The verifier's own words, which it wraps.
            other if other.to_string().contains("CaUsedAsEndEntity") => {
                Self::BadCertificate("an authority shows its own (CaUsedAsEndEntity)".into())
            }
            other => Self::BadCertificate(other.to_string()),
        }
    }

    /// It is the same until somebody mends something: to try again is of no use.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::NotTls
            | Self::TlsNotOffered
            | Self::UnknownIssuer(_)
            | Self::OtherName(_)
            | Self::Expired(_)
            | Self::NotValidYet(_)
            | Self::BadCertificate(_)
            | Self::Proxy(ProxyTrouble::Locked) => true,
            Self::NameNotFound
            | Self::NoNameServer
            | Self::Refused
            | Self::Silent
            | Self::Mute
            | Self::Reset
            | Self::Closed
            | Self::NoRoute
            | Self::Handshake(_)
            | Self::Proxy(ProxyTrouble::Refused(_) | ProxyTrouble::Mute) => false,
            Self::Proxy(ProxyTrouble::Unreachable(trouble)) => trouble.is_lasting(),
        }
    }

    /// It is a matter of time: of a certificate's, or of this host's clock.
    pub fn is_of_time(&self) -> bool {
        match self {
            Self::Expired(_) | Self::NotValidYet(_) => true,
            Self::Proxy(ProxyTrouble::Unreachable(trouble)) => trouble.is_of_time(),
            _ => false,
        }
    }
}

impl ProxyTrouble {
    fn of(words: &str, source: Option<&(dyn StdError + 'static)>) -> Self {
        match words {
            "proxy authorization required" => Self::Locked,
            "failed to create underlying connection" => {
                let trouble = source.and_then(Trouble::of);
                Self::Unreachable(Box::new(trouble.unwrap_or(Trouble::Closed)))
            }
            "unsuccessful" => Self::Refused(None),
            _ => Self::Mute,
        }
    }
}

impl Validity {
    fn of(bound: UnixTime, clock: UnixTime) -> Option<Self> {
        let moment =
            |time: UnixTime| Timestamp::from_second(i64::try_from(time.as_secs()).ok()?).ok();
        Some(Self { bound: moment(bound)?, clock: moment(clock)? })
    }
}

/// A name out of `DnsName("host.example")`, as the verifier writes it.
fn bare(name: &str) -> &str {
    let (_, inner) = name.split_once('(').unwrap_or(("", name));
    inner.trim_end_matches(')').trim_matches('"')
}

/// Words of a stranger, fit for a terminal and a log.
pub(crate) fn said(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    /// An error of a library, by its words and its cause.
    #[derive(Debug)]
    struct Said(&'static str, Option<Box<dyn StdError + Send + Sync>>);

    impl fmt::Display for Said {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Said {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    fn beneath(words: &'static str, cause: impl StdError + Send + Sync + 'static) -> Said {
        Said(words, Some(Box::new(cause)))
    }

    #[track_caller]
    fn check(error: impl StdError + Send + Sync + 'static, expected: Option<&Trouble>) {
        let wrapped = io::Error::other(beneath("client error (Connect)", error));
        assert_eq!(Trouble::of(&beneath("error sending request", wrapped)).as_ref(), expected);
    }

    #[test]
    fn errors_of_io_are_told_by_kind() {
        for (kind, trouble) in [
            (io::ErrorKind::ConnectionRefused, Trouble::Refused),
            (io::ErrorKind::TimedOut, Trouble::Silent),
            (io::ErrorKind::ConnectionReset, Trouble::Reset),
            (io::ErrorKind::UnexpectedEof, Trouble::Closed),
            (io::ErrorKind::HostUnreachable, Trouble::NoRoute),
        ] {
            check(beneath("tcp connect error", io::Error::from(kind)), Some(&trouble));
        }
        check(io::Error::other("something else"), None);
        check(Said("operation timed out", None), Some(&Trouble::Silent));
    }

    #[test]
    fn a_name_that_is_not_known_is_told_from_a_name_server_that_is_mute() {
        for (words, trouble) in [
            ("Name or service not known", Trouble::NameNotFound),
            ("nodename nor servname provided, or not known", Trouble::NameNotFound),
            ("Name does not resolve", Trouble::NameNotFound),
            ("No address associated with hostname", Trouble::NameNotFound),
            ("Temporary failure in name resolution", Trouble::NoNameServer),
            ("Try again", Trouble::NoNameServer),
            ("Non-recoverable failure in name resolution", Trouble::NoNameServer),
        ] {
            let error = format!("failed to lookup address information: {words}");
            check(beneath("dns error", io::Error::other(error)), Some(&trouble));
        }
    }

    #[test]
    fn certificates_are_told_by_type() {
        for (error, trouble) in [
            (CertificateError::UnknownIssuer, Trouble::UnknownIssuer(None)),
            (CertificateError::Expired, Trouble::Expired(None)),
            (CertificateError::NotValidForName, Trouble::OtherName(Vec::new())),
        ] {
            check(TlsError::from(error), Some(&trouble));
            assert!(trouble.is_lasting());
        }
        let moment = |seconds| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let error =
            CertificateError::NotValidYetContext { time: moment(1), not_before: moment(60) };
        let validity = Validity {
            bound: Timestamp::from_second(60).unwrap(),
            clock: Timestamp::from_second(1).unwrap(),
        };
        check(TlsError::from(error), Some(&Trouble::NotValidYet(Some(validity))));
        check(TlsError::from(InvalidMessage::InvalidContentType), Some(&Trouble::NotTls));
        let of_verifier = rustls::OtherError(std::sync::Arc::new(Said("CaUsedAsEndEntity", None)));
        let own = Trouble::BadCertificate("an authority shows its own (CaUsedAsEndEntity)".into());
        check(TlsError::from(CertificateError::Other(of_verifier)), Some(&own));
    }

    #[test]
    fn names_are_bare() {
        assert_eq!(bare("DnsName(\"*.portal.example\")"), "*.portal.example");
        assert_eq!(bare("IpAddress(127.0.0.1)"), "127.0.0.1");
        assert_eq!(bare("DirectoryName"), "DirectoryName");
    }

    #[test]
    fn a_proxy_is_told_from_what_lies_behind_it() {
        let proxy = |trouble| Trouble::Proxy(trouble);
        check(
            Said("tunnel error: proxy authorization required", None),
            Some(&proxy(ProxyTrouble::Locked)),
        );
        check(Said("tunnel error: unsuccessful", None), Some(&proxy(ProxyTrouble::Refused(None))));
        check(Said("tunnel error: unexpected end of file", None), Some(&proxy(ProxyTrouble::Mute)));
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let words = "tunnel error: failed to create underlying connection";
        let unreachable = ProxyTrouble::Unreachable(Box::new(Trouble::Refused));
        check(beneath(words, beneath("tcp connect error", refused)), Some(&proxy(unreachable)));
    }

    #[test]
    fn strangers_can_write_no_control_characters() {
        assert_eq!(said("\u{1b}[31mCorp\nCA"), "[31mCorpCA");
    }
}
