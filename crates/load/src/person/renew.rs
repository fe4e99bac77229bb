//! Makes people's rows anew, and writes what differs and nothing else.

use std::collections::BTreeMap;

use model::ResumeId;
use sqlx::{AssertSqlSafe, PgConnection};

use super::compare::{Difference, differences, following, key_of, keys, same_key};
use super::plan::{People, Plan};
use super::recompute::{Interpret, PersonState, Recompute};
use super::table::{Kind, TABLES, Table};
use super::told::{self, Told};
use super::unknown::Unknown;
use super::write::{self, Batch, Scope};
use crate::error::{Error, during};
use crate::feed::Event;

/// The same rows follow from newer rules: that is all that is written down.
const RESTAMP: &str = "
    update recruiting.candidate as person
    set _etl_transform_version = $2, _etl_fingerprint = made.fingerprint
    from unnest($3::text[], $4::bytea[]) as made (resume_id, fingerprint)
    where person.company_no = $1 and person.resume_id = made.resume_id";

/// Compares as [`compare`](super::compare()) does, and writes what differs: rows that are the same
/// stay untouched, and of a person without a difference nothing is written.
///
/// Locks, memory and the order of results as there. Durable once the caller commits; repeating it
/// changes nothing.
pub async fn renew(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    resume_ids: &[ResumeId],
    interpret: &Interpret<'_>,
) -> Result<Vec<Difference>, Error> {
    let people = People::lock(conn, settings, resume_ids).await?;
    let plans = people.plans(conn, settings, interpret, true).await?;
    let mut compared = differences(conn, settings, &plans).await?;
    write(conn, settings, &plans, &mut compared).await?;
    Ok(resume_ids.iter().filter_map(|id| compared.remove(id.as_str())).collect())
}

async fn write(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    plans: &[Plan<'_>],
    compared: &mut BTreeMap<String, Difference>,
) -> Result<(), Error> {
    let company_no = settings.company.as_str();
    let mut batch = Batch::new(company_no);
    let mut unknown = Unknown::default();
    let mut removed = Vec::new();
    let mut told = Vec::new();
    let (mut restamped, mut fingerprints) = (Vec::new(), Vec::new());
    for plan in plans {
        let resume_id = plan.history.resume_id.as_str();
        let Some(difference) = compared.get_mut(resume_id) else { continue };
        match difference.state {
            PersonState::Written => {
                let Some(rows) = following(plan, settings) else { continue };
                drop(batch.add(resume_id, &rows, &plan.fingerprint, settings, Scope::All)?);
                told.push(Told::of(resume_id, &rows, Scope::All, plan.standing.is_some()));
                unknown.add(&rows.newest.resume);
            }
            PersonState::Unchanged if difference.is_restamped => {
                restamped.push(resume_id);
                fingerprints.push(plan.fingerprint.bytes());
            }
            PersonState::Removed => {
                removed.push(resume_id);
                difference.events.push(Event::removed(resume_id));
            }
            PersonState::Unchanged | PersonState::Nothing => {}
        }
    }
    for (resume_id, events) in told::events(conn, company_no, &batch, told).await? {
        if let Some(difference) = compared.get_mut(&resume_id) {
            difference.events = events;
        }
    }
    write::remove(conn, company_no, &removed).await?;
    write_rows(conn, company_no, batch, compared).await?;
    unknown.write(conn, settings.company, settings.loaded_at).await?;
    if !restamped.is_empty() {
        sqlx::query(RESTAMP)
            .bind(company_no)
            .bind(settings.transform_version)
            .bind(&restamped)
            .bind(&fingerprints)
            .execute(conn)
            .await
            .map_err(during("write down by which rules rows were made"))?;
    }
    Ok(())
}

/// Writes the tables in which something differs: takes out what follows no more or otherwise, then
/// puts in what is missing. `candidate` is written for each of these people: it says who wrote, when,
/// and by which rules.
async fn write_rows(
    conn: &mut PgConnection,
    company_no: &str,
    mut batch: Batch<'_>,
    compared: &BTreeMap<String, Difference>,
) -> Result<(), Error> {
    let keys = keys(conn).await?;
    let mut texts = Vec::new();
    for table in &TABLES {
        let text = batch.text(table.name);
        if table.kind == Kind::OneRow {
            texts.extend(text.map(|text| (table, text, Vec::new())));
            continue;
        }
        let people = differing(table, compared);
        if people.is_empty() {
            continue;
        }
        // Without a text nobody has such rows any more.
        let follows = text.unwrap_or_else(|| "[]".to_owned());
        let statement = take_out(table.name, key_of(&keys, table.name)?);
        replace(conn, statement, &follows, company_no, &people).await?;
        texts.push((table, follows, people));
    }
    if texts.is_empty() {
        return Ok(());
    }
    write::plan(conn, write::ONCE).await?;
    for (table, follows, people) in texts {
        if table.kind == Kind::OneRow {
            sqlx::query(table.insert)
                .bind(follows)
                .execute(&mut *conn)
                .await
                .map_err(during("write rows of people"))?;
        } else {
            let statement = put_in(table.name, key_of(&keys, table.name)?);
            replace(conn, statement, &follows, company_no, &people).await?;
        }
    }
    write::plan(conn, write::ANEW).await
}

/// The people whose rows of a table differ.
fn differing<'a>(table: &Table, compared: &'a BTreeMap<String, Difference>) -> Vec<&'a str> {
    compared
        .iter()
        .filter(|(_, person)| person.state == PersonState::Written)
        .filter(|(_, person)| person.changes.tables.contains_key(table.name))
        .map(|(resume_id, _)| resume_id.as_str())
        .collect()
}

async fn replace(
    conn: &mut PgConnection,
    statement: String,
    follows: &str,
    company_no: &str,
    people: &[&str],
) -> Result<(), Error> {
    sqlx::query(AssertSqlSafe(statement))
        .bind(follows)
        .bind(company_no)
        .bind(people)
        .execute(conn)
        .await
        .map_err(during("write rows of people that differ"))?;
    Ok(())
}

/// `$1` the rows that follow, `$2` the company, `$3` the people whose rows differ.
fn take_out(table: &str, key: &[String]) -> String {
    let same_key = same_key(key);
    format!(
        "delete from recruiting.{table} s
         where s.company_no = $2 and s.resume_id = any($3) and not exists (
             select from json_populate_recordset(null::recruiting.{table}, $1::json) f
             where {same_key} and f is not distinct from s)"
    )
}

/// The same parameters. Rows that stand are the same by now.
fn put_in(table: &str, key: &[String]) -> String {
    let key = key.join(", ");
    format!(
        "insert into recruiting.{table}
         select f.* from json_populate_recordset(null::recruiting.{table}, $1::json) f
         where f.company_no = $2 and f.resume_id = any($3)
         on conflict ({key}) do nothing"
    )
}
