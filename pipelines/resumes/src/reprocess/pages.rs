//! The selected people in the order of their ids, in pages bounded by people and by bytes.

use load::raw::{Selection, count_selected, next_selected};
use model::{CompanyNo, ResumeId};
use sqlx::PgPool;

use crate::failure::Failure;

/// People that are asked for at once; their ids alone are held.
const ASKED: u32 = 1_000;
/// People in one transaction at most: it holds their locks.
const PEOPLE: usize = 100;
/// Bytes of their documents in one transaction at most, unless one person alone has more.
const BYTES: u64 = 4 * 1024 * 1024;

/// People of one transaction; one at least.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) people: Vec<ResumeId>,
    /// Of all their documents.
    pub(super) bytes: u64,
}

impl Page {
    fn takes(&self, bytes: u64) -> bool {
        self.people.is_empty() || self.people.len() < PEOPLE && self.bytes + bytes <= BYTES
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

/// The selected people behind a person.
pub(super) fn of<'a>(
    pool: &'a PgPool,
    company: &'a CompanyNo,
    selection: &'a Selection,
    mut after: Option<ResumeId>,
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
            for (resume_id, bytes) in found {
                if !page.takes(bytes) {
                    yield std::mem::take(&mut page);
                }
                page.people.push(resume_id);
                page.bytes += bytes;
            }
        }
        if !page.people.is_empty() {
            yield page;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_bounded_by_people_and_by_bytes() {
        let page =
            |people: usize, bytes: u64| Page { people: vec!["1".parse().unwrap(); people], bytes };
        assert!(page(0, 0).takes(100 * BYTES), "somebody large is alone");
        assert!(!page(1, 100 * BYTES).takes(1));
        assert!(page(PEOPLE - 1, 0).takes(10));
        assert!(!page(PEOPLE, 0).takes(10));
        assert!(page(2, BYTES - 10).takes(10));
        assert!(!page(2, BYTES - 10).takes(11));
    }
}
