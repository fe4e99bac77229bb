//! Photos and attachments, and the tokens under which they are asked for.

mod attachment;
pub(crate) mod gzip;
mod photo;
mod token;

pub(crate) use attachment::{Attachment, extension, media_type};
pub(crate) use photo::photo;
pub(crate) use token::{FileKind, FileToken, Mint};
