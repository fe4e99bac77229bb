//! How the rows that stand differ from those that follow from what is kept.
//!
//! Who wrote a row, when, and by which version of the rules is no part of what it says.

use std::collections::BTreeMap;

use model::{Rejection, ResumeId};
use serde_json::Value;
use sqlx::PgConnection;

use super::changes::{Changes, NoteChanges, TableChanges};
use super::column::said_by_json;
use super::copy::Cells;
use super::differ::{Differing, DifferingRow, differing};
use super::plan::{People, Plan};
use super::recompute::{Interpret, PersonState, Recompute};
use super::rows::{PersonRows, rows};
use super::stands::Stands;
use super::table::Table;
use super::told::Told;
use super::wanted::{WantedFile, wanted};
use super::write::{Batch, Scope};
use crate::error::Error;
use crate::feed::Event;

/// What would change of one person if their rows were made anew.
#[derive(Debug)]
pub struct Difference {
    /// The resume.
    pub resume_id: ResumeId,
    /// [`PersonState::Written`]: some row differs; [`PersonState::Unchanged`]: none does.
    pub state: PersonState,
    /// Rows, columns and notes that differ.
    pub changes: Changes,
    /// The same rows, made by another version of the rules: nothing but that version changes.
    pub is_restamped: bool,
    /// The rows that stand were made by another version of the rules.
    pub is_of_other_version: bool,
    /// Documents that the interpreter accepted.
    pub accepted: Vec<i64>,
    /// Documents that the interpreter refused; they found nothing.
    pub rejections: Vec<(i64, Rejection)>,
    /// Files that are still to be fetched.
    pub wanted_files: Vec<WantedFile>,
    /// What the change feed is to be told at the end of the transaction, if the rows were written.
    pub events: Vec<Event>,
}

/// Compares the rows of people that stand with those that follow from all that is kept of them.
///
/// Locks as [`recompute`](super::recompute()) does, and writes nothing. Memory grows with the
/// documents of the people given, so give tens or hundreds at a time. Results are in the order of
/// the ids, each once.
pub async fn compare(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    resume_ids: &[ResumeId],
    interpret: &Interpret<'_>,
) -> Result<Vec<Difference>, Error> {
    let people = People::lock(conn, settings, resume_ids).await?;
    let plans = people.plans(conn, settings, interpret, true).await?;
    let sides = Sides::read(conn, settings, &plans).await?;
    let follows = |resume_id: &str| sides.told.contains_key(resume_id);
    let mut compared = differences(settings, &plans, &sides.differing()?, follows);
    Ok(resume_ids.iter().filter_map(|id| compared.remove(id.as_str())).collect())
}

/// All rows of people: those that follow, and those that stand.
pub(super) struct Sides<'p> {
    follow: Batch<'p>,
    stand: Stands,
    /// What follows, as far as the feed may tell of it, by resume.
    pub(super) told: BTreeMap<&'p str, Told>,
}

impl<'p> Sides<'p> {
    pub(super) async fn read(
        conn: &mut PgConnection,
        settings: &Recompute<'p>,
        plans: &'p [Plan<'_>],
    ) -> Result<Self, Error> {
        let mut follow = Batch::to_copy(settings.company.as_str());
        let mut told = BTreeMap::new();
        for plan in plans {
            let resume_id = plan.history.resume_id.as_str();
            if let Some(rows) = following(plan, settings) {
                drop(follow.add(resume_id, &rows, &plan.fingerprint, settings, Scope::All)?);
                let is_known = plan.standing.is_some();
                told.insert(resume_id, Told::of(resume_id, &rows, Scope::All, is_known));
            }
        }
        // The others' rows refer to that of `candidate`.
        let known = plans.iter().filter(|plan| plan.standing.is_some());
        let known: Vec<&str> = known.map(|plan| plan.history.resume_id.as_str()).collect();
        let stand = Stands::read(conn, settings.company.as_str(), |_table| known.clone()).await?;
        Ok(Self { follow, stand, told })
    }

    pub(super) fn differing(&self) -> Result<Vec<Differing<'_>>, Error> {
        differing(&self.follow, &self.stand)
    }
}

/// The rows that follow from a plan, if any do.
fn following<'a>(plan: &'a Plan<'_>, settings: &Recompute<'_>) -> Option<PersonRows<'a>> {
    rows(plan.history, &plan.documents, settings.old_windows)
}

