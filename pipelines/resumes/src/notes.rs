//! Which notes are commonest: where 104's words could not be read. Counts, never words.

use sqlx::PgPool;

use crate::failure::Failure;

/// How often one kind of note stands on the rows.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CommonNote {
    /// The table of `recruiting`.
    pub table_name: String,
    /// The column.
    pub column_name: String,
    /// What could not be read, such as `unread`.
    pub code: String,
    /// On how many values.
    pub times: i64,
}

/// The commonest notes, at most `limit` kinds, counted over at most 100 000 people.
///
/// # Errors
/// If the database can't be read.
pub async fn common_notes(pool: &PgPool, limit: i64) -> Result<Vec<CommonNote>, Failure> {
    sqlx::query_as(
        "select note ->> 'table' as table_name, note ->> 'column' as column_name,
                note ->> 'code' as code, count(*) as times
         from (select _etl_notes from recruiting.candidate
               where jsonb_array_length(_etl_notes) > 0 limit 100000) as noted
         cross join jsonb_array_elements(noted._etl_notes) as note
         group by 1, 2, 3 order by times desc, 1, 2, 3 limit $1",
    )
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(|source| database::Error::statement("counting notes", source).into())
}
