//! What is said beside the values: notes and unknown fields.

use std::collections::BTreeMap;

use model::{Note, NoteCode};

use crate::json::{Value, to_jsonb_object, to_jsonb_text};

/// What one resume's reading has gathered so far.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    notes: Vec<Note>,
    unknown: BTreeMap<String, Unknown>,
}

/// The values of one unknown field, as JSON.
#[derive(Debug)]
struct Unknown {
    values: Vec<String>,
    /// It stands in the items of a list: an array even if only one item has it.
    is_in_list: bool,
}

impl Reading {
    /// Adds a note, unless the same one was made just before: one value can pass two judges.
    pub(crate) fn note(&mut self, note: Note) {
        if !self.notes.iter().rev().take(8).any(|made| *made == note) {
            self.notes.push(note);
        }
    }

    /// Keeps a value that the contract does not name, under its path, such as `nickname` or
    /// `education[].gpa`.
    pub(crate) fn unknown(&mut self, path: String, value: &Value<'_>) {
        if value.is_repaired() || path.contains(char::REPLACEMENT_CHARACTER) {
            self.note(Note {
                table: "candidate",
                column: "unknown_fields",
                item_no: None,
                code: NoteCode::UnstorableCharacters,
                words: None,
            });
        }
        let is_in_list = path.contains("[]");
        let unknown =
            self.unknown.entry(path).or_insert(Unknown { values: Vec::new(), is_in_list });
        unknown.values.push(to_jsonb_text(value));
    }

    /// The notes, and the unknown fields as a JSON object.
    pub(crate) fn finish(self) -> (Vec<Note>, Option<String>) {
        if self.unknown.is_empty() {
            return (self.notes, None);
        }
        let members = self.unknown.iter().map(|(path, Unknown { values, is_in_list })| {
            let values_joined = values.join(",");
            let is_list = *is_in_list || values.len() > 1;
            (path.as_str(), if is_list { format!("[{values_joined}]") } else { values_joined })
        });
        (self.notes, Some(to_jsonb_object(members)))
    }
}
