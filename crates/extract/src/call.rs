//! What is asked of 104: five kinds of calls, each with its path, query and words.

use model::resume::FileRole;
use model::{CompanyNo, Redacted, ResumeId, Source, Window};
use reqwest::Request;
use reqwest::header::ACCEPT_ENCODING;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::Config;
use crate::lanes::Priority;

/// The header that names the company (documented).
const COMPANY_HEADER: &str = "104-Additional-Info";

/// The kinds of calls, as the policy tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// `POST` the token URL.
    Token,
    /// `/resumes/queryList`
    List,
    /// `/resumes/queryBatch`
    Batch,
    /// `/resumes/query`: one resume.
    Resume,
    /// `/files/headshot`, `/files/attachment`
    File,
}

/// How a token call shows id and secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialStyle {
    /// In the form (documented).
    Form,
    /// As HTTP Basic (seen in public code).
    Basic,
}

/// One call, ready to be made as often as it takes. It has no `Debug`: its query may hold a file
/// token.
pub(crate) struct Call {
    pub(crate) kind: CallKind,
    /// What it does, in words for errors and logs.
    pub(crate) operation: String,
    /// Fewer attempts than the budget allows.
    pub(crate) attempts: Option<u32>,
    target: Target,
}

enum Target {
    Token(CredentialStyle),
    Resource {
        /// Without one the header is not sent, which only a probe does.
        company: Option<CompanyNo>,
        path: [&'static str; 2],
        query: Vec<(&'static str, String)>,
    },
}

impl Call {
    /// A new token.
    pub(crate) fn token(style: CredentialStyle) -> Self {
        Self {
            kind: CallKind::Token,
            operation: "asking 104 for a token".into(),
            attempts: None,
            target: Target::Token(style),
        }
    }

    /// The ids of a window.
    pub(crate) fn list(window: &Window) -> Self {
        Self {
            kind: CallKind::List,
            operation: format!("listing {window}"),
            attempts: None,
            target: resumes(window, "queryList", None),
        }
    }

    /// Up to ten resumes of a window.
    pub(crate) fn batch(window: &Window, ids: &[ResumeId]) -> Self {
        let joined = ids.iter().map(ResumeId::as_str).collect::<Vec<_>>().join(",");
        Self {
            kind: CallKind::Batch,
            operation: format!("asking for {} resumes of {window}", ids.len()),
            attempts: None,
            target: resumes(window, "queryBatch", Some(("idnos", joined))),
        }
    }

    /// One resume of a window.
    pub(crate) fn resume(window: &Window, id: &ResumeId) -> Self {
        Self {
            kind: CallKind::Resume,
            operation: format!("asking for resume {id} of {window}"),
            attempts: None,
            target: resumes(window, "query", Some(("idno", id.as_str().to_owned()))),
        }
    }

    /// A file by its token.
    pub(crate) fn file(company: &CompanyNo, role: FileRole, token: &Redacted<String>) -> Self {
        let path = match role {
            FileRole::Headshot => ["files", "headshot"],
            FileRole::Attachment | FileRole::Project => ["files", "attachment"],
        };
        Self {
            kind: CallKind::File,
            operation: format!("fetching a file ({}) of {company}", role.as_str()),
            attempts: None,
            target: Target::Resource {
                company: Some(company.clone()),
                path,
                query: vec![("fileId", token.expose().clone())],
            },
        }
    }

    /// Any question at all of a resource, for who wants to see the answer as it comes.
    pub(crate) fn free(
        kind: CallKind,
        company: Option<CompanyNo>,
        path: [&'static str; 2],
        query: Vec<(&'static str, String)>,
    ) -> Self {
        Self {
            kind,
            operation: format!("asking {} of 104", path.join("/")),
            attempts: None,
            target: Target::Resource { company, path, query },
        }
    }

    /// The same call with at most so many attempts.
    pub(crate) fn at_most(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// The lane it waits in.
    pub(crate) fn priority(&self) -> Priority {
        match self.kind {
            CallKind::Token | CallKind::List | CallKind::Batch | CallKind::Resume => {
                Priority::Resume
            }
            CallKind::File => Priority::File,
        }
    }

    /// The request, with the bearer for resource calls. It goes to one of the two configured
    /// addresses, whatever the call holds.
    pub(crate) fn request(
        &self,
        http: &reqwest::Client,
        config: &Config,
        bearer: Option<&SecretString>,
    ) -> reqwest::Result<Request> {
        let request = match &self.target {
            Target::Token(style) => {
                let form = [("grant_type", "client_credentials"), ("scope", "ehrweb_resume")];
                let secret = config.client_secret.expose_secret();
                let request = http.post(config.token_url.clone());
                match style {
                    CredentialStyle::Form => {
                        let pair =
                            [("client_id", config.client_id.as_str()), ("client_secret", secret)];
                        request.form(&[form, pair].concat())
                    }
                    CredentialStyle::Basic => {
                        request.basic_auth(&config.client_id, Some(secret)).form(&form)
                    }
                }
            }
            Target::Resource { company, path, query } => {
                let mut request = http.get(below(&config.base_url, path)).query(query);
                if let Some(company) = company {
                    request = request.header(COMPANY_HEADER, format!("guiNum={company}"));
                }
                if let Some(bearer) = bearer {
                    request = request.bearer_auth(bearer.expose_secret());
                }
                request
            }
        };
        // Nothing is asked for compressed, so that lengths are stated; what comes compressed all
        // the same is read, and bounded, as it inflates.
        request.header(ACCEPT_ENCODING, "identity").build()
    }
}

fn resumes(window: &Window, verb: &'static str, which: Option<(&'static str, String)>) -> Target {
    let mut query = vec![
        ("date", window.date().to_string()),
        ("startTime", window.start_hour().to_string()),
        ("endTime", window.end_hour().to_string()),
        ("flag", flag(window.source()).to_owned()),
    ];
    query.extend(which);
    Target::Resource { company: Some(window.company().clone()), path: ["resumes", verb], query }
}

/// 104's `flag` for a source (from public client code).
pub fn flag(source: Source) -> &'static str {
    match source {
        Source::Matched => "0",
        Source::Applied => "1",
        Source::Saved => "2",
    }
}

/// The base with the path appended, whether or not the base ends in a slash.
fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn config(base: &str) -> Config {
        let token_url = "http://127.0.0.1:1/oauth2/token".parse().unwrap();
        Config::new(token_url, base.parse().unwrap(), "me".into(), "s&cret".to_owned().into())
    }

    fn window() -> Window {
        let company = "1234567".parse().unwrap();
        Window::new(company, Source::Saved, date(2026, 11, 2), 9, 24).unwrap()
    }

    fn request(call: &Call, base: &str) -> Request {
        crate::tls::init();
        let bearer = SecretString::from("tok");
        call.request(&reqwest::Client::default(), &config(base), Some(&bearer)).unwrap()
    }

    #[test]
    fn resource_calls_name_window_and_company() {
        let ids = ["7".parse().unwrap(), "8".parse().unwrap()];
        for base in ["http://127.0.0.1:1/1.0", "http://127.0.0.1:1/1.0/"] {
            let request = request(&Call::batch(&window(), &ids), base);
            assert_eq!(
                request.url().as_str(),
                "http://127.0.0.1:1/1.0/resumes/queryBatch\
                 ?date=2026-11-02&startTime=9&endTime=24&flag=2&idnos=7%2C8"
            );
            assert_eq!(request.headers()["104-additional-info"], "guiNum=01234567");
            assert_eq!(request.headers()["authorization"], "Bearer tok");
        }
    }

    #[test]
    fn project_files_are_attachments() {
        let company = "1".parse().unwrap();
        let token = Redacted::new("a/b?c".to_owned());
        let call = Call::file(&company, FileRole::Project, &token);
        let url = request(&call, "http://127.0.0.1:1").url().to_string();
        assert_eq!(url, "http://127.0.0.1:1/files/attachment?fileId=a%2Fb%3Fc");
        assert!(!call.operation.contains("a/b"), "{}", call.operation);
    }

    #[test]
    fn token_calls_show_the_pair_in_the_form_or_as_basic() {
        let form = request(&Call::token(CredentialStyle::Form), "http://127.0.0.1:1");
        let body = form.body().and_then(reqwest::Body::as_bytes).unwrap();
        assert_eq!(
            std::str::from_utf8(body).unwrap(),
            "grant_type=client_credentials&scope=ehrweb_resume&client_id=me&client_secret=s%26cret"
        );
        let basic = request(&Call::token(CredentialStyle::Basic), "http://127.0.0.1:1");
        assert_eq!(basic.headers()["authorization"], "Basic bWU6cyZjcmV0");
        let body = basic.body().and_then(reqwest::Body::as_bytes).unwrap();
        assert!(!std::str::from_utf8(body).unwrap().contains("cret"));
    }
}
