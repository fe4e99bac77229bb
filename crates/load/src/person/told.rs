//! What the change feed is told of people: what follows, held against what stands.
//!
//! Postgres compares what rows say, as it does for a reprocess; here without what only tells when and by
//! which windows a resume was listed. Applications and files are told one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use sqlx::{AssertSqlSafe, PgConnection};

use super::rows::PersonRows;
use super::table::{Kind, TABLES, Table};
use super::write::{Batch, Scope};
use crate::error::{Error, during};
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

/// `$1` the rows that follow, a text a table; `$2` the company; `$3` people whose rows out of the whole history are
/// compared, `$4` those of them whose others are, too; `$5` the columns that are left out.
static DIFFERING: LazyLock<String> = LazyLock::new(|| {
    let tables = TABLES.iter().zip(1..);
    let of_each: Vec<String> = tables.map(|(table, place)| differing(table, place)).collect();
    of_each.join(" union all ")
});

/// Whether rows can differ although the newest document stayed: 104 gives contact data by source (A-17).
fn is_of_history(name: &str, kind: Kind) -> bool {
    kind == Kind::OfHistory || name == "candidate_contact"
}

fn differing(Table { name, kind, .. }: &Table, place: usize) -> String {
    let people = if is_of_history(name, *kind) { "$3" } else { "$4" };
    let counts = if BY_DOCUMENT.contains(name) { "t.is_in_newest_document" } else { "true" };
    let rows = |rows: &str| {
        let row =
            format!("select t.resume_id, to_jsonb(t) - $5::text[] as said {rows} and {counts}");
        match kind {
            Kind::OneRow => row,
            _ => format!(
                "select resume_id, jsonb_agg(said order by said) as said from ({row}) as row group by 1"
            ),
        }
    };
    let follow = rows(&format!(
        "from json_populate_recordset(null::recruiting.{name}, ($1::text[])[{place}]::json) as t
         where t.resume_id = any({people})"
    ));
    let stand = rows(&format!(
        "from recruiting.{name} as t where t.company_no = $2 and t.resume_id = any({people})"
    ));
    let fields = match kind {
        Kind::OneRow => format!(
            "case when f.said is null or s.said is null then array['{name}'] else array(
                 select '{name}.' || new.key
                 from jsonb_each(f.said) as new join jsonb_each(s.said) as old using (key)
                 where new.value <> old.value order by 1) end"
        ),
        _ => format!("array['{name}']"),
    };
    format!(
        "select resume_id, {fields} from ({follow}) as f full join ({stand}) as s using (resume_id)
         where f.said is distinct from s.said"
    )
}

const APPLICATIONS: &str = "
    select resume_id, job_no, applied_text, unnumbered_job_name
    from recruiting.application where company_no = $1 and resume_id = any($2)";

const FILES: &str = r"
    select resume_id, document_id, role, item_no, state, '\x' || encode(sha256, 'hex')
    from recruiting.resume_file where company_no = $1 and resume_id = any($2)";

/// What follows of one person, as far as the feed may tell of it.
pub(super) struct Told {
    resume_id: String,
    document_id: i64,
    scope: Scope,
    is_known: bool,
    applications: Vec<Event>,
    /// Each with its content's hash.
    files: Vec<(Event, Option<String>)>,
}

/// What stands of people, as far as the feed told of it.
#[derive(Default)]
struct Stood {
    fields: BTreeMap<String, Vec<String>>,
    applications: BTreeSet<Application>,
    files: BTreeMap<Slot, (String, Option<String>)>,
}

/// Resume, number of the job, words of the date, name of a job without a number.
type Application = (String, String, String, String);
/// Resume, document, role, item.
type Slot = (String, i64, String, i32);

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
        let file = |row: &super::FileRow<'_>| {
            let event = Event {
                file_role: Some(row.role),
                file_item_no: Some(row.item_no),
                file_state: Some(row.state),
                ..Event::of("file", resume_id, Some(row.document_id))
            };
            (event, row.sha256.clone())
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

    fn events(self, stood: &mut Stood) -> Vec<Event> {
        let mut events = Vec::new();
        if !self.is_known {
            events.push(Event::new_person(&self.resume_id, self.document_id));
        } else if let Some(fields) = stood.fields.remove(&self.resume_id) {
            events.push(Event::changed(&self.resume_id, self.document_id, fields));
        }
        if self.scope > Scope::Files {
            events.extend(self.applications.into_iter().filter(|event| stood.lacks(event)));
        }
        let is_news =
            |(event, sha256): &(Event, Option<String>)| stood.is_news(event, sha256.as_deref());
        events.extend(self.files.into_iter().filter(is_news).map(|(event, _)| event));
        events
    }
}

