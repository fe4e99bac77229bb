//! The tables of `recruiting` as they were at a moment, in a schema of their own.
//!
//! Built aside and renamed, so that readers see the earlier tables or the new ones, never half:
//! [`begin`], then [`write`](write()) for all people, [`add_key`] until all are there, [`finish`]. Nothing in `recruiting` is
//! touched, and nobody who works there waits. What a killed process began is dropped by
//! [`tidy_up`]. The schemas are known to `etl.as_of_schema`.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::{CompanyNo, ResumeId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::{Error, during};
use crate::person::past;
use crate::person::{Interpret, Recompute};
use crate::schema::SchemaName;

pub use crate::person::past::Written;

/// A schema under way.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name that it gets.
    pub schema: SchemaName,
    /// The moment that it shows.
    pub moment: Timestamp,
    /// The run that makes it.
    pub run_id: Uuid,
    /// The version of the program.
    pub program_version: &'static str,
    /// The version of the interpreter's rules.
    pub transform_version: i32,
}

impl Plan {
    /// Where it is built.
    fn aside(&self) -> Result<SchemaName, Error> {
        let name = format!("as_of_{}", self.run_id.simple());
        name.parse().map_err(|_malformed| Error::Unexpected("a malformed number of a run"))
    }
}

/// What stands under the name of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: it is free.
    Nothing,
    /// An earlier one of ours, which may be replaced.
    Ours,
    /// An earlier one of ours, in which or upon which somebody made something: the names.
    OursWithStrangers(Vec<String>),
    /// A schema that somebody else made.
    Foreign,
    /// Nothing, and SQL would take the name for a word of its own.
    Reserved,
    /// Whatever it is, a role has the same name: its sessions look into that schema first.
    OfRole,
}

/// What stands under the name.
pub async fn standing(conn: &mut PgConnection, schema: &SchemaName) -> Result<Standing, Error> {
    let (is_plain, exists, is_ours, is_of_role): (bool, bool, bool, bool) = sqlx::query_as(
        "select quote_ident($1) = $1, to_regnamespace(quote_ident($1)) is not null,
                etl.is_as_of_schema($1), exists (select from pg_roles where rolname = $1)",
    )
    .bind(schema.as_str())
    .fetch_one(&mut *conn)
    .await
    .map_err(during("look for the schema"))?;
    if is_of_role {
        return Ok(Standing::OfRole);
    }
    if !exists {
        return Ok(if is_plain { Standing::Nothing } else { Standing::Reserved });
    }
    if !is_ours {
        return Ok(Standing::Foreign);
    }
    let strangers: Vec<String> =
        sqlx::query_scalar("select name from etl.strangers_to_as_of($1) as name limit 5")
            .bind(schema.as_str())
            .fetch_all(conn)
            .await
            .map_err(during("look into the earlier schema"))?;
    Ok(if strangers.is_empty() { Standing::Ours } else { Standing::OursWithStrangers(strangers) })
}

/// Drops what killed processes began and what was replaced; gives the names. What somebody still
/// reads stays for the next time.
pub async fn tidy_up(conn: &mut PgConnection) -> Result<Vec<String>, Error> {
    sqlx::query("set local lock_timeout = '2s'")
        .execute(&mut *conn)
        .await
        .map_err(during("wait briefly"))?;
    sqlx::query_scalar("select etl.drop_as_of_leftovers()")
        .fetch_all(conn)
        .await
        .map_err(during("drop what is left of earlier schemas"))
}

/// Makes the bare tables, aside.
pub async fn begin(conn: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
    let aside = plan.aside()?;
    sqlx::query("select etl.begin_as_of($1)")
        .bind(aside.as_str())
        .execute(&mut *conn)
        .await
        .map_err(during("make the schema"))?;
    sqlx::query(
        "insert into etl.as_of_schema
             (schema_name, becomes, moment, run_id, program_version, transform_version)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(aside.as_str())
    .bind(plan.schema.as_str())
    .bind(plan.moment.to_sqlx())
    .bind(plan.run_id)
    .bind(plan.program_version)
    .bind(plan.transform_version)
    .execute(conn)
    .await
    .map_err(during("note the schema"))?;
    Ok(())
}

/// Writes people as they were. Each person once; give tens or hundreds at a time.
pub async fn write(
    conn: &mut PgConnection,
    plan: &Plan,
    settings: &Recompute<'_>,
    resume_ids: &[ResumeId],
    interpret: &Interpret<'_>,
) -> Result<Written, Error> {
    past::write(conn, settings, &plan.aside()?, plan.moment, resume_ids, interpret).await
}

/// Adds the next key between the tables; `false` when there is none to add. Keys are added once
/// all rows are there, each in a transaction of its own: row by row they would cost more than the rows.
pub async fn add_key(conn: &mut PgConnection, plan: &Plan) -> Result<bool, Error> {
    sqlx::query_scalar("select etl.add_as_of_key($1)")
        .bind(plan.aside()?.as_str())
        .fetch_one(conn)
        .await
        .map_err(during("add keys to the schema"))
}

/// Gives the schema its name, in the place of an earlier one, and the comment `says`, which must
/// name the run: by that it is known as ours.
pub async fn finish(conn: &mut PgConnection, plan: &Plan, says: &str) -> Result<(), Error> {
    sqlx::query("select etl.finish_as_of($1, $2)")
        .bind(plan.aside()?.as_str())
        .bind(says)
        .execute(conn)
        .await
        .map_err(during("give the schema its name"))?;
    Ok(())
}

/// The end of the last window that ended by a moment and showed a company's people, and of the
/// first of all.
pub async fn shown_by(
    conn: &mut PgConnection,
    company: &CompanyNo,
    moment: Timestamp,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
    let (last, first): (Option<jiff_sqlx::Timestamp>, Option<jiff_sqlx::Timestamp>) =
        sqlx::query_as(
            "select max(window_ends_at) filter (where window_ends_at <= $2), min(window_ends_at)
             from raw.sighting where company_no = $1",
        )
        .bind(company.as_str())
        .bind(moment.to_sqlx())
        .fetch_one(conn)
        .await
        .map_err(during("look for windows that had ended by then"))?;
    let moment = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    Ok((moment(last), moment(first)))
}
