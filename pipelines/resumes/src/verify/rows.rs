//! Every row follows from what is kept of its person.
//!
//! People are compared under their locks, a batch at a time, as many batches at once as there are
//! cores. Whoever is between raw and rows just now is no finding: their item says so.

use std::collections::{BTreeSet, HashSet};
use std::num::NonZero;

use jiff::Timestamp;
use load::person::{Difference, OldWindows, PersonState, Recompute, RefetchFiles, compare};
use load::raw::KeptDocument;
use model::resume::FileRole;
use model::{CompanyNo, ResumeId};
use sqlx::PgPool;
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use super::checkup::add;
use super::documents::{Damaged, is_damaged};
use super::repair::recompute_all;
use super::{Checkup, Found, Place};
use crate::company::Company;
use crate::failure::Failure;
use crate::people::refetch;
use crate::{reading, settings};

/// People in one transaction: live runs wait for their locks as long as it lasts.
const BATCH: u32 = 50;

/// Compares the rows of all people. Given companies, those that differ are written anew: not those that
/// other rules made, which are the business of `reprocess`, and not those of whom a document is
/// damaged, which may be right.
pub(super) async fn examine(
    place: &Place<'_>,
    companies: Option<&[Company]>,
    damaged: &mut Damaged,
    found: &mut Found,
) -> Result<(), Failure> {
    let mut check =
        Checkup::sound("row", "every row follows from the documents and receipts of its person");
    let mut of_other_rules = Checkup {
        remedy: "these were made by older rules: `etl104 reprocess`".to_owned(),
        ..Checkup::sound(
            "row_rules",
            "rows that today's rules would make otherwise are made by them",
        )
    };
    for no in &place.companies {
        let rules = Rules::of(place, no);
        let company =
            companies.and_then(|all| all.iter().find(|company| company.settings.no == *no));
        let mut at_work = JoinSet::new();
        let mut pages = Pages { pool: &place.pool, company: no, after: None, is_over: false };
        loop {
            while at_work.len() < cores()
                && !place.signals.token().is_cancelled()
                && let Some(ids) = pages.next().await?
            {
                at_work.spawn(differing(rules.clone(), ids));
            }
            let Some(compared) = at_work.join_next().await else { break };
            let compared = compared.map_err(broken)??;
            add(&place.examined.people, compared.people);
            damaged.add(no, compared.damaged);
            let (others, differing): (Vec<_>, Vec<_>) =
                compared.differing.into_iter().partition(|person| person.is_of_other_version);
            for person in &others {
                of_other_rules.find(|| said(person));
            }
            for person in &differing {
                check.find(|| said(person));
                found.changes.add(&person.changes);
            }
            if let Some(company) = company {
                let ids: Vec<ResumeId> =
                    differing.into_iter().map(|person| person.resume_id).collect();
                check.mended(recompute_all(company, &ids).await?);
            }
        }
    }
    found.checks.extend([check, of_other_rules]);
    Ok(())
}

/// By which rules the rows of a company follow, free of the place so that other tasks have them.
#[derive(Clone)]
struct Rules {
    pool: PgPool,
    company: CompanyNo,
    now: Timestamp,
    old_windows: settings::OldWindows,
    share_between_sources: bool,
    refetch: RefetchFiles,
    file_roles: Vec<FileRole>,
}

impl Rules {
    fn of(place: &Place<'_>, company: &CompanyNo) -> Self {
        let files = &place.settings.files;
        Self {
            pool: place.pool.clone(),
            company: company.clone(),
            now: place.began_at,
            old_windows: place.settings.run.old_windows,
            share_between_sources: place.settings.run.share_between_sources,
            refetch: refetch(files),
            file_roles: files.kinds.clone(),
        }
    }

    fn recompute(&self, old_windows: OldWindows) -> Recompute<'_> {
        Recompute {
            company: &self.company,
            run_id: Uuid::nil(),
            transform_version: transform::TRANSFORM_VERSION,
            loaded_at: self.now,
            old_windows,
            share_between_sources: self.share_between_sources,
            refetch: self.refetch,
            file_roles: &self.file_roles,
            force: true,
        }
    }
}

