//! What is held of one resume, for its story: numbers, moments and codes, never a word about the person.

use model::{CompanyNo, ResumeId};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection};

use crate::error::{Error, during};
pub use crate::moment::Moment;
use crate::person::table::TABLES;

/// A document that was received.
#[derive(Clone, Debug, Serialize, FromRow)]
pub struct DocumentTrace {
    /// Its number.
    pub document_id: i64,
    /// The start of its content's hash.
    pub content_hash: String,
    /// Its length.
    pub byte_length: i32,
    /// When it was fetched first.
    pub first_fetched_at: Moment,
}

/// A window that showed a document.
#[derive(Clone, Debug, Serialize, FromRow)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct SightingTrace {
    pub sighting_id: i64,
    pub source: String,
    pub window_id: i64,
    pub window_starts_at: Moment,
    pub window_ends_at: Moment,
    pub document_id: i64,
    pub first_fetched_at: Moment,
    pub last_fetched_at: Moment,
}

/// A stretch of equal documents.
#[derive(Clone, Debug, Serialize, FromRow)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct VersionTrace {
    pub version_no: i32,
    pub valid_after: Moment,
    pub valid_from: Moment,
    pub valid_to: Option<Moment>,
    pub is_current: bool,
    pub is_late: bool,
    pub precision: String,
    pub source: String,
    pub document_id: i64,
    /// Names of columns and lists.
    pub changed_fields: Vec<String>,
}

/// An application.
#[derive(Clone, Debug, Serialize, FromRow)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct ApplicationTrace {
    /// 104's number of the job; `None` if it gave none, or a word that is no number.
    pub job_no: Option<String>,
    /// The day, as `2026-11-22`.
    pub applied_on: Option<String>,
    pub first_listed_at: Moment,
    pub last_listed_at: Moment,
    pub first_source: String,
    pub document_id: i64,
    pub is_in_newest_document: bool,
}

/// A photo or file of a document.
#[derive(Clone, Debug, Serialize, FromRow)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct SlotTrace {
    pub document_id: i64,
    pub role: String,
    pub item_no: i32,
    pub state: String,
    /// The start of its content's hash, if it is stored.
    pub sha256: Option<String>,
    pub size_bytes: Option<i64>,
    pub fetched_at: Option<Moment>,
    pub is_in_newest_document: bool,
}

/// What became of a file when it was asked for.
#[derive(Clone, Debug, Serialize, FromRow)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct ReceiptTrace {
    pub document_id: i64,
    pub role: String,
    pub item_no: i32,
    pub window_ends_at: Moment,
    pub outcome: String,
    pub sha256: Option<String>,
    pub size_bytes: Option<i64>,
    pub fetched_at: Moment,
    /// When it was found that the storage has it no more.
    pub lost_at: Option<Moment>,
}

/// A note on a value that could not be read: where, and the code.
#[derive(Clone, Debug, Serialize, FromRow)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct NoteTrace {
    pub table: String,
    pub column: String,
    pub item_no: Option<i32>,
    pub code: String,
}

/// The rows of a person as they stand.
#[derive(Clone, Debug, Serialize, FromRow)]
pub struct RowsTrace {
    /// The document that they follow from first.
    pub document_id: i64,
    /// The run that wrote them last.
    pub run_id: String,
    /// When.
    pub loaded_at: Moment,
    /// The version of the rules that read the document.
    pub transform_version: i32,
}

/// How many rows of a resume a table holds.
#[derive(Clone, Debug, Serialize, FromRow)]
pub struct TableTrace {
    /// The table of `recruiting`.
    pub table: String,
    /// Its rows.
    pub rows: i64,
}

/// All that is held of one resume, each part in the order of its moments.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "its parts describe themselves")]
pub struct Trace {
    pub documents: Vec<DocumentTrace>,
    pub sightings: Vec<SightingTrace>,
    pub versions: Vec<VersionTrace>,
    pub applications: Vec<ApplicationTrace>,
    pub slots: Vec<SlotTrace>,
    pub receipts: Vec<ReceiptTrace>,
    pub notes: Vec<NoteTrace>,
    pub rows: Option<RowsTrace>,
    pub tables: Vec<TableTrace>,
}

const DOCUMENTS: &str = "
    select document_id, left(encode(content_hash, 'hex'), 12) as content_hash, byte_length,
           first_fetched_at
    from raw.resume_document where company_no = $1 and resume_id = $2
    order by first_fetched_at, document_id";

const SIGHTINGS: &str = "
    select * from raw.sighting where company_no = $1 and resume_id = $2
    order by first_fetched_at, sighting_id";

const VERSIONS: &str = "
    select * from recruiting.candidate_version where company_no = $1 and resume_id = $2
    order by version_no";

