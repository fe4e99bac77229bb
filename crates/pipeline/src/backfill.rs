//! Backfills in the ledger: what somebody asked for of the past, since when, and how to go on.
//!
//! A backfill is its company, its range, what it asks for of closed windows and how it cuts new
//! ones. Asked for again while it is unfinished, it is gone on with; when its files are fetched
//! and which hours come first may change on the way.

use std::time::Duration;

use database::{statement, transaction};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::CompanyNo;
use sqlx::PgPool;
use uuid::Uuid;

use crate::Error;
use crate::plan::backfill::{Order, Past, Refetch, Width};

/// A dry run's listings serve a backfill that begins within this time: what is new since is found
/// by rechecks. After that, all windows are listed again.
pub const LISTINGS_KEEP: Duration = Duration::from_hours(24);

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The range and its manner; its `since` is not looked at.
    pub past: &'a Past,
    /// When files are fetched, as the command line names it.
    pub files: &'static str,
    /// The command that goes on with it.
    pub command: &'a str,
    /// Whether the windows are listed and nobody is asked for.
    pub is_listing: bool,
}

/// A backfill that was begun, or is gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its number.
    pub backfill_id: i64,
    /// When it began: what was done since is done.
    pub since: Timestamp,
    /// It was begun before: by a run, or by a dry run that kept its listings.
    pub before: Option<Before>,
}

/// How a backfill was begun before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// A run worked on it.
    Worked,
    /// A dry run listed its windows.
    Listed,
}

/// Begins a backfill, or goes on with the unfinished one that asks for the same. A listing leaves
/// one that was begun to fetch as it is: that goes on as somebody asked.
pub async fn begin(pool: &PgPool, run_id: Uuid, asked: &Asked<'_>) -> Result<Begun, Error> {
    let past = asked.past;
    let (backfill_id, since, before): (i64, jiff_sqlx::Timestamp, Option<String>) =
        transaction(pool, || async {
            let mut tx = pool.begin().await.map_err(Error::statement("beginning a backfill"))?;
            let row = sqlx::query_as(
                "with known as materialized (
                     select backfill_id, state,
                         state = 'listed' and started_at < now() - make_interval(secs => $10) as is_stale
                     from etl.backfill
                     where company_no = $1 and starts_at = $2 and ends_at = $3 and refetch = $4
                       and width = $5 and state <> 'complete'
                     for update
                 )
                 insert into etl.backfill as standing
                     (company_no, starts_at, ends_at, refetch, width, files, is_newest_first,
                      command, run_id, state)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
                         case when $11 then 'listed' else 'open' end)
                 on conflict (company_no, starts_at, ends_at, refetch, width)
                     where state <> 'complete'
                 do update set
                     (files, is_newest_first, command, run_id, worked_at, state) = (
                         select excluded.files, excluded.is_newest_first, excluded.command,
                             excluded.run_id, now(), excluded.state
                         where standing.state <> 'open' or not $11
                         union all
                         select standing.files, standing.is_newest_first, standing.command,
                             standing.run_id, standing.worked_at, standing.state
                         where standing.state = 'open' and $11),
                     started_at = case when (select is_stale from known) then now()
                         else standing.started_at end
                 returning backfill_id, started_at,
                     (select state from known where not is_stale) as before",
            )
            .bind(past.company.as_str())
            .bind(past.from.to_sqlx())
            .bind(past.until.to_sqlx())
            .bind(refetch_name(past.refetch))
            .bind(width_name(past.width))
            .bind(asked.files)
            .bind(past.order == Order::NewestFirst)
            .bind(asked.command)
            .bind(run_id)
            .bind(LISTINGS_KEEP.as_secs_f64())
            .bind(asked.is_listing)
            .fetch_one(&mut *tx)
            .await
            .map_err(Error::statement("beginning a backfill"))?;
            Ok::<_, Error>((tx, row))
        })
        .await?;
    let before = before.map(|state| match state.as_str() {
        "listed" => Before::Listed,
        _ => Before::Worked,
    });
    Ok(Begun { backfill_id, since: since.to_jiff(), before })
}

