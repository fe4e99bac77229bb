//! Gzip without a compressor: stored blocks, and one stream that never ends.

use super::photo::crc32;

/// Deflate, no name, no time, from an unknown system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The bytes as a gzip file of stored blocks.
pub(crate) fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = HEAD.to_vec();
    for block in bytes.chunks(usize::from(u16::MAX)) {
        gzip.push(0);
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        gzip.extend(length.to_le_bytes());
        gzip.extend((!length).to_le_bytes());
        gzip.extend(block);
    }
    gzip.extend([1, 0, 0, 0xff, 0xff]); // the last block is empty
    gzip.extend(crc32(bytes).to_le_bytes());
    gzip.extend(u32::try_from(bytes.len() % (1 << 32)).unwrap_or(0).to_le_bytes());
    gzip
}

/// How a stream of zeros begins, and the 13 bytes that go on with it, 2 064 zeros each.
///
/// A stored zero, then a block of fixed codes: "the byte before, 258 times" is 13 bits, so after
/// eight of them the bits stand as they stood.
pub(crate) fn bomb() -> (Vec<u8>, Vec<u8>) {
    let repeat = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0_u8];
    let bits: Vec<u8> =
        [1, 1, 0].into_iter().chain(repeat.into_iter().cycle().take(13 * 17)).collect();
    let byte = |bits: &[u8]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit);
    let bytes: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    let mut fuse = HEAD.to_vec();
    fuse.extend([0, 1, 0, 0xfe, 0xff, 0]);
    fuse.extend(&bytes[..13]);
    (fuse, bytes[13..26].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_as_published() {
        let empty = [&HEAD[..], &[1, 0, 0, 0xff, 0xff], &[0; 8]].concat();
        assert_eq!(stored(b""), empty);
    }
}
