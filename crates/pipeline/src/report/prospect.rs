//! What a range of hours will cost, out of what the ledger holds: exactly for what is listed, and
//! by averages for what is not.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::{CompanyNo, Source};
use sqlx::PgPool;

use crate::Error;
use crate::plan::backfill::{Past, Refetch};

/// Closed windows that averages are made of, the nearest in time: a quarter of whole days.
const SAMPLE: i64 = 270;

/// Resumes that are still to be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Prospect {
    /// Resumes, each once for the hours that list it.
    pub resumes: i64,
    /// Of these, the ones that a window stored before and asks for again.
    pub held: i64,
    /// Calls for them, ten resumes each.
    pub batches: i64,
    /// Items that they are, in all windows that list them, and those that go on from raw.
    pub items: i64,
}

/// The resumes that the ledger has listed in a range and that are still to be asked for: ids whose
/// item is open, and with [`Refetch::All`] those of windows that were not asked since. Sources of
/// the same hours share, if they are to.
pub async fn prospect(pool: &PgPool, past: &Past, is_shared: bool) -> Result<Prospect, Error> {
    let sources: Vec<&str> = past.sources.iter().map(|source| source.as_str()).collect();
    let all: Vec<&str> = Source::ALL.into_iter().map(Source::as_str).collect();
    sqlx::query_as(
        "with item as (
             select window_.window_id, window_.starts_at, window_.ends_at, item.resume_id,
                 item.state, array_position($8, window_.source) as richness,
                 item.state = 'listed' or $5 and item.state <> 'kept' and not window_.is_asked
                     -- only ids that can be asked: ASCII, visible, without a comma
                     and item.resume_id ~ '^[[:graph:]]{1,64}$'
                     and position(',' in item.resume_id) = 0
                     and octet_length(item.resume_id) = length(item.resume_id) as is_wanted,
                 item.state in ('kept', 'stored') and (window_.is_asked or not $5) as is_held,
                 item.document_id is not null as was_stored
             from (
                 select *, greatest(first_listed_at, refetched_at) >= $6 as is_asked
                 from etl.fetch_window
                 where company_no = $1 and starts_at < $3 and ends_at > $2
                   and source = any($4) and state <> 'superseded') as window_
             join etl.window_item as item using (window_id)
         ), ranked as (
             select window_id, is_wanted, was_stored, row_number() over (
                 partition by starts_at, ends_at, resume_id order by richness desc) as place
             from item where is_wanted or is_held
         ), unshared as (
             select window_id, was_stored from ranked
             where is_wanted and (place = 1 or not $7)
         ), counted as (
             select count(*) as resumes, count(*) filter (where was_stored) as held
             from unshared group by window_id
         )
         select coalesce(sum(resumes), 0)::bigint as resumes,
             coalesce(sum(held), 0)::bigint as held,
             coalesce(sum((resumes + 9) / 10), 0)::bigint as batches,
             (select count(*) from item where is_wanted or state = 'kept') as items
         from counted",
    )
    .bind(past.company.as_str())
    .bind(past.from.to_sqlx())
    .bind(past.until.to_sqlx())
    .bind(&sources)
    .bind(past.refetch == Refetch::All)
    .bind(past.since.to_sqlx())
    .bind(is_shared)
    .bind(&all)
    .fetch_one(pool)
    .await
    .map_err(Error::statement("counting the resumes to fetch"))
}

/// What closed windows came to, on average.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Averages {
    /// How many closed windows they are made of.
    pub windows: u64,
    /// Of each source.
    pub sources: Vec<SourceAverage>,
    /// Of what all sources list, the share that is left when those of the same hours share.
    pub distinct: f64,
    /// Files that a resume has, if any resume was stored.
    pub files_a_resume: Option<f64>,
}

/// What one source comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceAverage {
    /// The source.
    pub source: Source,
    /// Resumes a day.
    pub resumes_a_day: f64,
    /// Share of the dates that list anybody.
    pub busy_days: f64,
}

/// The averages of a company's closed windows, those nearest to a moment.
pub async fn averages(
    pool: &PgPool,
    company: &CompanyNo,
    near: Timestamp,
) -> Result<Averages, Error> {
    let failed = || Error::statement("reading the ledger's averages");
    let sources: Vec<(String, i64, f64, f64)> = sqlx::query_as(
        "select source, count(*),
             (sum(listed) * 24)::float8 / sum(end_hour - start_hour),
             (count(distinct window_on) filter (where listed > 0)::float8
                 / count(distinct window_on))
         from (
             select * from etl.fetch_window where company_no = $1 and state = 'closed'
             order by abs(extract(epoch from starts_at - $2)) limit $3) as nearest
         group by source",
    )
    .bind(company.as_str())
    .bind(near.to_sqlx())
    .bind(SAMPLE)
    .fetch_all(pool)
    .await
    .map_err(failed())?;
    let (listed, distinct, files): (i64, i64, i64) = sqlx::query_as(
        "with nearest as materialized (
             select window_id, starts_at, ends_at from etl.fetch_window
             where company_no = $1 and state = 'closed' and stored > 0
             order by abs(extract(epoch from starts_at - $2)) limit $3
         ), shown as materialized (
             select starts_at, ends_at, resume_id, document_id
             from nearest join etl.window_item using (window_id) where state = 'stored'
         )
         select (select count(*) from shown),
             (select count(*) from (select distinct starts_at, ends_at, resume_id from shown) as one),
             (select count(*) from etl.file_task as task
              where company_no = $1 and (resume_id, document_id) in
                  (select resume_id, document_id from shown))",
    )
    .bind(company.as_str())
    .bind(near.to_sqlx())
    .bind(SAMPLE)
    .fetch_one(pool)
    .await
    .map_err(failed())?;
    let windows: i64 = sources.iter().map(|(_, windows, _, _)| windows).sum();
    Ok(Averages {
        windows: u64::try_from(windows).unwrap_or(0),
        sources: sources
            .into_iter()
            .filter_map(|(source, _, resumes_a_day, busy_days)| {
                Some(SourceAverage { source: source.parse().ok()?, resumes_a_day, busy_days })
            })
            .collect(),
        distinct: share(distinct, listed).unwrap_or(1.0),
        files_a_resume: share(files, distinct),
    })
}

fn share(part: i64, whole: i64) -> Option<f64> {
    let float = |count: i64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (whole > 0).then(|| float(part) / float(whole))
}
