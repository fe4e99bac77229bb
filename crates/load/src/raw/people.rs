//! Whose documents are held.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use model::{CompanyNo, ContentHash, NoteCode, Redacted, ResumeId};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::error::{Error, during};

/// The next people of a company that have raw documents, by resume id in the database's own
/// order, after `after`; fewer than `limit` at the end.
pub async fn next_people(
    conn: &mut PgConnection,
    company: &CompanyNo,
    after: Option<&ResumeId>,
    limit: u32,
) -> Result<Vec<ResumeId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(
        "select distinct resume_id from raw.resume_document
         where company_no = $1 and resume_id > $2 order by resume_id limit $3",
    )
    .bind(company.as_str())
    .bind(after.map_or("", ResumeId::as_str))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
    .map_err(during("list people"))?;
    ids.iter()
        .map(|id| id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id")))
        .collect()
}

/// The same of those whom some window showed late, when it was an old one already
/// ([`is_late`](crate::person::is_late)): their rows depend on how old windows are read.
pub async fn next_late_people(
    conn: &mut PgConnection,
    company: &CompanyNo,
    after: Option<&ResumeId>,
    limit: u32,
) -> Result<Vec<ResumeId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(
        "select distinct resume_id from raw.sighting
         where company_no = $1 and resume_id > $2
           and first_fetched_at - window_ends_at > interval '36 hours'
         order by resume_id limit $3",
    )
    .bind(company.as_str())
    .bind(after.map_or("", ResumeId::as_str))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
    .map_err(during("list people whom old windows showed"))?;
    ids.iter()
        .map(|id| id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id")))
        .collect()
}

/// Some of a company's people; the default means all of them. What is named narrows together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only this one.
    pub resume_id: Option<ResumeId>,
    /// Only whom a window showed that ends after this moment.
    pub seen_from: Option<Timestamp>,
    /// Only whom a window showed that starts before this moment.
    pub seen_to: Option<Timestamp>,
    /// Only those whose rows carry such a note.
    pub having_note: Option<NoteCode>,
}

/// `offset 0` keeps Postgres from joining before it sorts: so a page costs what a page holds.
const SELECTED: &str = "
    from raw.resume_document d
    where company_no = $1 and resume_id > $2
      and ($3::text is null or resume_id = $3)
      and ($4::timestamptz is null and $5::timestamptz is null or exists (
          select from raw.sighting s
          where s.company_no = d.company_no and s.resume_id = d.resume_id
            and ($4::timestamptz is null or s.window_ends_at > $4)
            and ($5::timestamptz is null or s.window_starts_at < $5) offset 0))
      and ($6::text is null or exists (
          select from recruiting.candidate c
          where c.company_no = $1 and c.resume_id = d.resume_id
            and c._etl_notes @> jsonb_build_array(jsonb_build_object('code', $6)) offset 0))";

/// The next of the selected people who have raw documents, each with the bytes of all their
/// documents; ordered and paged as [`next_people`] does.
pub async fn next_selected(
    conn: &mut PgConnection,
    company: &CompanyNo,
    selection: &Selection,
    after: Option<&ResumeId>,
    limit: u32,
) -> Result<Vec<(ResumeId, u64)>, Error> {
    let statement = format!(
        "select resume_id, sum(byte_length)::bigint {SELECTED}
         group by resume_id order by resume_id limit $7"
    );
    let people: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(company.as_str())
        .bind(after.map_or("", ResumeId::as_str))
        .bind(selection.resume_id.as_ref().map(ResumeId::as_str))
        .bind(selection.seen_from.map(ToSqlx::to_sqlx))
        .bind(selection.seen_to.map(ToSqlx::to_sqlx))
        .bind(selection.having_note.map(NoteCode::as_str))
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await
        .map_err(during("list the selected people"))?;
    people
        .into_iter()
        .map(|(id, bytes)| {
            let id = id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id"))?;
            Ok((id, bytes.unsigned_abs()))
        })
        .collect()
}

/// How many people are selected.
pub async fn count_selected(
    conn: &mut PgConnection,
    company: &CompanyNo,
    selection: &Selection,
    after: Option<&ResumeId>,
) -> Result<u64, Error> {
    let statement = format!("select count(distinct resume_id) {SELECTED}");
    let (people,): (i64,) = sqlx::query_as(AssertSqlSafe(statement))
        .bind(company.as_str())
        .bind(after.map_or("", ResumeId::as_str))
        .bind(selection.resume_id.as_ref().map(ResumeId::as_str))
        .bind(selection.seen_from.map(ToSqlx::to_sqlx))
        .bind(selection.seen_to.map(ToSqlx::to_sqlx))
        .bind(selection.having_note.map(NoteCode::as_str))
        .fetch_one(conn)
        .await
        .map_err(during("count the selected people"))?;
    Ok(people.unsigned_abs())
}

/// The document that the last sighting of a resume showed, in the order of sightings.
pub async fn newest_document(
    conn: &mut PgConnection,
    company: &CompanyNo,
    resume_id: &ResumeId,
) -> Result<Option<i64>, Error> {
    sqlx::query_scalar(
        "select document_id from raw.sighting where company_no = $1 and resume_id = $2
         order by window_ends_at desc, window_starts_at desc,
                  array_position(array['applied', 'saved', 'matched'], source),
                  first_fetched_at desc
         limit 1",
    )
    .bind(company.as_str())
    .bind(resume_id.as_str())
    .fetch_optional(conn)
    .await
    .map_err(during("look for the newest document"))
}

/// Creates the company's partitions if they are absent. May be repeated, and called by several
/// processes at once: the later ones wait for the first to commit, so commit soon.
pub async fn add_company(conn: &mut PgConnection, company: &CompanyNo) -> Result<(), Error> {
    sqlx::query("select recruiting.add_company($1)")
        .bind(company.as_str())
        .execute(conn)
        .await
        .map_err(during("create the company's partitions"))?;
    Ok(())
}

/// A document as it is kept, with the hash that it had when it came.
#[derive(Debug)]
pub struct KeptDocument {
    /// Its number.
    pub document_id: i64,
    /// The resume.
    pub resume_id: String,
    /// What 104 sent. Personal data.
    pub json: Redacted<String>,
    /// What makes two documents the same.
    pub hash: ContentHash,
    /// The number of the rule that made the hash.
    pub hash_rule: i16,
}

/// The next documents of a company by their numbers, after `after`; none at the end.
pub async fn next_documents(
    conn: &mut PgConnection,
    company: &CompanyNo,
    after: i64,
    limit: u32,
) -> Result<Vec<KeptDocument>, Error> {
    let rows: Vec<KeptRow> = sqlx::query_as(
        "select document_id, resume_id, document, content_hash, hash_rule from raw.resume_document
         where company_no = $1 and document_id > $2 order by document_id limit $3",
    )
    .bind(company.as_str())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
    .map_err(during("read raw documents"))?;
    Ok(rows.into_iter().map(KeptDocument::from).collect())
}

/// Number, resume, text, hash and the hash's rule.
pub(super) type KeptRow = (i64, String, String, [u8; 32], i16);

impl From<KeptRow> for KeptDocument {
    fn from((document_id, resume_id, json, hash, hash_rule): KeptRow) -> Self {
        let (json, hash) = (Redacted::new(json), ContentHash(hash));
        Self { document_id, resume_id, json, hash, hash_rule }
    }
}
