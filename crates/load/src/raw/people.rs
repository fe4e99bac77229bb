//! Whose documents are held.

use model::{CompanyNo, ContentHash, Redacted, ResumeId};
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

/// A document as it is kept, with the hash that it had when it came.
#[derive(Debug)]
pub struct KeptDocument {
    /// Its number.
    pub document_id: i64,
    /// The resume.
    pub resume_id: String,
    /// What 104 sent. Personal data.
    pub json: Redacted<String>,
    /// What makes two documents the same.
    pub hash: ContentHash,
    /// The number of the rule that made the hash.
    pub hash_rule: i16,
}

/// The next documents of a company by their numbers, after `after`; none at the end.
pub async fn next_documents(
    conn: &mut PgConnection,
    company: &CompanyNo,
    after: i64,
    limit: u32,
) -> Result<Vec<KeptDocument>, Error> {
    let rows: Vec<(i64, String, String, [u8; 32], i16)> = sqlx::query_as(
        "select document_id, resume_id, document, content_hash, hash_rule from raw.resume_document
         where company_no = $1 and document_id > $2 order by document_id limit $3",
    )
    .bind(company.as_str())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
    .map_err(during("read raw documents"))?;
    let kept = |(document_id, resume_id, json, hash, hash_rule)| KeptDocument {
        document_id,
        resume_id,
        json: Redacted::new(json),
        hash: ContentHash(hash),
        hash_rule,
    };
    Ok(rows.into_iter().map(kept).collect())
}
