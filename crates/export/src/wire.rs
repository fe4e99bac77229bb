//! Postgres' binary COPY format, a row at a time.

use bytes::{Buf, Bytes, BytesMut};

use crate::error::Error;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags and the length of what extends it.
const HEADER: usize = SIGNATURE.len() + 8;

/// Takes what comes and gives rows; keeps no more than the row that is not whole yet.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    buffer: BytesMut,
    has_begun: bool,
    has_ended: bool,
}

/// The fields of a row.
pub(crate) type Row = Vec<Option<Bytes>>;

impl Rows {
    /// More bytes came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether the end came, and nothing was left before it.
    pub(crate) fn is_whole(&self) -> bool {
        self.has_ended && self.buffer.is_empty()
    }

    /// The next row, if it is whole; it has so many fields.
    pub(crate) fn next(&mut self, fields: usize) -> Result<Option<Row>, Error> {
        if !self.has_begun && !self.begin()? {
            return Ok(None);
        }
        let Some(length) = self.length(fields)? else { return Ok(None) };
        let mut row = self.buffer.split_to(length).freeze();
        row.advance(2);
        let mut read = Vec::with_capacity(fields);
        for _ in 0..fields {
            let length = row.get_i32();
            read.push(usize::try_from(length).ok().map(|length| row.split_to(length)));
        }
        Ok(Some(read))
    }

    fn begin(&mut self) -> Result<bool, Error> {
        let Some(header) = self.buffer.get(..HEADER) else { return Ok(false) };
        if !header.starts_with(SIGNATURE) {
            return Err(Error::Wire("they do not begin as binary rows do"));
        }
        let extension = header.get(HEADER - 4..).unwrap_or_default().get_u32();
        if extension != 0 {
            return Err(Error::Wire("their header has an extension"));
        }
        self.buffer.advance(HEADER);
        self.has_begun = true;
        Ok(true)
    }

    /// The bytes of the next row, if all of them are there.
    fn length(&mut self, fields: usize) -> Result<Option<usize>, Error> {
        let Some(mut count) = self.buffer.get(..2) else { return Ok(None) };
        match count.get_i16() {
            -1 => {
                self.has_ended = true;
                self.buffer.advance(2);
                return Ok(None);
            }
            count if usize::try_from(count) == Ok(fields) => {}
            _ => return Err(Error::Wire("a row has another number of fields")),
        }
        let mut at = 2;
        for _ in 0..fields {
            let Some(mut length) = self.buffer.get(at..at + 4) else { return Ok(None) };
            at += 4 + usize::try_from(length.get_i32()).unwrap_or(0);
        }
        Ok((self.buffer.len() >= at).then_some(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_whole_however_the_bytes_are_cut() {
        let mut sent = SIGNATURE.to_vec();
        sent.extend([0; 8]);
        sent.extend([0, 2, 0, 0, 0, 1, b'a', 0xff, 0xff, 0xff, 0xff]);
        sent.extend([0, 2, 0, 0, 0, 0, 0, 0, 0, 2, b'b', b'c']);
        sent.extend([0xff, 0xff]);
        for size in [1, 3, 7, sent.len()] {
            let (mut rows, mut seen) = (Rows::default(), Vec::new());
            for piece in sent.chunks(size) {
                rows.push(piece);
                while let Some(row) = rows.next(2).unwrap() {
                    seen.push(row);
                }
            }
            let field = |text: &'static str| Some(Bytes::from(text));
            assert_eq!(seen, [[field("a"), None], [field(""), field("bc")]], "{size}");
            assert!(rows.is_whole());
        }
        let mut cut = Rows::default();
        cut.push(sent.get(..sent.len() - 3).unwrap());
        while cut.next(2).unwrap().is_some() {}
        assert!(!cut.is_whole());
        let mut other = Rows::default();
        other.push(&sent);
        assert!(other.next(3).is_err());
    }
}
