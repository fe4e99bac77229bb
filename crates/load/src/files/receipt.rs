//! Receipts: what became of the file in a slot, as asked for one window.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::resume::FileRole;
use model::{CompanyNo, ResumeId};
use sqlx::{PgConnection, PgExecutor};

use super::store::StoredFile;
use crate::error::{Error, answered, during};

/// What became of one file.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The company.
    pub company: CompanyNo,
    /// The resume.
    pub resume_id: ResumeId,
    /// The document that holds the link.
    pub document_id: i64,
    /// The field that holds it.
    pub role: FileRole,
    /// The item of that field's list, from 1.
    pub item_no: u32,
    /// End of the window for which it was asked.
    pub window_ends_at: Timestamp,
    /// What became of it.
    pub outcome: ReceiptOutcome,
    /// When it was asked.
    pub fetched_at: Timestamp,
}

/// What became of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// It lies in the object storage.
    Stored(StoredFile),
    /// 104 no longer gives it.
    Unavailable {
        /// Why, in words without personal data.
        reason: String,
    },
    /// It exceeds the limit.
    TooLarge {
        /// The announced size, or what had come when it was given up.
        size: u64,
    },
}

/// The least claim stands, so that the order of arrival does not matter. What was lost is there again,
/// with the size and under the key that it was stored with.
const KEEP_OBJECT: &str = "
    insert into raw.file_object
        (company_no, sha256, size_bytes, media_type_claimed, media_type_sniffed, object_key, stored_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (company_no, sha256) do update
    set media_type_claimed = least(file_object.media_type_claimed, excluded.media_type_claimed),
        stored_at = least(file_object.stored_at, excluded.stored_at), lost_at = null,
        size_bytes = excluded.size_bytes, object_key = excluded.object_key
    where file_object.lost_at is not null
       or (file_object.size_bytes, file_object.object_key)
           <> (excluded.size_bytes, excluded.object_key)
       or file_object.media_type_claimed > excluded.media_type_claimed
       or file_object.media_type_claimed is null and excluded.media_type_claimed is not null
       or file_object.stored_at > excluded.stored_at";

/// Of two receipts for the same window the one that stored the file stands, unless it is lost; else
/// the newer.
const KEEP_RECEIPT: &str = "
    insert into raw.document_file
        (document_id, role, item_no, window_ends_at, company_no, resume_id, outcome, sha256,
         reason, size_bytes, fetched_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict (document_id, role, item_no, window_ends_at) do update
    set outcome = excluded.outcome, sha256 = excluded.sha256, reason = excluded.reason,
        size_bytes = excluded.size_bytes, fetched_at = excluded.fetched_at
    where (excluded.outcome = 'stored', excluded.fetched_at)
        > (document_file.outcome = 'stored' and not exists (
               select from raw.file_object as held
               where held.company_no = document_file.company_no
                 and held.sha256 = document_file.sha256 and held.lost_at is not null),
           document_file.fetched_at)";

/// Writes a receipt, and the object if one was stored. Durable once the caller commits; may be
/// repeated; the order of calls does not matter. `recruiting.resume_file` follows at the
/// person's next recomputation.
///
/// Says whether the file is stored, by the receipt that stands: another slot may have brought back
/// what was lost when this one was asked for.
pub async fn record(conn: &mut PgConnection, receipt: &Receipt) -> Result<bool, Error> {
    let (outcome, sha256, reason, size_bytes) = match &receipt.outcome {
        ReceiptOutcome::Stored(file) => {
            sqlx::query(KEEP_OBJECT)
                .bind(receipt.company.as_str())
                .bind(file.sha256)
                .bind(signed(file.size_bytes))
                .bind(&file.media_type_claimed)
                .bind(&file.media_type_sniffed)
                .bind(&file.object_key)
                .bind(receipt.fetched_at.to_sqlx())
                .execute(&mut *conn)
                .await
                .map_err(during("record a stored file"))?;
            ("stored", Some(file.sha256), None, Some(signed(file.size_bytes)))
        }
        ReceiptOutcome::Unavailable { reason } => ("unavailable", None, Some(reason.clone()), None),
        ReceiptOutcome::TooLarge { size } => {
            let reason = format!("{size} bytes or more exceed the limit");
            ("too_large", None, Some(reason), Some(signed(*size)))
        }
    };
    sqlx::query(KEEP_RECEIPT)
        .bind(receipt.document_id)
        .bind(receipt.role.as_str())
        .bind(i32::try_from(receipt.item_no).unwrap_or(i32::MAX))
        .bind(receipt.window_ends_at.to_sqlx())
        .bind(receipt.company.as_str())
        .bind(receipt.resume_id.as_str())
        .bind(outcome)
        .bind(sha256)
        .bind(reason)
        .bind(size_bytes)
        .bind(receipt.fetched_at.to_sqlx())
        .execute(&mut *conn)
        .await
        .map_err(during("record a receipt"))?;
    if outcome == "stored" {
        return Ok(true);
    }
    sqlx::query_scalar(
        "select outcome = 'stored' from raw.document_file
         where document_id = $1 and role = $2 and item_no = $3 and window_ends_at = $4",
    )
    .bind(receipt.document_id)
    .bind(receipt.role.as_str())
    .bind(i32::try_from(receipt.item_no).unwrap_or(i32::MAX))
    .bind(receipt.window_ends_at.to_sqlx())
    .fetch_one(conn)
    .await
    .map_err(during("read a receipt"))
}

/// Whether the company's storage holds this content already, by what was recorded. What is lost has
/// to be stored again, even if other bytes of its size lie in its place.
pub async fn is_held(
    conn: impl PgExecutor<'_>,
    company: &CompanyNo,
    sha256: &[u8; 32],
) -> Result<bool, Error> {
    let asked = sqlx::query_scalar(
        "select exists (select from raw.file_object
             where company_no = $1 and sha256 = $2 and lost_at is null)",
    )
    .bind(company.as_str())
    .bind(sha256)
    .fetch_one(conn);
    answered(asked).await.map_err(during("look for a stored file"))
}

/// Whether anything was stored for anybody: then the storage that held it has to be there.
pub async fn is_anything_held(conn: impl PgExecutor<'_>) -> Result<bool, Error> {
    let asked = sqlx::query_scalar("select exists (select from raw.file_object)").fetch_one(conn);
    answered(asked).await.map_err(during("look for stored files"))
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
