//! The object storage of photos and attachments.

use std::fmt;
use std::io::SeekFrom;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use model::CompanyNo;
use object_store::multipart::MultipartStore;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use sqlx::PgPool;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use uuid::Uuid;

use super::config::{self, Opened, StoreConfig};
use super::error::{StorageError, StoreFileError, during};
use super::folder;
use super::parts::{Owner, next_part};
use super::receipt::is_held;
use super::spool;
use crate::hex::hex;

/// Stores files once by their content, in a folder or an S3-compatible bucket.
///
/// Uploads are atomic and idempotent: an object is there whole or not at all, and a repeated one
/// overwrites itself by the same bytes. Nothing coordinates through the storage. Cheap to clone.
#[derive(Clone)]
pub struct FileStore {
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) parts: Option<Arc<dyn MultipartStore>>,
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
        let Opened { objects, parts } = config::open(&config)?;
        Ok(Self { objects, parts, config: Arc::new(config) })
    }

    /// Stores a body: downloads it to an unlinked temporary file (mode 0600) while hashing, then
    /// uploads it, unless the company holds this content already. Memory does not grow with the
    /// file. `length` is the announced one; a body of another length is refused.
    ///
    /// An object is trusted once the storage shows it with its size: one request, and not to 104.
    /// Durable when it returns, save for the receipt ([`super::record`]); may be repeated.
    pub async fn store<E: Send>(
        &self,
        company: &CompanyNo,
        run_id: Uuid,
        claimed_type: Option<&str>,
        length: Option<u64>,
        body: impl Stream<Item = Result<Bytes, E>> + Send,
        pool: &PgPool,
    ) -> Result<StoredFile, StoreFileError<E>> {
        let folder = self.config.spool_folder();
        let limit = self.config.max_bytes;
        let spooled = spool::spool(&folder, limit, claimed_type, length, body).await?;
        let object_key = object_key(company, &spooled.sha256);
        let (key, size) = (Key::from(object_key.as_str()), spooled.size_bytes);
        // It only saves an upload: what can't be asked is taken for a no.
        let is_recorded = is_held(pool, company, &spooled.sha256).await;
        // An object that was recorded may have been deleted behind our back.
        let was_held = matches!(is_recorded, Ok(true)) && self.is_whole(&key, size).await?;
        if !was_held {
            let mut file = spooled.file;
            file.seek(SeekFrom::Start(0)).await.map_err(|source| self.unreadable(source))?;
            match self.parts.as_deref() {
                None => self.upload_to_folder(&key, file, size).await?,
                Some(bucket) if size > self.config.multipart_above => {
                    let owner = Owner { company, run_id, pool };
                    self.upload_in_parts(bucket, &key, file, size, owner).await?;
                }
                Some(_) => self.put(&key, file, size).await?,
            }
            // No row may point to an object that a server only said to have.
            if !self.is_whole(&key, size).await? {
                return Err(StorageError::NotKept.into());
            }
        }
        Ok(StoredFile {
            sha256: spooled.sha256,
            size_bytes: spooled.size_bytes,
            media_type_claimed: spooled.media_type_claimed,
            media_type_sniffed: spooled.media_type_sniffed,
            object_key,
            was_held,
        })
    }

    /// Whether an object of this size is there.
    pub(super) async fn is_whole(&self, key: &Key, size: u64) -> Result<bool, StorageError> {
        match self.objects.head(key).await {
            Ok(found) => Ok(found.size == size),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(during("look for an object")(error)),
        }
    }

    /// A file arrives in a folder under a key of its own, and is moved once it is whole.
    async fn upload_to_folder(&self, key: &Key, file: File, size: u64) -> Result<(), StorageError> {
        let arriving = folder::arriving();
        if size <= self.config.multipart_above {
            self.put(&arriving, file, size).await?;
        } else {
            self.copy(&arriving, file).await?;
        }
        let moved = self.objects.rename(&arriving, key).await;
        if moved.is_err() {
            // What can't be deleted either is swept by a later run.
            drop(self.objects.delete(&arriving).await);
        }
        moved.map_err(during("move an object to its place"))
    }

    async fn put(&self, key: &Key, mut file: File, size: u64) -> Result<(), StorageError> {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        file.read_to_end(&mut bytes).await.map_err(|source| self.unreadable(source))?;
        self.objects.put(key, bytes.into()).await.map_err(during("write an object"))?;
        Ok(())
    }

    /// Copies a large file into the folder, a part at a time.
    async fn copy(&self, key: &Key, mut file: File) -> Result<(), StorageError> {
        let failed = || during("write an object");
        let mut upload = self.objects.put_multipart(key).await.map_err(failed())?;
        let copied = async {
            loop {
                let part = next_part(&mut file).await.map_err(|source| self.unreadable(source))?;
                if part.is_empty() {
                    break;
                }
                upload.put_part(part.into()).await.map_err(failed())?;
            }
            upload.complete().await.map_err(failed())
        };
        let copied = copied.await;
        if copied.is_err() {
            // What can't be deleted either is swept by a later run.
            drop(upload.abort().await);
        }
        copied.map(drop)
    }

    pub(super) fn unreadable(&self, source: std::io::Error) -> StorageError {
        StorageError::Spool { folder: self.config.spool_folder(), source }
    }

    /// What the settings call it.
    pub(super) fn url(&self) -> &str {
        &self.config.url
    }
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
