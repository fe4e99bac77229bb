//! How the rows that stand differ from those that follow from what is kept.
//!
//! Postgres compares: it reads the rows that follow by the very function that writes them, so that
//! two values differ here only if writing would change something. Columns and keys are those of its
//! catalogue. Who wrote a row, when, and by which version of the rules is no part of what it says.

use std::collections::{BTreeMap, BTreeSet};

use model::{Rejection, ResumeId};
use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::changes::{Changes, NoteChanges, TableChanges};
use super::plan::{People, Plan};
use super::recompute::{Interpret, PersonState, Recompute};
use super::rows::{PersonRows, rows};
use super::table::TABLES;
use super::wanted::{WantedFile, wanted};
use super::write::{Batch, Scope};
use crate::error::{Error, during};
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
    let mut compared = differences(conn, settings, &plans).await?;
    Ok(resume_ids.iter().filter_map(|id| compared.remove(id.as_str())).collect())
}

/// The rows that follow from a plan, if any do.
pub(super) fn following<'a>(
    plan: &'a Plan<'_>,
    settings: &Recompute<'_>,
) -> Option<PersonRows<'a>> {
    rows(plan.history, &plan.documents, settings.old_windows)
}

/// The difference of each planned person, by resume.
pub(super) async fn differences(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    plans: &[Plan<'_>],
) -> Result<BTreeMap<String, Difference>, Error> {
    let company_no = settings.company.as_str();
    let mut batch = Batch::new(company_no);
    let mut compared = BTreeMap::new();
    for plan in plans {
        let resume_id = plan.history.resume_id.as_str();
        let following = following(plan, settings);
        if let Some(rows) = &following {
            drop(batch.add(resume_id, rows, &plan.fingerprint, settings, Scope::All)?);
        }
        let state = match (&following, plan.standing) {
            (Some(_), _) => PersonState::Unchanged,
            (None, Some(_)) => PersonState::Removed,
            (None, None) => PersonState::Nothing,
        };
        let difference = Difference {
            resume_id: plan.history.resume_id.clone(),
            state,
            changes: Changes::default(),
            is_restamped: following.is_some() && plan.is_of_other_rules(settings),
            is_of_other_version: plan
                .standing
                .is_some_and(|row| row.transform_version != settings.transform_version),
            accepted: plan.documents.iter().map(|document| document.document_id).collect(),
            rejections: plan.rejections.clone(),
            wanted_files: wanted(plan.history, &plan.documents, settings),
            events: Vec::new(),
        };
        compared.insert(resume_id.to_owned(), difference);
    }
    let ids: Vec<&str> = plans.iter().map(|plan| plan.history.resume_id.as_str()).collect();
    let keys = keys(conn).await?;
    for table in &TABLES {
        let follows = batch.text(table.name).unwrap_or_else(|| "[]".to_owned());
        let differing: Vec<DifferingRow> =
            sqlx::query_as(AssertSqlSafe(comparison(table.name, key_of(&keys, table.name)?)))
                .bind(&follows)
                .bind(company_no)
                .bind(&ids)
                .fetch_all(&mut *conn)
                .await
                .map_err(during("compare rows of people"))?;
        let noted: BTreeSet<&str> = differing
            .iter()
            .filter(|row| table.name == "candidate" && row.may_differ_in_notes())
            .map(|row| row.resume_id.as_str())
            .collect();
        for (resume_id, note) in notes(conn, &follows, company_no, &noted).await? {
            if let Some(person) = compared.get_mut(&resume_id) {
                person.changes.notes.push(note);
            }
        }
        for row in &differing {
            if let Some(person) = compared.get_mut(&row.resume_id) {
                row.count(person.changes.tables.entry(table.name.to_owned()).or_default());
                if person.state == PersonState::Unchanged {
                    person.state = PersonState::Written;
                }
            }
        }
    }
    for person in compared.values_mut() {
        person.is_restamped &= person.state == PersonState::Unchanged;
    }
    Ok(compared)
}

/// A row that differs.
#[derive(FromRow)]
struct DifferingRow {
    resume_id: String,
    is_added: bool,
    is_removed: bool,
    /// Of a row that stands and follows.
    columns: Vec<String>,
}

impl DifferingRow {
    fn may_differ_in_notes(&self) -> bool {
        self.is_added || self.is_removed || self.columns.iter().any(|name| name == "_etl_notes")
    }

    fn count(&self, table: &mut TableChanges) {
        table.added += u64::from(self.is_added);
        table.removed += u64::from(self.is_removed);
        table.changed += u64::from(!self.is_added && !self.is_removed);
        for column in &self.columns {
            *table.columns.entry(column.clone()).or_default() += 1;
        }
    }
}

/// `$1` the rows that follow, `$2` the company, `$3` the people.
///
/// Rows are compared as they are; those that differ are taken apart to say in which columns.
fn comparison(table: &str, key: &[String]) -> String {
    let same_key = same_key(key);
    format!(
        "with follows as (
             select * from json_populate_recordset(null::recruiting.{table}, $1::json)
         ), stands as (
             select * from recruiting.{table} where company_no = $2 and resume_id = any($3)
         ), differing as (
             select coalesce(f.resume_id, s.resume_id) as resume_id,
                    s.resume_id is null as is_added, f.resume_id is null as is_removed,
                    case when f.resume_id = s.resume_id then array (
                        select new.key from jsonb_each(to_jsonb(f)) as new
                        join jsonb_each(to_jsonb(s)) as old using (key)
                        where new.value <> old.value
                          and (new.key !~ '^_etl_' or new.key = '_etl_notes')
                        order by 1) else '{{}}' end as columns
             from follows f full join stands s on {same_key}
             where f is distinct from s
         )
         select * from differing where is_added or is_removed or columns <> '{{}}'"
    )
}

