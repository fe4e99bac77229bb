//! What the change feed is told of people: what follows, held against what stands.
//!
//! It is told of the rows that differ, without what only tells when and by which windows a resume was listed.
//! Applications and files are told one by one. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::copy::Cells;
use super::differ::{Differing, DifferingRow};
use super::rows::PersonRows;
use super::table::{Kind, Table};
use super::write::Scope;
use crate::feed::Event;

/// What no reader follows: numbers of documents, when and how often a resume was listed, by whom the rows were
/// made; and what becomes of a file, which is told by itself.
pub(crate) const UNTOLD: [&str; 27] = [
    "document_id",
    "newest_document_id",
    "contact_document_id",
    "contact_source",
    "first_listed_at",
    "last_listed_at",
    "listed_precision",
    "newest_source",
    "document_count",
    "version_count",
    "window_count",
    "first_window_starts_at",
    "first_source",
    "_etl_run_id",
    "_etl_extracted_at",
    "_etl_loaded_at",
    "_etl_transform_version",
    "_etl_notes",
    "_etl_fingerprint",
    "state",
    "sha256",
    "size_bytes",
    "media_type_claimed",
    "media_type_sniffed",
    "object_key",
    "reason",
    "fetched_at",
];

/// Each change of a person adds to these: they are named if they alone differ.
pub(crate) const HISTORY: [&str; 2] = ["candidate_version", "candidate_change"];
/// These hold the items of all documents, each document's under its own number: those of the newest count.
pub(crate) const BY_DOCUMENT: [&str; 2] = ["application_answer", "resume_file"];

/// Whether rows can differ although the newest document stayed: 104 gives contact data by source.
fn is_of_history(table: &Table) -> bool {
    table.kind == Kind::OfHistory || table.name == "candidate_contact"
}

/// What follows of one person, as far as the feed may tell of it.
pub(super) struct Told {
    resume_id: String,
    document_id: i64,
    scope: Scope,
    is_known: bool,
    applications: Vec<Event>,
    files: Vec<Event>,
}

/// What differs of people, as far as the feed may tell of it.
#[derive(Default)]
struct News {
    fields: BTreeMap<String, Vec<String>>,
    applications: BTreeSet<Application>,
    files: BTreeSet<Slot>,
}

/// Resume, number of the job, words of the date, name of a job without a number.
type Application = (String, String, String, String);
/// Resume, document, role, item.
type Slot = (String, Option<i64>, String, Option<i64>);

impl Told {
    /// `is_known`: rows of the person stand.
    pub(super) fn of(resume_id: &str, rows: &PersonRows<'_>, scope: Scope, is_known: bool) -> Self {
        let application = |row: &super::ApplicationRow<'_>| {
            let (job_no, applied_text, unnumbered_job_name) = row.key.parts();
            Event {
                job_no: Some(job_no.to_owned()),
                applied_text: Some(applied_text.to_owned()),
                unnumbered_job_name: Some(unnumbered_job_name.to_owned()),
                applied_on: row.applied_on,
                ..Event::of("applied", resume_id, Some(row.document_id))
            }
        };
        let file = |row: &super::FileRow<'_>| Event {
            file_role: Some(row.role),
            file_item_no: Some(row.item_no),
            file_state: Some(row.state),
            ..Event::of("file", resume_id, Some(row.document_id))
        };
        Self {
            resume_id: resume_id.to_owned(),
            document_id: rows.newest.document_id,
            scope,
            is_known,
            applications: rows.applications.iter().map(application).collect(),
            files: rows.files.iter().map(file).collect(),
        }
    }

    /// The newest document.
    pub(super) fn document_id(&self) -> i64 {
        self.document_id
    }

    fn events(self, news: &mut News) -> Vec<Event> {
        let mut events = Vec::new();
        let fields = news.fields.remove(&self.resume_id);
        if !self.is_known {
            events.push(Event::new_person(&self.resume_id, self.document_id));
        } else if let Some(fields) = fields {
            events.push(Event::changed(&self.resume_id, self.document_id, fields));
        }
        events.extend(self.applications.into_iter().filter(|event| news.has_application(event)));
        events.extend(self.files.into_iter().filter(|event| news.has_file(event)));
        events
    }
}

impl News {
    fn has_application(&self, event: &Event) -> bool {
        let Event { resume_id, job_no, applied_text, unnumbered_job_name, .. } = event;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let key = (resume_id.clone(), text(job_no), text(applied_text), text(unnumbered_job_name));
        self.applications.contains(&key)
    }

    fn has_file(&self, event: &Event) -> bool {
        self.files.contains(&(
            event.resume_id.clone(),
            event.document_id,
            event.file_role.unwrap_or_default().to_owned(),
            event.file_item_no.map(i64::from),
        ))
    }