impl Stood {
    fn lacks(&self, application: &Event) -> bool {
        let Event { resume_id, job_no, applied_text, unnumbered_job_name, .. } = application;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let key = (resume_id.clone(), text(job_no), text(applied_text), text(unnumbered_job_name));
        !self.applications.contains(&key)
    }

    /// A file that is still to be fetched is no news, unless it was held before.
    fn is_news(&self, file: &Event, sha256: Option<&str>) -> bool {
        let slot = (
            file.resume_id.clone(),
            file.document_id.unwrap_or_default(),
            file.file_role.unwrap_or_default().to_owned(),
            file.file_item_no.and_then(|no| i32::try_from(no).ok()).unwrap_or_default(),
        );
        match self.files.get(&slot) {
            Some((state, held)) => {
                Some(state.as_str()) != file.file_state || held.as_deref() != sha256
            }
            None => file.file_state != Some("pending"),
        }
    }
}

/// What happened to people, by resume, of whom the batch holds the rows that follow. Reads the rows that stand, so
/// call it before they are written.
pub(super) async fn events(
    conn: &mut PgConnection,
    company_no: &str,
    batch: &Batch<'_>,
    told: Vec<Told>,
) -> Result<BTreeMap<String, Vec<Event>>, Error> {
    let mut stood = stood(conn, company_no, batch, &told).await?;
    Ok(told
        .into_iter()
        .map(|person| (person.resume_id.clone(), person.events(&mut stood)))
        .filter(|(_, events)| !events.is_empty())
        .collect())
}

async fn stood(
    conn: &mut PgConnection,
    company_no: &str,
    batch: &Batch<'_>,
    told: &[Told],
) -> Result<Stood, Error> {
    let known = |least: Scope| -> Vec<&str> {
        let known = told.iter().filter(|person| person.is_known && person.scope >= least);
        known.map(|person| person.resume_id.as_str()).collect()
    };
    let (with_files, with_history, with_all) =
        (known(Scope::Files), known(Scope::History), known(Scope::All));
    let mut stood = Stood::default();
    if !with_files.is_empty() {
        let files: Vec<(String, i64, String, i32, String, Option<String>)> = sqlx::query_as(FILES)
            .bind(company_no)
            .bind(&with_files)
            .fetch_all(&mut *conn)
            .await
            .map_err(during("read files for the change feed"))?;
        stood.files = files
            .into_iter()
            .map(|(resume_id, document_id, role, item_no, state, sha256)| {
                ((resume_id, document_id, role, item_no), (state, sha256))
            })
            .collect();
    }
    if !with_history.is_empty() {
        let applications: Vec<Application> = sqlx::query_as(APPLICATIONS)
            .bind(company_no)
            .bind(&with_history)
            .fetch_all(&mut *conn)
            .await
            .map_err(during("read applications for the change feed"))?;
        stood.applications = applications.into_iter().collect();
        let differing: Vec<(String, Vec<String>)> =
            sqlx::query_as(AssertSqlSafe(DIFFERING.as_str()))
                .bind(
                    batch.texts(|table| {
                        !with_all.is_empty() || is_of_history(table.name, table.kind)
                    }),
                )
                .bind(company_no)
                .bind(&with_history)
                .bind(&with_all)
                .bind(UNTOLD)
                .fetch_all(conn)
                .await
                .map_err(during("compare rows for the change feed"))?;
        for (resume_id, fields) in differing {
            stood.fields.entry(resume_id).or_default().extend(fields);
        }
        for fields in stood.fields.values_mut() {
            let is_of_today = |field: &String| !HISTORY.contains(&field.as_str());
            if fields.iter().any(is_of_today) {
                fields.retain(is_of_today);
            }
        }
    }
    Ok(stood)
}
