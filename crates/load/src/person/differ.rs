//! Rows that follow, held against those that stand.

use std::collections::HashMap;

use super::column::Type;
use super::copy::{Cells, CopyRows};
use super::stands::Stands;
use super::table::{TABLES, Table};
use super::write::Batch;
use crate::error::Error;

/// The rows that differ, table by table in the order of [`TABLES`].
pub(super) fn differing<'r>(
    batch: &'r Batch<'_>,
    stands: &'r Stands,
) -> Result<Vec<Differing<'r>>, Error> {
    let tables = TABLES.iter().enumerate();
    tables
        .map(|(place, table)| {
            let follows = batch.rows(table.name).map(CopyRows::cells).into_iter().flatten();
            Ok(Differing::of(table, follows.collect(), stands.of(place)?))
        })
        .collect()
}

/// The rows of one table that differ.
pub(super) struct Differing<'r> {
    pub(super) table: &'static Table,
    pub(super) rows: Vec<DifferingRow<'r>>,
}

/// A row that is to be added, changed or removed.
pub(super) struct DifferingRow<'r> {
    /// `None` if it follows no more.
    pub(super) follows: Option<Cells<'r>>,
    /// `None` if it does not stand yet.
    pub(super) stands: Option<Cells<'r>>,
    /// Of a row that is to be changed, the places of the columns that differ.
    pub(super) columns: Vec<usize>,
}

/// Where each row's resume stands: behind the company.
const RESUME_ID: usize = 1;

impl DifferingRow<'_> {
    pub(super) fn resume_id(&self) -> &str {
        let row = self.follows.as_ref().or(self.stands.as_ref());
        let id = row.and_then(|row| row.get(RESUME_ID).copied().flatten());
        id.and_then(|id| str::from_utf8(id).ok()).unwrap_or_default()
    }
}

impl<'r> Differing<'r> {
    /// Rows are the same if they have the same key.
    pub(super) fn of(
        table: &'static Table,
        follows: Vec<Cells<'r>>,
        stands: Vec<Cells<'r>>,
    ) -> Self {
        let types: Vec<Type> = table.columns.iter().map(|column| Type::of(column)).collect();
        let mut standing: HashMap<Vec<u8>, Cells<'r>> =
            stands.into_iter().map(|row| (key(table, &row), row)).collect();
        let mut rows = Vec::new();
        for row in follows {
            let old = if standing.is_empty() { None } else { standing.remove(&key(table, &row)) };
            let Some(old) = old else {
                rows.push(DifferingRow { follows: Some(row), stands: None, columns: Vec::new() });
                continue;
            };
            let columns = different(&types, &row, &old);
            if !columns.is_empty() {
                rows.push(DifferingRow { follows: Some(row), stands: Some(old), columns });
            }
        }
        let mut gone: Vec<(Vec<u8>, Cells<'r>)> = standing.into_iter().collect();
        gone.sort_by(|a, b| a.0.cmp(&b.0));
        rows.extend(gone.into_iter().map(|(_, row)| DifferingRow {
            follows: None,
            stands: Some(row),
            columns: Vec::new(),
        }));
        Self { table, rows }
    }
}

/// The places of the columns that differ.
fn different(types: &[Type], one: &Cells<'_>, other: &Cells<'_>) -> Vec<usize> {
    let columns = types.iter().zip(one.iter().zip(other)).enumerate();
    columns
        .filter(|(_, (kind, (one, other)))| !kind.is_same(**one, **other))
        .map(|(place, _)| place)
        .collect()
}

/// A key as one: each of its values behind its length, so that two can't run into each other.
fn key(table: &Table, row: &Cells<'_>) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    for value in row.iter().take(table.key.len()).skip(RESUME_ID) {
        let value = value.unwrap_or_default();
        key.extend_from_slice(&value.len().to_be_bytes());
        key.extend_from_slice(value);
    }
    key
}
