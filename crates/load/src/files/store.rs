//! The object storage of photos and attachments.

use std::fmt;
use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::Stream;
use model::CompanyNo;
use object_store::path::Path as Key;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use sqlx::PgPool;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::timeout;

use super::config::{self, StoreConfig};
use super::error::{StorageError, StoreFileError, during};
use super::folder;
use super::receipt::is_held;
use super::spool;
use crate::hex::hex;

/// So long the database may take to say whether a content is held.
const LOOK_UP: Duration = Duration::from_secs(30);

/// All parts but the last have this size, as some servers ask.
pub(super) const PART_BYTES: usize = 8 << 20;

/// Stores files once by their content, in a folder or an S3-compatible bucket.
///
/// Uploads are atomic and idempotent: an object is there whole or not at all, and a repeated one
/// overwrites itself by the same bytes. Nothing coordinates through the storage. Cheap to clone.
#[derive(Clone)]
pub struct FileStore {
    pub(super) objects: Arc<dyn ObjectStore>,
    config: Arc<StoreConfig>,
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A file in the object storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its size.
    pub size_bytes: u64,
    /// The media type that 104 claimed.
    pub media_type_claimed: Option<String>,
    /// The media type read from its first bytes.
    pub media_type_sniffed: Option<String>,
    /// Its key, below the storage's prefix.
    pub object_key: String,
    /// Whether it was held already and nothing was uploaded.
    pub was_held: bool,
}

impl FileStore {
    /// Opens the store; speaks to no server yet. A folder is created if absent.
    pub fn open(config: StoreConfig) -> Result<Self, StorageError> {
        let objects = config::open(&config)?;
        Ok(Self { objects, config: Arc::new(config) })
    }

    /// Stores a body: downloads it to an unlinked temporary file (mode 0600) while hashing, then
    /// uploads it, unless the company holds this content already. Memory does not grow with the
    /// file. `length` is the announced one; a body of another length is refused.
    ///
    /// Durable when it returns, save for the receipt ([`super::record`]); may be repeated.
    pub async fn store<E: Send>(
        &self,
        company: &CompanyNo,
        claimed_type: Option<&str>,
        length: Option<u64>,
        body: impl Stream<Item = Result<Bytes, E>> + Send,
        pool: &PgPool,
    ) -> Result<StoredFile, StoreFileError<E>> {
        let folder = self.config.spool_folder();
        let limit = self.config.max_bytes;
        let spooled = spool::spool(&folder, limit, claimed_type, length, body).await?;
        // It only saves an upload: what can't be asked is taken for a no.
        let asked = timeout(LOOK_UP, is_held(pool, company, &spooled.sha256)).await;
        let is_held = matches!(asked, Ok(Ok(true)));
        let key = object_key(company, &spooled.sha256);
        if !is_held {
            let key = Key::from(key.as_str());
            if self.config.is_folder() {
                let arriving = folder::arriving();
                self.upload(&arriving, spooled.file, spooled.size_bytes).await?;
                let moved = self.objects.rename(&arriving, &key).await;
                moved.map_err(during("move an object to its place"))?;
            } else {
                self.upload(&key, spooled.file, spooled.size_bytes).await?;
            }
        }
        Ok(StoredFile {
            sha256: spooled.sha256,
            size_bytes: spooled.size_bytes,
            media_type_claimed: spooled.media_type_claimed,
            media_type_sniffed: spooled.media_type_sniffed,
            object_key: key,
            was_held: is_held,
        })
    }

    async fn upload(&self, key: &Key, mut file: File, size: u64) -> Result<(), StorageError> {
        file.seek(SeekFrom::Start(0)).await.map_err(|source| self.unreadable(source))?;
        if size <= self.config.multipart_above {
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            file.read_to_end(&mut bytes).await.map_err(|source| self.unreadable(source))?;
            self.objects.put(key, bytes.into()).await.map_err(during("write an object"))?;
            return Ok(());
        }
        let mut upload =
            self.objects.put_multipart(key).await.map_err(during("begin an upload in parts"))?;
        let sent = self.send_parts(upload.as_mut(), file).await;
        if sent.is_err()
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(%error, "an upload in parts could not be given up; the bucket keeps its parts");
        }
        sent
    }

    async fn send_parts(
        &self,
        upload: &mut dyn MultipartUpload,
        mut file: File,
    ) -> Result<(), StorageError> {
        loop {
            let part = next_part(&mut file).await.map_err(|source| self.unreadable(source))?;
            let is_last = part.len() < PART_BYTES;
            if !part.is_empty() {
                upload.put_part(part.into()).await.map_err(during("write a part"))?;
            }
            if is_last {
                break;
            }
        }
        upload.complete().await.map_err(during("complete an upload in parts"))?;
        Ok(())
    }

    fn unreadable(&self, source: std::io::Error) -> StorageError {
        StorageError::Spool { folder: self.config.spool_folder(), source }
    }
}

async fn next_part(file: &mut File) -> std::io::Result<Bytes> {
    let mut part = BytesMut::with_capacity(PART_BYTES);
    let mut rest = file.take(u64::try_from(PART_BYTES).unwrap_or(u64::MAX));
    while rest.read_buf(&mut part).await? > 0 {}
    Ok(part.freeze())
}

/// `files/<company_no>/<first two of sha256>/<sha256>`
fn object_key(company: &CompanyNo, sha256: &[u8; 32]) -> String {
    let [first, ..] = sha256;
    format!("files/{company}/{first:02x}/{}", hex(sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_from_company_and_content() {
        let company = "1234567".parse().unwrap();
        let key = object_key(&company, &[0xab; 32]);
        assert_eq!(key, format!("files/01234567/ab/{}", "ab".repeat(32)));
    }
}
