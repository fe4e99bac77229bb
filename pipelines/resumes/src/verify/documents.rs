//! Every kept document still is what was hashed when it came.

use super::checkup::add;
use super::{Checkup, Place};
use crate::failure::Failure;

/// Documents in memory at once.
const BATCH: u32 = 100;

/// Hashes all documents anew. Nothing mends one: it is what 104 sent, or it is not.
pub(super) async fn examine(place: &Place<'_>, checks: &mut Vec<Checkup>) -> Result<(), Failure> {
    let mut check = Checkup {
        remedy:
            "restore these documents from a backup; without one, `etl104 backfill --refetch all` \
                 over their windows keeps what 104 answers today beside them"
                .to_owned(),
        ..Checkup::sound("document_hash", "a kept document still has the content that was received")
    };
    for company in &place.companies {
        let mut after = 0;
        while !place.signals.token().is_cancelled() {
            let page = database::transaction(&place.pool, || async {
                let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
                let page = load::raw::next_documents(&mut tx, company, after, BATCH).await?;
                Ok::<_, Failure>((tx, page))
            })
            .await?;
            let Some(last) = page.last() else { break };
            after = last.document_id;
            add(&place.examined.documents, page.len() as u64);
            for document in page {
                let is_of_today = document.hash_rule == transform::HASH_RULE;
                let hash = transform::content_hash(document.json.expose());
                if is_of_today && hash != Some(document.hash) {
                    let (resume, number) = (document.resume_id, document.document_id);
                    check.find(|| format!("resume {resume}: document {number}"));
                }
            }
        }
    }
    checks.push(check);
    Ok(())
}