/// `$1` the candidates that follow, `$2` the company, `$3` the people. Notes may stand more than once.
const NOTES: &str = "
    with noted as (
        select f.resume_id, note, 1 as one
        from json_populate_recordset(null::recruiting.candidate, $1::json) f
        cross join jsonb_array_elements(f._etl_notes) as note
        where f.resume_id = any($3)
        union all
        select s.resume_id, note, -1
        from recruiting.candidate s cross join jsonb_array_elements(s._etl_notes) as note
        where s.company_no = $2 and s.resume_id = any($3)
    ), differing as (
        select resume_id, note, sum(one) as more from noted group by 1, 2 having sum(one) <> 0
    )
    select resume_id, note ->> 'table', note ->> 'column', note ->> 'code',
           coalesce(-sum(more) filter (where more < 0), 0)::bigint,
           coalesce(sum(more) filter (where more > 0), 0)::bigint
    from differing group by 1, 2, 3, 4 order by 1, 2, 3, 4";

/// Notes that go or come, of those whose notes may differ.
async fn notes(
    conn: &mut PgConnection,
    follows: &str,
    company_no: &str,
    noted: &BTreeSet<&str>,
) -> Result<Vec<(String, NoteChanges)>, Error> {
    if noted.is_empty() {
        return Ok(Vec::new());
    }
    let noted: Vec<&str> = noted.iter().copied().collect();
    let rows: Vec<(String, String, String, String, i64, i64)> = sqlx::query_as(NOTES)
        .bind(follows)
        .bind(company_no)
        .bind(&noted)
        .fetch_all(conn)
        .await
        .map_err(during("compare notes"))?;
    Ok(rows
        .into_iter()
        .map(|(resume_id, table, column, code, gone, new)| {
            let (gone, new) = (gone.unsigned_abs(), new.unsigned_abs());
            (resume_id, NoteChanges { table, column, code, gone, new })
        })
        .collect())
}

/// The columns of each table's primary key, as SQL takes them.
pub(crate) type Keys = BTreeMap<String, Vec<String>>;

pub(crate) async fn keys(conn: &mut PgConnection) -> Result<Keys, Error> {
    let keys: Vec<(String, Vec<String>)> = sqlx::query_as(
        "select c.relname::text, array_agg(quote_ident(a.attname) order by key.place)
         from pg_index i
         join pg_class c on c.oid = i.indrelid
         cross join unnest(i.indkey::smallint[]) with ordinality as key (attnum, place)
         join pg_attribute a on a.attrelid = c.oid and a.attnum = key.attnum
         where c.relnamespace = 'recruiting'::regnamespace and i.indisprimary
         group by 1",
    )
    .fetch_all(conn)
    .await
    .map_err(during("read the keys of tables"))?;
    Ok(keys.into_iter().collect())
}

pub(crate) fn key_of<'k>(keys: &'k Keys, table: &str) -> Result<&'k [String], Error> {
    keys.get(table).map(Vec::as_slice).ok_or(Error::Unexpected("a table without a key"))
}

/// The condition that `f`, which follows, and `s`, which stands, are the same row.
pub(super) fn same_key(key: &[String]) -> String {
    key.iter().map(|column| format!("f.{column} = s.{column}")).collect::<Vec<_>>().join(" and ")
}