    /// Of whom rows of the whole history were compared, and of whom all.
    fn of(tables: &[Differing<'_>], told: &[Told]) -> Self {
        let scopes: BTreeMap<&str, Scope> = told
            .iter()
            .filter(|person| person.is_known)
            .map(|person| (person.resume_id.as_str(), person.scope))
            .collect();
        let mut news = Self::default();
        for differing in tables {
            let Differing { table, rows, .. } = differing;
            match table.name {
                "application" => news.applications = new_applications(rows),
                "resume_file" => news.files = new_files(table, rows),
                _ => {}
            }
            let least = if is_of_history(table) { Scope::History } else { Scope::All };
            let mut people: BTreeMap<&str, Vec<&DifferingRow<'_>>> = BTreeMap::new();
            for row in rows {
                if scopes.get(row.resume_id()).is_some_and(|scope| *scope >= least) {
                    people.entry(row.resume_id()).or_default().push(row);
                }
            }
            for (resume_id, rows) in people {
                let fields = fields(table, &rows);
                if !fields.is_empty() {
                    news.fields.entry(resume_id.to_owned()).or_default().extend(fields);
                }
            }
        }
        for fields in news.fields.values_mut() {
            let is_of_today = |field: &String| !HISTORY.contains(&field.as_str());
            if fields.iter().any(is_of_today) {
                fields.retain(is_of_today);
            }
        }
        news
    }
}

/// What of a person's row, or of a list, says something else.
fn fields(table: &Table, rows: &[&DifferingRow<'_>]) -> Vec<String> {
    let is_told =
        |place: usize| table.columns.get(place).is_some_and(|column| !UNTOLD.contains(column));
    if let (Kind::OneRow, [DifferingRow { follows: Some(_), stands: Some(_), columns }]) =
        (table.kind, rows)
    {
        let told = columns.iter().filter(|place| is_told(**place));
        let mut names: Vec<String> = told
            .filter_map(|place| table.columns.get(*place))
            .map(|column| format!("{}.{column}", table.name))
            .collect();
        names.sort_unstable();
        return names;
    }
    let differs = if BY_DOCUMENT.contains(&table.name) {
        newest_say_otherwise(table, rows, is_told)
    } else {
        // Each row of a list is told by its key.
        rows.iter().any(|row| row.columns.is_empty() || row.columns.iter().any(|at| is_told(*at)))
    };
    if differs { vec![table.name.to_owned()] } else { Vec::new() }
}

/// Of lists with items of all documents a new document has other rows, which may say the same.
fn newest_say_otherwise(
    table: &Table,
    rows: &[&DifferingRow<'_>],
    is_told: impl Fn(usize) -> bool,
) -> bool {
    let newest = table.columns.iter().position(|column| *column == "is_in_newest_document");
    let mut said: BTreeMap<Cells<'_>, i64> = BTreeMap::new();
    for row in rows {
        for (cells, one) in [(&row.follows, 1), (&row.stands, -1)] {
            let of_newest =
                cells.as_ref().filter(|cells| newest.is_some_and(|at| is_true(cells, at)));
            if let Some(cells) = of_newest {
                *said.entry(told_cells(cells, &is_told)).or_default() += one;
            }
        }
    }
    said.values().any(|more| *more != 0)
}

/// What a row says. None of its columns is JSON, which may say the same in other bytes.
fn told_cells<'r>(cells: &Cells<'r>, is_told: impl Fn(usize) -> bool) -> Cells<'r> {
    let told = cells.iter().enumerate().filter(|(place, _)| is_told(*place));
    told.map(|(_, cell)| *cell).collect()
}

fn cell<'r>(cells: &Cells<'r>, place: usize) -> &'r [u8] {
    cells.get(place).copied().flatten().unwrap_or_default()
}

fn is_true(cells: &Cells<'_>, place: usize) -> bool {
    cell(cells, place) == [1]
}

fn text<'r>(cells: &Cells<'r>, place: usize) -> &'r str {
    str::from_utf8(cell(cells, place)).unwrap_or_default()
}

fn number(cells: &Cells<'_>, place: usize) -> Option<i64> {
    let cell = cell(cells, place);
    let small = cell.try_into().map(|bytes| i32::from_be_bytes(bytes).into());
    small.or_else(|_longer| cell.try_into().map(i64::from_be_bytes)).ok()
}

/// Those that did not stand.
fn new_applications(rows: &[DifferingRow<'_>]) -> BTreeSet<Application> {
    let new = rows.iter().filter(|row| row.stands.is_none()).filter_map(|row| row.follows.as_ref());
    let part = |row: &Cells<'_>, place| text(row, place).to_owned();
    new.map(|row| (part(row, 1), part(row, 2), part(row, 3), part(row, 4))).collect()
}

/// Those whose state or content is another. A file that is still to be fetched is no news, unless it was held before.
fn new_files(table: &Table, rows: &[DifferingRow<'_>]) -> BTreeSet<Slot> {
    let places = |name: &str| table.columns.iter().position(|column| *column == name);
    let (state, sha256) = (places("state"), places("sha256"));
    let is_news = |row: &&DifferingRow<'_>| match (&row.follows, &row.stands) {
        (Some(_), Some(_)) => {
            row.columns.iter().any(|place| Some(*place) == state || Some(*place) == sha256)
        }
        (Some(row), None) => state.is_some_and(|state| text(row, state) != "pending"),
        (None, _) => false,
    };
    let news = rows.iter().filter(is_news).filter_map(|row| row.follows.as_ref());
    let part = |row: &Cells<'_>, place| text(row, place).to_owned();
    news.map(|row| (part(row, 1), number(row, 2), part(row, 3), number(row, 4))).collect()
}

/// What happened to people, by resume, of whom rows differ.
pub(super) fn events(tables: &[Differing<'_>], told: Vec<Told>) -> BTreeMap<String, Vec<Event>> {
    let mut news = News::of(tables, &told);
    told.into_iter()
        .map(|person| (person.resume_id.clone(), person.events(&mut news)))
        .filter(|(_, events)| !events.is_empty())
        .collect()
}
