//! Documents that are not any more what was received.

use model::{CompanyNo, ResumeId};
use sqlx::PgConnection;

use super::people::{KeptDocument, KeptRow};
use crate::error::{Error, during};

/// All documents of some people of a company.
pub async fn documents_of(
    conn: &mut PgConnection,
    company: &CompanyNo,
    ids: &[ResumeId],
) -> Result<Vec<KeptDocument>, Error> {
    let ids: Vec<&str> = ids.iter().map(ResumeId::as_str).collect();
    let rows: Vec<KeptRow> = sqlx::query_as(
        "select document_id, resume_id, document, content_hash, hash_rule from raw.resume_document
         where company_no = $1 and resume_id = any($2) order by document_id",
    )
    .bind(company.as_str())
    .bind(&ids)
    .fetch_all(conn)
    .await
    .map_err(during("read raw documents"))?;
    Ok(rows.into_iter().map(KeptDocument::from).collect())
}

/// The documents of a company that are marked as damaged.
pub async fn marked_documents(
    conn: &mut PgConnection,
    company: &CompanyNo,
) -> Result<Vec<KeptDocument>, Error> {
    let rows: Vec<KeptRow> = sqlx::query_as(
        "select document_id, resume_id, document, content_hash, hash_rule from raw.resume_document
         where company_no = $1 and damaged_at is not null order by document_id",
    )
    .bind(company.as_str())
    .fetch_all(conn)
    .await
    .map_err(during("read damaged documents"))?;
    Ok(rows.into_iter().map(KeptDocument::from).collect())
}

/// Marks just these documents of a company as damaged: the next answer of the same content replaces
/// them. A mark that any other bears goes: somebody restored it. May be repeated.
pub async fn mark_damaged(
    conn: &mut PgConnection,
    company: &CompanyNo,
    documents: &[i64],
) -> Result<(), Error> {
    sqlx::query(
        "update raw.resume_document
         set damaged_at = case when document_id = any($2) then now() end
         where company_no = $1 and (document_id = any($2) or damaged_at is not null)
           and (document_id = any($2)) <> (damaged_at is not null)",
    )
    .bind(company.as_str())
    .bind(documents)
    .execute(conn)
    .await
    .map_err(during("mark damaged documents"))?;
    Ok(())
}
