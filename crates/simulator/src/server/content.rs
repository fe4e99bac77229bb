//! Bodies: held, made as they are sent, or without an end.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::files::{Attachment, gzip};

/// What stands in an answer.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// All of it is in memory.
    Held(Bytes),
    /// A file of any size.
    Made(Attachment),
    /// These bytes again and again, for ever.
    Endless(Bytes),
    /// A gzip stream that inflates to zeros for ever, 158 times its size.
    Bomb,
}

impl Content {
    /// How many bytes it has; none if it has no end.
    pub(crate) fn len(&self) -> Option<u64> {
        match self {
            Self::Held(bytes) => Some(bytes.len() as u64),
            Self::Made(file) => Some(file.len()),
            Self::Endless(_) | Self::Bomb => None,
        }
    }

    /// Some of its bytes from a place on, at most so many; none at its end.
    pub(crate) fn piece(&self, from: u64, most: usize) -> Bytes {
        let slice = |bytes: &Bytes, from: u64| {
            let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
            bytes.slice(from..from.saturating_add(most).min(bytes.len()))
        };
        match self {
            Self::Held(bytes) => slice(bytes, from),
            Self::Made(file) => file.piece(from, most),
            Self::Endless(bytes) => slice(bytes, from % bytes.len().max(1) as u64),
            Self::Bomb => {
                let (fuse, charge) = bomb();
                let burnt = fuse.len() as u64;
                match from.checked_sub(burnt) {
                    None => slice(fuse, from),
                    Some(from) => slice(charge, from % charge.len() as u64),
                }
            }
        }
    }

    /// The same over and over; blanks if there is nothing.
    pub(crate) fn endless(&self) -> Self {
        let bytes = self.held();
        Self::Endless(if bytes.is_empty() {
            Bytes::from_static(&[b' '; 4096])
        } else {
            bytes.repeat(4096_usize.div_ceil(bytes.len())).into()
        })
    }

    /// The same, compressed.
    pub(crate) fn gzipped(&self) -> Self {
        Self::Held(gzip::stored(&self.held()).into())
    }

    fn held(&self) -> Bytes {
        match self {
            Self::Held(bytes) | Self::Endless(bytes) => bytes.clone(),
            Self::Made(file) => {
                let mut bytes = Vec::new();
                loop {
                    let piece = file.piece(bytes.len() as u64, usize::MAX);
                    if piece.is_empty() {
                        return bytes.into();
                    }
                    bytes.extend_from_slice(&piece);
                }
            }
            Self::Bomb => Bytes::new(),
        }
    }
}

/// How a bomb begins, and what is repeated then.
fn bomb() -> &'static (Bytes, Bytes) {
    static BOMB: OnceLock<(Bytes, Bytes)> = OnceLock::new();
    BOMB.get_or_init(|| {
        let (fuse, charge) = gzip::bomb();
        (fuse.into(), charge.repeat(4096).into())
    })
}
