//! Rows as the text that `copy … from stdin` takes: a line a row, a tab between columns, `\N` for null.
//!
//! The row types are those that go as JSON elsewhere, and the same serializer writes them, by another formatter. The columns
//! are the fields of the first row, in its order; every row of a table has the same.

mod line;

use std::borrow::Cow;

use model::ResumeId;
use serde::Serialize;
use serde_json::ser::Serializer;
use sqlx::PgConnection;

use self::line::Line;
use super::column::Type;
use super::stands::Cells;
use crate::error::Error;

/// How a column takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A text, a number, a date.
    Scalar,
    /// `jsonb`.
    Json,
    /// `text[]`.
    Array,
}

impl Form {
    pub(super) fn of(column: &str) -> Self {
        match Type::of(column) {
            Type::Json => Self::Json,
            Type::Array => Self::Array,
            _ => Self::Scalar,
        }
    }
}

/// A growing text of rows of one table.
#[derive(Default)]
pub(crate) struct CopyRows {
    columns: Vec<(String, Form)>,
    text: Vec<u8>,
    /// Where the name of each column is read.
    name: Vec<u8>,
}

impl CopyRows {
    pub(crate) fn push(&mut self, row: &impl Serialize) -> Result<(), serde_json::Error> {
        let line = Line::new(&mut self.columns, &mut self.name);
        row.serialize(&mut Serializer::with_formatter(&mut self.text, line))
    }

    /// Adds rows of the same table.
    pub(crate) fn append(&mut self, mut others: Self) {
        if self.columns.is_empty() {
            *self = others;
        } else {
            self.text.append(&mut others.text);
        }
    }

    /// About as much of the rows in each; a single row stays whole.
    pub(crate) fn halves(mut self) -> Result<[Self; 2], Self> {
        let is_end = |byte: &u8| *byte == b'\n';
        let (first, second) = self.text.split_at(self.text.len() / 2);
        let last = second.len().saturating_sub(1);
        let after_the_middle = second.iter().position(is_end).filter(|end| *end < last);
        let end = after_the_middle.map(|end| first.len() + end);
        let Some(end) = end.or_else(|| first.iter().rposition(is_end)) else { return Err(self) };
        let text = self.text.split_off(end + 1);
        let rest = Self { columns: self.columns.clone(), text, name: Vec::new() };
        Ok([self, rest])
    }

    /// Whose the first row is.
    pub(crate) fn resume_id(&self) -> Result<ResumeId, Error> {
        let malformed = || Error::Unexpected("a row without a resume id");
        let place = self.columns.iter().position(|(name, _)| name == "resume_id");
        let row = self.cells().next().ok_or_else(malformed)??;
        let id = place.and_then(|place| row.get(place)?.as_deref()).ok_or_else(malformed)?;
        id.parse().map_err(|_invalid| malformed())
    }

    /// Writes the rows into a table, which is named as SQL takes it.
    pub(crate) async fn copy(
        &self,
        conn: &mut PgConnection,
        table: &str,
    ) -> Result<(), sqlx::Error> {
        if self.text.is_empty() {
            return Ok(());
        }
        let statement = format!("copy {table} ({}) from stdin", self.columns());
        let mut copy = conn.copy_in_raw(&statement).await?;
        copy.send(self.text()).await?;
        copy.finish().await.map(drop)
    }

    /// The names of the columns, as SQL takes them.
    pub(crate) fn columns(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    /// The rows.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The values of each row, as they are said.
    pub(super) fn cells(&self) -> impl Iterator<Item = Result<Cells<'_>, Error>> {
        let lines = self.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| line.split(|byte| *byte == b'\t').map(cell).collect())
    }
}

/// What a text between two tabs says.
fn cell(text: &[u8]) -> Result<Option<Cow<'_, str>>, Error> {
    if text == br"\N" {
        return Ok(None);
    }
    let text = str::from_utf8(text).map_err(|_broken| Error::Unexpected("no UTF-8 in a row"))?;
    if !text.contains('\\') {
        return Ok(Some(Cow::Borrowed(text)));
    }
    let mut said = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            said.push(letter);
            continue;
        }
        said.extend(letters.next().map(|escaped| match escaped {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        }));
    }
    Ok(Some(Cow::Owned(said)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn copied(row: &serde_json::Value) -> String {
        let mut rows = CopyRows::default();
        rows.push(row).unwrap();
        String::from_utf8(rows.text().to_vec()).unwrap()
    }

    #[test]
    fn every_form_of_a_value_is_written_as_copy_reads_it() {
        for (row, line) in [
            (json!({"a": null, "b": true, "c": -1, "d": 1.5}), "\\N\ttrue\t-1\t1.5\n"),
            (json!({"a": "甲\\N\t\"\n\r"}), "甲\\\\N\\t\"\\n\\r\n"),
            (json!({"a": "\0\u{1}"}), "\u{fffd}\u{1}\n"),
            (json!({"before": null}), "\\N\n"),
            (json!({"before": "x\"\n"}), "\"x\\\\\"\\\\n\"\n"),
            (
                json!({"before": [null, {"a": 1, "b": "\0\\"}]}),
                "[null,{\"a\":1,\"b\":\"\u{fffd}\\\\\\\\\"}]\n",
            ),
            (json!({"changed_fields": []}), "{}\n"),
            (json!({"changed_fields": ["a", "b\"\\\n{}"]}), "{\"a\",\"b\\\\\"\\\\\\\\\\n{}\"}\n"),
        ] {
            assert_eq!(copied(&row), line);
        }
    }

    #[test]
    fn what_was_written_is_read_as_it_was_said() {
        let mut rows = CopyRows::default();
        let odd = "甲\\N\t\"\n\r\u{8}\u{c}\u{b}\\";
        rows.push(&json!({"a": odd, "b": null, "c": "", "d": true})).unwrap();
        rows.push(&json!({"a": "\\N", "b": 1, "c": "x", "d": false})).unwrap();
        let read: Vec<Vec<Option<String>>> = rows
            .cells()
            .map(|row| row.unwrap().into_iter().map(|cell| cell.map(Cow::into_owned)).collect())
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            read,
            [
                [text(odd), None, text(""), text("true")],
                [text("\\N"), text("1"), text("x"), text("false")]
            ]
        );
    }

    #[test]
    fn rows_are_halved_until_one_is_left() {
        let mut rows = CopyRows::default();
        for number in 1..=5 {
            let row = json!({"company_no": "1", "resume_id": format!("P-{number}"), "a": "\n"});
            rows.push(&row).unwrap();
        }
        let whole = rows.text().to_vec();
        let (mut parts, mut alone, mut texts) = (vec![rows], Vec::new(), Vec::new());
        while let Some(part) = parts.pop() {
            match part.halves() {
                Ok([first, second]) => parts.extend([second, first]),
                Err(row) => {
                    alone.push(row.resume_id().unwrap().to_string());
                    texts.extend_from_slice(row.text());
                }
            }
        }
        assert_eq!(alone, ["P-1", "P-2", "P-3", "P-4", "P-5"]);
        assert_eq!(texts, whole);
    }

    #[test]
    fn rows_of_a_table_have_the_same_columns() {
        let mut rows = CopyRows::default();
        rows.push(&json!({"a": 1, "b": 2})).unwrap();
        assert!(rows.push(&json!({"a": 1, "c": 2})).is_err());
        assert!(rows.push(&json!({"a": 1})).is_err());
        assert!(rows.push(&json!({"a": 1, "b": [2]})).is_err());
        assert_eq!(rows.columns(), "a, b");
    }
}
