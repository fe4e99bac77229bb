//! A download on its way: in an unlinked temporary file, hashed as it comes.

use std::path::Path;
use std::pin::pin;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::error::{StorageError, StoreFileError};

/// As much of a file as tells its media type.
const SNIFFED_BYTES: usize = 8 << 10;

/// A downloaded file. Its temporary file has no name and vanishes with this value.
#[derive(Debug)]
pub(super) struct Spooled {
    pub(super) file: File,
    pub(super) sha256: [u8; 32],
    pub(super) size_bytes: u64,
    pub(super) media_type_claimed: Option<String>,
    pub(super) media_type_sniffed: Option<String>,
}

/// Takes a body to its end; holds no more of it in memory than one chunk and the first 8 kB.
pub(super) async fn spool<E: Send>(
    folder: &Path,
    max_bytes: u64,
    claimed_type: Option<&str>,
    length: Option<u64>,
    body: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<Spooled, StoreFileError<E>> {
    if let Some(announced) = length.filter(|announced| *announced > max_bytes) {
        return Err(StoreFileError::TooLarge { size: announced });
    }
    let unwritable = |source| StorageError::Spool { folder: folder.to_owned(), source };
    let mut file = File::from_std(tempfile::tempfile_in(folder).map_err(unwritable)?);
    let (mut hash, mut size_bytes, mut head) = (Sha256::new(), 0_u64, Vec::new());
    let mut body = pin!(body);
    while let Some(chunk) = body.try_next().await.map_err(StoreFileError::Body)? {
        size_bytes += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if size_bytes > max_bytes {
            return Err(StoreFileError::TooLarge { size: size_bytes });
        }
        hash.update(&chunk);
        let missing = SNIFFED_BYTES.saturating_sub(head.len()).min(chunk.len());
        head.extend_from_slice(chunk.get(..missing).unwrap_or_default());
        file.write_all(&chunk).await.map_err(unwritable)?;
    }
    file.flush().await.map_err(unwritable)?;
    if let Some(announced) = length.filter(|announced| *announced != size_bytes) {
        return Err(StoreFileError::LengthMismatch { announced, received: size_bytes });
    }
    Ok(Spooled {
        file,
        sha256: hash.finalize().into(),
        size_bytes,
        media_type_claimed: claimed_type.map(|claimed| claimed.replace('\0', "\u{fffd}")),
        media_type_sniffed: infer::get(&head).map(|kind| kind.mime_type().to_owned()),
    })
}
