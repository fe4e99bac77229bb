//! Whether what is recorded lies in the storage, and what lies there unrecorded.
//!
//! A company's objects are looked at by their first two digits, a folder at a time: one list of some
//! thousandth part of them tells their sizes, so that memory stays flat and no object costs a request
//! of its own. What a list does not show is asked for by itself before it is called missing.

use std::collections::{BTreeSet, HashMap};

use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use model::CompanyNo;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::error::{StorageError, during};
use super::store::FileStore;
use crate::error::{Error, during as while_asking};

/// An object may lie there for so long before its row is committed.
const ARRIVES_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What the database says of an object.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Recorded {
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Its size.
    pub size_bytes: i64,
    /// Its key, below the storage's prefix.
    pub object_key: String,
    /// Whether it is known to be lost.
    pub is_lost: bool,
}

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It has another size.
    Size {
        /// The size that it has.
        found: u64,
    },
    /// It has its size, and other bytes.
    Bytes,
}

/// What was found among a company's objects of the same first digits.
#[derive(Debug, Default)]
pub struct Inspected {
    /// Recorded objects that are there as they should.
    pub whole: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Recorded objects that are not, and were not known to be lost.
    pub faults: Vec<(Recorded, Fault)>,
    /// Objects that were lost and are there again.
    pub found_again: Vec<Recorded>,
    /// Objects that no row points to: key and size.
    pub unknown: Vec<(String, u64)>,
}

/// What is recorded of a company's objects whose hash begins with a byte.
pub async fn recorded(
    conn: &mut PgConnection,
    company: &CompanyNo,
    first: u8,
) -> Result<Vec<Recorded>, Error> {
    sqlx::query_as(
        "select sha256, size_bytes, object_key, lost_at is not null as is_lost from raw.file_object
         where company_no = $1 and sha256 >= set_byte('\\x00', 0, $2)
           and ($2 = 255 or sha256 < set_byte('\\x00', 0, least($2 + 1, 255)))
         order by sha256",
    )
    .bind(company.as_str())
    .bind(i32::from(first))
    .fetch_all(conn)
    .await
    .map_err(while_asking("read what is recorded of objects"))
}

/// The first bytes of a company's recorded hashes, each once.
pub async fn recorded_folders(
    conn: &mut PgConnection,
    company: &CompanyNo,
) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(
        "select distinct encode(substr(sha256, 1, 1), 'hex') from raw.file_object
         where company_no = $1",
    )
    .bind(company.as_str())
    .fetch_all(conn)
    .await
    .map_err(while_asking("read what is recorded of objects"))
}

/// Up to `limit` recorded objects, any of them: if none is there, the storage is another one.
pub async fn some_recorded(
    conn: &mut PgConnection,
    company: &CompanyNo,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    sqlx::query_as(
        "select sha256, size_bytes, object_key, false as is_lost from raw.file_object
         where company_no = $1 and lost_at is null order by sha256 limit $2",
    )
    .bind(company.as_str())
    .bind(limit)
    .fetch_all(conn)
    .await
    .map_err(while_asking("read what is recorded of objects"))
}

impl FileStore {
    /// The folders below `files/<company_no>/`: one for each two first digits, and what else is there.
    pub async fn folders(&self, company: &CompanyNo) -> Result<BTreeSet<String>, StorageError> {
        let parent = Key::from(format!("files/{company}"));
        let listed = self.objects.list_with_delimiter(Some(&parent)).await;
        let listed = listed.map_err(during("list objects"))?;
        let names = listed.common_prefixes.iter().filter_map(|key| key.filename());
        Ok(names.map(str::to_owned).collect())
    }

    /// Compares what is recorded with what lies in one folder of a company. `recorded` was read
    /// before: a row is written after its object.
    pub async fn inspect(
        &self,
        company: &CompanyNo,
        folder: &str,
        recorded: Vec<Recorded>,
        is_deep: bool,
        now: Timestamp,
    ) -> Result<Inspected, StorageError> {
        let mut found = Inspected::default();
        let mut lying = self.lying(company, folder).await?;
        for object in recorded {
            let size = lying.remove(&object.object_key).map(|(size, _)| size);
            let fault = self.fault(&object, size, is_deep || object.is_lost, &mut found).await?;
            match (fault, object.is_lost) {
                (None, false) => found.whole += 1,
                (None, true) => found.found_again.push(object),
                (Some(fault), false) => found.faults.push((object, fault)),
                (Some(_), true) => {}
            }
        }
        let settled = now.checked_sub(ARRIVES_WITHIN).unwrap_or(Timestamp::MIN).as_second();
        let unknown = lying.into_iter().filter(|(_, (_, written_at))| *written_at < settled);
        found.unknown = unknown.map(|(key, (size, _))| (key, size)).collect();
        found.unknown.sort();
        Ok(found)
    }

    /// Whether an object is there with its size, by a request of its own.
    pub async fn is_there(&self, object: &Recorded) -> Result<bool, StorageError> {
        let size = u64::try_from(object.size_bytes).unwrap_or_default();
        self.is_whole(&Key::from(object.object_key.as_str()), size).await
    }

    /// Sizes and times of writing (in seconds) by key.
    async fn lying(
        &self,
        company: &CompanyNo,
        folder: &str,
    ) -> Result<HashMap<String, (u64, i64)>, StorageError> {
        let parent = Key::from(format!("files/{company}/{folder}"));
        self.objects
            .list(Some(&parent))
            .map_ok(|object| {
                (object.location.into(), (object.size, object.last_modified.timestamp()))
            })
            .try_collect()
            .await
            .map_err(during("list objects"))
    }

    async fn fault(
        &self,
        object: &Recorded,
        listed: Option<u64>,
        is_deep: bool,
        found: &mut Inspected,
    ) -> Result<Option<Fault>, StorageError> {
        let expected = u64::try_from(object.size_bytes).unwrap_or_default();
        let key = Key::from(object.object_key.as_str());
        if listed != Some(expected) {
            match self.objects.head(&key).await {
                Ok(object) if object.size == expected => {}
                Ok(object) => return Ok(Some(Fault::Size { found: object.size })),
                Err(object_store::Error::NotFound { .. }) => return Ok(Some(Fault::Missing)),
                Err(error) => return Err(during("look for an object")(error)),
            }
        }
        if !is_deep {
            return Ok(None);
        }
        match self.hash(&key, found).await? {
            None => Ok(Some(Fault::Missing)),
            Some(hash) if hash == object.sha256 => Ok(None),
            Some(_) => Ok(Some(Fault::Bytes)),
        }
    }

    /// Reads an object through; `None` if it is gone.
    async fn hash(
        &self,
        key: &Key,
        found: &mut Inspected,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let object = match self.objects.get(key).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            answered => answered.map_err(during("read an object"))?,
        };
        let mut hash = Sha256::new();
        let mut bytes = object.into_stream();
        while let Some(chunk) = bytes.try_next().await.map_err(during("read an object"))? {
            found.bytes_read += chunk.len() as u64;
            hash.update(&chunk);
        }
        Ok(Some(hash.finalize().to_vec()))
    }
}
