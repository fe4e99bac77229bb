//! Rows as `copy … from stdin (format binary)` takes them, each value as Postgres itself sends it: what follows and what
//! stands are compared byte for byte.
//!
//! The row types are serialised; the columns are the fields of the first row, in its order, and every row of a table has the
//! same.

mod row;
mod value;

use model::ResumeId;
use serde::Serialize;
use sqlx::PgConnection;

use self::row::Row;
use super::column::Type;
use crate::error::Error;

/// The values of a row in the order of its table's columns; `None` is null.
pub(super) type Cells<'r> = Vec<Option<&'r [u8]>>;

/// Before the rows: the format, no flags, and how long an extension is that nobody reads: there is none. What may stand
/// behind them says that they end, as the end of the copy does.
const HEADER: [u8; 19] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Where it says how long the extension is.
const EXTENSION: usize = HEADER.len() - size_of::<u32>();

/// What is sent at once, of which the driver makes a copy: with the five bytes that lead it, one whole segment of TCP on
/// Linux' loopback. The driver leaves Nagle's algorithm on (its issue 4335): the end of a copy waits 40 ms for an
/// acknowledgement if what went before it ended in a part of a segment. On other ways this does no harm.
const PIECE: usize = 65_483 - 5;

/// Growing rows of one table.
#[derive(Default)]
pub(crate) struct CopyRows {
    columns: Vec<(String, Type)>,
    /// The rows behind [`HEADER`], or nothing.
    bytes: Vec<u8>,
}

impl CopyRows {
    pub(crate) fn push(&mut self, row: &impl Serialize) -> Result<(), serde_json::Error> {
        if self.is_empty() {
            self.bytes.extend_from_slice(&HEADER);
        }
        row.serialize(Row::new(&mut self.columns, &mut self.bytes))
    }

    /// The same, without the room that is left for more: whatever waits takes no more than its own.
    pub(crate) fn fitted(mut self) -> Self {
        self.bytes.shrink_to_fit();
        self
    }

    /// About as much of the rows in each; a single row stays whole.
    pub(crate) fn halves(mut self) -> Result<[Self; 2], Self> {
        let mut rest = self.rows();
        let mut ends = Vec::new();
        while cells(&mut rest).is_some() {
            ends.push(self.bytes.len() - rest.len());
        }
        ends.pop();
        let middle = ends.iter().find(|end| **end >= self.bytes.len() / 2).or(ends.last());
        let Some(end) = middle.copied() else { return Err(self) };
        let bytes = [&HEADER, self.bytes.get(end..).unwrap_or_default()].concat();
        self.bytes.truncate(end);
        let rest = Self { columns: self.columns.clone(), bytes };
        Ok([self, rest])
    }

    /// Whose the first row is.
    pub(crate) fn resume_id(&self) -> Result<ResumeId, Error> {
        let place = self.columns.iter().position(|(name, _)| name == "resume_id");
        let first = self.cells().next();
        let id = first.zip(place).and_then(|(row, place)| row.get(place).copied()?);
        id.and_then(|id| str::from_utf8(id).ok()?.parse().ok())
            .ok_or(Error::Unexpected("a row without a resume id"))
    }

