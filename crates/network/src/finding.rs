//! What was found on the way, in words, with what to do about it.

use std::error::Error as StdError;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::remedy::remedy;
use crate::trouble::{ProxyTrouble, Trouble, Validity};
use crate::way::Way;

/// A clock that is less wrong than this is not to blame for a certificate.
const RIGHT_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// Trouble on the way to a host. Its text names the host and the trouble, [`Finding::remedy`] whom to
/// ask for what.
#[derive(Clone, Debug)]
pub struct Finding {
    way: Way,
    trouble: Trouble,
    ahead: Option<SignedDuration>,
}

impl Finding {
    /// That trouble on that way.
    pub fn new(way: Way, trouble: Trouble) -> Self {
        Self { way, trouble, ahead: None }
    }

    /// By so much this host's clock is ahead of one that is trusted.
    #[must_use]
    pub fn with_clock_ahead(self, ahead: Option<SignedDuration>) -> Self {
        Self { ahead, ..self }
    }

    /// The trouble.
    pub fn trouble(&self) -> &Trouble {
        &self.trouble
    }

    /// What a human can do, naming the setting, and whom to ask.
    pub fn remedy(&self) -> String {
        remedy(&self.way, &self.trouble, self.wrong_clock().is_some())
    }

    /// By how much the clock is ahead, if it is that wrong.
    fn wrong_clock(&self) -> Option<SignedDuration> {
        self.ahead.filter(|ahead| self.trouble.is_of_time() && ahead.abs() > RIGHT_WITHIN)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = &self.way;
        match (&self.trouble, &way.proxy) {
            (Trouble::Proxy(ProxyTrouble::Unreachable(trouble)), Some(proxy)) => {
                let words = words(&proxy.to_string(), proxy.host(), trouble);
                write!(f, "{way}: the proxy can't be reached: {words}")?;
            }
            (trouble, _) => f.write_str(&words(&way.to_string(), &way.host, trouble))?,
        }
        match self.wrong_clock() {
            Some(ahead) if ahead.is_positive() => {
                write!(f, "; it is {} ahead of the database's", roughly(ahead))
            }
            Some(behind) => write!(f, "; it is {} behind the database's", roughly(behind)),
            None => Ok(()),
        }
    }
}

impl StdError for Finding {}

/// What happened, at this place.
fn words(place: &str, host: &str, trouble: &Trouble) -> String {
    match trouble {
        Trouble::NameNotFound => format!("{place}: no name server knows the name {host}"),
        Trouble::NoNameServer => format!("{place}: no name server answers for {host}"),
        Trouble::Refused => format!("{place} refuses the connection: nobody listens there"),
        Trouble::Silent => {
            format!("{place} does not answer at all: a firewall may drop what goes there")
        }
        Trouble::Mute => format!("{place} takes the connection and then says nothing"),
        Trouble::Reset => format!("{place}: the connection was reset before an answer came"),
        Trouble::Closed => format!("{place}: the connection was closed before an answer came"),
        Trouble::NoRoute => format!("{place}: this host's network has no way there"),
        Trouble::NotTls => format!("{place} answers in something else than TLS"),
        Trouble::TlsNotOffered => format!("{place} takes no TLS"),
        Trouble::Handshake(text) => format!("{place}: the TLS handshake failed: {text}"),
        Trouble::UnknownIssuer(issuer) => {
            let issuer = issuer.as_deref().unwrap_or("somebody");
            format!("{place} shows a certificate issued by {issuer}, whom this host does not trust")
        }
        Trouble::OtherName(names) if names.is_empty() => {
            format!("{place} shows a certificate that is not for {host}")
        }
        Trouble::OtherName(names) => {
            format!("{place} shows a certificate for {}, not for {host}", names.join(", "))
        }
        Trouble::Expired(validity) => {
            format!("{place} shows a certificate that has ended{}", times(*validity))
        }
        Trouble::NotValidYet(validity) => {
            format!("{place} shows a certificate that is not valid yet{}", times(*validity))
        }
        Trouble::BadCertificate(text) => {
            format!("{place} shows a certificate that can't be used: {text}")
        }
        Trouble::Proxy(ProxyTrouble::Unreachable(trouble)) => {
            format!("{place}: the proxy can't be reached: {}", words("it", "its", trouble))
        }
        Trouble::Proxy(ProxyTrouble::Locked) => {
            format!("{place}: the proxy asks for a user and a password (HTTP 407)")
        }
        Trouble::Proxy(ProxyTrouble::Refused(Some(status @ 500..))) => {
            format!("{place}: the proxy does not reach {host} (HTTP {status})")
        }
        Trouble::Proxy(ProxyTrouble::Refused(Some(status))) => {
            format!("{place}: the proxy does not let us through to {host} (HTTP {status})")
        }
        Trouble::Proxy(ProxyTrouble::Refused(None)) => {
            format!("{place}: the proxy does not connect us with {host}")
        }
        Trouble::Proxy(ProxyTrouble::Mute) => {
            format!("{place}: the proxy takes the connection and gives no answer")
        }
    }
}

