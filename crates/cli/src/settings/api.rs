//! `[api]`: how to reach 104.

use std::time::Duration;

use resumes::settings::{Api, is_local};
use url::Url;

use super::amount::duration;
use super::environment::Environment;
use super::path::Folder;
use super::problem::{Problems, Wrong, wrong};
use super::proxy;
use super::section::Section;

/// 104's hosts (documented by 104): name, token URL, resource base.
const PRESETS: [(&str, &str, &str); 2] = [
    (
        "production",
        "https://apis.104api.com.tw/oauth2/token",
        "https://apis.104api.com.tw/ehrweb_resume/1.0",
    ),
    (
        "sandbox",
        "https://apis.104api-dev.com.tw/oauth2/token",
        "https://apis.104api-dev.com.tw/ehrweb_resume/1.0",
    ),
];
/// What 104 allows (documented by 104).
const MAX_CALLS_PER_SECOND: f64 = 3.0;

/// Reads the section.
pub(crate) fn read(
    section: &Section,
    folder: &Folder,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<Api> {
    let urls = if section.text("environment").is_some() {
        section
            .read("environment", problems, preset)
            .map(|urls| overridden(urls, section, problems))
    } else if ["token_url", "base_url"].iter().any(|key| section.text(key).is_some()) {
        custom(section, problems)
    } else {
        section.refuse(
            "environment",
            problems,
            wrong(
                "is missing",
                "write environment = \"sandbox\" or \"production\", or both token_url and base_url",
            ),
        );
        None
    };
    let calls_per_second = calls_per_second(section, urls.as_ref(), problems);
    let proxy = proxy::read(section, "https", environment, problems);
    let ca_pem = section
        .read("ca_file", problems, |path| folder.read_certificates(path))
        .map(|(_, pem)| pem);
    let attempts = section.read_count("attempts", problems, 1..=100);
    let answer_timeout = section.read("answer_timeout", problems, timeout);
    let silence_timeout = section.read("silence_timeout", problems, timeout);
    let Urls { name, token_url, base_url } = urls?;
    let bound_to = database::Environment {
        name: name.to_owned(),
        token_origin: token_url.origin().ascii_serialization(),
        base_origin: base_url.origin().ascii_serialization(),
    };
    Some(Api {
        environment: bound_to,
        token_url,
        base_url,
        calls_per_second,
        proxy,
        ca_pem,
        attempts: attempts.and_then(|attempts| u32::try_from(attempts).ok()),
        answer_timeout,
        silence_timeout,
    })
}

/// The two addresses and the name of what they belong to.
struct Urls {
    name: &'static str,
    token_url: Url,
    base_url: Url,
}

fn preset(name: &str) -> Result<Urls, Wrong> {
    PRESETS
        .iter()
        .find(|(preset, _, _)| *preset == name)
        .and_then(|(name, token, base)| {
            Some(Urls { name, token_url: token.parse().ok()?, base_url: base.parse().ok()? })
        })
        .ok_or_else(|| {
            wrong(
                format!("{name:?} is no environment of 104"),
                "write \"sandbox\" or \"production\", or both token_url and base_url instead",
            )
        })
}

/// Addresses beside an environment take the place of its own: a stand-in for the sandbox is still
/// the sandbox to the database.
fn overridden(urls: Urls, section: &Section, problems: &mut Problems) -> Urls {
    Urls {
        name: urls.name,
        token_url: section.read("token_url", problems, secure_url).unwrap_or(urls.token_url),
        base_url: section.read("base_url", problems, secure_url).unwrap_or(urls.base_url),
    }
}

fn custom(section: &Section, problems: &mut Problems) -> Option<Urls> {
    for key in ["token_url", "base_url"] {
        if section.text(key).is_none() {
            let missing = wrong("is missing", "write both token_url and base_url, or environment");
            section.refuse(key, problems, missing);
        }
    }
    let token_url = section.read("token_url", problems, secure_url);
    let base_url = section.read("base_url", problems, secure_url);
    let (token_url, base_url) = (token_url?, base_url?);
    let is_preset = |(_, token, base): &&(&str, &str, &str)| {
        token_url.as_str() == *token && base_url.as_str().trim_end_matches('/') == *base
    };
    let name = PRESETS.iter().find(is_preset).map_or("custom", |(name, _, _)| name);
    Some(Urls { name, token_url, base_url })
}

/// An address that the bearer token may go to: https, or this machine.
fn secure_url(text: &str) -> Result<Url, Wrong> {
    let remedy = "write a URL such as https://apis.104api.com.tw/ehrweb_resume/1.0; \
                  http:// is for a simulator on this machine (127.0.0.1)";
    let url: Url = text
        .parse()
        .map_err(|error: url::ParseError| wrong(format!("is no URL: {error}"), remedy))?;
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !is_secure {
        return Err(wrong(
            "is not https: the token and people's data would cross the network in the clear",
            remedy,
        ));
    }
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if is_plain {
        Ok(url)
    } else {
        Err(wrong("has a user, a query or a fragment", "leave scheme, host, port and path alone"))
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_local)
}

fn calls_per_second(section: &Section, urls: Option<&Urls>, problems: &mut Problems) -> f64 {
    let Some(calls) = section.number("calls_per_second") else { return MAX_CALLS_PER_SECOND };
    let may_be_fast =
        urls.is_some_and(|urls| is_loopback(&urls.token_url) && is_loopback(&urls.base_url));
    let is_positive = calls.is_finite() && calls > 0.0;
    if !is_positive {
        let none = wrong(format!("{calls} is no positive number"), "write 3 or less");
        section.refuse("calls_per_second", problems, none);
    } else if calls > MAX_CALLS_PER_SECOND && !may_be_fast {
        let above = wrong(
            format!("{calls} is above 104's limit of 3 calls a second"),
            "write 3 or less; more is for a simulator on this machine",
        );
        section.refuse("calls_per_second", problems, above);
    }
    calls
}

fn timeout(text: &str) -> Result<Duration, Wrong> {
    let limit = duration(text)?;
    let bounds = Duration::from_secs(1)..=Duration::from_hours(1);
    if bounds.contains(&limit) {
        return Ok(limit);
    }
    Err(wrong(format!("{text:?} is not within 1s and 1h"), "write \"30s\" or \"1m\""))
}
