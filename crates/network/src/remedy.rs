//! What to do about what is in the way: which setting, or whom to ask for what.

use crate::proxy::Proxy;
use crate::trouble::{ProxyTrouble, Trouble};
use crate::way::{Service, Way};

/// The remedy, as whoever runs etl104 can act on it or pass it on.
pub(crate) fn remedy(way: &Way, trouble: &Trouble, is_clock_wrong: bool) -> String {
    let Way { service, host, port, proxy, .. } = way;
    let (section, address) = (service.section(), service.address());
    match trouble {
        Trouble::NameNotFound => match service.proxy() {
            Some(setting) => format!(
                "check {address}; if your network resolves no outside names, name its proxy in {setting}"
            ),
            None => format!("check the host in {address}"),
        },
        Trouble::NoNameServer => match service.proxy() {
            Some(setting) => format!(
                "give this host a name server that answers (/etc/resolv.conf); through a proxy, \
                 {setting}, it needs none for {host}"
            ),
            None => "give this host a name server that answers (/etc/resolv.conf)".into(),
        },
        Trouble::Refused => match service {
            Service::Database => format!(
                "check that Postgres runs, that {address} names its host and port, and that it \
                 listens on that address (listen_addresses)"
            ),
            Service::Api | Service::Storage => format!(
                "check {address}, and run again later; if it persists, ask your network team to let \
                 this host reach {host}:{port}{}",
                or_by_proxy(*service)
            ),
        },
        Trouble::Silent | Trouble::NoRoute => {
            let and_runs =
                if *service == Service::Database { "check that Postgres runs and " } else { "" };
            format!(
                "{and_runs}ask your network team to let this host reach {host}:{port} (see \
                 {address}){}",
                or_by_proxy(*service)
            )
        }
        Trouble::Mute => format!(
            "run again later; if it persists and what runs at {host}:{port} is at work ({address}), \
             ask your network team what holds the connection up"
        ),
        Trouble::Reset | Trouble::Closed => format!(
            "run again later; if it persists, ask your network team what cuts the connection to \
             {host}:{port}{}",
            or_by_proxy(*service)
        ),
        Trouble::NotTls => format!(
            "check the port in {address}; if it is right, something between answers in its place, \
             such as a portal: ask your network team"
        ),
        Trouble::TlsNotOffered => format!(
            "switch ssl on in that Postgres; only in a network that you trust: \
             {section} allow_plain_text = true, with neither sslmode in the url nor ca_file"
        ),
        Trouble::Handshake(_) => format!(
            "TLS 1.2 or 1.3 is needed: ask who runs {host}, or your network team, what it speaks"
        ),
        Trouble::UnknownIssuer(_) => format!(
            "if your company issued it (a proxy that inspects TLS, or an authority of its own), \
             write the root certificate, as PEM, into the file that {section} ca_file names; if \
             not, ask your network team who answers in the place of {host}"
        ),
        Trouble::OtherName(_) => format!(
            "check the host in {address}; if it is right, ask who runs it for a certificate with \
             that name, or your network team who answers in its place"
        ),
        Trouble::Expired(_) | Trouble::NotValidYet(_) if is_clock_wrong => {
            "set this host's clock (NTP), then run again".into()
        }
        Trouble::Expired(_) | Trouble::NotValidYet(_) => format!(
            "set this host's clock if it is wrong (NTP); if it is right, who runs {host}, or the \
             proxy that inspects it, has to renew the certificate"
        ),
        Trouble::BadCertificate(_) => {
            format!(
                "ask who runs {host}, or the proxy that inspects it, for a certificate that an authority \
                 issued for that name"
            )
        }
        // It was reached, and shows a certificate as any host does.
        Trouble::Proxy(ProxyTrouble::Unreachable(trouble)) if trouble.is_lasting() => {
            remedy(way, trouble, is_clock_wrong)
        }
        Trouble::Proxy(trouble) => {
            let setting = service.proxy().unwrap_or(address);
            of_proxy(way, trouble, setting, proxy.as_ref())
        }
    }
}

fn or_by_proxy(service: Service) -> String {
    service.proxy().map(|setting| format!(", or to name a proxy for {setting}")).unwrap_or_default()
}

fn of_proxy(way: &Way, trouble: &ProxyTrouble, setting: &str, proxy: Option<&Proxy>) -> String {
    let Way { service, host, port, .. } = way;
    match trouble {
        ProxyTrouble::Unreachable(_) => format!(
            "check host and port in {setting}; if they are right, ask your network team for the \
             proxy, or list {host} in NO_PROXY if it is reached without"
        ),
        ProxyTrouble::Locked => {
            let which = match proxy {
                Some(proxy) if proxy.has_user() => "correct the user and the password",
                _ => "write user and password",
            };
            let variable = format!("ETL104_{}__PROXY", service.section().trim_matches(['[', ']']));
            format!(
                "{which} in {} (or HTTPS_PROXY), as http://user:password@host:port with %40 for @",
                variable.to_uppercase()
            )
        }
        ProxyTrouble::Refused(Some(500..)) => format!(
            "ask your network team whether the proxy can reach {host}:{port}, or run again later"
        ),
        ProxyTrouble::Refused(_) => format!(
            "ask your network team to allow CONNECT to {host}:{port} for this host: it is the \
             proxy that refuses, and not what lies behind it"
        ),
        ProxyTrouble::Mute => {
            format!("check that {setting} names a proxy for HTTP (CONNECT), and its port")
        }
    }
}
