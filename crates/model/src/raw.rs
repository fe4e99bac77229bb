//! A resume as it was received.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use smol_str::SmolStr;

/// The id that `idList` gave (`idno`): opaque text. Whether it belongs to a resume, a delivery
/// or a member is not known, so nothing is read into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResumeId(SmolStr);

impl ResumeId {
    /// The id as 104 wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ResumeId {
    type Err = InvalidResumeId;

    /// Takes what can stand in `idnos` among others: 1 to 64 visible ASCII characters without
    /// a comma.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        if text.is_empty() || text.len() > 64 || !is_plain {
            return Err(InvalidResumeId);
        }
        Ok(Self(text.into()))
    }
}

/// The text can't be an id of `idList`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidResumeId;

impl fmt::Display for InvalidResumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resume id has 1 to 64 visible ASCII characters without a comma")
    }
}

impl std::error::Error for InvalidResumeId {}

/// One resume exactly as 104 sent it: the JSON value out of the answer's `list`, byte for byte.
#[derive(Clone, PartialEq, Eq)]
pub struct RawResume {
    /// The id it was asked by.
    pub resume_id: ResumeId,
    /// The bytes of its JSON value: UTF-8 JSON, though strings may hold lone surrogates.
    pub json: String,
    /// When the answer arrived.
    pub fetched_at: Timestamp,
}

impl fmt::Debug for RawResume {
    /// Names the resume and its size, never its content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawResume({}, {} bytes)", self.resume_id, self.json.len())
    }
}

/// What makes two documents the same: a SHA-256 over the JSON's meaning, blind to the order of
/// keys, to white space and to the tokens of file links.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentHash(")?;
        for byte in self.0.iter().take(6) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}
