//! The selected people in the order of their ids, in pages bounded by people and by bytes.

use std::collections::BTreeSet;
use std::sync::Arc;

use load::raw::{Selection, count_selected, next_selected};
use model::{CompanyNo, ResumeId};
use sqlx::PgPool;

use super::batch::Workshop;
use crate::failure::Failure;

/// People that are asked for at once; their ids alone are held.
const ASKED: u32 = 1_000;

/// What a transaction holds at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// People.
    pub(super) people: usize,
    /// Bytes of their documents, unless one person alone has more.
    pub(super) bytes: u64,
}

/// People of one transaction, and those among them who are passed over.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) people: Vec<ResumeId>,
    /// Of all their documents.
    pub(super) bytes: u64,
    /// How many others stand up to the last one.
    pub(super) passed_over: u64,
    /// The last person, passed over or not.
    pub(super) last: Option<ResumeId>,
}

impl Page {
    fn takes(&self, bytes: u64, limits: Limits) -> bool {
        self.people.is_empty()
            || self.people.len() < limits.people && self.bytes + bytes <= limits.bytes
    }
}

/// How many are selected behind a person.
pub(super) async fn count(
    pool: &PgPool,
    company: &CompanyNo,
    selection: &Selection,
    after: Option<&ResumeId>,
) -> Result<u64, Failure> {
    database::transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let people = count_selected(&mut tx, company, selection, after).await?;
        Ok::<_, Failure>((tx, people))
    })
    .await
}

/// The selected people behind a person. With a workshop, those whom nothing can have changed are passed over: many are
/// looked at by few questions.
pub(super) fn of<'a>(
    pool: &'a PgPool,
    company: &'a CompanyNo,
    selection: &'a Selection,
    mut after: Option<ResumeId>,
    limits: Limits,
    passing: Option<Arc<Workshop>>,
) -> impl futures::Stream<Item = Result<Page, Failure>> + 'a {
    async_stream::try_stream! {
        let mut page = Page::default();
        loop {
            let found = database::transaction(pool, || async {
                let mut tx = pool.begin().await.map_err(Failure::transaction)?;
                let found =
                    next_selected(&mut tx, company, selection, after.as_ref(), ASKED).await?;
                Ok::<_, Failure>((tx, found))
            })
            .await?;
            let Some((last, _)) = found.last() else { break };
            after = Some(last.clone());
            let unchanged = match &passing {
                Some(workshop) => workshop.unchanged(found.iter().map(|(id, _)| id)).await?,
                None => BTreeSet::new(),
            };
            for (resume_id, bytes) in found {
                if unchanged.contains(&resume_id) {
                    page.passed_over += 1;
                    page.last = Some(resume_id);
                    continue;
                }
                if !page.takes(bytes, limits) {
                    yield std::mem::take(&mut page);
                }
                page.last = Some(resume_id.clone());
                page.people.push(resume_id);
                page.bytes += bytes;
            }
            if page.people.is_empty() {
                yield std::mem::take(&mut page);
            }
        }
        if page.last.is_some() {
            yield page;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_bounded_by_people_and_by_bytes() {
        let limits = Limits { people: 100, bytes: 1_000 };
        let page = |people: usize, bytes: u64| {
            let people = vec!["1".parse().unwrap(); people];
            Page { people, bytes, ..Page::default() }
        };
        assert!(page(0, 0).takes(100_000, limits), "somebody large is alone");
        assert!(!page(1, 100_000).takes(1, limits));
        assert!(page(99, 0).takes(10, limits));
        assert!(!page(100, 0).takes(10, limits));
        assert!(page(2, 990).takes(10, limits));
        assert!(!page(2, 990).takes(11, limits));
    }
}
