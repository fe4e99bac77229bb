//! File tokens carry what they stand for, so that none has to be remembered.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::dice::mix;
use crate::locked::locked;

/// Which file of a resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Headshot { version: u32 },
    Attachment { number: u8 },
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileToken {
    pub(crate) kind: FileKind,
    pub(crate) company: String,
    pub(crate) id: String,
}

/// Makes tokens and reads its own ones; those of another run are unknown to it.
#[derive(Debug)]
pub(crate) struct Mint {
    salt: u64,
    count: AtomicU64,
    /// Whether each token differs from all before it, and expires.
    differ: bool,
    lifetime: Option<Duration>,
    /// Whether each token is good for one file.
    once: bool,
    used: Mutex<HashSet<String>>,
}

impl Mint {
    pub(crate) fn new(salt: u64, differ: bool, lifetime: Option<Duration>) -> Self {
        Self {
            salt,
            count: AtomicU64::new(0),
            differ,
            lifetime: lifetime.filter(|_| differ),
            once: false,
            used: Mutex::default(),
        }
    }

    /// Each token is good for one file.
    pub(crate) fn once(self, once: bool) -> Self {
        Self { once: once && self.differ, ..self }
    }

    /// A token issued at a time since the start.
    pub(crate) fn issue(&self, token: &FileToken, at: Duration) -> String {
        let (issued, nonce) = if self.differ {
            (
                u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
                self.count.fetch_add(1, Ordering::Relaxed),
            )
        } else {
            (0, 0)
        };
        let (letter, detail) = match token.kind {
            FileKind::Headshot { version } => ('h', version),
            FileKind::Attachment { number } => ('a', u32::from(number)),
        };
        let id = token.id.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        let body = format!("{letter}{detail:x}-{issued:x}-{nonce:x}-{}-{id}", token.company);
        format!("{body}-{:016x}", self.seal(&body))
    }

    /// What a token stands for; nothing if it is unknown, expired at that time, or used up by this.
    pub(crate) fn read(&self, text: &str, at: Duration) -> Option<FileToken> {
        let (token, issued) = self.opened(text)?;
        if self.lifetime.is_some_and(|lifetime| at > issued + lifetime) {
            return None;
        }
        let is_first = !self.once || locked(&self.used).insert(text.to_owned());
        is_first.then_some(token)
    }

    /// Whose file a token stands for, whether or not it is still good.
    pub(crate) fn owner(&self, text: &str) -> Option<String> {
        self.opened(text).map(|(token, _)| token.id)
    }

    fn opened(&self, text: &str) -> Option<(FileToken, Duration)> {
        let (body, seal) = text.rsplit_once('-')?;
        if seal != format!("{:016x}", self.seal(body)) {
            return None;
        }
        let mut parts = body.split('-');
        let kind = parts.next()?;
        let issued = Duration::from_millis(u64::from_str_radix(parts.next()?, 16).ok()?);
        let _nonce = parts.next()?;
        let company = parts.next()?.to_owned();
        let digits: Vec<char> = parts.next()?.chars().collect();
        let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok();
        let id =
            String::from_utf8(digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>()?).ok()?;
        let kind = if let Some(version) = kind.strip_prefix('h') {
            FileKind::Headshot { version: u32::from_str_radix(version, 16).ok()? }
        } else {
            FileKind::Attachment { number: u8::from_str_radix(kind.strip_prefix('a')?, 16).ok()? }
        };
        Some((FileToken { kind, company, id }, issued))
    }

    fn seal(&self, body: &str) -> u64 {
        mix(&[self.salt, crate::dice::word(body)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_differ_and_expire() {
        let mint = Mint::new(1, true, Some(Duration::from_mins(10)));
        for kind in [FileKind::Headshot { version: 77 }, FileKind::Attachment { number: 200 }] {
            let token = FileToken { kind, company: "01234567".into(), id: "履歷-1".into() };
            let (first, second) =
                (mint.issue(&token, Duration::ZERO), mint.issue(&token, Duration::ZERO));
            assert_ne!(first, second);
            assert_eq!(mint.read(&first, Duration::from_mins(10)), Some(token.clone()));
            assert_eq!(mint.read(&first, Duration::from_secs(601)), None);
            assert_eq!(Mint::new(2, true, None).read(&first, Duration::ZERO), None);
            let stable = Mint::new(1, false, Some(Duration::ZERO));
            let issued = stable.issue(&token, Duration::from_secs(5));
            assert_eq!(issued, stable.issue(&token, Duration::from_secs(9)));
            assert_eq!(stable.read(&issued, Duration::from_secs(99)), Some(token.clone()));
            let once = Mint::new(1, true, None).once(true);
            let issued = once.issue(&token, Duration::ZERO);
            assert_eq!(once.read(&issued, Duration::ZERO), Some(token.clone()));
            assert_eq!(once.read(&issued, Duration::ZERO), None);
            assert_eq!(once.owner(&issued), Some(token.id));
        }
        assert_eq!(mint.read("no-token", Duration::ZERO), None);
    }
}
