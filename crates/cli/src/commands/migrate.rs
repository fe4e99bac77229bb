//! `migrate`: the database brought up to date.

use clap::Args;

use crate::context::Context;
use crate::exit::Failure;

/// Bring the database up to date
///
/// Brings the database up to date: makes the tables at first, adds what is new later. Forward
/// only; repeated calls do nothing; two at once wait for each other.
#[derive(Args)]
#[command(after_help = "\
The user of [database] url must own the schemas or may create them. Take a backup before a new
version's migration. While a run is at work nothing is migrated. Each migration is a transaction:
one that is interrupted leaves no trace, and the next call goes on with it.

Exit codes: 0 up to date; 1 a migration failed; 2 settings, rights, or a database of a newer
version; 7 database unavailable, or a run is at work.")]
pub(crate) struct Migrate {}

/// Needs the database's settings alone.
pub(crate) async fn run(context: &Context, _migrate: &Migrate) -> Result<u8, Failure> {
    let settings = context.given()?.database()?;
    let pool = database::connect(&settings).await?;
    let applied = database::migrate(&pool).await?;
    pool.close().await;
    if context.output.is_json() {
        context.output.json(&serde_json::json!({
            "schema": 1, "command": "migrate", "applied": applied,
        }));
    } else {
        context.output.line(match applied {
            0 => "the database is up to date".to_owned(),
            1 => "1 migration applied".to_owned(),
            many => format!("{many} migrations applied"),
        });
    }
    Ok(0)
}
