//! A large file goes to a bucket in parts. What was begun is completed or aborted, by this process
//! or, if it is killed, by the next run: parts lie in a bucket unlisted, for ever.
//!
//! One gap remains: a process that dies after the server began an upload and before it is written
//! down here (milliseconds), or whose answer was lost, leaves an upload without parts.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use model::CompanyNo;
use object_store::MultipartId;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path as Key;
use sqlx::PgPool;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::error::{StorageError, UploadError, during};
use super::store::FileStore;
use crate::error::{Error, answered, during as while_asking};

/// All parts but the last have this size, as some servers ask.
pub(super) const PART_BYTES: usize = 8 << 20;
/// The next run does what did not succeed so soon.
const ABORT_WITHIN: Duration = Duration::from_secs(5);

/// On whose behalf a file is stored.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) company: &'a CompanyNo,
    pub(super) run_id: Uuid,
    pub(super) pool: &'a PgPool,
}

/// An upload that is written down.
struct Begun {
    upload_no: i64,
    key: Key,
    id: MultipartId,
}

impl FileStore {
    /// Takes a file to the bucket in parts.
    pub(super) async fn upload_in_parts(
        &self,
        bucket: &dyn MultipartStore,
        key: &Key,
        file: File,
        size: u64,
        owner: Owner<'_>,
    ) -> Result<(), UploadError> {
        let beginning = during("begin an upload in parts");
        let id = bucket.create_multipart(key).await.map_err(beginning)?;
        let begun = match self.write_down(owner, key, &id).await {
            Ok(upload_no) => Begun { upload_no, key: key.clone(), id },
            Err(error) => {
                if let Err(error) = abort(bucket, key, &id).await {
                    tracing::warn!(%error, "an upload in parts that has no parts yet stays in the bucket");
                }
                return Err(error.into());
            }
        };
        let sent = self.send_parts(bucket, &begun, file, size).await;
        if sent.is_err()
            && let Err(error) = abort(bucket, key, &begun.id).await
        {
            tracing::warn!(%error, "an upload in parts could not be given up; the next run does it");
        } else {
            forget(&begun, owner.pool).await?;
        }
        Ok(sent?)
    }

    async fn send_parts(
        &self,
        bucket: &dyn MultipartStore,
        begun: &Begun,
        mut file: File,
        size: u64,
    ) -> Result<(), StorageError> {
        let mut parts: Vec<PartId> = Vec::new();
        loop {
            let part = next_part(&mut file).await.map_err(|source| self.unreadable(source))?;
            let is_last = part.len() < PART_BYTES;
            if !part.is_empty() {
                let sent = bucket.put_part(&begun.key, &begun.id, parts.len(), part.into()).await;
                parts.push(sent.map_err(during("write a part"))?);
            }
            if is_last {
                break;
            }
        }
        let completed = bucket.complete_multipart(&begun.key, &begun.id, parts).await;
        let Err(error) = completed else { return Ok(()) };
        let is_gone = matches!(error, object_store::Error::NotFound { .. });
        // Completed by an earlier attempt whose answer was lost, it can't be completed again.
        if is_gone && self.is_whole(&begun.key, size).await? {
            return Ok(());
        }
        Err(during("complete an upload in parts")(error))
    }

    /// Before the first part is sent.
    async fn write_down(
        &self,
        owner: Owner<'_>,
        key: &Key,
        id: &MultipartId,
    ) -> Result<i64, Error> {
        let asked = sqlx::query_scalar(
            "insert into etl.file_upload (company_no, storage_url, object_key, upload_id, run_id)
             values ($1, $2, $3, $4, $5) returning upload_no",
        )
        .bind(owner.company.as_str())
        .bind(self.url())
        .bind(key.as_ref())
        .bind(id)
        .bind(owner.run_id)
        .fetch_one(owner.pool);
        answered(asked).await.map_err(while_asking("write an upload in parts down"))
    }

    /// Aborts a company's uploads in parts whose run lives no more, so that a bucket keeps no part
    /// of a file that no row points to. May be repeated, and done by several at once.
    pub async fn abort_abandoned(
        &self,
        company: &CompanyNo,
        pool: &PgPool,
    ) -> Result<u64, UploadError> {
        let Some(bucket) = self.parts.as_deref() else { return Ok(0) };
        let asked = sqlx::query_as(
            "select upload_no, object_key, upload_id from etl.file_upload
             where company_no = $1 and storage_url = $2 and not etl.is_run_alive(run_id)
             order by upload_no",
        )
        .bind(company.as_str())
        .bind(self.url())
        .fetch_all(pool);
        let abandoned: Vec<(i64, String, String)> =
            answered(asked).await.map_err(while_asking("look for abandoned uploads"))?;
        let count = abandoned.len() as u64;
        for (upload_no, key, id) in abandoned {
            let begun = Begun { upload_no, key: Key::from(key), id };
            abort(bucket, &begun.key, &begun.id).await?;
            forget(&begun, pool).await?;
        }
        Ok(count)
    }
}

/// What has ended already needs no end.
async fn abort(
    bucket: &dyn MultipartStore,
    key: &Key,
    id: &MultipartId,
) -> Result<(), StorageError> {
    let operation = "abort an upload in parts";
    match tokio::time::timeout(ABORT_WITHIN, bucket.abort_multipart(key, id)).await {
        Ok(Ok(()) | Err(object_store::Error::NotFound { .. })) => Ok(()),
        Ok(Err(error)) => Err(during(operation)(error)),
        Err(_elapsed) => Err(StorageError::Silent { operation }),
    }
}

async fn forget(begun: &Begun, pool: &PgPool) -> Result<(), Error> {
    let asked = sqlx::query("delete from etl.file_upload where upload_no = $1")
        .bind(begun.upload_no)
        .execute(pool);
    answered(asked).await.map_err(while_asking("forget an upload in parts"))?;
    Ok(())
}

pub(super) async fn next_part(file: &mut File) -> std::io::Result<Bytes> {
    let mut part = BytesMut::with_capacity(PART_BYTES);
    let mut rest = file.take(u64::try_from(PART_BYTES).unwrap_or(u64::MAX));
    while rest.read_buf(&mut part).await? > 0 {}
    Ok(part.freeze())
}
