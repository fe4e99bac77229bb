//! Where files for others are put, such as exports: each whole, or not at all.
//!
//! In a folder a file arrives under a name of its own (`.NAME.….part`, for its owner alone) and gets
//! its name when it is whole and on disk; what a killed process left is removed by the next
//! delivery of that name. To a bucket it goes in parts, which are aborted when it can't be
//! completed; those of a killed process are for the bucket's own rule.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use uuid::Uuid;

use super::config::{self, StoreConfig};
use super::error::{StorageError, during};

/// All parts but the last have this size; ten thousand of them, 156 GiB, are what S3 takes.
const PART_BYTES: usize = 16 << 20;
/// What can't be aborted so soon is left to the bucket's own rule.
const ABORT_WITHIN: Duration = Duration::from_secs(5);
/// A part so young may not be locked yet.
const LOCKED_WITHIN: Duration = Duration::from_mins(1);

/// A folder, or a bucket with a prefix.
pub struct Destination(Place);

enum Place {
    Folder(PathBuf),
    Bucket(Arc<dyn ObjectStore>),
}

/// Why a file was not put there: nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError<E> {
    /// What should have been put there broke off.
    #[error(transparent)]
    Source(E),
    /// The bucket refused, or did not answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The folder can't be made or written.
    #[error("could not write in the folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's words.
        #[source]
        source: io::Error,
    },
}

impl Destination {
    /// A folder; made, for its owner alone, if it is absent.
    pub fn folder(folder: PathBuf) -> Self {
        Self(Place::Folder(folder))
    }

    /// The bucket and prefix of the settings' URL. Speaks to no server yet.
    pub fn bucket(config: &StoreConfig) -> Result<Self, StorageError> {
        Ok(Self(Place::Bucket(config::open(config)?.objects)))
    }

    /// Puts a file there under its name, in place of an earlier one, and gives its size. Memory does
    /// not grow with it.
    pub async fn put<E: Send>(
        &self,
        name: &str,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<u64, DeliveryError<E>> {
        match &self.0 {
            Place::Folder(folder) => into_folder(folder, name, bytes).await,
            Place::Bucket(objects) => into_bucket(&**objects, &Key::from(name), bytes).await,
        }
    }
}

async fn into_folder<E>(
    folder: &Path,
    name: &str,
    bytes: impl Stream<Item = Result<Bytes, E>>,
) -> Result<u64, DeliveryError<E>> {
    let failed = |source| DeliveryError::Folder { folder: folder.to_owned(), source };
    let mut arriving = Arriving::begin(folder, name).map_err(failed)?;
    let mut bytes = pin!(bytes);
    let mut size = 0;
    // The system takes these and writes them in its own time: no thread is spared by another one.
    while let Some(chunk) = bytes.try_next().await.map_err(DeliveryError::Source)? {
        arriving.file.write_all(&chunk).map_err(failed)?;
        size += chunk.len() as u64;
    }
    arriving.finish(folder, name).map_err(failed)?;
    Ok(size)
}

/// A file that has not got its name yet; removed with this value.
struct Arriving {
    file: File,
    path: PathBuf,
}

impl Arriving {
    fn begin(folder: &Path, name: &str) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        sweep(folder, name)?;
        let path = folder.join(format!("{}{}{PART}", before(name), Uuid::now_v7()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let arriving = Self { file, path };
        // The lock says that somebody lives who writes this, and goes with the process.
        arriving.file.lock()?;
        Ok(arriving)
    }

    fn finish(self, folder: &Path, name: &str) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, folder.join(name))?;
        File::open(folder)?.sync_all()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // It has its name, or is of no use; what can't be removed is swept by the next delivery.
        drop(std::fs::remove_file(&self.path));
    }
}

const PART: &str = ".part";

fn before(name: &str) -> String {
    format!(".{name}.")
}

/// Removes what killed processes left of this file.
fn sweep(folder: &Path, name: &str) -> io::Result<()> {
    let before = before(name);
    let is_part = |found: &OsStr| {
        found.to_str().is_some_and(|found| found.starts_with(&before) && found.ends_with(PART))
    };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if is_part(&entry.file_name()) && is_abandoned(&entry.path()).unwrap_or(false) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

fn is_abandoned(part: &Path) -> io::Result<bool> {
    let file = OpenOptions::new().write(true).open(part)?;
    let age = file.metadata()?.modified()?.elapsed().unwrap_or_default();
    Ok(age > LOCKED_WITHIN && file.try_lock().is_ok())
}

async fn into_bucket<E>(
    objects: &dyn ObjectStore,
    key: &Key,
    bytes: impl Stream<Item = Result<Bytes, E>>,
) -> Result<u64, DeliveryError<E>> {
    let mut parts = Parts { objects, key, upload: None, part: Vec::new(), size: 0 };
    let sent = parts.send(bytes).await;
    if sent.is_err()
        && let Some(mut upload) = parts.upload.take()
        && !matches!(tokio::time::timeout(ABORT_WITHIN, upload.abort()).await, Ok(Ok(())))
    {
        tracing::warn!("an upload in parts could not be given up: the bucket's own rule has to");
    }
    sent?;
    match objects.head(key).await {
        Ok(found) if found.size == parts.size => Ok(parts.size),
        Ok(_) | Err(object_store::Error::NotFound { .. }) => Err(StorageError::NotKept.into()),
        Err(error) => Err(during("look for an object")(error).into()),
    }
}

/// An object on its way.
struct Parts<'a> {
    objects: &'a dyn ObjectStore,
    key: &'a Key,
    /// Begun once there is more than one part.
    upload: Option<Box<dyn MultipartUpload>>,
    part: Vec<u8>,
    size: u64,
}

