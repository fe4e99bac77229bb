//! Photos: small PNGs, a mirrored pattern for each (person, version).

use crate::dice::{Dice, word};

const SIDE: usize = 40;
const CELLS: usize = 5;

/// The photo of an id in a version; the same bytes each time.
pub(crate) fn photo(seed: u64, id: &str, version: u32) -> Vec<u8> {
    let mut dice = Dice::of("pixels", &[seed, word(id), u64::from(version)]);
    let mut colour = || u8::try_from(dice.between(40, 215)).unwrap_or(128);
    let (front, back) = ([colour(), colour(), colour()], [235, 235, colour()]);
    let mut cells = [[false; CELLS]; CELLS];
    for row in &mut cells {
        for column in 0..CELLS.div_ceil(2) {
            row[column] = dice.chance(0.5);
            row[CELLS - 1 - column] = row[column];
        }
    }
    let mut rows = Vec::with_capacity(SIDE * (SIDE * 3 + 1));
    for y in 0..SIDE {
        rows.push(0); // no filter
        for x in 0..SIDE {
            rows.extend(if cells[y * CELLS / SIDE][x * CELLS / SIDE] { front } else { back });
        }
    }
    // A few pixels tell versions apart whose pattern happens to be the same.
    rows[1..5].copy_from_slice(&version.to_be_bytes());
    png(&rows)
}

/// Rows of 8-bit RGB as a PNG whose deflate block is stored.
fn png(rows: &[u8]) -> Vec<u8> {
    let side = u32::try_from(SIDE).unwrap_or(0).to_be_bytes();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &[&side[..], &side[..], &[8, 2, 0, 0, 0]].concat());
    let length = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(rows);
    data.extend(adler32(rows).to_be_bytes());
    chunk(&mut png, *b"IDAT", &data);
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc32(&png[from..]);
    png.extend(sum.to_be_bytes());
}

pub(super) fn crc32(data: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in data {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_agree_with_their_published_test_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_photo_is_a_png_that_changes_with_its_version_only() {
        let first = photo(1, "3000000001", 0);
        assert!(first.starts_with(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"));
        assert!(first.ends_with(b"IEND\xae\x42\x60\x82"));
        assert_eq!(first, photo(1, "3000000001", 0));
        assert_ne!(first, photo(1, "3000000001", 1));
        assert_ne!(first, photo(1, "3000000002", 0));
        assert_eq!(first.len(), 8 + 25 + (12 + 2 + 5 + SIDE * (SIDE * 3 + 1) + 4) + 12);
    }
}
