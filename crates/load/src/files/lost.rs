//! Files that are lost, and those that are found again.

use model::{CompanyNo, ResumeId};
use sqlx::PgConnection;

use crate::error::{Error, during};

/// Whether an object is in the storage, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The storage does not have it: nothing follows from its receipts.
    Lost,
    /// It is there.
    Held,
}

/// Writes down that an object is lost, or there again. The rows of the people whose receipts name it
/// follow at their next recomputation, which also wants a lost file again. May be repeated.
pub async fn mark(
    conn: &mut PgConnection,
    company: &CompanyNo,
    sha256: &[u8],
    presence: Presence,
) -> Result<(), Error> {
    sqlx::query(
        "update raw.file_object set lost_at = case when $3 then now() end
         where company_no = $1 and sha256 = $2 and (lost_at is not null) <> $3",
    )
    .bind(company.as_str())
    .bind(sha256)
    .bind(presence == Presence::Lost)
    .execute(conn)
    .await
    .map_err(during("mark a lost file"))?;
    Ok(())
}

/// Whose receipts name an object, by resume id, after `after`: a photo may be that of many.
pub async fn whose(
    conn: &mut PgConnection,
    company: &CompanyNo,
    sha256: &[u8],
    after: Option<&ResumeId>,
    limit: u32,
) -> Result<Vec<ResumeId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(
        "select distinct resume_id from raw.document_file
         where company_no = $1 and sha256 = $2 and resume_id > $3 order by resume_id limit $4",
    )
    .bind(company.as_str())
    .bind(sha256)
    .bind(after.map_or("", ResumeId::as_str))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
    .map_err(during("look whose file is lost"))?;
    ids.iter()
        .map(|id| id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id")))
        .collect()
}
