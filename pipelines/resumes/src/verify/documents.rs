//! Every kept document still is what was hashed when it came.
//!
//! All of them are read through when that is asked for. Without it those are looked at that somebody's
//! rows do not follow from, and those that are known: a damaged one must not spoil rows that are right.

use std::collections::{BTreeMap, HashSet};

use load::raw::KeptDocument;
use model::{CompanyNo, ResumeId};
use sqlx::PgPool;

use super::checkup::add;
use super::{Checkup, Found, Place, Weight};
use crate::company::Company;
use crate::failure::Failure;

/// Documents in memory at once.
const BATCH: u32 = 100;

/// What is known of the documents of all companies.
#[derive(Default)]
pub(super) struct Damaged {
    /// Whose they are, by company and number.
    documents: BTreeMap<(CompanyNo, i64), String>,
    /// How many can't be told, by company: another rule hashed them.
    of_other_rules: BTreeMap<CompanyNo, u64>,
}

impl Damaged {
    /// Adds documents that are damaged.
    pub(super) fn add(&mut self, company: &CompanyNo, documents: Vec<KeptDocument>) {
        let of_company =
            documents.into_iter().map(|one| ((company.clone(), one.document_id), one.resume_id));
        self.documents.extend(of_company);
    }
}

/// Whether it is another text than was hashed, as far as today's rule can tell.
pub(super) fn is_damaged(document: &KeptDocument) -> bool {
    document.hash_rule == transform::HASH_RULE
        && transform::content_hash(document.json.expose()) != Some(document.hash)
}

/// Those of the people none of whose documents is damaged: rows that follow from them are right.
pub(super) async fn undamaged(
    pool: &PgPool,
    company: &CompanyNo,
    ids: &[ResumeId],
) -> Result<Vec<ResumeId>, Failure> {
    let documents = database::transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let documents = load::raw::documents_of(&mut tx, company, ids).await?;
        Ok::<_, Failure>((tx, documents))
    })
    .await?;
    let damaged: HashSet<String> =
        documents.into_iter().filter(is_damaged).map(|one| one.resume_id).collect();
    Ok(ids.iter().filter(|id| !damaged.contains(id.as_str())).cloned().collect())
}

/// Those that are marked already, unless somebody restored them.
pub(super) async fn known(place: &Place<'_>) -> Result<Damaged, Failure> {
    let mut damaged = Damaged::default();
    for company in &place.companies {
        let mut marked = database::transaction(&place.pool, || async {
            let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
            let marked = load::raw::marked_documents(&mut tx, company).await?;
            Ok::<_, Failure>((tx, marked))
        })
        .await?;
        marked.retain(is_damaged);
        damaged.add(company, marked);
    }
    Ok(damaged)
}

/// Hashes all documents anew.
pub(super) async fn examine(place: &Place<'_>, damaged: &mut Damaged) -> Result<(), Failure> {
    for company in &place.companies {
        let mut after = 0;
        while !place.signals.token().is_cancelled() {
            let mut page = database::transaction(&place.pool, || async {
                let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
                let page = load::raw::next_documents(&mut tx, company, after, BATCH).await?;
                Ok::<_, Failure>((tx, page))
            })
            .await?;
            let Some(last) = page.last() else { break };
            after = last.document_id;
            add(&place.examined.documents, page.len() as u64);
            let others = page.iter().filter(|one| one.hash_rule != transform::HASH_RULE).count();
            *damaged.of_other_rules.entry(company.clone()).or_default() += others as u64;
            page.retain(is_damaged);
            damaged.add(company, page);
        }
    }
    Ok(())
}

/// Says what was found. Given companies, what is damaged is marked, and 104 is asked for it again.
pub(super) async fn conclude(
    place: &Place<'_>,
    companies: Option<&[Company]>,
    damaged: &Damaged,
    found: &mut Found,
) -> Result<(), Failure> {
    let asked = "104 is asked for them again, and what it still has of them is whole; if `etl104 verify` \
                 names one after that, restore it from a backup of raw.resume_document";
    let remedy = match companies {
        None => format!("`etl104 verify --repair`, then `etl104 run`: {asked}"),
        Some(_) => format!("`etl104 run`: {asked}"),
    };
    let holds = if place.request.is_deep {
        "a kept document still has the content that was received"
    } else {
        "no kept document is known to have another content than was received"
    };
    let mut check = Checkup { remedy, ..Checkup::sound("document_hash", holds) };
    for ((_, number), resume) in &damaged.documents {
        check.find(|| format!("resume {resume}: document {number}"));
    }
    found.checks.push(check);
    if place.request.is_deep {
        let mut check = Checkup {
            weight: Weight::Note,
            remedy: "none: whether these are damaged can't be told by today's rule".to_owned(),
            ..Checkup::sound("document_rule", "a kept document was hashed by today's rule")
        };
        for (company, count) in &damaged.of_other_rules {
            check.find_many(*count, || format!("{count} documents of company {company}"));
        }
        found.checks.push(check);
    }
    for company in companies.into_iter().flatten() {
        let no = &company.settings.no;
        let of_company = damaged.documents.keys().filter(|(owner, _)| owner == no);
        let numbers: Vec<i64> = of_company.map(|(_, number)| *number).collect();
        found.reopened += database::transaction(&place.pool, || async {
            let mut tx = place.pool.begin().await.map_err(Failure::transaction)?;
            load::raw::mark_damaged(&mut tx, no, &numbers).await?;
            let reopened = pipeline::verify::ask_again(&mut tx, no, &numbers).await?;
            Ok::<_, Failure>((tx, reopened))
        })
        .await?;
    }
    Ok(())
}
