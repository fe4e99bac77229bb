//! Makes people's rows anew, and writes what differs and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use model::ResumeId;
use sqlx::PgConnection;

use super::amend;
use super::compare::{Difference, Sides, differences};
use super::differ::Differing;
use super::plan::{People, Plan};
use super::recompute::{Interpret, PersonState, Recompute};
use super::told::{self, Told};
use super::unknown::Unknown;
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
    let mut sides = Sides::read(conn, settings, &plans).await?;
    let told = std::mem::take(&mut sides.told);
    let tables = sides.differing()?;
    let mut compared = differences(settings, &plans, &tables, |id| told.contains_key(id));
    write(conn, settings, &plans, &tables, told, &mut compared).await?;
    Ok(resume_ids.iter().filter_map(|id| compared.remove(id.as_str())).collect())
}

async fn write(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    plans: &[Plan<'_>],
    tables: &[Differing<'_>],
    mut told: BTreeMap<&str, Told>,
    compared: &mut BTreeMap<String, Difference>,
) -> Result<(), Error> {
    let company_no = settings.company.as_str();
    let mut unknown = Unknown::default();
    let mut removed = Vec::new();
    let (mut restamped, mut fingerprints) = (Vec::new(), Vec::new());
    for plan in plans {
        let resume_id = plan.history.resume_id.as_str();
        let Some(difference) = compared.get_mut(resume_id) else { continue };
        match difference.state {
            PersonState::Written => {
                if let Some(newest) =
                    told.get(resume_id).and_then(|told| plan.document(told.document_id()))
                {
                    unknown.add(&newest.resume);
                }
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
    let written: BTreeSet<&str> = compared
        .iter()
        .filter(|(_, person)| person.state == PersonState::Written)
        .map(|(resume_id, _)| resume_id.as_str())
        .collect();
    told.retain(|resume_id, _| written.contains(resume_id));
    let events = told::events(tables, told.into_values().collect());
    amend::remove(conn, company_no, &removed).await?;
    amend::amend(conn, company_no, tables, |resume_id| written.contains(resume_id)).await?;
    unknown.write(conn, settings.company, settings.loaded_at).await?;
    for (resume_id, events) in events {
        if let Some(difference) = compared.get_mut(&resume_id) {
            difference.events = events;
        }
    }
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
