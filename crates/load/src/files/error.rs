//! What can break between 104's bytes and the object storage.

use std::path::PathBuf;

use super::answer::Answer;

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
    /// The database could not write an upload in parts down.
    #[error(transparent)]
    Database(#[from] crate::Error),
}

/// Why an upload in parts could not be begun, completed or given up.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The storage, or the temporary file.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database could not write it down.
    #[error(transparent)]
    Database(#[from] crate::Error),
}

impl<E> From<UploadError> for StoreFileError<E> {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Storage(error) => Self::Storage(error),
            UploadError::Database(error) => Self::Database(error),
        }
    }
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
    /// Files were stored in it, and it is not there any more.
    #[error("the folder {} is gone, with the files that were stored in it", folder.display())]
    FolderGone {
        /// The folder.
        folder: PathBuf,
    },
    /// None of the files that were stored is there: it may be another storage than theirs.
    #[error("the storage holds none of the files of company {company}: nothing was called lost")]
    Empty {
        /// The company.
        company: String,
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
    #[error("could not {operation} in the object storage: {answer}")]
    Store {
        /// What was being done.
        operation: &'static str,
        /// What it answered.
        answer: Answer,
    },
    /// The storage did not answer in time.
    #[error("could not {operation} in the object storage: it did not answer in time")]
    Silent {
        /// What was being done.
        operation: &'static str,
    },
    /// What was read back is not what was written.
    #[error("the object storage gave back other bytes than it was given")]
    Corrupt,
    /// It took an object, and then had none of this size.
    #[error("the object storage took an object and does not have it")]
    NotKept,
}

impl StorageError {
    /// Whether it is about the settings, and not about the storage.
    pub fn is_settings(&self) -> bool {
        match self {
            Self::Url(_) | Self::Settings(_) => true,
            Self::Folder { .. }
            | Self::FolderGone { .. }
            | Self::Empty { .. }
            | Self::Spool { .. }
            | Self::Store { .. }
            | Self::Silent { .. }
            | Self::Corrupt
            | Self::NotKept => false,
        }
    }

    /// Whether each object will meet it until somebody mends something, such as a refused key. An
    /// outage, or a fault with one object, is none.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Url(_)
            | Self::Settings(_)
            | Self::Folder { .. }
            | Self::FolderGone { .. }
            | Self::Empty { .. } => true,
            Self::Spool { .. } | Self::Silent { .. } | Self::Corrupt | Self::NotKept => false,
            Self::Store { answer, .. } => {
                answer.is_of_folder() && !answer.is_full()
                    || answer.finding().is_some_and(|finding| finding.trouble().is_lasting())
                    || matches!(answer.status(), Some(301 | 307 | 401 | 403))
                    || answer.code() == Some("NoSuchBucket")
            }
        }
    }

    /// What a human can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Store { answer, .. } => match answer.finding() {
                Some(finding) => finding.remedy(),
                None => self.usual_remedy().to_owned(),
            },
            _ => self.usual_remedy().to_owned(),
        }
    }

    fn usual_remedy(&self) -> &'static str {
        match self {
            Self::Url(_) => "give [storage] url as file:./folder or s3://bucket/prefix",
            Self::Settings(_) => "correct [storage] ca_file and the AWS_… variables",
            Self::Folder { .. } => "make the folder of [storage] url writable, or name another",
            Self::FolderGone { .. } => {
                "mount it again or correct [storage] url; if its files are lost, make it anew by hand"
            }
            Self::Empty { .. } => {
                "correct [storage] url or restore its files; if they are gone for good, \
                 `etl104 verify --repair --storage-is-empty` has 104 asked for them again"
            }
            Self::Spool { .. } => {
                "free space in that folder, or point [files] spool_dir to a larger disk"
            }
            Self::Corrupt | Self::NotKept => {
                "do not use this storage: it does not keep what it is given"
            }
            Self::Silent { .. } => BUSY,
            Self::Store { answer, .. } if answer.is_full() => {
                "free space where [storage] url points, then run again"
            }
            Self::Store { answer, .. } if answer.is_of_folder() => {
                "make the folder of [storage] url writable, or name another"
            }
            Self::Store { answer, .. } => refused(answer),
        }
    }
}

const BUSY: &str = "the storage is busy or broken: run again once it has recovered";

/// The remedy for what a server answered: by S3's code, and by the status where there is none.
fn refused(answer: &Answer) -> &'static str {
    match (answer.code(), answer.status()) {
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AuthFailure"), _)
        | (None, Some(401)) => "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        (Some("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired"), _) => {
            "renew AWS_SESSION_TOKEN with its key, or take it out of the environment"
        }
        (Some("RequestTimeTooSkewed" | "RequestExpired"), _) => {
            "set this machine's clock: the storage refuses what is signed at another time"
        }
        (Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect"), _)
        | (None, Some(301 | 307)) => "set AWS_REGION to the region of the bucket",
        (Some("NoSuchUpload"), _) => "run again: somebody gave the upload up meanwhile",
        (Some("NoSuchBucket"), _) => "create the bucket, or correct [storage] url",
        (None, Some(404)) => "see that the bucket exists and that [storage] endpoint speaks S3",
        (_, Some(403)) => "grant this key reading, writing, listing and deleting in the bucket",
        (Some("SlowDown" | "ServiceUnavailable" | "InternalError" | "RequestTimeout"), _)
        | (_, Some(408 | 429 | 500..=599)) => BUSY,
        _ => "see that [storage] endpoint is right and answers, then run again",
    }
}

pub(super) fn during(operation: &'static str) -> impl FnOnce(object_store::Error) -> StorageError {
    move |error| StorageError::Store { operation, answer: Answer::of(&error) }
}
