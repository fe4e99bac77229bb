//! Links to files, and what came by them.

use extract::Answer;
use serde::{Deserialize, Serialize};

use super::Look;

/// Links to files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Links {
    /// Photos with a `fileId`.
    pub headshots: u64,
    /// Files of attachments and projects with a `fileId`.
    pub files: u64,
    /// Links of attachments and projects that are said to be files and have none.
    pub files_without_token: u64,
    /// On the host of the API, or relative.
    pub on_api_host: u64,
    /// On another host of 104.
    pub on_host_of_104: u64,
    /// Anywhere else.
    pub on_other_host: u64,
    /// The same slot had another `fileId` in a second answer: seen so often, of so many.
    pub tokens_differ: (u64, u64),
}

/// Files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Files {
    /// A photo.
    pub headshot: Option<File>,
    /// A file of an attachment or project.
    pub attachment: Option<File>,
    /// One `fileId` asked a second time at once.
    pub again: Option<File>,
    /// The same bytes came.
    pub is_same_again: Option<bool>,
    /// One `fileId` asked once more, so many seconds after it was given.
    pub later: Option<(u64, File)>,
}

/// A file's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The answer.
    pub look: Look,
    /// Whether its head states a length.
    pub states_length: bool,
    /// How many bytes came; a megabyte at most.
    pub bytes: u64,
}

impl File {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            look: Look::of(answer),
            states_length: answer.length.is_some(),
            bytes: u64::try_from(answer.body.expose().len()).unwrap_or(u64::MAX),
        }
    }

    /// It came, and not an error in its place.
    pub(crate) fn came(&self) -> bool {
        self.look.is_answered && !self.look.is_object && self.bytes > 0
    }
}
