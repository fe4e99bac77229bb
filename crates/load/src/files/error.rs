//! What can break between 104's bytes and the object storage.

use std::path::PathBuf;

/// Why a file could not be stored. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreFileError<E> {
    /// The file exceeds the limit.
    #[error("the file exceeds the limit: it has {size} bytes or more")]
    TooLarge {
        /// The announced size, or what had come when it was given up.
        size: u64,
    },
    /// Fewer or more bytes came than were announced.
    #[error("{announced} bytes were announced and {received} came")]
    LengthMismatch {
        /// As announced.
        announced: u64,
        /// As counted.
        received: u64,
    },
    /// The body broke off.
    #[error("the file's bytes broke off")]
    Body(#[source] E),
    /// The temporary file or the object storage.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why the object storage could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The setting can't be understood.
    #[error("the storage URL is not usable: {0}")]
    Url(&'static str),
    /// A certificate or an option can't be understood.
    #[error("the storage settings are not usable")]
    Settings(#[source] object_store::Error),
    /// The folder can't be used.
    #[error("could not use the folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// The temporary file could not be made, written or read back: the disk may be full.
    #[error("could not use a temporary file in {}", folder.display())]
    Spool {
        /// The folder of the temporary file.
        folder: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// The storage refused, or did not answer.
    #[error("could not {operation} in the object storage")]
    Store {
        /// What was being done.
        operation: &'static str,
        /// The storage's words.
        #[source]
        source: object_store::Error,
    },
    /// What was read back is not what was written.
    #[error("the object storage gave back other bytes than it was given")]
    Corrupt,
}

impl StorageError {
    /// Whether it is about the settings, and not about the storage.
    pub fn is_settings(&self) -> bool {
        match self {
            Self::Url(_) | Self::Settings(_) => true,
            Self::Folder { .. } | Self::Spool { .. } | Self::Store { .. } | Self::Corrupt => false,
        }
    }

    /// What a human can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Url(_) => "give [storage] url as file:./folder or s3://bucket/prefix",
            Self::Settings(_) => "correct [storage] ca_file and the AWS_… variables",
            Self::Folder { .. } => "make the folder of [storage] url writable, or name another",
            Self::Spool { .. } => "free space in that folder, or point TMPDIR to a larger disk",
            Self::Corrupt => "do not use this storage: it does not keep what it is given",
            Self::Store { source, .. } => match source {
                object_store::Error::NotFound { .. } => {
                    "create the bucket, or correct [storage] url"
                }
                object_store::Error::PermissionDenied { .. } => {
                    "grant this key reading, writing, listing and deleting in the bucket"
                }
                object_store::Error::Unauthenticated { .. } => {
                    "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                }
                _ => "see that [storage] endpoint is right and answers, then try again",
            },
        }
    }
}

pub(super) fn during(operation: &'static str) -> impl FnOnce(object_store::Error) -> StorageError {
    move |source| StorageError::Store { operation, source }
}
