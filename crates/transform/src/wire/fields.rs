//! One object of the answer, read field by field.

use std::borrow::Cow;

use model::{Note, NoteCode, Redacted};

use super::reading::Reading;
use super::text::{Words, words};
use crate::html;
use crate::json::{Members, Value, to_jsonb_text};
use crate::words::{Flag, flag, fold, nothing, whole_number};

/// One object, out of which fields are taken by name. The columns are those that the fields
/// become; notes name them.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub(super) reading: &'a mut Reading,
    pub(super) members: Members<'a>,
    pub(super) prefix: &'a str,
    pub(super) table: &'static str,
    pub(super) item_no: Option<u32>,
}

impl<'a> Fields<'a> {
    /// The whole resume.
    pub(crate) fn of_resume(reading: &'a mut Reading, members: Members<'a>) -> Self {
        Self { reading, members, prefix: "", table: "candidate", item_no: None }
    }

    /// From here on, fields belong to this table.
    pub(crate) fn table(&mut self, table: &'static str) {
        self.table = table;
    }

    /// Records all fields that nobody took.
    pub(crate) fn finish(mut self) {
        for (key, value) in std::mem::take(&mut self.members).iter() {
            self.reading.unknown(format!("{}{key}", self.prefix), value);
        }
    }

    /// The field as it came; `None` if it is missing or says nothing.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value<'a>> {
        self.members.take(key).filter(|value| !value.is_empty())
    }

    /// Keeps a value of a known field that found no column.
    pub(crate) fn unknown(&mut self, key: &str, value: &Value<'_>) {
        self.reading.unknown(format!("{}{key}", self.prefix), value);
    }

    /// Says something about a column.
    pub(crate) fn note(&mut self, column: &'static str, code: NoteCode, words: Option<&str>) {
        self.reading.note(Note {
            table: self.table,
            column,
            item_no: self.item_no,
            code,
            words: words.map(|words| Redacted::new(words.to_owned())),
        });
    }

    /// Hands on a value that was read from words, or notes that it could not be read, unless they
    /// say that there is none. The words stand in a column of theirs.
    pub(crate) fn read<T>(
        &mut self,
        column: &'static str,
        words: Option<&str>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let words = words?;
        let value = read(words);
        if value.is_none() {
            self.unread(column, words);
        }
        value
    }

    /// Notes that words could not be read, or not all of them.
    pub(crate) fn unread(&mut self, column: &'static str, words: &str) {
        if !nothing::is_said(words) {
            self.note(column, NoteCode::Unread, Some(words));
        }
    }

    /// The same for words without a column: the note keeps them, whatever they say.
    fn read_alone<T>(
        &mut self,
        column: &'static str,
        words: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = read(words);
        if value.is_none() {
            self.note(column, NoteCode::Unread, Some(words));
        }
        value
    }

    /// A short text, trimmed.
    pub(crate) fn text(&mut self, key: &str, column: &'static str) -> Option<String> {
        let value = self.take(key)?;
        self.words(&value, column).map(|text| text.trim().to_owned())
    }

    /// A long text, exactly as it came.
    pub(crate) fn prose(&mut self, key: &str, column: &'static str) -> Option<String> {
        let value = self.take(key)?;
        self.words(&value, column).map(Cow::into_owned)
    }

    /// The words of any value, with the notes that they deserve.
    pub(super) fn words<'v>(
        &mut self,
        value: &'v Value<'_>,
        column: &'static str,
    ) -> Option<Cow<'v, str>> {
        let Words { text, is_repaired, is_unexpected } = words(value)?;
        if is_unexpected {
            self.note(column, NoteCode::UnexpectedType, None);
        }
        if is_repaired {
            self.note(column, NoteCode::UnstorableCharacters, None);
        }
        Some(text)
    }

    /// A text with markup: as it came, and as plain text.
    pub(crate) fn html(
        &mut self,
        key: &str,
        html_column: &'static str,
        column: &'static str,
    ) -> (Option<String>, Option<String>) {
        let Some(html) = self.prose(key, html_column) else { return (None, None) };
        let plain = html::to_text(&html);
        if plain.is_simplified {
            self.note(column, NoteCode::HtmlSimplified, None);
        }
        (Some(html), Some(plain.text).filter(|text| !text.is_empty()))
    }

    /// A list of texts; a single one is a list of one.
    pub(crate) fn texts(&mut self, key: &str, column: &'static str) -> Vec<String> {
        let items = match self.take(key) {
            Some(Value::Array(items)) => items,
            Some(single) => vec![single],
            None => return Vec::new(),
        };
        items.iter().filter_map(|item| Some(self.words(item, column)?.trim().to_owned())).collect()
    }

    /// A link, of which only parts have columns: what is no single text is kept in the note.
    pub(crate) fn link(&mut self, key: &str, column: &'static str) -> Option<String> {
        let value = self.take(key)?;
        self.link_of(&value, column)
    }

    /// A list of links; a single one is a list of one.
    pub(crate) fn links(&mut self, key: &str, column: &'static str) -> Vec<String> {
        let items = match self.take(key) {
            Some(Value::Array(items)) => items,
            Some(single) => vec![single],
            None => return Vec::new(),
        };
        items.iter().filter_map(|item| self.link_of(item, column)).collect()
    }

    fn link_of(&mut self, value: &Value<'_>, column: &'static str) -> Option<String> {
        let Words { text, is_repaired, .. } = words(value)?;
        let is_text = |value: &Value<'_>| matches!(value, Value::String { .. } | Value::Number(_));
        let is_single = match value {
            Value::Array(items) => {
                let mut said = items.iter().filter(|item| !item.is_empty());
                said.next().is_some_and(is_text) && said.next().is_none()
            }
            value => is_text(value),
        };
        if !is_single {
            self.note(column, NoteCode::UnexpectedType, Some(&text));
        }
        if is_repaired {
            self.note(column, NoteCode::UnstorableCharacters, None);
        }
        Some(text.trim().to_owned())
    }

    /// A whole number of dollars.
    pub(crate) fn whole_number(&mut self, key: &str, column: &'static str) -> Option<i64> {
        let words = self.scalar(key, column)?;
        self.read_alone(column, &words, whole_number)
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self, key: &str, column: &'static str) -> Option<bool> {
        let words = self.scalar(key, column)?;
        self.read_alone(column, &words, flag).map(|Flag(is_set)| is_set)
    }

    /// A code that has names; any other value stays as it is.
    pub(crate) fn code(
        &mut self,
        key: &str,
        column: &'static str,
        names: &[(&str, &'static str)],
    ) -> Option<String> {
        let words = self.scalar(key, column)?;
        let code = fold::compact(&words);
        let code = code.strip_suffix(".0").unwrap_or(&code);
        let name = names.iter().find(|(known, _)| *known == code);
        Some(name.map_or_else(|| words.trim().to_owned(), |(_, name)| (*name).to_owned()))
    }

    /// The words of one string, number or boolean, or of a list of one. What else stands there
    /// has no column of words: the note keeps it.
    fn scalar(&mut self, key: &str, column: &'static str) -> Option<Cow<'a, str>> {
        let mut value = self.take(key)?;
        if let Value::Array(items) = &mut value {
            items.retain(|item| !item.is_empty());
            if items.len() == 1 {
                value = items.pop()?;
            }
        }
        match value {
            Value::Bool(is_set) => Some(is_set.to_string().into()),
            Value::Number(literal) => Some(literal),
            Value::String { text, is_repaired } => {
                if is_repaired {
                    self.note(column, NoteCode::UnstorableCharacters, None);
                }
                Some(text)
            }
            Value::Null | Value::Array(_) | Value::Object(_) => {
                self.note(column, NoteCode::UnexpectedType, Some(&to_jsonb_text(&value)));
                None
            }
        }
    }
}
