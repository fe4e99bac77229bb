//! Which files are still to be fetched. Pure, and without a state of its own.

use jiff::Timestamp;
use model::resume::FileRole;
use model::{CompanyNo, Redacted, Source, Window, taiwan_date_hour};

use super::evidence::rank;
use super::history::{Document, History, Sighting};
use super::recompute::{Recompute, RefetchFiles};
use super::slot::receipts_of;

/// A slot of a document whose file is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedFile {
    /// The document that holds the link.
    pub document_id: i64,
    /// The field that holds it.
    pub role: FileRole,
    /// The item of that field's list, from 1.
    pub item_no: u32,
    /// The token in the kept document; it may have expired.
    pub token: Redacted<String>,
    /// The newest window that showed the document: ask it again for a fresh token.
    pub window_id: i64,
    /// That window; `None` if its bounds are no hours of one date.
    pub window: Option<Window>,
    /// End of that window; the receipt carries it.
    pub window_ends_at: Timestamp,
}

/// The files to fetch: slots with a token that have no receipt; and with
/// [`RefetchFiles::NewWindow`] those of the newest document, if a window newer than their newest
/// receipt showed it.
pub(super) fn wanted(
    history: &History,
    documents: &[Document],
    settings: &Recompute<'_>,
) -> Vec<WantedFile> {
    let ranked = rank(&history.sightings, documents, settings.old_windows);
    let Some(newest) = ranked.last().map(|one| one.document) else { return Vec::new() };
    let mut wanted = Vec::new();
    for document in documents {
        let is_newest = document.content_hash == newest.content_hash;
        let shown = ranked.iter().rev().find(|one| one.shows(document));
        let Some(sighting) = shown.map(|one| one.sighting) else { continue };
        for link in &document.resume.files {
            let Some(token) = &link.token else { continue };
            if !settings.file_roles.contains(&link.role) {
                continue;
            }
            let receipt =
                receipts_of(document, link, &history.receipts).map(|one| one.window_ends_at).max();
            let is_wanted = match (receipt, settings.refetch) {
                (None, _) => true,
                (Some(_), RefetchFiles::Never) => false,
                (Some(asked_for), RefetchFiles::NewWindow) => {
                    is_newest && sighting.window_ends_at > asked_for
                }
            };
            if is_wanted {
                wanted.push(WantedFile {
                    document_id: document.document_id,
                    role: link.role,
                    item_no: link.item_no,
                    token: token.clone(),
                    window_id: sighting.window_id,
                    window: window(settings.company, sighting),
                    window_ends_at: sighting.window_ends_at,
                });
            }
        }
    }
    wanted
}

/// The window of a sighting, out of its bounds.
fn window(company: &CompanyNo, sighting: &Sighting) -> Option<Window> {
    let source: Source = sighting.source;
    let (date, start_hour) = taiwan_date_hour(sighting.window_starts_at);
    let hours = sighting.window_ends_at.duration_since(sighting.window_starts_at).as_hours();
    let end_hour = start_hour.checked_add(u8::try_from(hours).ok()?)?;
    Window::new(company.clone(), source, date, start_hour, end_hour).ok()
}
