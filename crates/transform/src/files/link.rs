//! One link to a file of 104: never followed, only its token is used.

use url::{Url, form_urlencoded};

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The `fileId` query parameter.
    pub(super) token: Option<String>,
    /// The host, unless the link is relative.
    pub(super) host: Option<String>,
}

impl Link {
    /// Takes a link apart, absolute or relative.
    pub(super) fn of(link: &str) -> Self {
        Self { token: token(link), host: host(link) }
    }

    /// It names a file that 104 can be asked for.
    pub(super) fn is_file(&self) -> bool {
        self.token.is_some()
    }
}

/// Whether a bare text is a link rather than a title.
pub(super) fn looks_like_one(text: &str) -> bool {
    let is_spaced = text.contains(char::is_whitespace);
    !is_spaced && (text.contains("://") || token(text).is_some())
}

/// The decoded `fileId`; a key of other case counts if none has this one.
fn token(link: &str) -> Option<String> {
    let (_, query) = link.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query);
    // A plus is a plus here: tokens may be Base64, and hold no blanks. `&amp;` is a slip of HTML.
    let query = query.replace('+', "%2B").replace("&amp;", "&");
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs()
        .find(|(key, _)| key == "fileId")
        .or_else(|| pairs().find(|(key, _)| key.eq_ignore_ascii_case("fileId")))?;
    let token = token.trim();
    (!token.is_empty() && !token.contains(char::is_control)).then(|| token.to_owned())
}

fn host(link: &str) -> Option<String> {
    let absolute = match link.strip_prefix("//") {
        Some(rest) => Url::parse(&format!("https://{rest}")),
        None => Url::parse(link),
    };
    absolute.ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links() {
        for (link, token, host) in [
            ("https://h.example/files?fileId=abc", Some("abc"), Some("h.example")),
            ("https://h.example:8443/f?x=1&fileId=a%2Fb%3D&y=2#z", Some("a/b="), Some("h.example")),
            ("https://h.example/f?fileId=a+b", Some("a+b"), Some("h.example")),
            ("https://h.example/f?fileID=abc", Some("abc"), Some("h.example")),
            ("https://h.example/f?FILEID=no&fileId=yes", Some("yes"), Some("h.example")),
            ("https://h.example/f?x=1&amp;fileId=abc", Some("abc"), Some("h.example")),
            ("//h.example/f?fileId=abc", Some("abc"), Some("h.example")),
            ("/files/headshot?fileId=abc", Some("abc"), None),
            ("headshot?fileId=%E4%B8%AD", Some("中"), None),
            ("https://h.example/f", None, Some("h.example")),
            ("https://h.example/f?fileId=", None, Some("h.example")),
            ("https://h.example/f?fileId=%00", None, Some("h.example")),
            ("https://h.example/f#?x&fileId=abc", Some("abc"), Some("h.example")),
            ("https://h.example/f?id=abc#fileId=abc", None, Some("h.example")),
            ("http://[bad/f?fileId=abc", Some("abc"), None),
            ("a1b2c3d4", None, None),
            ("", None, None),
        ] {
            let expected = Link { token: token.map(str::to_owned), host: host.map(str::to_owned) };
            assert_eq!(Link::of(link), expected, "{link}");
        }
    }
}