/// The difference of each planned person, by resume.
pub(super) fn differences(
    settings: &Recompute<'_>,
    plans: &[Plan<'_>],
    tables: &[Differing<'_>],
    follows: impl Fn(&str) -> bool,
) -> BTreeMap<String, Difference> {
    let mut compared: BTreeMap<String, Difference> = plans
        .iter()
        .map(|plan| {
            let resume_id = plan.history.resume_id.as_str();
            (resume_id.to_owned(), difference(plan, settings, follows(resume_id)))
        })
        .collect();
    for Differing { table, rows, .. } in tables {
        for row in rows {
            let Some(person) = compared.get_mut(row.resume_id()) else { continue };
            let Some(columns) = counted(table, row) else { continue };
            count(row, &columns, person.changes.tables.entry(table.name.to_owned()).or_default());
            if person.state == PersonState::Unchanged {
                person.state = PersonState::Written;
            }
            if table.name == "candidate" {
                person.changes.notes = notes(table, row);
            }
        }
    }
    for person in compared.values_mut() {
        person.is_restamped &= person.state == PersonState::Unchanged;
    }
    compared
}

/// What holds of a person whose rows do not differ.
fn difference(plan: &Plan<'_>, settings: &Recompute<'_>, follows: bool) -> Difference {
    Difference {
        resume_id: plan.history.resume_id.clone(),
        state: match (follows, plan.standing) {
            (true, _) => PersonState::Unchanged,
            (false, Some(_)) => PersonState::Removed,
            (false, None) => PersonState::Nothing,
        },
        changes: Changes::default(),
        is_restamped: follows && plan.is_of_other_rules(settings),
        is_of_other_version: plan
            .standing
            .is_some_and(|row| row.transform_version != settings.transform_version),
        accepted: plan.documents.iter().map(|document| document.document_id).collect(),
        rejections: plan.rejections.clone(),
        wanted_files: wanted(plan.history, &plan.documents, settings),
        events: Vec::new(),
    }
}

/// The column of notes, the only one of `candidate`'s `_etl_…` columns that says something.
const NOTES: &str = "_etl_notes";

/// The columns in which a row says something else; `None` if there are none in a row that stands.
fn counted(table: &Table, row: &DifferingRow<'_>) -> Option<Vec<&'static str>> {
    let columns = row.columns.iter().filter_map(|place| table.columns.get(*place).copied());
    let said = |column: &&str| !column.starts_with("_etl_") || *column == NOTES;
    let columns: Vec<&'static str> = columns.filter(said).collect();
    let is_changed = row.follows.is_some() && row.stands.is_some();
    (!is_changed || !columns.is_empty()).then_some(columns)
}

fn count(row: &DifferingRow<'_>, columns: &[&'static str], table: &mut TableChanges) {
    match (&row.follows, &row.stands) {
        (Some(_), Some(_)) => table.changed += 1,
        (Some(_), None) => table.added += 1,
        (None, _) => table.removed += 1,
    }
    for column in columns {
        *table.columns.entry((*column).to_owned()).or_default() += 1;
    }
}

/// Notes that go or come with a row of `candidate`. A note may stand more than once.
fn notes(table: &Table, row: &DifferingRow<'_>) -> Vec<NoteChanges> {
    let mut more: BTreeMap<String, (Value, i64)> = BTreeMap::new();
    for (cells, one) in [(&row.follows, 1), (&row.stands, -1)] {
        for note in noted(table, cells.as_ref()) {
            more.entry(note.to_string()).or_insert((note, 0)).1 += one;
        }
    }
    let mut kinds: BTreeMap<[String; 3], (u64, u64)> = BTreeMap::new();
    for (note, more) in more.into_values().filter(|(_, more)| *more != 0) {
        let word =
            |name: &str| note.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (gone, new) = kinds.entry([word("table"), word("column"), word("code")]).or_default();
        *(if more < 0 { gone } else { new }) += more.unsigned_abs();
    }
    kinds
        .into_iter()
        .map(|([table, column, code], (gone, new))| NoteChanges { table, column, code, gone, new })
        .collect()
}

fn noted(table: &Table, cells: Option<&Cells<'_>>) -> Vec<Value> {
    let place = table.columns.iter().position(|column| *column == NOTES);
    let sent = cells.zip(place).and_then(|(cells, place)| cells.get(place).copied()?);
    match sent.and_then(said_by_json) {
        Some(Value::Array(notes)) => notes,
        _ => Vec::new(),
    }
}
