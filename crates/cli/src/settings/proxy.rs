//! The proxy of `[api]` and `[storage]`: the setting, or what the usual variables say.

use resumes::settings::Proxy;
use url::Url;

use super::environment::Environment;
use super::problem::{Place, Problem, Problems, Wrong, wrong};
use super::section::Section;

/// The variables that programs take for a target of each scheme; the first one that is set counts.
const VARIABLES: [(&str, [&str; 4]); 2] = [
    ("https", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
    ("http", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
];
const PAST: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy for targets of this scheme. One that the section names is for all of its targets but
/// this machine; of a variable's, `NO_PROXY` excepts some.
pub(super) fn read(
    section: &Section,
    scheme: &str,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<Proxy> {
    if let Some(text) = section.text("proxy") {
        let may_hold_secret = section.is_override("proxy") == Some(true);
        let url = section.read("proxy", problems, |_| address(text, may_hold_secret))?;
        return Some(Proxy::new(url, ""));
    }
    let (_, variables) = VARIABLES.iter().find(|(of, _)| *of == scheme)?;
    let (variable, text) = first(variables, environment)?;
    let past = first(&PAST, environment).map(|(_, past)| past).unwrap_or_default();
    match address(&with_scheme(text), true) {
        Ok(url) => Some(Proxy::new(url, past)),
        // All goes past it, so nobody asks what it is.
        Err(_) if past.trim() == "*" => None,
        Err(Wrong { what, remedy }) => {
            let place = Place::Variable(variable.to_owned());
            let setting = format!("{} proxy", section.title);
            problems.push(Problem { place, setting, what, remedy });
            None
        }
    }
}

fn first<'a>(names: &[&'a str], environment: &'a Environment) -> Option<(&'a str, &'a str)> {
    names.iter().find_map(|name| Some((*name, environment.get(name)?)))
}

/// In a variable `proxy:3128` is usual as well.
fn with_scheme(text: &str) -> String {
    if text.contains("://") { text.to_owned() } else { format!("http://{text}") }
}

/// No message shows it: it may hold a password.
fn address(text: &str, may_hold_secret: bool) -> Result<Url, Wrong> {
    let remedy = "write http://host:port, or https://host:port for a proxy that speaks TLS itself";
    let url: Option<Url> = text.parse().ok();
    let url = url.filter(Url::has_host).ok_or_else(|| wrong("is no address of a proxy", remedy))?;
    match url.scheme() {
        "http" | "https" => {}
        scheme if scheme.starts_with("socks") => {
            return Err(wrong(
                "is a SOCKS proxy, which etl104 does not speak with",
                "name an HTTP proxy, as http://host:port; or list in NO_PROXY what is reached without",
            ));
        }
        _ => return Err(wrong("is no address of a proxy", remedy)),
    }
    if url.password().is_some() && !may_hold_secret {
        return Err(wrong(
            "holds a password, which does not belong into this file",
            "take the line out, and export the whole address as HTTPS_PROXY, or as the variable \
             ETL104_API__PROXY or ETL104_STORAGE__PROXY",
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::section::{Given, Value};
    use std::path::PathBuf;

    fn proxy(setting: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<Proxy>, Problems> {
        let place = Place::File { path: PathBuf::from("etl104.toml"), at: None };
        let mut section = Section::empty("[api]".into(), place.clone());
        if let Some(url) = setting {
            let value = Value::Text(url.to_owned());
            section.values.insert("proxy", Given { value, place });
        }
        let mut problems = Problems::default();
        let proxy = read(&section, "https", &variables.into(), &mut problems);
        if problems.0.is_empty() { Ok(proxy) } else { Err(problems) }
    }

    #[track_caller]
    fn check(setting: Option<&str>, variables: &[(&str, &str)], expected: Option<&str>) {
        let proxy = proxy(setting, variables).unwrap();
        let carries = |proxy: &Proxy| proxy.carries("apis.104api.com.tw");
        let used = proxy.filter(carries).map(|proxy| proxy.to_string());
        assert_eq!(used.as_deref(), expected, "{variables:?}");
    }

    #[test]
    fn the_usual_variables_count_where_no_setting_stands() {
        check(None, &[], None);
        check(None, &[("HTTPS_PROXY", "http://a:1")], Some("a:1"));
        check(None, &[("https_proxy", "a:1")], Some("a:1"));
        check(None, &[("ALL_PROXY", "https://a")], Some("a:443"));
        check(None, &[("HTTP_PROXY", "http://a:1")], None);
        check(None, &[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", ".104api.com.tw")], None);
        check(None, &[("HTTPS_PROXY", "http://a:1"), ("no_proxy", "*")], None);
        check(None, &[("ALL_PROXY", "socks5://a:1"), ("no_proxy", "*")], None);
        let both = [("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", "*")];
        check(Some("http://b:2"), &both, Some("b:2"));
    }

    #[test]
    fn what_is_no_http_proxy_is_refused_and_not_shown() {
        for (setting, variables, said) in [
            (
                None,
                vec![("HTTPS_PROXY", "socks5h://u:hush@a:1")],
                "HTTPS_PROXY: [api] proxy: is a SOCKS",
            ),
            (Some("ftp://u:hush@a"), vec![], "[api] proxy: is no address"),
            (Some("http://u:hush@a:1"), vec![], "[api] proxy: holds a password"),
        ] {
            let problems = proxy(setting, &variables).unwrap_err().to_string();
            assert!(problems.contains(said) && !problems.contains("hush"), "{problems}");
        }
        assert!(proxy(None, &[("HTTPS_PROXY", "http://u:hush@a:1")]).is_ok());
    }
}