    /// The names of the columns, as SQL takes them.
    pub(crate) fn columns(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    fn rows(&self) -> &[u8] {
        self.bytes.get(HEADER.len()..).unwrap_or_default()
    }

    /// The size of the rows in bytes.
    pub(crate) fn len(&self) -> usize {
        self.rows().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The values of each row.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cells<'_>> {
        let mut rest = self.rows();
        std::iter::from_fn(move || cells(&mut rest))
    }
}

/// Writes rows into their table, which is named as SQL takes it: by one copy, wherever they were gathered.
pub(crate) async fn copy(
    conn: &mut PgConnection,
    table: &str,
    rows: &[CopyRows],
) -> Result<(), sqlx::Error> {
    let Some(first) = rows.iter().find(|rows| !rows.is_empty()) else { return Ok(()) };
    let statement = format!("copy {table} ({}) from stdin (format binary)", first.columns());
    let mut copy = conn.copy_in_raw(&statement).await?;
    let header = header(rows);
    let parts: Vec<&[u8]> =
        std::iter::once(&*header).chain(rows.iter().map(CopyRows::rows)).collect();
    for piece in pieces(&parts) {
        copy.send(piece).await?;
    }
    copy.finish().await.map(drop)
}

/// What stands before rows: with less than a piece of them, an extension makes one of it.
fn header(rows: &[CopyRows]) -> Vec<u8> {
    let bytes = HEADER.len() + rows.iter().map(CopyRows::len).sum::<usize>();
    let extension = PIECE.saturating_sub(bytes);
    let length = u32::try_from(extension).unwrap_or_default().to_be_bytes();
    [&HEADER[..EXTENSION], &length, &vec![0; extension]].concat()
}

/// All that is sent: an odd piece, and whole ones.
fn pieces<'p>(parts: &'p [&'p [u8]]) -> impl Iterator<Item = Vec<u8>> + use<'p> {
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    let odd = Some(bytes % PIECE).filter(|odd| *odd > 0);
    let mut parts = parts.iter().copied();
    let mut part: &[u8] = &[];
    odd.into_iter().chain(std::iter::repeat_n(PIECE, bytes / PIECE)).map(move |size| {
        let mut piece = Vec::with_capacity(size);
        while piece.len() < size {
            if part.is_empty() {
                let Some(next) = parts.next() else { break };
                part = next;
            }
            let (now, later) = part.split_at(part.len().min(size - piece.len()));
            piece.extend_from_slice(now);
            part = later;
        }
        piece
    })
}

/// The next row: a count of values, and each behind its length, which is -1 for null.
fn cells<'r>(rows: &mut &'r [u8]) -> Option<Cells<'r>> {
    let (count, mut rest) = rows.split_first_chunk()?;
    let count = usize::try_from(i16::from_be_bytes(*count)).ok()?;
    let mut cells = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind;
        let cell = match usize::try_from(i32::from_be_bytes(*length)) {
            Err(_negative) => None,
            Ok(length) => {
                let (value, behind) = rest.split_at_checked(length)?;
                rest = behind;
                Some(value)
            }
        };
        cells.push(cell);
    }
    *rows = rest;
    Some(cells)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(of: &[serde_json::Value]) -> CopyRows {
        let mut rows = CopyRows::default();
        for row in of {
            rows.push(row).unwrap();
        }
        rows
    }

    #[test]
    fn what_was_written_is_read_as_it_was_said() {
        let odd = "甲\\N\t\"\n\r\u{8}\u{c}\u{b}\\";
        let rows = rows(&[
            json!({"a": odd, "b": null, "c": "", "is_d": true}),
            json!({"a": "\\N", "b": "1", "c": "x", "is_d": false}),
        ]);
        let read: Vec<Cells<'_>> = rows.cells().collect();
        let text = |text: &'static str| Some(text.as_bytes());
        assert_eq!(
            read,
            [
                [Some(odd.as_bytes()), None, text(""), Some(&[1])],
                [text("\\N"), text("1"), text("x"), Some(&[0])]
            ]
        );
    }

    #[test]
    fn rows_are_halved_until_one_is_left() {
        let of = |number| json!({"company_no": "1", "resume_id": format!("P-{number}"), "a": "\n"});
        let rows = rows(&(1..=5).map(of).collect::<Vec<_>>());
        let whole = rows.rows().to_vec();
        let (mut parts, mut alone, mut bytes) = (vec![rows], Vec::new(), Vec::new());
        while let Some(part) = parts.pop() {
            match part.halves() {
                Ok([first, second]) => {
                    assert!(!first.is_empty() && !second.is_empty());
                    parts.extend([second, first]);
                }
                Err(row) => {
                    alone.push(row.resume_id().unwrap().to_string());
                    bytes.extend_from_slice(row.rows());
                }
            }
        }
        assert_eq!(alone, ["P-1", "P-2", "P-3", "P-4", "P-5"]);
        assert_eq!(bytes, whole);
    }

    #[test]
    fn what_is_sent_ends_in_a_whole_piece() {
        let of = |length| rows(&[json!({"a": "x".repeat(length)})]);
        let besides = of(0).bytes.len();
        for (lengths, pieces_sent) in [
            (vec![1], 1),
            (vec![PIECE - besides], 1),
            (vec![PIECE - besides + 1], 2),
            (vec![PIECE], 2),
            (vec![3 * PIECE], 4),
            (vec![1, 2, 3], 1),
            (vec![1, PIECE, 3], 2),
            (vec![2 * PIECE, 1, 1, PIECE], 4),
        ] {
            let rows: Vec<CopyRows> = lengths.iter().map(|length| of(*length)).collect();
            let header = header(&rows);
            let mut parts = vec![&*header];
            parts.extend(rows.iter().map(CopyRows::rows));
            let sent: Vec<Vec<u8>> = pieces(&parts).collect();
            let last = sent.last().unwrap().len();
            assert_eq!((sent.len(), last), (pieces_sent, PIECE), "{lengths:?}");
            let sent = sent.concat();
            let (begun, behind) = sent.split_at(HEADER.len());
            let extension = u32::from_be_bytes(*begun.last_chunk().unwrap()) as usize;
            assert_eq!(begun[..EXTENSION], HEADER[..EXTENSION]);
            let all: Vec<&[u8]> = rows.iter().map(CopyRows::rows).collect();
            assert_eq!(behind[extension..], all.concat(), "{lengths:?}");
        }
    }

    #[test]
    fn a_large_last_row_is_parted_from_the_others() {
        let of = |id: &str, length| json!({"resume_id": id, "a": "x".repeat(length)});
        let halves = rows(&[of("P-1", 1), of("P-2", 1), of("P-3", 100)]).halves();
        let Ok([first, second]) = halves else { panic!("not halved") };
        assert_eq!((first.cells().count(), second.cells().count()), (2, 1));
    }

    #[test]
    fn rows_of_a_table_have_the_same_columns() {
        let mut rows = CopyRows::default();
        rows.push(&json!({"a": "1", "b": "2"})).unwrap();
        assert!(rows.push(&json!({"a": "1", "c": "2"})).is_err());
        assert!(rows.push(&json!({"a": "1"})).is_err());
        assert!(rows.push(&json!({"a": "1", "b": ["2"]})).is_err());
        assert_eq!(rows.columns(), "a, b");
    }
}
