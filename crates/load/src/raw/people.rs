//! Whose documents are held.

use model::{CompanyNo, ResumeId};
use sqlx::PgConnection;

use crate::error::{Error, during};

/// The next people of a company that have raw documents, by resume id in the database's own
/// order, after `after`; fewer than `limit` at the end.
pub async fn next_people(
    conn: &mut PgConnection,
    company: &CompanyNo,
    after: Option<&ResumeId>,
    limit: u32,
) -> Result<Vec<ResumeId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(
        "select distinct resume_id from raw.resume_document
         where company_no = $1 and resume_id > $2 order by resume_id limit $3",
    )
    .bind(company.as_str())
    .bind(after.map_or("", ResumeId::as_str))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
    .map_err(during("list people"))?;
    ids.iter()
        .map(|id| id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id")))
        .collect()
}

/// The same of those whom some window showed late, when it was an old one already
/// ([`is_late`](crate::person::is_late)): their rows depend on how old windows are read.
pub async fn next_late_people(
    conn: &mut PgConnection,
    company: &CompanyNo,
    after: Option<&ResumeId>,
    limit: u32,
) -> Result<Vec<ResumeId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(
        "select distinct resume_id from raw.sighting
         where company_no = $1 and resume_id > $2
           and first_fetched_at - window_ends_at > interval '36 hours'
         order by resume_id limit $3",
    )
    .bind(company.as_str())
    .bind(after.map_or("", ResumeId::as_str))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
    .map_err(during("list people whom old windows showed"))?;
    ids.iter()
        .map(|id| id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id")))
        .collect()
}

/// Creates the company's partitions if they are absent. May be repeated, and called by several
/// processes at once: the later ones wait for the first to commit, so commit soon.
pub async fn add_company(conn: &mut PgConnection, company: &CompanyNo) -> Result<(), Error> {
    sqlx::query("select recruiting.add_company($1)")
        .bind(company.as_str())
        .execute(conn)
        .await
        .map_err(during("create the company's partitions"))?;
    Ok(())
}
