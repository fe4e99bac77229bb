//! The change feed, read on from a number.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Duration;

use load::feed::{Change, Page, Person};
use model::{CompanyNo, Redacted};
use sqlx::PgPool;

use crate::failure::Failure;
use crate::signals::Signals;

/// Changes in one answer at most.
const PAGE: u64 = 500;
/// With people's rows, of which each may have some ten thousand bytes.
const PAGE_WITH_PEOPLE: u64 = 50;

/// What to read.
#[derive(Clone, Debug)]
pub struct ChangesRequest {
    /// Changes with a higher number.
    pub after: i64,
    /// The companies; empty for all.
    pub companies: Vec<CompanyNo>,
    /// So many at most.
    pub limit: Option<u64>,
    /// With the rows of each person as they are now.
    pub with_person: bool,
    /// Go on, asking so often for more, until a signal.
    pub follow: Option<Duration>,
}

/// A change, with the rows of its person if they were asked for.
#[derive(Clone, Debug)]
pub struct Told {
    /// The change.
    pub change: Change,
    /// Its person.
    pub person: PersonNow,
}

/// A person's rows as they are now.
#[derive(Clone, Debug)]
pub enum PersonNow {
    /// They were not asked for.
    NotAsked,
    /// There are none any more.
    Gone,
    /// One JSON object by table.
    Rows(Redacted<String>),
}

/// Why reading ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// Changes after the number were deleted.
    #[error("changes after {after} are kept no more: {}", kept_from(*oldest_no))]
    Behind {
        /// The number that was reached.
        after: i64,
        /// The oldest that is kept.
        oldest_no: Option<i64>,
        /// The newest.
        last_no: i64,
    },
    /// The number was never given here.
    #[error(
        "no change has the number {after}, the newest is {last_no}: it is another database's, or \
             this one was restored from a backup"
    )]
    Ahead {
        /// The number that was asked for.
        after: i64,
        /// The newest.
        last_no: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

fn kept_from(oldest_no: Option<i64>) -> String {
    oldest_no.map_or_else(|| "none is".to_owned(), |no| format!("the oldest is {no}"))
}

/// Reads changes in their order and hands them on, until there is none, or `show` wants no more, or a signal stops
/// it. Memory does not grow with their number.
///
/// Gives the number to go on with, also beside an error: whatever has a lower one was handed on.
pub async fn changes(
    settings: &database::Settings,
    request: &ChangesRequest,
    signals: &Signals,
    show: &mut (dyn FnMut(Told) -> ControlFlow<()> + Send),
) -> (i64, Result<(), ChangesError>) {
    let mut reached = request.after;
    let work = work(settings, request, signals, show, &mut reached);
    let ended = tokio::select! {
        biased;
        // What is cut here only read.
        () = signals.token().cancelled() => Ok(()),
        ended = work => ended,
    };
    (reached, ended)
}

async fn work(
    settings: &database::Settings,
    request: &ChangesRequest,
    signals: &Signals,
    show: &mut (dyn FnMut(Told) -> ControlFlow<()> + Send),
    reached: &mut i64,
) -> Result<(), ChangesError> {
    let pool = database::connect_to_read(settings).await.map_err(Failure::from)?;
    database::require_current(&pool).await.map_err(Failure::from)?;
    let mut left = request.limit.unwrap_or(u64::MAX);
    loop {
        let asked = left.min(if request.with_person { PAGE_WITH_PEOPLE } else { PAGE });
        let page = next(&pool, request, *reached, asked).await?;
        let last_no = page.last_no;
        let told = told(&pool, request, page).await?;
        let is_last = (told.len() as u64) < asked;
        left -= told.len() as u64;
        for told in told {
            *reached = told.change.change_no;
            if show(told).is_break() {
                return Ok(());
            }
        }
        if is_last {
            // Up to there only others' were left.
            *reached = last_no;
        }
        match request.follow {
            _ if left == 0 => return Ok(()),
            None if is_last => return Ok(()),
            Some(pause) if is_last => tokio::time::sleep(pause).await,
            None | Some(_) => {}
        }
        if signals.reason().is_some() {
            return Ok(());
        }
    }
}

async fn next(
    pool: &PgPool,
    request: &ChangesRequest,
    after: i64,
    limit: u64,
) -> Result<Page, ChangesError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let page = database::statement(pool, "reading the change feed", || async {
        load::feed::read(&mut *pool.acquire().await?, after, &request.companies, limit).await
    })
    .await
    .map_err(Failure::from)?;
    let (oldest_no, last_no) = (page.oldest_no, page.last_no);
    if after > last_no {
        return Err(ChangesError::Ahead { after, last_no });
    }
    if after < last_no && oldest_no.is_none_or(|oldest| oldest > after + 1) {
        return Err(ChangesError::Behind { after, oldest_no, last_no });
    }
    Ok(page)
}

/// People's rows are read after the changes, so that they are at least as new.
async fn told(
    pool: &PgPool,
    request: &ChangesRequest,
    page: Page,
) -> Result<Vec<Told>, ChangesError> {
    let without = |change| Told { change, person: PersonNow::NotAsked };
    if !request.with_person || page.changes.is_empty() {
        return Ok(page.changes.into_iter().map(without).collect());
    }
    let asked: BTreeSet<(&str, &str)> = page
        .changes
        .iter()
        .map(|change| (change.company_no.as_str(), change.resume_id.as_str()))
        .collect();
    let asked: Vec<(&str, &str)> = asked.into_iter().collect();
    let people = database::statement(pool, "reading people for the change feed", || async {
        load::feed::people(&mut *pool.acquire().await?, &asked).await
    })
    .await
    .map_err(Failure::from)?;
    let by_key = |person: Person| ((person.company_no, person.resume_id), person.rows);
    let people: BTreeMap<(String, String), Redacted<String>> =
        people.into_iter().map(by_key).collect();
    let with = |change: Change| {
        let key = (change.company_no.clone(), change.resume_id.clone());
        let person = people.get(&key).cloned().map_or(PersonNow::Gone, PersonNow::Rows);
        Told { change, person }
    };
    Ok(page.changes.into_iter().map(with).collect())
}