/// What comparing a batch found.
#[derive(Default)]
struct Compared {
    people: u64,
    differing: Vec<Difference>,
    /// Documents of people whose rows do not follow from them, and need not.
    damaged: Vec<KeptDocument>,
}

/// Those of a batch whose rows do not follow.
async fn differing(rules: Rules, ids: Vec<ResumeId>) -> Result<Compared, Failure> {
    let mut parts = vec![ids];
    let mut compared = Compared::default();
    while let Some(mut part) = parts.pop() {
        match at_once(&rules, &part).await {
            Ok((differing, damaged)) => {
                compared.people += part.len() as u64;
                compared.differing.extend(differing);
                compared.damaged.extend(damaged);
            }
            // Rows that Postgres refuses were never written: their rejection says so.
            Err(failure) if failure.refused_rows().is_some() => {
                if part.len() > 1 {
                    let rest = part.split_off(part.len() / 2);
                    parts.extend([rest, part]);
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(compared)
}

async fn at_once(
    rules: &Rules,
    ids: &[ResumeId],
) -> Result<(Vec<Difference>, Vec<KeptDocument>), Failure> {
    database::transaction(&rules.pool, || async {
        let mut tx = rules.pool.begin().await.map_err(Failure::transaction)?;
        load::person::lock_people(&mut tx, &rules.company, ids).await?;
        let old_windows = reading::in_force(&mut tx, &rules.company, rules.old_windows).await?;
        let settings = rules.recompute(old_windows);
        let people = compare(&mut tx, &settings, ids, &transform::interpret).await?;
        let mut differing: Vec<Difference> = people
            .into_iter()
            .filter(|person| matches!(person.state, PersonState::Written | PersonState::Removed))
            .collect();
        let mut damaged = Vec::new();
        if !differing.is_empty() {
            let ids: Vec<&str> = differing.iter().map(|person| person.resume_id.as_str()).collect();
            let loading = pipeline::item::kept_among(&mut tx, &rules.company, &ids).await?;
            differing.retain(|person| !loading.contains(person.resume_id.as_str()));
            let ids: Vec<ResumeId> =
                differing.iter().map(|person| person.resume_id.clone()).collect();
            damaged = load::raw::documents_of(&mut tx, &rules.company, &ids).await?;
            damaged.retain(is_damaged);
            let spoilt: HashSet<&str> = damaged.iter().map(|one| one.resume_id.as_str()).collect();
            differing.retain(|person| !spoilt.contains(person.resume_id.as_str()));
        }
        Ok::<_, Failure>((tx, (differing, damaged)))
    })
    .await
}

/// The people of a company, a batch at a time, in the order of their ids.
struct Pages<'a> {
    pool: &'a PgPool,
    company: &'a CompanyNo,
    after: Option<ResumeId>,
    is_over: bool,
}

impl Pages<'_> {
    async fn next(&mut self) -> Result<Option<Vec<ResumeId>>, Failure> {
        if self.is_over {
            return Ok(None);
        }
        let page = database::transaction(self.pool, || async {
            let mut tx = self.pool.begin().await.map_err(Failure::transaction)?;
            let page =
                load::raw::next_people(&mut tx, self.company, self.after.as_ref(), BATCH).await?;
            Ok::<_, Failure>((tx, page))
        })
        .await?;
        self.after = page.last().cloned();
        self.is_over = page.is_empty();
        Ok((!page.is_empty()).then_some(page))
    }
}

/// `resume 123: candidate, education`
fn said(person: &Difference) -> String {
    let tables: BTreeSet<&str> = person.changes.tables.keys().map(String::as_str).collect();
    let tables: Vec<&str> = tables.into_iter().collect();
    format!("resume {}: {}", person.resume_id, tables.join(", "))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// A task of ours ends otherwise only by a bug in it.
fn broken(error: JoinError) -> Failure {
    database::Error::statement("comparing rows", sqlx::Error::Io(std::io::Error::other(error)))
        .into()
}
