//! What differs, counted by table, column and note: of one person, or of many.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What differs between the rows that stand and those that follow, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Rows by table of `recruiting`; only tables in which something differs.
    pub tables: BTreeMap<String, TableChanges>,
    /// Notes that go or come, by table, column and code.
    pub notes: Vec<NoteChanges>,
}

/// Rows of one table that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChanges {
    /// Rows that do not stand yet.
    pub added: u64,
    /// Rows that stand, with other values.
    pub changed: u64,
    /// Rows that stand and follow from nothing any more.
    pub removed: u64,
    /// In how many of the changed rows each column differs.
    pub columns: BTreeMap<String, u64>,
}

/// Notes of one kind that go or come; a note of other words goes and comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteChanges {
    /// The table of `recruiting`.
    pub table: String,
    /// The column.
    pub column: String,
    /// What could not be read, such as `unread`.
    pub code: String,
    /// Notes that stand and follow no more.
    pub gone: u64,
    /// Notes that do not stand yet.
    pub new: u64,
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.notes.is_empty()
    }

    /// Adds those of another person, or of many.
    pub fn add(&mut self, other: &Self) {
        for (table, more) in &other.tables {
            let sum = self.tables.entry(table.clone()).or_default();
            sum.added += more.added;
            sum.changed += more.changed;
            sum.removed += more.removed;
            for (column, count) in &more.columns {
                *sum.columns.entry(column.clone()).or_default() += count;
            }
        }
        for more in &other.notes {
            match self.notes.binary_search_by(|known| known.key().cmp(&more.key())) {
                Ok(at) => {
                    if let Some(sum) = self.notes.get_mut(at) {
                        sum.gone += more.gone;
                        sum.new += more.new;
                    }
                }
                Err(at) => self.notes.insert(at, more.clone()),
            }
        }
    }
}

impl NoteChanges {
    fn key(&self) -> (&str, &str, &str) {
        (&self.table, &self.column, &self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(column: &str, gone: u64, new: u64) -> NoteChanges {
        let (table, code) = ("education".to_owned(), "unread".to_owned());
        NoteChanges { table, column: column.to_owned(), code, gone, new }
    }

    #[test]
    fn changes_of_many_add_up() {
        let columns = BTreeMap::from([("major".to_owned(), 2)]);
        let table = TableChanges { added: 1, changed: 2, removed: 3, columns };
        let one = Changes {
            tables: BTreeMap::from([("education".to_owned(), table)]),
            notes: vec![note("end_on", 1, 0), note("start_on", 0, 2)],
        };
        let mut sum = Changes::default();
        assert!(sum.is_empty());
        sum.add(&one);
        assert_eq!(sum, one);
        sum.add(&Changes { notes: vec![note("major", 5, 5)], ..one.clone() });
        let table = &sum.tables["education"];
        assert_eq!((table.added, table.changed, table.removed), (2, 4, 6));
        assert_eq!(table.columns["major"], 4);
        assert_eq!(sum.notes, [note("end_on", 1, 0), note("major", 5, 5), note("start_on", 0, 2)]);
    }
}