impl Parts<'_> {
    async fn send<E>(
        &mut self,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(), DeliveryError<E>> {
        let mut bytes = pin!(bytes);
        while let Some(chunk) = bytes.try_next().await.map_err(DeliveryError::Source)? {
            self.size += chunk.len() as u64;
            let mut rest = &chunk[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(PART_BYTES - self.part.len()));
                self.part.extend_from_slice(now);
                rest = later;
                if self.part.len() == PART_BYTES {
                    self.send_part().await?;
                }
            }
        }
        Ok(self.complete().await?)
    }

    async fn send_part(&mut self) -> Result<(), StorageError> {
        let upload = if let Some(upload) = &mut self.upload {
            upload
        } else {
            let begun = self.objects.put_multipart(self.key).await;
            self.upload.insert(begun.map_err(during("begin an upload in parts"))?)
        };
        let part = Bytes::from(std::mem::take(&mut self.part));
        upload.put_part(part.into()).await.map_err(during("write a part"))
    }

    async fn complete(&mut self) -> Result<(), StorageError> {
        if self.upload.is_none() {
            let all = Bytes::from(std::mem::take(&mut self.part));
            self.objects.put(self.key, all.into()).await.map_err(during("write an object"))?;
            return Ok(());
        }
        if !self.part.is_empty() {
            self.send_part().await?;
        }
        if let Some(upload) = &mut self.upload {
            upload.complete().await.map_err(during("complete an upload in parts"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use object_store::memory::InMemory;
    use std::os::unix::fs::PermissionsExt;
    use std::time::SystemTime;

    use super::*;

    fn pieces(
        of: &'static [u8],
        times: usize,
        ends: Result<(), &'static str>,
    ) -> impl Stream<Item = Result<Bytes, &'static str>> + Send {
        let end = ends.err().map(Err);
        stream::iter((0..times).map(move |_| Ok(Bytes::from_static(of))).chain(end))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_file_has_its_name_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let to = Destination::folder(folder.path().join("made/for it"));
        let made = folder.path().join("made/for it");
        assert_eq!(to.put("a.csv", pieces(b"one", 2, Ok(()))).await.unwrap(), 6);
        let broken = to.put("a.csv", pieces(b"two", 1, Err("gone"))).await;
        assert!(matches!(broken, Err(DeliveryError::Source("gone"))));
        assert_eq!(names(&made), ["a.csv"], "nothing is left of the second one");
        assert_eq!(std::fs::read(made.join("a.csv")).unwrap(), b"oneone");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&made), mode(&made.join("a.csv"))), (0o700, 0o600));
        to.put("a.csv", pieces(b"3", 1, Ok(()))).await.unwrap();
        assert_eq!(std::fs::read(made.join("a.csv")).unwrap(), b"3");
    }

    #[tokio::test]
    async fn what_a_killed_process_left_is_removed_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let part = |name: &str| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - 2 * LOCKED_WITHIN).unwrap();
            file
        };
        drop(part(".a.csv.1.part"));
        let written = part(".a.csv.2.part");
        written.lock().unwrap();
        drop(part(".b.csv.3.part"));
        File::create(folder.path().join(".a.csv.4.part")).unwrap();
        let to = Destination::folder(folder.path().to_owned());
        to.put("a.csv", pieces(b"x", 1, Ok(()))).await.unwrap();
        assert_eq!(
            names(folder.path()),
            [".a.csv.2.part", ".a.csv.4.part", ".b.csv.3.part", "a.csv"]
        );
    }

    #[tokio::test]
    async fn parts_are_put_together() {
        static PIECE: [u8; 3_000_000] = [7; 3_000_000];
        let bucket = Arc::new(InMemory::new());
        let to = Destination(Place::Bucket(Arc::<InMemory>::clone(&bucket)));
        for times in [0, 1, 12] {
            let size = to.put("x.csv", pieces(&PIECE, times, Ok(()))).await.unwrap();
            let held = bucket.get(&Key::from("x.csv")).await.unwrap().bytes().await.unwrap();
            assert_eq!((size, held.len()), (times as u64 * 3_000_000, times * 3_000_000));
        }
    }
}
