//! `migrate`: the database brought up to date.

use clap::Args;
use database::Roles;

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

It also makes the group roles etl104_analyst (the masked marts alone) and etl104_recruiter (people
too), and grants them what they may read. Without the right to make roles it goes on without them
and prints the statements for an administrator.

Exit codes: 0 up to date; 1 a migration failed; 2 settings, rights, or a database of a newer
version; 7 database unavailable, or a run is at work.")]
pub(crate) struct Migrate {}

/// Needs the database's settings alone.
pub(crate) async fn run(context: &Context, _migrate: &Migrate) -> Result<u8, Failure> {
    let settings = context.given()?.database()?;
    let pool = database::connect(&settings).await?;
    let applied = database::migrate(&pool).await?;
    let roles = database::grant_roles(&pool).await?;
    pool.close().await;
    let for_administrator = match &roles {
        Roles::Granted => None,
        Roles::Missing { sql } => Some(sql.as_str()),
    };
    if context.output.is_json() {
        context.output.json(&serde_json::json!({
            "schema": 1, "command": "migrate", "applied": applied,
            "roles": if for_administrator.is_some() { "missing" } else { "granted" },
            "for_administrator": for_administrator,
        }));
    } else {
        context.output.line(match applied {
            0 => "the database is up to date".to_owned(),
            1 => "1 migration applied".to_owned(),
            many => format!("{many} migrations applied"),
        });
        if let Some(sql) = for_administrator {
            context.output.line(format!(
                "The group roles of analysts and recruiters are missing, and this user may not make them.\n\
                 An administrator of the server runs, and then `etl104 migrate` grants them what they may read:\n\n{sql}"
            ));
        }
    }
    Ok(0)
}
