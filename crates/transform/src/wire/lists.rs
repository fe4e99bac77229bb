//! Objects within the resume: single ones and lists of them.

use model::NoteCode;

use super::fields::Fields;
use crate::json::{Members, Value};

/// A list of the contract, or an object of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    /// 104's name of it.
    pub(crate) key: &'static str,
    /// The same as a prefix of its fields: `education[].`
    pub(crate) prefix: &'static str,
    /// The table that its items become.
    pub(crate) table: &'static str,
    /// The field that a bare text in the place of an item means, and its column.
    pub(crate) main: (&'static str, &'static str),
    /// How notes number its items.
    pub(crate) numbering: Numbering,
}

/// How the items of a list are numbered. The two differ only if the list has empty items, which
/// become no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbering {
    /// By the rows that they become.
    Rows,
    /// By where they stand in 104's list.
    Positions,
}

impl<'a> Fields<'a> {
    /// Reads each item of a list that says anything; `read` gets its fields and its position,
    /// from 1.
    pub(crate) fn list<T>(
        &mut self,
        list: &List,
        read: impl FnMut(&mut Fields<'_>, u32) -> T,
    ) -> Vec<T> {
        self.list_after(list, 0, read)
    }

    /// The same for a list whose rows come after so many of another list in one table.
    pub(crate) fn list_after<T>(
        &mut self,
        list: &List,
        rows_before: u32,
        mut read: impl FnMut(&mut Fields<'_>, u32) -> T,
    ) -> Vec<T> {
        let items = match self.take(list.key) {
            Some(Value::Array(items)) => items,
            Some(single) => vec![single],
            None => return Vec::new(),
        };
        let mut rows = Vec::new();
        let mut row_no = rows_before;
        for (item, position) in items.into_iter().zip(1..) {
            if item.is_empty() {
                continue;
            }
            row_no += 1;
            let item_no = match list.numbering {
                Numbering::Rows => row_no,
                Numbering::Positions => position,
            };
            rows.push(self.within(list, Some(item_no), item, |fields| read(fields, position)));
        }
        rows
    }

    /// Reads an object. Of a list of objects in its place the first counts, and the rest is
    /// unknown.
    pub(crate) fn object<T>(
        &mut self,
        object: &List,
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> Option<T> {
        let mut value = self.take(object.key)?;
        if let Value::Array(items) = &mut value
            && items.iter().any(|item| matches!(item, Value::Object(_)))
        {
            let mut items: Vec<Value<'_>> =
                std::mem::take(items).into_iter().filter(|item| !item.is_empty()).collect();
            let at = items.iter().position(|item| matches!(item, Value::Object(_))).unwrap_or(0);
            value = items.remove(at);
            for rest in items {
                self.unknown(&format!("{}[]", object.key), &rest);
            }
        }
        Some(self.within(object, None, value, read))
    }

    /// Reads the fields of one value that should be an object.
    fn within<T>(
        &mut self,
        list: &List,
        item_no: Option<u32>,
        value: Value<'a>,
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> T {
        let (main, column) = list.main;
        let (members, is_bare) = match value {
            Value::Object(members) => (members, false),
            bare => (Members::single(main, bare), true),
        };
        let mut fields = Fields {
            reading: &mut *self.reading,
            members,
            prefix: list.prefix,
            table: list.table,
            item_no,
        };
        if is_bare {
            fields.note(column, NoteCode::UnexpectedType, None);
        }
        let row = read(&mut fields);
        fields.finish();
        row
    }
}
