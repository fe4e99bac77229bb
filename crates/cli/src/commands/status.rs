//! `status`: coverage and gaps, open work with its remedy, commonest notes, last runs.

use clap::Args;
use model::CompanyNo;
use pipeline::plan::settled_until;
use pipeline::report::{
    self, BackfillRow, BrokenAssumption, Coverage, Filter, HeldAssumption, LeftToBackfills,
    OpenWork, PaceRow, ReprocessRow, RunRow,
};
use resumes::CommonNote;
use serde::Serialize;
use sqlx::PgPool;

use crate::context::Context;
use crate::exit::Failure;
use crate::settings::Scope;

use old_windows::OldWindowsRow;

mod old_windows;
mod print;

/// Kinds of notes that are shown.
const NOTES: i64 = 8;
/// Runs that are shown.
const RUNS: u32 = 5;

/// Coverage and gaps, open work with its remedy, last runs
///
/// Says how far the warehouse reaches, what is missing, what is open and what to do about it.
/// Reads the ledger alone: no call to 104, no secret needed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 status
  etl104 status --output json | jq '.coverage[] | {source, lag_hours, missing_hours}'

Exit codes: 0, whatever is open; 2 settings; 7 database unavailable.")]
pub(crate) struct Status {}

/// All that is shown; as JSON one object.
#[derive(Serialize)]
struct State {
    schema: u8,
    coverage: Vec<Reach>,
    open: OpenWork,
    left_to_backfills: LeftToBackfills,
    backfills: Vec<BackfillRow>,
    notes: Vec<Note>,
    people_of_older_rules: i64,
    unfinished_reprocesses: Vec<ReprocessRow>,
    unknown_fields: i64,
    broken_assumptions: Vec<BrokenAssumption>,
    held_assumptions: Vec<HeldAssumption>,
    old_windows: Vec<OldWindowsRow>,
    pace: Vec<PaceRow>,
    runs: Vec<RunRow>,
}

/// The coverage of one source, with its lag.
#[derive(Serialize)]
struct Reach {
    #[serde(flatten)]
    coverage: Coverage,
    lag_hours: i64,
}

/// How often one kind of note stands on the rows.
#[derive(Serialize)]
struct Note {
    table: String,
    column: String,
    code: String,
    times: i64,
}

/// Reads everything, then prints.
pub(crate) async fn run(context: &Context, _status: &Status) -> Result<u8, Failure> {
    let given = context.given()?;
    let scopes = given.scopes(context.companies())?;
    let settle = given.settle()?;
    let pool = context.database().await?;
    let due_until = settled_until(database::now(&pool).await?, settle);
    let companies = context.companies();
    let starts: Vec<_> = scopes.iter().map(|scope| (scope.no.clone(), scope.start_on)).collect();
    let sources: Vec<_> =
        scopes.iter().map(|scope| (scope.no.clone(), scope.sources.clone())).collect();
    let state = State {
        schema: 1,
        coverage: coverage(&pool, &scopes, due_until).await?,
        open: report::open_work(&pool, companies).await?,
        left_to_backfills: report::left_to_backfills(&pool, &starts).await?,
        backfills: report::backfills(&pool, companies, &sources).await?,
        notes: notes(&pool).await?,
        people_of_older_rules: resumes::older_rules(&pool, companies).await?,
        unfinished_reprocesses: report::reprocesses(&pool, companies).await?,
        unknown_fields: report::unknown_fields(&pool, companies).await?,
        broken_assumptions: report::broken_assumptions(&pool, companies).await?,
        held_assumptions: report::held_assumptions(&pool, companies).await?,
        old_windows: old_windows::read(&pool, &scopes, given.old_windows()?).await?,
        pace: report::paces(&pool).await?,
        runs: runs(&pool, companies).await?,
    };
    if context.output.is_json() {
        context.output.json(&state);
    } else {
        print::print(&context.output, &state);
    }
    Ok(0)
}

async fn coverage(
    pool: &PgPool,
    scopes: &[Scope],
    due_until: jiff::Timestamp,
) -> Result<Vec<Reach>, Failure> {
    let mut all = Vec::new();
    for Scope { no, sources, start_on } in scopes {
        let of_company = report::coverage(pool, no, sources, *start_on, due_until).await?;
        all.extend(
            of_company
                .into_iter()
                .map(|coverage| Reach { lag_hours: coverage.lag_hours(), coverage }),
        );
    }
    Ok(all)
}

async fn notes(pool: &PgPool) -> Result<Vec<Note>, Failure> {
    let notes = resumes::common_notes(pool, NOTES).await?;
    Ok(notes
        .into_iter()
        .map(|CommonNote { table_name, column_name, code, times }| Note {
            table: table_name,
            column: column_name,
            code,
            times,
        })
        .collect())
}

async fn runs(pool: &PgPool, companies: &[CompanyNo]) -> Result<Vec<RunRow>, Failure> {
    let filter = Filter { companies: companies.to_vec(), limit: RUNS, ..Filter::default() };
    Ok(report::runs(pool, &filter).await?)
}
