//! Questions to a warehouse.

use load::digest::TableDigest;
use model::CompanyNo;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, FromRow, Type};

use crate::TestDatabase;

impl TestDatabase {
    /// The one value that a statement gives.
    pub async fn ask<T>(&self, statement: &'static str) -> T
    where
        T: for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin,
    {
        let answer = sqlx::query_scalar(statement).fetch_one(self.pool()).await;
        answer.unwrap_or_else(|error| panic!("`{statement}` failed: {error}"))
    }

    /// How many, as a statement such as `select count(*) …` says.
    pub async fn count(&self, statement: &'static str) -> i64 {
        self.ask(statement).await
    }

    /// All rows that a statement gives.
    pub async fn rows<T>(&self, statement: &'static str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let answer = sqlx::query_as(statement).fetch_all(self.pool()).await;
        answer.unwrap_or_else(|error| panic!("`{statement}` failed: {error}"))
    }

    /// Changes something behind the product's back. Returns how many rows.
    pub async fn change(&self, statement: &'static str) -> u64 {
        let answer = sqlx::query(statement).execute(self.pool()).await;
        answer.unwrap_or_else(|error| panic!("`{statement}` failed: {error}")).rows_affected()
    }

    /// What the tables of `recruiting` hold of a company; equal for warehouses that saw the same.
    pub async fn digest(&self, company: &str) -> Vec<TableDigest> {
        let company: CompanyNo = company.parse().expect("a test names a company by its number");
        let mut connection = self.pool().acquire().await.expect("the test server answers");
        load::digest::of(&mut connection, &company).await.expect("the tables can be read")
    }

    /// How many rows each table of `raw` holds.
    pub async fn raw_counts(&self) -> Vec<(String, i64)> {
        self.rows(
            "select 'resume_document', count(*) from raw.resume_document
             union all select 'sighting', count(*) from raw.sighting
             union all select 'document_file', count(*) from raw.document_file
             union all select 'file_object', count(*) from raw.file_object",
        )
        .await
    }

    /// How many documents and sightings. Of receipts there are more or fewer, as the windows that showed one document
    /// came in this order or that.
    pub async fn shown_counts(&self) -> Vec<(String, i64)> {
        let mut counts = self.raw_counts().await;
        counts.retain(|(table, _)| matches!(table.as_str(), "resume_document" | "sighting"));
        counts
    }

    /// Items by state, such as `[("absent", 1), ("stored", 40)]`.
    pub async fn items(&self) -> Vec<(String, i64)> {
        self.rows("select state, count(*) from etl.window_item group by state order by state").await
    }

    /// Windows by state.
    pub async fn windows(&self) -> Vec<(String, i64)> {
        self.rows("select state, count(*) from etl.fetch_window group by state order by state")
            .await
    }

    /// File tasks by state.
    pub async fn file_tasks(&self) -> Vec<(String, i64)> {
        self.rows("select state, count(*) from etl.file_task group by state order by state").await
    }

    /// Empties `recruiting` as if a careless hand had done it; partitions stay.
    pub async fn empty_recruiting(&self) {
        self.change(
            "do $$ declare tables text; begin
                 select string_agg(format('%I.%I', schemaname, tablename), ', ') into tables
                 from pg_tables where schemaname = 'recruiting';
                 execute 'truncate ' || tables;
             end $$",
        )
        .await;
    }
}

/// Compares two warehouses table by table, so that a failure names the tables.
#[track_caller]
pub fn assert_same(what: &str, one: &[TableDigest], other: &[TableDigest]) {
    let differing: Vec<String> = one
        .iter()
        .zip(other)
        .filter(|(one, other)| one != other)
        .map(|(one, other)| format!("{} ({} and {} rows)", one.table, one.rows, other.rows))
        .collect();
    assert!(differing.is_empty(), "{what}: these tables differ: {}", differing.join(", "));
    assert!(one.iter().any(|table| table.rows > 0), "{what}: there is nothing to compare");
}