/// When a backfill that is given again would have begun; `None`: there is none, or it begins anew.
pub async fn begun_at(pool: &PgPool, past: &Past) -> Result<Option<Timestamp>, Error> {
    let ask = || {
        sqlx::query_as(
            "select started_at from etl.backfill
             where company_no = $1 and starts_at = $2 and ends_at = $3 and refetch = $4
               and width = $5 and state <> 'complete'
               and not (state = 'listed' and started_at < now() - make_interval(secs => $6))",
        )
        .bind(past.company.as_str())
        .bind(past.from.to_sqlx())
        .bind(past.until.to_sqlx())
        .bind(refetch_name(past.refetch))
        .bind(width_name(past.width))
        .bind(LISTINGS_KEEP.as_secs_f64())
        .fetch_optional(pool)
    };
    let row: Option<(jiff_sqlx::Timestamp,)> = statement(pool, "reading a backfill", ask).await?;
    Ok(row.map(|(started_at,)| started_at.to_jiff()))
}

/// Notes how many windows are left, and says how many that makes with those that are done.
pub async fn note_left(pool: &PgPool, backfill_id: i64, left: u64) -> Result<u64, Error> {
    let ask = || {
        sqlx::query_as(
            "update etl.backfill set windows_planned = $2 + etl.windows_done(backfill)
             where backfill_id = $1 returning windows_planned",
        )
        .bind(backfill_id)
        .bind(i32::try_from(left).unwrap_or(i32::MAX))
        .fetch_one(pool)
    };
    let (planned,): (i32,) = statement(pool, "noting a backfill's windows", ask).await?;
    Ok(u64::try_from(planned).unwrap_or(0))
}

/// A backfill that was begun, is not finished, and that nobody works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Its number.
    pub backfill_id: i64,
    /// The first hour.
    pub from: Timestamp,
    /// The end of the last hour, exclusive.
    pub until: Timestamp,
    /// What it asks for of closed windows.
    pub refetch: Refetch,
    /// How it cuts new windows.
    pub width: Width,
    /// When it began.
    pub since: Timestamp,
}

/// The backfills of a company that were stopped.
pub async fn stopped(pool: &PgPool, company: &CompanyNo) -> Result<Vec<Stopped>, Error> {
    type Row = (i64, jiff_sqlx::Timestamp, jiff_sqlx::Timestamp, bool, bool, jiff_sqlx::Timestamp);
    let ask = || {
        sqlx::query_as(
            "select backfill_id, starts_at, ends_at, refetch = 'all', width = 'hour', started_at
             from etl.backfill
             where company_no = $1 and state = 'open' and not etl.is_run_alive(run_id)",
        )
        .bind(company.as_str())
        .fetch_all(pool)
    };
    let rows: Vec<Row> = statement(pool, "reading stopped backfills", ask).await?;
    let stopped =
        rows.into_iter().map(|(backfill_id, from, until, is_all, is_hour, since)| Stopped {
            backfill_id,
            from: from.to_jiff(),
            until: until.to_jiff(),
            refetch: if is_all { Refetch::All } else { Refetch::Missing },
            width: if is_hour { Width::Hour } else { Width::Day },
            since: since.to_jiff(),
        });
    Ok(stopped.collect())
}

/// Nothing of it is left.
pub async fn complete(pool: &PgPool, backfill_id: i64) -> Result<(), Error> {
    let ask = || {
        sqlx::query(
            "update etl.backfill set state = 'complete', ended_at = now()
             where backfill_id = $1 and state <> 'complete'",
        )
        .bind(backfill_id)
        .execute(pool)
    };
    statement(pool, "completing a backfill", ask).await?;
    Ok(())
}

const fn refetch_name(refetch: Refetch) -> &'static str {
    match refetch {
        Refetch::Missing => "missing",
        Refetch::All => "all",
    }
}

const fn width_name(width: Width) -> &'static str {
    match width {
        Width::Day => "day",
        Width::Hour => "hour",
    }
}
