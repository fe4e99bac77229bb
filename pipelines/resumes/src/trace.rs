//! One resume's story: what the ledger knows of it, and what is held of it.

use load::trace::Trace;
use model::{CompanyNo, ResumeId};
use pipeline::report::LedgerTrace;
use sqlx::PgPool;

use crate::failure::Failure;

/// A resume that an ID names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The company.
    pub company: CompanyNo,
    /// The resume.
    pub resume_id: ResumeId,
    /// Whether the ID is not its own, but the number of its member.
    pub is_by_member: bool,
}

/// The resumes that an ID names, as their own or as their member's number; of some companies, or of
/// all if none is named.
///
/// # Errors
/// If the database can't be read.
pub async fn named(
    pool: &PgPool,
    companies: &[CompanyNo],
    id: &str,
) -> Result<Vec<Named>, Failure> {
    let asked: Vec<&str> = companies.iter().map(CompanyNo::as_str).collect();
    let asked = (!asked.is_empty()).then_some(asked.as_slice());
    let mut connection = pool.acquire().await.map_err(Failure::transaction)?;
    let named = load::trace::named(&mut connection, asked, id).await?;
    Ok(named
        .into_iter()
        .map(|(company, resume_id, is_by_member)| Named { company, resume_id, is_by_member })
        .collect())
}

/// The story of one resume.
///
/// # Errors
/// If the database can't be read.
pub async fn trace(
    pool: &PgPool,
    company: &CompanyNo,
    resume_id: &ResumeId,
) -> Result<(LedgerTrace, Trace), Failure> {
    let ledger = pipeline::report::trace(pool, company, resume_id).await?;
    let mut connection = pool.acquire().await.map_err(Failure::transaction)?;
    Ok((ledger, load::trace::of(&mut connection, company, resume_id).await?))
}
