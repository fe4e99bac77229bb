//! Attachments: bytes of a plausible kind and size.

use std::ops::RangeInclusive;

use crate::dice::{Dice, word};

/// The kinds, by attachment number.
const KINDS: [(&str, &str, &[u8]); 4] = [
    (
        "pdf",
        "application/pdf",
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    ),
    ("docx", "application/octet-stream", b"PK\x03\x04\x14\x00\x06\x00"),
    ("txt", "text/plain; charset=utf-8", "附件\n".as_bytes()),
    ("jpg", "image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
];

/// The file name extension of an attachment number.
pub(crate) fn extension(number: u8) -> &'static str {
    KINDS[usize::from(number) % KINDS.len()].0
}

/// The media type of an attachment number.
pub(crate) fn media_type(number: u8) -> &'static str {
    KINDS[usize::from(number) % KINDS.len()].1
}

/// The bytes of an id's attachment; the same each time.
pub(crate) fn attachment(seed: u64, id: &str, number: u8, sizes: &RangeInclusive<u64>) -> Vec<u8> {
    let mut dice = Dice::of("attachment", &[seed, word(id), u64::from(number)]);
    let size = usize::try_from(dice.between(*sizes.start(), *sizes.end())).unwrap_or(0);
    let mut bytes = KINDS[usize::from(number) % KINDS.len()].2.to_vec();
    let line = format!("% resume {id} attachment {number} {:016x}\n", dice.between(0, u64::MAX));
    bytes.resize(bytes.len().max(size), 0);
    let from = bytes.len().min(KINDS[usize::from(number) % KINDS.len()].2.len());
    let pattern = line.as_bytes().iter().copied().cycle();
    bytes[from..].iter_mut().zip(pattern).for_each(|(byte, pattern)| *byte = pattern);
    bytes.truncate(size);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_kept_to_the_byte_and_content_is_stable() {
        for size in [0, 1, 5_000, 1_000_000] {
            let bytes = attachment(1, "3000000001", 0, &(size..=size));
            assert_eq!(bytes.len() as u64, size);
            assert_eq!(bytes, attachment(1, "3000000001", 0, &(size..=size)));
        }
        assert_ne!(attachment(1, "a", 0, &(99..=99)), attachment(1, "b", 0, &(99..=99)));
        assert!(attachment(1, "a", 0, &(99..=99)).starts_with(b"%PDF"));
    }
}
