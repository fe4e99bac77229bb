//! What could not be read, said beside the row instead of lost.

use crate::Redacted;

/// One remark of `interpret` on a value that it could not read, or had to change. The words stay
/// in the row's text column; the note says where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The table of `recruiting` that the value belongs to, such as `education`.
    pub table: &'static str,
    /// The column, such as `start_on`.
    pub column: &'static str,
    /// The item within a list, from 1; `None` for tables of one row a resume.
    pub item_no: Option<u32>,
    /// What happened.
    pub code: NoteCode,
    /// 104's own words, if they help to see why.
    pub words: Option<Redacted<String>>,
}

/// What a note can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteCode {
    /// The words stand in the text column, but no value could be read from them.
    Unread,
    /// A JSON type that the contract does not name for this field and that was kept as text.
    UnexpectedType,
    /// NUL characters or lone surrogates, which Postgres can't store, were replaced by U+FFFD.
    UnstorableCharacters,
    /// HTML beyond the limits of size or depth; its text was taken by the simple path.
    HtmlSimplified,
    /// A file link that leads to a host other than the configured ones; recorded, never followed.
    ForeignLink,
    /// A file link without `fileId`; recorded only.
    LinkWithoutToken,
}

impl NoteCode {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unread,
        Self::UnexpectedType,
        Self::UnstorableCharacters,
        Self::HtmlSimplified,
        Self::ForeignLink,
        Self::LinkWithoutToken,
    ];

    /// The name that tables and commands use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::UnexpectedType => "unexpected_type",
            Self::UnstorableCharacters => "unstorable_characters",
            Self::HtmlSimplified => "html_simplified",
            Self::ForeignLink => "foreign_link",
            Self::LinkWithoutToken => "link_without_token",
        }
    }
}
