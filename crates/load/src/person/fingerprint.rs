//! What a person's rows follow from: the version of the rules, and two hashes over all that is kept. Receipts of
//! files come most often, and concern the rows of files alone: they have a hash of their own.

use sha2::{Digest, Sha256};

use super::history::{History, Outcome, Receipt, Sighting};
use super::recompute::OldWindows;

/// Grows whenever this crate makes other rows of the same input.
pub const ROWS_VERSION: i32 = 4;

/// How the fingerprint of rows begins that today's rules made.
pub(super) const RULES_MARK: [u8; 4] = ROWS_VERSION.to_be_bytes();

/// The length of a hash.
const HASH: usize = 32;
/// Where the hash over receipts begins.
const RECEIPTS: usize = RULES_MARK.len() + HASH;

/// Equal fingerprints: recomputing would write the same rows again. Blind to the order of the
/// input and to the numbers of documents and windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; RECEIPTS + HASH]);

impl Fingerprint {
    pub(super) fn of(history: &History, transform_version: i32, old_windows: OldWindows) -> Self {
        let mut whole = [0; RECEIPTS + HASH];
        whole[..RULES_MARK.len()].copy_from_slice(&RULES_MARK);
        whole[RULES_MARK.len()..RECEIPTS].copy_from_slice(&evidence(
            history,
            transform_version,
            old_windows,
        ));
        whole[RECEIPTS..].copy_from_slice(&receipts(history));
        Self(whole)
    }

    /// As it is written down.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is what was written down.
    pub(super) fn is(&self, written: &[u8]) -> bool {
        self.0 == *written
    }

    /// Whether the same rules made what was written down.
    pub(super) fn is_of_same_rules(&self, written: &[u8]) -> bool {
        written.starts_with(&self.0[..RULES_MARK.len()])
    }

    /// Whether nothing is written down but the rules: somebody else wrote some of the rows.
    pub(super) fn is_of_other_hand(written: &[u8]) -> bool {
        written.len() <= RULES_MARK.len()
    }

    /// Whether what was written down differs in the receipts at most.
    pub(super) fn is_but_for_receipts(&self, written: &[u8]) -> bool {
        written.starts_with(&self.0[..RECEIPTS])
    }
}

/// Over the sightings and how they are read.
fn evidence(history: &History, transform_version: i32, old_windows: OldWindows) -> [u8; HASH] {
    let mut hash = Sha256::new();
    hash.update(transform_version.to_be_bytes());
    // How old windows are read matters to whom such a window showed.
    let is_late = history.sightings.iter().any(Sighting::is_late);
    hash.update([u8::from(old_windows == OldWindows::Now && is_late)]);

    let mut sightings: Vec<&Sighting> = history.sightings.iter().collect();
    sightings.sort_by(|a, b| a.order(b));
    for sighting in sightings {
        hash.update(b"s");
        for time in [sighting.window_starts_at, sighting.window_ends_at, sighting.first_fetched_at]
        {
            hash.update(time.as_microsecond().to_be_bytes());
        }
        text(&mut hash, sighting.source.as_str());
        hash.update(sighting.content_hash.0);
    }
    hash.finalize().into()
}

fn receipts(history: &History) -> [u8; HASH] {
    let mut hash = Sha256::new();
    let mut receipts: Vec<&Receipt> = history.receipts.iter().collect();
    receipts.sort_by_key(|one| (one.content_hash, one.role, one.item_no, one.window_ends_at));
    for receipt in receipts {
        hash.update(b"r");
        hash.update(receipt.content_hash.0);
        text(&mut hash, receipt.role.as_str());
        hash.update(receipt.item_no.to_be_bytes());
        for time in [receipt.window_ends_at, receipt.fetched_at] {
            hash.update(time.as_microsecond().to_be_bytes());
        }
        text(&mut hash, receipt.outcome.as_str());
        match &receipt.outcome {
            Outcome::Stored { sha256, object_key, .. } => {
                hash.update(sha256);
                text(&mut hash, object_key);
            }
            Outcome::Unavailable { reason } => text(&mut hash, reason),
            Outcome::TooLarge { size_bytes, reason } => {
                hash.update(size_bytes.unwrap_or(-1).to_be_bytes());
                text(&mut hash, reason);
            }
        }
    }
    hash.finalize().into()
}

/// Length first, so that two texts can't run into each other.
fn text(hash: &mut Sha256, text: &str) {
    hash.update(text.len().to_be_bytes());
    hash.update(text.as_bytes());
}
