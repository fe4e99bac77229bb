//! Indexes and foreign keys of the new tables, once all rows are there.

use std::cmp::Reverse;

use sqlx::PgConnection;

use super::{Plan, safe, tables};
use crate::error::{Error, during};

/// The new tables: `candidate`, for which the others wait, and then those first whose indexes take longest.
pub async fn in_order_of_keys(
    conn: &mut PgConnection,
    plan: &Plan,
) -> Result<Vec<&'static str>, Error> {
    let mut sized = Vec::new();
    for table in tables() {
        let bytes: i64 = sqlx::query_scalar(
            "select pg_relation_size($1::text::regclass) * count(*) from pg_index
             where indrelid = ('recruiting.' || $2)::regclass",
        )
        .bind(plan.built(table))
        .bind(table)
        .fetch_one(&mut *conn)
        .await
        .map_err(during("look how large the new tables are"))?;
        sized.push((table != super::CANDIDATE, Reverse(bytes), table));
    }
    sized.sort_unstable();
    Ok(sized.into_iter().map(|(_, _, table)| table).collect())
}

/// Adds the primary key and the indexes of a table.
pub async fn add_indexes(conn: &mut PgConnection, plan: &Plan, table: &str) -> Result<(), Error> {
    call(conn, plan, "etl.add_aside_indexes", table).await
}

/// Adds the foreign key of a table, unchecked; `candidate`, which has none, has its primary key by then. Both are locked
/// until the transaction ends.
pub async fn add_foreign_key(
    conn: &mut PgConnection,
    plan: &Plan,
    table: &str,
) -> Result<(), Error> {
    call(conn, plan, "etl.add_aside_foreign_key", table).await
}

/// Checks the foreign key of a table, and takes the statistics of its indexed columns.
pub async fn finish_table(conn: &mut PgConnection, plan: &Plan, table: &str) -> Result<(), Error> {
    call(conn, plan, "etl.finish_aside_table", table).await
}

async fn call(
    conn: &mut PgConnection,
    plan: &Plan,
    function: &'static str,
    table: &str,
) -> Result<(), Error> {
    sqlx::query(safe(format!("select {function}($1, $2, $3)")))
        .bind(plan.schema.as_str())
        .bind(plan.company.as_str())
        .bind(table)
        .execute(conn)
        .await
        .map_err(during("add and check the keys of the new tables"))?;
    Ok(())
}
