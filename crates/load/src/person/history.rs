//! What is kept of one person: the whole input of the recomputation.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use model::resume::FileRole;
use model::{ContentHash, Note, Resume, ResumeId, Source};

/// A sighting first fetched this long after its window's end is late.
const LATE_AFTER: SignedDuration = SignedDuration::from_hours(36);

/// Whether what was fetched then came more than 36 hours after its window's end: only then is the
/// window an old one.
pub fn is_late(window_ends_at: Timestamp, fetched_at: Timestamp) -> bool {
    fetched_at.duration_since(window_ends_at) > LATE_AFTER
}

/// Everything kept of one person, in any order.
#[derive(Clone, Debug)]
pub struct History {
    /// The resume.
    pub resume_id: ResumeId,
    /// Which windows showed which documents.
    pub sightings: Vec<Sighting>,
    /// What became of the files.
    pub receipts: Vec<Receipt>,
}

impl History {
    /// The history as windows that ended by a moment tell it.
    ///
    /// Of a slot for which none of them fetched a file, the first receipt of a later window stays:
    /// it is of the same document, and the file that is held says more than none.
    #[must_use]
    pub fn as_of(mut self, moment: Timestamp) -> Self {
        self.sightings.retain(|one| one.window_ends_at <= moment);
        self.receipts.sort_by_key(|one| {
            (one.content_hash, one.role, one.item_no, one.window_ends_at, one.fetched_at)
        });
        let mut kept: Vec<Receipt> = Vec::with_capacity(self.receipts.len());
        for receipt in self.receipts {
            let is_of_the_slot = |one: &Receipt| one.is_of_slot(&receipt);
            if receipt.window_ends_at <= moment || !kept.last().is_some_and(is_of_the_slot) {
                kept.push(receipt);
            }
        }
        self.receipts = kept;
        self
    }

    /// The history as a run tells it that asked each resume of the same hours once: what a richer
    /// source showed of them (applied, then saved, then matched) is what the poorer ones showed.
    ///
    /// A run asks the richer source first and lets the others share its answer. If it fails there,
    /// the others are asked by themselves, and may be answered less of the same person; once
    /// the richer one has answered, that makes no difference. Of several answers the first after
    /// the poorer one counts, else the last before it. A late answer does not speak for one that
    /// came in time: it may show a later state.
    #[must_use]
    pub(super) fn shared_between_sources(mut self) -> Self {
        let shown = self.sightings.clone();
        for poorer in &mut self.sightings {
            let richer = shown.iter().filter(|one| one.speaks_for(poorer));
            let Some(source) = richer.clone().map(|one| one.source).max() else { continue };
            let answers = richer.filter(|one| one.source == source);
            if answers.clone().any(|one| one.content_hash == poorer.content_hash) {
                continue;
            }
            let order = |one: &&Sighting| (one.first_fetched_at, one.content_hash);
            let (before, after): (Vec<&Sighting>, Vec<&Sighting>) =
                answers.partition(|one| one.first_fetched_at < poorer.first_fetched_at);
            let nearest = after.into_iter().min_by_key(order);
            if let Some(answer) = nearest.or_else(|| before.into_iter().max_by_key(order)) {
                poorer.document_id = answer.document_id;
                poorer.content_hash = answer.content_hash;
                poorer.first_fetched_at = answer.first_fetched_at;
            }
        }
        self
    }
}

/// A row of `raw.sighting`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The source of the window.
    pub source: Source,
    /// The window's number; a pointer only.
    pub window_id: i64,
    /// Start of the window.
    pub window_starts_at: Timestamp,
    /// End of the window.
    pub window_ends_at: Timestamp,
    /// The document that was shown; a pointer only.
    pub document_id: i64,
    /// The content that was shown.
    pub content_hash: ContentHash,
    /// When it was fetched first.
    pub first_fetched_at: Timestamp,
}

impl Sighting {
    /// Fetched more than 36 hours after the window's end: it may show a later state.
    pub fn is_late(&self) -> bool {
        is_late(self.window_ends_at, self.first_fetched_at)
    }

    /// Whether this is what a richer source showed of the same hours, and no later.
    fn speaks_for(&self, poorer: &Self) -> bool {
        self.source > poorer.source
            && (self.window_starts_at, self.window_ends_at)
                == (poorer.window_starts_at, poorer.window_ends_at)
            && (poorer.is_late() || !self.is_late())
    }

    /// `hour`, `hours` or `day`: how wide the window is.
    pub fn precision(&self) -> &'static str {
        match self.window_ends_at.duration_since(self.window_starts_at).as_hours() {
            ..=1 => "hour",
            24.. => "day",
            _ => "hours",
        }
    }

    /// The order of sightings: end of the window; wider first, narrower later; source; time of
    /// fetching. What is later says more. The content decides last, so that the order is whole.
    pub fn order(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }

    fn key(&self) -> (Timestamp, Timestamp, Source, Timestamp, ContentHash) {
        (
            self.window_ends_at,
            self.window_starts_at,
            self.source,
            self.first_fetched_at,
            self.content_hash,
        )
    }
}

/// A document that the interpreter accepted.
#[derive(Clone)]
pub struct Document {
    /// Its number; a pointer only.
    pub document_id: i64,
    /// Its content's hash.
    pub content_hash: ContentHash,
    /// When it was received first.
    pub first_fetched_at: Timestamp,
    /// Its meaning.
    pub resume: Resume,
    /// What could not be read in it.
    pub notes: Vec<Note>,
}

/// A row of `raw.document_file`, with what `raw.file_object` says of the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The document that holds the link.
    pub content_hash: ContentHash,
    /// The field that holds the link.
    pub role: FileRole,
    /// The item of that field's list.
    pub item_no: u32,
    /// End of the window for which it was asked.
    pub window_ends_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// When it was asked.
    pub fetched_at: Timestamp,
}

impl Receipt {
    fn is_of_slot(&self, other: &Self) -> bool {
        (self.content_hash, self.role, self.item_no)
            == (other.content_hash, other.role, other.item_no)
    }
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It lies in the object storage.
    Stored {
        /// SHA-256 of its bytes.
        sha256: [u8; 32],
        /// Size in bytes.
        size_bytes: i64,
        /// Media type that 104 claimed.
        media_type_claimed: Option<String>,
        /// Media type read from the first bytes.
        media_type_sniffed: Option<String>,
        /// Key in the object storage.
        object_key: String,
    },
    /// 104 no longer gives it.
    Unavailable {
        /// Why, in words.
        reason: String,
    },
    /// It exceeds the limit.
    TooLarge {
        /// Its size, as far as known.
        size_bytes: Option<i64>,
        /// Why, in words.
        reason: String,
    },
}

impl Outcome {
    /// The name that tables use.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Stored { .. } => "stored",
            Self::Unavailable { .. } => "unavailable",
            Self::TooLarge { .. } => "too_large",
        }
    }
}
