//! Whether the object storage does what is asked of it.

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

use super::error::{StorageError, during};
use super::store::{FileStore, PART_BYTES};

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
    /// objects of its own under `check/`, and takes them away again. Ends at the first failure.
    pub async fn check(&self) -> Vec<CheckLine> {
        // Checks at the same time keep apart.
        let nonce = uuid::Uuid::now_v7();
        let small = Key::from(format!("check/{nonce}/small"));
        let large = Key::from(format!("check/{nonce}/large"));
        let mut lines = Vec::new();
        for what in ["put", "get and compare", "list", "multipart", "delete"] {
            let outcome = match what {
                "put" => self.put(&small).await,
                "get and compare" => self.get_and_compare(&small).await,
                "list" => self.list(&small).await,
                "multipart" => self.multipart(&large).await,
                _ => self.delete(&[&small, &large]).await,
            };
            let is_over = outcome.is_err();
            lines.push(CheckLine { what, outcome });
            if is_over {
                break;
            }
        }
        lines
    }

    async fn put(&self, key: &Key) -> Result<(), StorageError> {
        let bytes = Bytes::from_static(PROBE.as_bytes());
        self.objects.put(key, bytes.into()).await.map_err(during("write an object"))?;
        Ok(())
    }

    async fn get_and_compare(&self, key: &Key) -> Result<(), StorageError> {
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
        let total = parts.iter().map(Bytes::len).sum::<usize>();
        for part in parts {
            if let Err(source) = upload.put_part(part.into()).await {
                drop(upload.abort().await);
                return Err(failed()(source));
            }
        }
        upload.complete().await.map_err(failed())?;
        let object = self.objects.head(key).await.map_err(failed())?;
        if usize::try_from(object.size) == Ok(total) { Ok(()) } else { Err(StorageError::Corrupt) }
    }

    async fn delete(&self, keys: &[&Key]) -> Result<(), StorageError> {
        for key in keys {
            self.objects.delete(key).await.map_err(during("delete an object"))?;
        }
        Ok(())
    }
}

/// What the small object holds.
const PROBE: &str = "etl104 check: may be deleted";
