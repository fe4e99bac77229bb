//! One person on the way to their rows: what is kept, what stands, what the documents say.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{Rejection, ResumeId};
use sqlx::PgConnection;

use super::fingerprint::Fingerprint;
use super::history::{Document, History};
use super::lock;
use super::past::accepted;
use super::read::{self, Kept, Standing};
use super::recompute::{Interpret, Recompute, RefetchFiles};
use super::write::Scope;
use crate::error::Error;

/// What is kept of people, and what stands of them; read under their locks.
pub(super) struct People {
    histories: BTreeMap<String, History>,
    standing: BTreeMap<String, Standing>,
}

/// One person on the way to their rows.
pub(super) struct Plan<'a> {
    pub(super) history: &'a History,
    pub(super) standing: Option<&'a Standing>,
    pub(super) fingerprint: Fingerprint,
    /// Nothing that the rows follow from has changed.
    pub(super) is_unchanged: bool,
    needs_documents: bool,
    /// Those that were accepted, in the order of their contents.
    pub(super) documents: Vec<Document>,
    /// Those that were refused.
    pub(super) rejections: Vec<(i64, Rejection)>,
}

impl People {
    /// Locks people until the transaction ends, and reads what is kept of them.
    pub(super) async fn lock(
        conn: &mut PgConnection,
        settings: &Recompute<'_>,
        resume_ids: &[ResumeId],
    ) -> Result<Self, Error> {
        let company = settings.company;
        lock::people(conn, company, resume_ids).await?;
        let ids: Vec<&str> = resume_ids.iter().map(ResumeId::as_str).collect();
        let histories = read::histories(conn, settings, &ids).await?;
        let standing = read::standing(conn, company, &ids).await?;
        Ok(Self { histories, standing })
    }

    /// A plan for each person; their documents are read and interpreted where they can say more
    /// than the rows that stand, or, with `every`, in any case.
    pub(super) async fn plans(
        &self,
        conn: &mut PgConnection,
        settings: &Recompute<'_>,
        interpret: &Interpret<'_>,
        every: bool,
    ) -> Result<Vec<Plan<'_>>, Error> {
        let mut plans: Vec<Plan<'_>> = self
            .histories
            .values()
            .map(|history| {
                let standing = self.standing.get(history.resume_id.as_str());
                Plan::new(history, standing, settings, every)
            })
            .collect();
        let ids: Vec<&str> = plans
            .iter()
            .filter(|plan| plan.needs_documents)
            .map(|plan| plan.history.resume_id.as_str())
            .collect();
        if !ids.is_empty() {
            let mut kept = read::documents(conn, settings.company, &ids).await?;
            for plan in plans.iter_mut().filter(|plan| plan.needs_documents) {
                let kept = kept.remove(plan.history.resume_id.as_str()).unwrap_or_default();
                plan.interpret(kept, interpret);
            }
        }
        Ok(plans)
    }
}

impl<'a> Plan<'a> {
    fn new(
        history: &'a History,
        standing: Option<&'a Standing>,
        settings: &Recompute<'_>,
        every: bool,
    ) -> Self {
        let fingerprint =
            Fingerprint::of(history, settings.transform_version, settings.old_windows);
        let is_unchanged = !every && standing.is_some_and(|row| fingerprint.is(&row.fingerprint));
        let is_settled = standing
            .is_some_and(|row| !row.has_pending_files && row.is_settled(history, settings));
        Self {
            history,
            standing,
            fingerprint,
            is_unchanged,
            needs_documents: !(history.sightings.is_empty() || is_unchanged && is_settled),
            documents: Vec::new(),
            rejections: Vec::new(),
        }
    }

    /// Which of the rows that stand may have become others.
    pub(super) fn scope(&self, newest_document_id: i64, settings: &Recompute<'_>) -> Scope {
        let Some(row) = self.standing else { return Scope::All };
        let is_of_same_rules = row.transform_version == settings.transform_version
            && self.fingerprint.is_of_same_rules(&row.fingerprint);
        let is_of_other_hand = Fingerprint::is_of_other_hand(&row.fingerprint);
        if settings.force || !is_of_same_rules || is_of_other_hand {
            Scope::All
        } else if self.fingerprint.is_but_for_receipts(&row.fingerprint) {
            Scope::Files
        } else if row.document_id == newest_document_id {
            Scope::History
        } else {
            Scope::All
        }
    }

    /// Whether the rows that stand were made by other rules, or of other input.
    pub(super) fn is_of_other_rules(&self, settings: &Recompute<'_>) -> bool {
        self.standing.is_some_and(|row| {
            !self.fingerprint.is(&row.fingerprint)
                || row.transform_version != settings.transform_version
        })
    }

    /// An accepted document by its number.
    pub(super) fn document(&self, document_id: i64) -> Option<&Document> {
        self.documents.iter().find(|document| document.document_id == document_id)
    }

    /// Each distinct document once; the order is that of contents, not that of arrival.
    fn interpret(&mut self, kept: Vec<Kept>, interpret: &Interpret<'_>) {
        (self.documents, self.rejections) = accepted(kept, interpret);
    }
}

impl Standing {
    /// Whether the documents have nothing more to say of unchanged rows: none was rejected, and
    /// no file that is held is wanted once more.
    pub(super) fn is_settled(&self, history: &History, settings: &Recompute<'_>) -> bool {
        let documents: BTreeSet<i64> =
            history.sightings.iter().map(|sighting| sighting.document_id).collect();
        if usize::try_from(self.document_count) != Ok(documents.len()) {
            return false;
        }
        if settings.refetch == RefetchFiles::Never || history.receipts.is_empty() {
            return true;
        }
        // A receipt of the newest window that showed the newest document settles all its slots,
        // unless an older one is the newest of a slot.
        let of_newest = history.sightings.iter().filter(|one| one.document_id == self.document_id);
        let Some(newest) = of_newest.max_by(|a, b| a.order(b)) else { return false };
        let mut asked_for = BTreeMap::new();
        for receipt in history.receipts.iter().filter(|one| one.content_hash == newest.content_hash)
        {
            let ends_at =
                asked_for.entry((receipt.role, receipt.item_no)).or_insert(Timestamp::MIN);
            *ends_at = receipt.window_ends_at.max(*ends_at);
        }
        asked_for.values().all(|ends_at| *ends_at >= newest.window_ends_at)
    }
}
