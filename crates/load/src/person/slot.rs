//! Photos and files: each slot of each document, and what became of it.

use jiff::Timestamp;
use model::resume::FileLink;
use serde::Serialize;

use super::history::{Document, Outcome, Receipt};
use super::json::Bytes;

/// A row of `recruiting.resume_file`.
#[derive(Serialize, Debug, PartialEq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct FileRow<'a> {
    pub document_id: i64,
    pub role: &'static str,
    pub item_no: u32,
    pub title: Option<&'a str>,
    pub file_name: Option<&'a str>,
    pub website: Option<&'a str>,
    pub link_host: Option<&'a str>,
    pub state: &'static str,
    pub sha256: Option<Bytes<'a>>,
    pub size_bytes: Option<i64>,
    pub media_type_claimed: Option<&'a str>,
    pub media_type_sniffed: Option<&'a str>,
    pub object_key: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub fetched_at: Option<Timestamp>,
    pub is_in_newest_document: bool,
}

/// The slots of these documents.
pub(super) fn files<'a>(
    documents: &[&'a Document],
    receipts: &'a [Receipt],
    newest: &Document,
) -> Vec<FileRow<'a>> {
    let mut rows = Vec::new();
    for document in documents {
        for link in &document.resume.files {
            let is_newest = document.content_hash == newest.content_hash;
            rows.push(row(document, link, shown(document, link, receipts), is_newest));
        }
    }
    rows
}

/// The receipts of one slot.
pub(super) fn receipts_of<'a>(
    document: &Document,
    link: &FileLink,
    receipts: &'a [Receipt],
) -> impl Iterator<Item = &'a Receipt> {
    let (hash, role, item_no) = (document.content_hash, link.role, link.item_no);
    receipts
        .iter()
        .filter(move |one| one.content_hash == hash && one.role == role && one.item_no == item_no)
}

/// The receipt that a slot shows: that of the newest window which stored the file. What is held
/// is never hidden by a later "no longer given"; that one shows only if nothing was ever stored.
fn shown<'a>(document: &Document, link: &FileLink, receipts: &'a [Receipt]) -> Option<&'a Receipt> {
    receipts_of(document, link, receipts).max_by_key(|one| {
        (matches!(one.outcome, Outcome::Stored { .. }), one.window_ends_at, one.fetched_at)
    })
}

fn row<'a>(
    document: &Document,
    link: &'a FileLink,
    receipt: Option<&'a Receipt>,
    is_in_newest_document: bool,
) -> FileRow<'a> {
    let mut row = FileRow {
        document_id: document.document_id,
        role: link.role.as_str(),
        item_no: link.item_no,
        title: link.title.as_deref(),
        file_name: link.file_name.as_deref(),
        website: link.website.as_deref(),
        link_host: link.host.as_deref(),
        state: if link.token.is_some() { "pending" } else { "foreign_link" },
        sha256: None,
        size_bytes: None,
        media_type_claimed: None,
        media_type_sniffed: None,
        object_key: None,
        reason: None,
        fetched_at: receipt.map(|one| one.fetched_at),
        is_in_newest_document,
    };
    let Some(receipt) = receipt else { return row };
    row.state = receipt.outcome.as_str();
    match &receipt.outcome {
        Outcome::Stored {
            sha256,
            size_bytes,
            media_type_claimed,
            media_type_sniffed,
            object_key,
        } => {
            row.sha256 = Some(Bytes(sha256));
            row.size_bytes = Some(*size_bytes);
            row.media_type_claimed = media_type_claimed.as_deref();
            row.media_type_sniffed = media_type_sniffed.as_deref();
            row.object_key = Some(object_key);
        }
        Outcome::Unavailable { reason } => row.reason = Some(reason),
        Outcome::TooLarge { size_bytes, reason } => {
            row.size_bytes = *size_bytes;
            row.reason = Some(reason);
        }
    }
    row
}
