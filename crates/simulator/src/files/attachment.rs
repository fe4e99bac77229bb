//! Attachments: bytes of a plausible kind and size, made as they are sent.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::dice::{Dice, word};

/// A kind of file: its extension, its media type, how it begins and how it ends.
struct Kind {
    extension: &'static str,
    media_type: &'static str,
    head: &'static [u8],
    tail: &'static [u8],
}

/// The kinds, by attachment number.
const KINDS: [Kind; 4] = [
    Kind {
        extension: "pdf",
        media_type: "application/pdf",
        head: b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        tail: b"\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n",
    },
    Kind {
        extension: "docx",
        media_type: "application/octet-stream",
        head: b"PK\x03\x04\x14\x00\x06\x00",
        tail: b"PK\x05\x06\0\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\0",
    },
    Kind {
        extension: "txt",
        media_type: "text/plain; charset=utf-8",
        head: "附件\n".as_bytes(),
        tail: b"",
    },
    Kind {
        extension: "jpg",
        media_type: "image/jpeg",
        head: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
        tail: b"\xff\xd9",
    },
];

/// As much of the filling as is held, at least.
const FILLING: usize = 64 * 1024;

fn kind(number: u8) -> &'static Kind {
    &KINDS[usize::from(number) % KINDS.len()]
}

/// The file name extension of an attachment number.
pub(crate) fn extension(number: u8) -> &'static str {
    kind(number).extension
}

/// The media type of an attachment number.
pub(crate) fn media_type(number: u8) -> &'static str {
    kind(number).media_type
}

/// An id's attachment, of any size: only its filling is held, once.
#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    head: Bytes,
    /// One line, repeated; whole lines only, so that any place in it can be found.
    filling: Bytes,
    tail: Bytes,
    size: u64,
}

impl Attachment {
    /// The attachment; the same each time.
    pub(crate) fn new(seed: u64, id: &str, number: u8, sizes: &RangeInclusive<u64>) -> Self {
        let mut dice = Dice::of("attachment", &[seed, word(id), u64::from(number)]);
        let size = dice.between(*sizes.start(), *sizes.end());
        let line =
            format!("% resume {id} attachment {number} {:016x}\n", dice.between(0, u64::MAX));
        let kind = kind(number);
        // What is too small for its kind is a text.
        let is_of_its_kind = size >= (kind.head.len() + kind.tail.len()) as u64;
        let (head, tail) = if is_of_its_kind { (kind.head, kind.tail) } else { (&[][..], &[][..]) };
        Self {
            head: Bytes::from_static(head),
            filling: Bytes::from(line.repeat(FILLING.div_ceil(line.len()))),
            tail: Bytes::from_static(tail),
            size,
        }
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        self.size
    }

    /// Some of its bytes from a place on, at most so many; none at its end.
    pub(crate) fn piece(&self, from: u64, most: usize) -> Bytes {
        let (head, tail) = (self.head.len() as u64, self.tail.len() as u64);
        let of = |part: &Bytes, place: u64, ends: u64| {
            let place = usize::try_from(place).unwrap_or(usize::MAX).min(part.len());
            let left = usize::try_from(ends.saturating_sub(from)).unwrap_or(usize::MAX);
            part.slice(place..(place + most.min(left)).min(part.len()))
        };
        if from < head {
            of(&self.head, from, head)
        } else if from < self.size - tail {
            of(&self.filling, (from - head) % self.filling.len() as u64, self.size - tail)
        } else {
            of(&self.tail, from - (self.size - tail), self.size)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(attachment: &Attachment, most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let piece = attachment.piece(bytes.len() as u64, most);
            if piece.is_empty() {
                return bytes;
            }
            bytes.extend_from_slice(&piece);
        }
    }

    #[test]
    fn sizes_are_kept_to_the_byte_and_content_is_stable() {
        for number in 0..4 {
            for size in [0, 1, 30, 5_000, 1_000_000] {
                let made = || Attachment::new(1, "3000000001", number, &(size..=size));
                let whole = bytes(&made(), usize::MAX);
                assert_eq!((whole.len() as u64, made().len()), (size, size));
                assert_eq!(whole, bytes(&made(), 777));
            }
        }
        let of = |id: &str| bytes(&Attachment::new(1, id, 0, &(99..=99)), 100);
        assert_ne!(of("a"), of("b"));
        assert!(of("a").starts_with(b"%PDF") && of("a").ends_with(b"%%EOF\n"));
    }
}
