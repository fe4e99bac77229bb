//! Sightings of accepted documents, ranked by what they prove.

use jiff::Timestamp;
use model::Source;

use super::history::{Document, Sighting};
use super::recompute::OldWindows;

/// One sighting and its document.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) sighting: &'a Sighting,
    pub(super) document: &'a Document,
    /// Whether it may begin a version; else it only proves that the resume was listed.
    pub(super) founds: bool,
}

impl Evidence<'_> {
    pub(super) fn shows(&self, document: &Document) -> bool {
        self.document.content_hash == document.content_hash
    }

    /// Whether 104 gives contact data under this source.
    pub(super) fn is_full(&self) -> bool {
        match self.sighting.source {
            Source::Applied | Source::Saved => true,
            Source::Matched => false,
        }
    }
}

/// All evidence, the weakest first. Sightings of documents that are not among `documents` (they
/// were rejected) prove nothing and fall away.
///
/// If old windows answer as now, a late sighting shows today's state under an old date: it founds
/// nothing. If there are none but late ones, the one fetched last tells the state, and its
/// document alone founds a version.
pub(super) fn rank<'a>(
    sightings: &'a [Sighting],
    documents: &'a [Document],
    old_windows: OldWindows,
) -> Vec<Evidence<'a>> {
    let mut ranked: Vec<Evidence<'a>> = sightings
        .iter()
        .filter_map(|sighting| {
            let document =
                documents.iter().find(|one| one.content_hash == sighting.content_hash)?;
            Some(Evidence { sighting, document, founds: true })
        })
        .collect();
    if old_windows == OldWindows::Now {
        let is_all_late = ranked.iter().all(|one| one.sighting.is_late());
        let fetched_last = ranked
            .iter()
            .max_by(|a, b| {
                let by_fetch = a.sighting.first_fetched_at.cmp(&b.sighting.first_fetched_at);
                by_fetch.then_with(|| a.sighting.order(b.sighting))
            })
            .map(|one| one.document.content_hash);
        for one in &mut ranked {
            one.founds = if is_all_late {
                Some(one.document.content_hash) == fetched_last
            } else {
                !one.sighting.is_late()
            };
        }
    }
    ranked.sort_by(|a, b| a.founds.cmp(&b.founds).then_with(|| a.sighting.order(b.sighting)));
    ranked
}

/// Of ranked evidence, what windows that had ended by a moment showed. What founds a version is
/// judged by all evidence, so that the past is a beginning of the present; where none of it had been
/// shown by then, nothing founds: the person's state then is not known.
pub(super) fn shown_by(mut ranked: Vec<Evidence<'_>>, moment: Timestamp) -> Vec<Evidence<'_>> {
    ranked.retain(|one| one.sighting.window_ends_at <= moment);
    ranked
}
