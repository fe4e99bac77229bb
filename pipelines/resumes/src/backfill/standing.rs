//! What stands of a backfill before it goes on, by what the ledger knows. Certain.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use model::{Source, Window};
use pipeline::file_task::{self, Waiting};
use pipeline::plan::backfill::Past;
use pipeline::plan::{Known, Reason, State};
use pipeline::report::{self, Prospect};
use pipeline::window::Ledger;
use sqlx::PgPool;
use uuid::Uuid;

use super::Backfill;
use crate::failure::Failure;
use crate::settings::{FilesWhen, Settings};

/// What is left of it, and what others left to it.
pub(super) struct Standing {
    /// The windows that are left.
    pub(super) unlisted: Unlisted,
    /// The resumes that these have listed.
    pub(super) listed: Prospect,
    /// Files whose tasks stand open, if it fetches files.
    pub(super) waiting: Waiting,
}

/// Reads what stands of a company's part.
pub(super) async fn standing(
    settings: &Settings,
    request: &Backfill,
    past: &Past,
    pool: &PgPool,
    now: Timestamp,
) -> Result<Standing, Failure> {
    let ledger = Ledger::new(pool.clone(), Uuid::nil());
    let known = ledger.reaching_into(&past.company, past.from, past.until).await?;
    let waiting = if request.files == FilesWhen::Now && !settings.files.kinds.is_empty() {
        let max_age = SignedDuration::try_from(settings.files.token_max_age).unwrap_or_default();
        let oldest = now.checked_sub(max_age).unwrap_or(Timestamp::MIN);
        file_task::waiting(pool, &past.company, oldest).await?
    } else {
        Waiting::default()
    };
    Ok(Standing {
        unlisted: Unlisted::of(past, &known),
        listed: report::prospect(pool, past, settings.run.share_between_sources).await?,
        waiting,
    })
}

/// How many windows of a source are left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Hours that nothing covers.
    pub new: u64,
    /// Begun and not finished, or failed.
    pub unfinished: u64,
    /// Closed, to be looked at again.
    pub closed: u64,
}

/// Windows that are left, and the hours of those that were never listed.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    /// Source by source.
    pub(super) windows: BTreeMap<Source, Planned>,
    /// Calls for their lists.
    pub(super) list_calls: u64,
    /// Windows that were never listed, and their hours.
    pub(super) hours: BTreeMap<Source, (u64, u64)>,
}

impl Unlisted {
    pub(super) fn of(past: &Past, known: &[Known]) -> Self {
        let standing = known.iter().filter(|known| known.state != State::Superseded);
        let found: HashMap<&Window, &Known> =
            standing.map(|known| (&known.window, known)).collect();
        let mut all = Self::default();
        let due = pipeline::plan::backfill::plan(past, known).into_iter();
        for due in due.flat_map(|group| group.windows) {
            let source = due.window.source();
            let found = found.get(&due.window);
            let planned = all.windows.entry(source).or_default();
            match found.map(|known| known.state) {
                None => planned.new += 1,
                Some(State::Closed) => planned.closed += 1,
                Some(State::Open | State::Failed | State::Superseded) => planned.unfinished += 1,
            }
            let listed_at = found.and_then(|known| known.last_listed_at);
            if listed_at.is_none() {
                let (windows, hours) = all.hours.entry(source).or_default();
                *windows += 1;
                *hours += u64::from(due.window.hours());
            }
            let is_listed = match due.reason {
                Reason::Due => listed_at.is_some(),
                Reason::Relist { since } | Reason::Refetch { since } => {
                    listed_at.is_some_and(|at| since <= at)
                }
                Reason::Recheck => false,
            };
            all.list_calls += u64::from(!is_listed);
        }
        all
    }
}
