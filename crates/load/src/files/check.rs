//! Whether the object storage does what is asked of it.

use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

use super::error::{StorageError, during};
use super::parts::PART_BYTES;
use super::store::FileStore;

/// One thing that was tried.
#[derive(Debug)]
pub struct CheckLine {
    /// What was tried, in words.
    pub what: &'static str,
    /// How it went.
    pub outcome: Result<(), StorageError>,
}

impl FileStore {
    /// Tries all that storing files needs (put, get and compare, list, multipart, delete) on
    /// objects of its own under `check/`, and takes them away again, whatever fails. Ends at the
    /// first failure.
    pub async fn check(&self) -> Vec<CheckLine> {
        // Checks at the same time keep apart.
        let nonce = uuid::Uuid::now_v7();
        let small = Key::from(format!("check/{nonce}/small"));
        let large = Key::from(format!("check/{nonce}/large"));
        let mut lines = Vec::new();
        for what in ["put", "get and compare", "list", "multipart", "delete"] {
            let outcome = match what {
                "put" => self.put_probe(&small).await,
                "get and compare" => self.get_and_compare(&small).await,
                "list" => self.list(&small).await,
                "multipart" => self.multipart(&large).await,
                _ => self.delete(&[&small, &large]).await,
            };
            let is_over = outcome.is_err();
            lines.push(CheckLine { what, outcome });
            if is_over {
                self.clear(&[&small, &large]).await;
                break;
            }
        }
        lines
    }

    /// After a failure: what was written may be there, and its deletion fail as well.
    async fn clear(&self, keys: &[&Key]) {
        for key in keys {
            drop(tokio::time::timeout(CLEARED_WITHIN, self.objects.delete(key)).await);
        }
    }

    async fn put_probe(&self, key: &Key) -> Result<(), StorageError> {
        let bytes = Bytes::from_static(PROBE.as_bytes());
        self.objects.put(key, bytes.into()).await.map_err(during("write an object"))?;
        Ok(())
    }

    async fn get_and_compare(&self, key: &Key) -> Result<(), StorageError> {
        if !self.is_whole(key, PROBE.len() as u64).await? {
            return Err(StorageError::NotKept);
        }
        let object = self.objects.get(key).await.map_err(during("read an object"))?;
        let bytes = object.bytes().await.map_err(during("read an object"))?;
        if bytes == PROBE.as_bytes() { Ok(()) } else { Err(StorageError::Corrupt) }
    }

    async fn list(&self, key: &Key) -> Result<(), StorageError> {
        let parent = key.parts().take(2).collect::<Key>();
        let listed: Vec<_> =
            self.objects.list(Some(&parent)).try_collect().await.map_err(during("list objects"))?;
        let is_listed = listed.iter().any(|object| object.location == *key);
        if is_listed { Ok(()) } else { Err(StorageError::Corrupt) }
    }

    async fn multipart(&self, key: &Key) -> Result<(), StorageError> {
        let failed = || during("write an object in parts");
        let mut upload = self.objects.put_multipart(key).await.map_err(failed())?;
        let parts = [Bytes::from(vec![b'1'; PART_BYTES]), Bytes::from_static(b"2")];
        let total = parts.iter().map(|part| part.len() as u64).sum();
        let written = async {
            for part in parts {
                upload.put_part(part.into()).await?;
            }
            upload.complete().await
        };
        if let Err(error) = written.await {
            drop(tokio::time::timeout(CLEARED_WITHIN, upload.abort()).await);
            return Err(failed()(error));
        }
        if self.is_whole(key, total).await? { Ok(()) } else { Err(StorageError::NotKept) }
    }

    async fn delete(&self, keys: &[&Key]) -> Result<(), StorageError> {
        for key in keys {
            self.objects.delete(key).await.map_err(during("delete an object"))?;
        }
        for key in keys {
            // Also shows that this key may learn of an absent object that it is absent.
            match self.objects.head(key).await {
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(during("look for a deleted object")(error)),
                Ok(_) => return Err(StorageError::Corrupt),
            }
        }
        Ok(())
    }
}

/// What a check leaves behind where even deleting takes longer says so under `check/`.
const CLEARED_WITHIN: Duration = Duration::from_secs(5);

/// What the small object holds.
const PROBE: &str = "etl104 check: may be deleted";