/// What stands for a job's number may be any word of 104's: only a number is shown.
const APPLICATIONS: &str = "
    select case when job_no ~ '^[0-9A-Za-z]{1,12}$' then job_no end as job_no,
           applied_on::text as applied_on, first_listed_at, last_listed_at, first_source,
           document_id, is_in_newest_document
    from recruiting.application where company_no = $1 and resume_id = $2
    order by first_listed_at, applied_on, job_no";

const SLOTS: &str = "
    select document_id, role, item_no, state, left(encode(sha256, 'hex'), 12) as sha256, size_bytes,
           fetched_at, is_in_newest_document
    from recruiting.resume_file where company_no = $1 and resume_id = $2
    order by document_id, role, item_no";

const RECEIPTS: &str = "
    select receipt.document_id, role, item_no, window_ends_at, outcome,
           left(encode(receipt.sha256, 'hex'), 12) as sha256,
           coalesce(held.size_bytes, receipt.size_bytes) as size_bytes, fetched_at, lost_at
    from raw.document_file as receipt left join raw.file_object as held using (company_no, sha256)
    where receipt.company_no = $1 and receipt.resume_id = $2
    order by fetched_at, document_id, role, item_no";

const NOTES: &str = "
    select note ->> 'table' as table, note ->> 'column' as column,
           (note ->> 'item_no')::integer as item_no, note ->> 'code' as code
    from recruiting.candidate cross join jsonb_array_elements(_etl_notes) as note
    where company_no = $1 and resume_id = $2";

const ROWS: &str = "
    select document_id, _etl_run_id::text as run_id, _etl_loaded_at as loaded_at,
           _etl_transform_version as transform_version
    from recruiting.candidate where company_no = $1 and resume_id = $2";

/// Company by company, since no index leads with a resume's id: the companies are read off the
/// indexes, a step each.
const NAMED: &str = "
    with recursive company (no) as (
        select least((select min(company_no) from etl.fetch_window),
                     (select min(company_no) from raw.resume_document))
        union all
        select least((select min(company_no) from etl.fetch_window where company_no > company.no),
                     (select min(company_no) from raw.resume_document where company_no > company.no))
        from company where company.no is not null
    )
    select company.no, resume_id, bool_and(is_member)
    from company cross join lateral (
        select resume_id, false as is_member from raw.resume_document
            where company_no = company.no and resume_id = $1
        union all select resume_id, false from etl.window_item
            where company_no = company.no and resume_id = $1
        union all select resume_id, false from recruiting.candidate
            where company_no = company.no and resume_id = $1
        union all select resume_id, false from etl.rejection
            where company_no = company.no and resume_id = $1
        union all select resume_id, true from recruiting.candidate
            where company_no = company.no and member_no = $1
    ) as named
    where $2::text[] is null or company.no = any($2)
    group by company.no, resume_id order by company.no, resume_id";

/// Whose ID it is: the resumes that it names, by company; as a resume's own id, or else as the number
/// of a member.
pub async fn named(
    conn: &mut PgConnection,
    companies: Option<&[&str]>,
    id: &str,
) -> Result<Vec<(CompanyNo, ResumeId, bool)>, Error> {
    let rows: Vec<(String, String, bool)> = sqlx::query_as(NAMED)
        .bind(id)
        .bind(companies)
        .fetch_all(conn)
        .await
        .map_err(during("look for a resume"))?;
    rows.into_iter()
        .map(|(company, resume, is_member)| {
            let malformed = || Error::Unexpected("a malformed id");
            let company = company.parse().map_err(|_invalid| malformed())?;
            let resume = resume.parse().map_err(|_invalid| malformed())?;
            Ok((company, resume, is_member))
        })
        .collect()
}

/// All that is held of one resume.
pub async fn of(
    conn: &mut PgConnection,
    company: &CompanyNo,
    resume_id: &ResumeId,
) -> Result<Trace, Error> {
    let (company, resume) = (company.as_str(), resume_id.as_str());
    let mut tables = Vec::new();
    for table in &TABLES {
        let counted: Vec<TableTrace> = rows(conn, table.count, company, resume).await?;
        tables.extend(counted.into_iter().filter(|table| table.rows > 0));
    }
    Ok(Trace {
        documents: rows(conn, DOCUMENTS, company, resume).await?,
        sightings: rows(conn, SIGHTINGS, company, resume).await?,
        versions: rows(conn, VERSIONS, company, resume).await?,
        applications: rows(conn, APPLICATIONS, company, resume).await?,
        slots: rows(conn, SLOTS, company, resume).await?,
        receipts: rows(conn, RECEIPTS, company, resume).await?,
        notes: rows(conn, NOTES, company, resume).await?,
        rows: rows(conn, ROWS, company, resume).await?.pop(),
        tables,
    })
}

async fn rows<T>(
    conn: &mut PgConnection,
    statement: &'static str,
    company: &str,
    resume: &str,
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    sqlx::query_as(statement)
        .bind(company)
        .bind(resume)
        .fetch_all(conn)
        .await
        .map_err(during("read what is held of a resume"))
}
