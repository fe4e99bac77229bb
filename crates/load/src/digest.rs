//! Whether two warehouses hold the same of a company, in one line a table.

use model::CompanyNo;
use sqlx::PgConnection;

use crate::error::{Error, during};
use crate::person::table::TABLES;
use crate::schema::SchemaName;

/// What a table of `recruiting` holds of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    /// The table.
    pub table: &'static str,
    /// How many rows.
    pub rows: i64,
    /// A sum over the hashes of the rows.
    pub digest: String,
}

/// Digests all tables of `recruiting`, one row at a time. Blind to the order of rows, to who
/// wrote them and when, to times of fetching, and to the numbers of documents (their contents
/// count instead): two warehouses that saw the same have the same digests (P3).
pub async fn of(conn: &mut PgConnection, company: &CompanyNo) -> Result<Vec<TableDigest>, Error> {
    digests(conn, company, None).await
}

/// The same of a schema that [`as_of`](crate::as_of) built.
pub async fn of_schema(
    conn: &mut PgConnection,
    schema: &SchemaName,
    company: &CompanyNo,
) -> Result<Vec<TableDigest>, Error> {
    digests(conn, company, Some(schema)).await
}

async fn digests(
    conn: &mut PgConnection,
    company: &CompanyNo,
    schema: Option<&SchemaName>,
) -> Result<Vec<TableDigest>, Error> {
    let mut digests = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        let asked = match schema {
            None => sqlx::query_as(table.digest),
            Some(schema) => sqlx::query_as(table.digest_in(schema)),
        };
        let (rows, digest): (i64, String) = asked
            .bind(company.as_str())
            .fetch_one(&mut *conn)
            .await
            .map_err(during("digest a table"))?;
        digests.push(TableDigest { table: table.name, rows, digest });
    }
    Ok(digests)
}
