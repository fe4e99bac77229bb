//! Locks by which recomputations keep out of each other's way.

use model::{CompanyNo, ResumeId};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::error::{Error, during};

/// Shared by all that write a company's rows; see [`hold_writers_off`]. Whoever writes people without saying so is
/// another hand, and noted as one (migration 0067). What follows looks up a few people, also where Postgres takes a table
/// for one with nobody in it.
const SHARE: &str = "
    select pg_advisory_xact_lock_shared($1), set_config('etl104.writes_people', 'on', true),
        set_config('enable_seqscan', 'off', true)";
const HOLD_OFF: &str = "select pg_advisory_xact_lock($1)";

/// One statement for all people; `unnest` keeps the order of the array.
const PEOPLE: &str = "select pg_advisory_xact_lock(key) from unnest($1::bigint[]) as key";

/// Locks people until the transaction ends, in an order that is the same for everybody, so that
/// two transactions wait for each other at most in one direction. Several hundred at once are
/// fine; each takes a place in Postgres' lock table.
pub async fn people(
    conn: &mut PgConnection,
    company: &CompanyNo,
    resume_ids: &[ResumeId],
) -> Result<(), Error> {
    sqlx::query(SHARE)
        .bind(key("company", company, ""))
        .execute(&mut *conn)
        .await
        .map_err(during("lock the company against a rebuild"))?;
    let mut keys: Vec<i64> =
        resume_ids.iter().map(|id| key("person", company, id.as_str())).collect();
    keys.sort_unstable();
    keys.dedup();
    sqlx::query(PEOPLE).bind(&keys).execute(conn).await.map_err(during("lock people"))?;
    Ok(())
}

/// Waits until nobody writes rows of this company, and holds all others off until the transaction
/// ends: for a rebuild that swaps the company's partitions. Call it before any other statement
/// on the company's tables.
pub async fn hold_writers_off(conn: &mut PgConnection, company: &CompanyNo) -> Result<(), Error> {
    sqlx::query(HOLD_OFF)
        .bind(key("company", company, ""))
        .execute(conn)
        .await
        .map_err(during("hold writers off"))?;
    Ok(())
}

/// A collision makes two people wait for each other and does no other harm.
fn key(what: &str, company: &CompanyNo, resume_id: &str) -> i64 {
    let digest = Sha256::digest(format!("etl104 {what} {company} {resume_id}"));
    digest.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}