fn times(validity: Option<Validity>) -> String {
    let Some(Validity { bound, clock }) = validity else { return String::new() };
    format!(": its date is {}, and this host's clock shows {}", minute(bound), minute(clock))
}

fn minute(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// By how much a clock is wrong, as far as it matters.
pub fn roughly(wrong_by: SignedDuration) -> String {
    let minutes = wrong_by.abs().as_secs().saturating_add(30) / 60;
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} days", (minutes + 720) / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::Proxy;
    use crate::way::Service;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn troubles() -> Vec<Trouble> {
        use ProxyTrouble::{Locked, Mute, Refused, Unreachable};
        let clock = moment("2026-11-28T09:30:00Z");
        let validity = |bound| Some(Validity { bound: moment(bound), clock });
        let mut troubles = vec![
            Trouble::NameNotFound,
            Trouble::NoNameServer,
            Trouble::Refused,
            Trouble::Silent,
            Trouble::Mute,
            Trouble::Reset,
            Trouble::Closed,
            Trouble::NoRoute,
            Trouble::NotTls,
            Trouble::TlsNotOffered,
            Trouble::Handshake("received fatal alert: ProtocolVersion".into()),
            Trouble::UnknownIssuer(Some("\"Inspection CA\" (Example Ltd)".into())),
            Trouble::OtherName(vec!["portal.example".into()]),
            Trouble::Expired(validity("2026-11-01T00:00:00Z")),
            Trouble::NotValidYet(validity("2026-12-01T00:00:00Z")),
            Trouble::BadCertificate("revoked".into()),
        ];
        let proxy = [Locked, Refused(Some(403)), Refused(Some(504)), Mute, Refused(None)]
            .map(Trouble::Proxy);
        let beyond = troubles.clone().into_iter();
        let beyond = beyond.map(|trouble| Trouble::Proxy(Unreachable(Box::new(trouble))));
        let all = beyond.chain(proxy).collect::<Vec<_>>();
        troubles.extend(all);
        troubles
    }

    /// Whatever it is, the three services say it in words of its own, with host and remedy.
    #[test]
    fn every_trouble_has_words_of_its_own() {
        let proxy = Proxy::new("http://u:hush@proxy.example:3128".parse().unwrap(), "");
        let url = "https://host.example:8443".parse().unwrap();
        let ways = [
            Way::to_url(Service::Api, &url, Some(&proxy)).unwrap(),
            Way::to_url(Service::Storage, &url, None).unwrap(),
            Way::to_postgres("host.example", 5432),
        ];
        for way in ways {
            let mut said: Vec<String> = Vec::new();
            for trouble in troubles() {
                let finding = Finding::new(way.clone(), trouble);
                let (words, remedy) = (finding.to_string(), finding.remedy());
                assert!(words.starts_with("host.example:"), "{words}");
                assert!(!remedy.is_empty() && !remedy.contains("hush"), "{remedy}");
                assert!(!said.contains(&words), "twice: {words}");
                said.push(words);
            }
        }
    }

    /// `docs/network.md` lists what is said, word for word.
    #[test]
    fn every_trouble_is_in_the_document() {
        let document = include_str!("../../../docs/network.md");
        for trouble in troubles() {
            let said = words("HOST:443", "HOST", &trouble);
            let said = match trouble {
                Trouble::Proxy(ProxyTrouble::Unreachable(_)) => {
                    said.split("reached: ").next().map(|start| format!("{start}reached: …"))
                }
                _ => Some(said),
            };
            let row = format!("| `{}` |", said.unwrap());
            assert!(document.contains(&row), "docs/network.md lacks {row}");
        }
    }

    #[test]
    fn a_clock_that_is_known_to_be_wrong_is_named() {
        let validity = Validity {
            bound: moment("2026-03-01T00:00:00Z"),
            clock: moment("2020-03-01T00:00:00Z"),
        };
        let way = Way::to_postgres("host.example", 5432);
        let finding = Finding::new(way, Trouble::NotValidYet(Some(validity)));
        let unknown = finding.clone().with_clock_ahead(Some(SignedDuration::from_secs(3)));
        assert_eq!(
            unknown.to_string(),
            "host.example:5432 shows a certificate that is not valid yet: its date is 2026-03-01 \
             00:00 UTC, and this host's clock shows 2020-03-01 00:00 UTC"
        );
        let behind = finding.with_clock_ahead(Some(SignedDuration::from_hours(-24 * 2191)));
        assert!(
            behind.to_string().ends_with("; it is 2191 days behind the database's"),
            "{behind}"
        );
        assert_eq!(roughly(SignedDuration::from_secs(-24 * 3600 * 3652 + 1)), "3652 days");
        assert_eq!(behind.remedy(), "set this host's clock (NTP), then run again");
    }
}
