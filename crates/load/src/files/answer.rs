//! What a storage answered, read from the client's error: the client knows statuses, and S3 says
//! the cause in a body.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use network::Finding;

/// The status and code of a refusal, or the innermost cause of a failure. Holds nothing of the
/// request: a refused signature comes back with the key that made it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    status: Option<u16>,
    code: Option<String>,
    cause: String,
    finding: Option<Box<Finding>>,
    is_of_folder: bool,
    is_full: bool,
}

impl Answer {
    /// Reads an error with the chain of its causes.
    pub(super) fn of(error: &object_store::Error) -> Self {
        let is_of_folder =
            matches!(error, object_store::Error::Generic { store, .. } if *store == FOLDER);
        let mut answer = Self { is_of_folder, ..Self::default() };
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            answer.code = answer.code.or_else(|| code(&text));
            answer.status = answer.status.or_else(|| status(&text));
            answer.finding = answer.finding.or_else(|| error.downcast_ref().cloned().map(Box::new));
            if let Some(disk) = error.downcast_ref::<io::Error>() {
                answer.is_full = matches!(
                    disk.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                );
            }
            answer.cause = text;
            next = error.source();
        }
        answer
    }

    /// S3's code, such as `SlowDown`, if it gave one.
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The status of HTTP, if a server answered.
    pub(super) fn status(&self) -> Option<u16> {
        self.status
    }

    /// What is in the way to it, if it did not answer.
    pub(super) fn finding(&self) -> Option<&Finding> {
        self.finding.as_deref()
    }

    /// Whether the storage is a folder.
    pub(super) fn is_of_folder(&self) -> bool {
        self.is_of_folder
    }

    /// Whether its disk is full.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
}

/// What the client calls a folder.
const FOLDER: &str = "LocalFileSystem";

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, &self.code) {
            (Some(status), Some(code)) => write!(f, "it answered {status} {code}"),
            (Some(status), None) => write!(f, "it answered {status}"),
            (None, Some(code)) => write!(f, "it answered {code}"),
            (None, None) => f.write_str(&self.cause),
        }
    }
}

/// What stands in `<Code>…</Code>`.
fn code(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_code = code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric());
    is_code.then(|| code.to_owned())
}

/// The number after the client's own words.
fn status(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("status code: ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(store: &'static str, cause: io::Error) -> Answer {
        Answer::of(&object_store::Error::Generic { store, source: Box::new(cause) })
    }

    fn read(words: &str) -> String {
        answer("S3", io::Error::other(words.to_owned())).to_string()
    }

    #[test]
    fn a_refusal_is_its_status_and_code_and_nothing_of_the_request() {
        let refused = "Error performing PUT http://127.0.0.1/b/k in 2ms - Server returned non-2xx \
            status code: 403 Forbidden: <?xml?><Error><Code>SignatureDoesNotMatch</Code>\
            <AWSAccessKeyId>AKIA</AWSAccessKeyId></Error>";
        assert_eq!(read(refused), "it answered 403 SignatureDoesNotMatch");
        let page = "Server returned non-2xx status code: 502 Bad Gateway: <html>…";
        assert_eq!(read(page), "it answered 502");
        let late = "Server returned error response: <Error><Code>InternalError</Code></Error>";
        assert_eq!(read(late), "it answered InternalError");
        assert_eq!(read("Connection refused"), "Connection refused");
        assert_eq!(read("<Code>not a code</Code>"), "<Code>not a code</Code>");
    }

    #[test]
    fn a_full_disk_is_told_from_a_server() {
        let full = answer(FOLDER, io::ErrorKind::StorageFull.into());
        assert!(full.is_full() && full.is_of_folder() && full.status().is_none());
        assert!(!answer("S3", io::ErrorKind::ConnectionRefused.into()).is_of_folder());
    }
}
