//! Links to photo and files.

use crate::Redacted;

/// One slot of a document that holds a file or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLink {
    /// Which field it stood in.
    pub role: FileRole,
    /// The item of that list, from 1; 1 for the photo.
    pub item_no: u32,
    /// Title, if the list has one.
    pub title: Option<String>,
    /// Name of the file, if given (`fileName`).
    pub file_name: Option<String>,
    /// Link to a page (`website`), if given.
    pub website: Option<String>,
    /// The `fileId` query parameter of the link: what the file calls ask with. `None` means that
    /// the slot is recorded only.
    pub token: Option<Redacted<String>>,
    /// The link's host, if the link has one; it is never asked.
    pub host: Option<String>,
}

/// Which field a file link stood in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileRole {
    /// `headshotUrl`
    Headshot,
    /// `attachFiles[].resourceLink`
    Attachment,
    /// `projectDatas[].resourceLink`
    Project,
}

impl FileRole {
    /// All roles, in the order in which they are fetched.
    pub const ALL: [Self; 3] = [Self::Headshot, Self::Attachment, Self::Project];

    /// The name that settings and tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Headshot => "headshot",
            Self::Attachment => "attachment",
            Self::Project => "project",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}
