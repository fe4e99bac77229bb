//! Sightings: which window and source showed which document.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::{ResumeId, Source, Window};
use sqlx::PgConnection;

use super::fold::{self, Run};
use crate::error::{Error, during};

/// A document that a window showed at a moment.
pub(super) struct Shown {
    pub(super) resume_id: ResumeId,
    pub(super) document_id: i64,
    pub(super) at: Timestamp,
}

/// What the same window and source had shown of a resume before.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) alike: bool,
    /// By an answer of its own: what a richer source lent it may differ from that.
    pub(super) differently: bool,
}

/// A sighting is lent if a richer source of the same hours shows its document.
const FIND: &str = "
    select sighting_id, resume_id, document_id, first_fetched_at, last_fetched_at,
        exists (
            select from raw.sighting as richer
            where richer.company_no = $1 and richer.resume_id = own.resume_id
              and richer.source = any($6) and richer.document_id = own.document_id
              and richer.window_starts_at = $4 and richer.window_ends_at = $5) as is_lent
    from raw.sighting as own
    where company_no = $1 and resume_id = any($2) and source = $3
      and window_starts_at = $4 and window_ends_at = $5
    order by first_fetched_at, sighting_id";

const APPEND: &str = "
    insert into raw.sighting
        (company_no, resume_id, source, window_id, window_starts_at, window_ends_at,
         document_id, first_fetched_at, last_fetched_at)
    select $1, resume_id, $2, $3, $4, $5, document_id, first_fetched_at, last_fetched_at
    from unnest($6::text[], $7::bigint[], $8::timestamptz[], $9::timestamptz[])
        as new (resume_id, document_id, first_fetched_at, last_fetched_at)";

const STRETCH: &str = "
    update raw.sighting
    set first_fetched_at = changed.first_fetched_at, last_fetched_at = changed.last_fetched_at
    from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[])
        as changed (sighting_id, first_fetched_at, last_fetched_at)
    where sighting.sighting_id = changed.sighting_id";

/// Of each resume the newest fetch of the same hours by another source.
const OF_RICHER_SOURCES: &str = "
    select distinct on (resume_id) resume_id, document_id, last_fetched_at
    from unnest($2::text[], $6::timestamptz[]) as asked (resume_id, since)
    join raw.sighting using (resume_id)
    where company_no = $1 and source = any($3)
      and window_starts_at = $4 and window_ends_at = $5
      and last_fetched_at >= coalesce(since, '-infinity')
    order by resume_id, array_position($3, source), last_fetched_at desc";

type Row = (i64, String, i64, jiff_sqlx::Timestamp, jiff_sqlx::Timestamp, bool);

/// The sources that say more of a person than this one, the richest first.
pub(super) fn richer_than(source: Source) -> Vec<&'static str> {
    Source::ALL.into_iter().rev().filter(|one| *one > source).map(Source::as_str).collect()
}

/// Keeps what was shown; gives, in its order, what had been shown before.
pub(super) async fn keep(
    conn: &mut PgConnection,
    window: &Window,
    window_id: i64,
    shown: &[Shown],
) -> Result<Vec<Before>, Error> {
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = shown.iter().map(|one| one.resume_id.as_str()).collect();
    let rows: Vec<Row> = sqlx::query_as(FIND)
        .bind(window.company().as_str())
        .bind(&ids)
        .bind(window.source().as_str())
        .bind(window.starts_at().to_sqlx())
        .bind(window.ends_at().to_sqlx())
        .bind(richer_than(window.source()))
        .fetch_all(&mut *conn)
        .await
        .map_err(during("read sightings"))?;
    let mut runs: HashMap<String, Vec<Run>> = HashMap::new();
    let mut lent: HashSet<i64> = HashSet::new();
    for (sighting_id, resume_id, document_id, first, last, is_lent) in rows {
        lent.extend(is_lent.then_some(sighting_id));
        runs.entry(resume_id).or_default().push(Run {
            sighting_id: Some(sighting_id),
            document_id,
            first: first.to_jiff(),
            last: last.to_jiff(),
            is_changed: false,
        });
    }
    let mut before = Vec::with_capacity(shown.len());
    for one in shown {
        let runs = runs.entry(one.resume_id.as_str().to_owned()).or_default();
        before.push(Before {
            alike: runs.iter().any(|run| run.document_id == one.document_id),
            differently: runs.iter().any(|run| {
                run.document_id != one.document_id
                    && run.sighting_id.is_some_and(|number| !lent.contains(&number))
            }),
        });
        fold::add(runs, one.document_id, one.at);
    }
    write(conn, window, window_id, &runs).await?;
    Ok(before)
}

/// What other sources showed of the same hours, of each resume since its moment.
pub(super) async fn of_richer_sources(
    conn: &mut PgConnection,
    window: &Window,
    asked: &[(ResumeId, Option<Timestamp>)],
) -> Result<Vec<Shown>, Error> {
    let (ids, since): (Vec<&str>, Vec<_>) = asked
        .iter()
        .map(|(resume_id, since)| (resume_id.as_str(), since.map(ToSqlx::to_sqlx)))
        .unzip();
    let rows: Vec<(String, i64, jiff_sqlx::Timestamp)> = sqlx::query_as(OF_RICHER_SOURCES)
        .bind(window.company().as_str())
        .bind(&ids)
        .bind(richer_than(window.source()))
        .bind(window.starts_at().to_sqlx())
        .bind(window.ends_at().to_sqlx())
        .bind(&since)
        .fetch_all(&mut *conn)
        .await
        .map_err(during("find what other sources fetched"))?;
    rows.into_iter()
        .map(|(resume_id, document_id, at)| {
            let resume_id =
                resume_id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id"))?;
            Ok(Shown { resume_id, document_id, at: at.to_jiff() })
        })
        .collect()
}

async fn write(
    conn: &mut PgConnection,
    window: &Window,
    window_id: i64,
    runs: &HashMap<String, Vec<Run>>,
) -> Result<(), Error> {
    let (mut ids, mut documents, mut firsts, mut lasts) = (vec![], vec![], vec![], vec![]);
    let (mut numbers, mut moved_firsts, mut moved_lasts) = (vec![], vec![], vec![]);
    for (resume_id, run) in runs
        .iter()
        .flat_map(|(id, runs)| runs.iter().map(move |run| (id, run)))
        .filter(|(_, run)| run.is_changed)
    {
        if let Some(number) = run.sighting_id {
            numbers.push(number);
            moved_firsts.push(run.first.to_sqlx());
            moved_lasts.push(run.last.to_sqlx());
        } else {
            ids.push(resume_id.as_str());
            documents.push(run.document_id);
            firsts.push(run.first.to_sqlx());
            lasts.push(run.last.to_sqlx());
        }
    }
    if !ids.is_empty() {
        sqlx::query(APPEND)
            .bind(window.company().as_str())
            .bind(window.source().as_str())
            .bind(window_id)
            .bind(window.starts_at().to_sqlx())
            .bind(window.ends_at().to_sqlx())
            .bind(&ids)
            .bind(&documents)
            .bind(&firsts)
            .bind(&lasts)
            .execute(&mut *conn)
            .await
            .map_err(during("keep sightings"))?;
    }
    if !numbers.is_empty() {
        sqlx::query(STRETCH)
            .bind(&numbers)
            .bind(&moved_firsts)
            .bind(&moved_lasts)
            .execute(&mut *conn)
            .await
            .map_err(during("move sightings"))?;
    }
    Ok(())
}
