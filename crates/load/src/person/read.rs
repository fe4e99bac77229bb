//! Reads what is kept of people.

use std::collections::BTreeMap;

use model::resume::FileRole;
use model::{CompanyNo, ContentHash, RawResume, ResumeId};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};

use super::fingerprint::RULES_MARK;
use super::history::{History, Outcome, Receipt, Sighting};
use super::recompute::Recompute;
use crate::error::{Error, during};

// Each person is looked up by the key: `offset 0` keeps Postgres from joining otherwise, for it would read all of a table,
// page after page of people. And a list of people would be weighed name by name, against what is known of the table's most
// frequent values, each time the statement is planned.

const SIGHTINGS: &str = "
    select s.resume_id, s.source, s.window_id, s.window_starts_at, s.window_ends_at,
           s.document_id, d.content_hash, s.first_fetched_at
    from (select distinct unnest($2::text[])) as person (resume_id)
    cross join lateral (
        select * from raw.sighting where company_no = $1 and resume_id = person.resume_id offset 0) s
    cross join lateral (
        select content_hash from raw.resume_document where document_id = s.document_id offset 0) d";

/// Nothing follows from the receipt of a file that is lost, or of which no row tells any more.
const RECEIPTS: &str = "
    select f.resume_id, d.content_hash, f.role, f.item_no, f.window_ends_at, f.outcome,
           f.sha256, f.reason, coalesce(o.size_bytes, f.size_bytes) as size_bytes,
           o.media_type_claimed, o.media_type_sniffed, o.object_key, f.fetched_at
    from (select distinct unnest($2::text[])) as person (resume_id)
    cross join lateral (
        select * from raw.document_file where company_no = $1 and resume_id = person.resume_id offset 0) f
    cross join lateral (
        select content_hash from raw.resume_document where document_id = f.document_id offset 0) d
    left join lateral (
        select * from raw.file_object where company_no = f.company_no and sha256 = f.sha256 offset 0) o on true
    where o.lost_at is null and (f.sha256 is null or o.sha256 is not null)";

const STANDING: &str = "
    select c.resume_id, c.document_id, c.document_count, c._etl_transform_version, c._etl_fingerprint,
           exists (
               select from recruiting.resume_file
               where company_no = $1 and resume_id = c.resume_id and state = 'pending'
           ) as has_pending_files
    from (select distinct unnest($2::text[])) as person (resume_id)
    cross join lateral (
        select * from recruiting.candidate where company_no = $1 and resume_id = person.resume_id offset 0) c";

const WITHOUT_TASKS: &str = "
    select f.resume_id
    from (select distinct unnest($2::text[])) as person (resume_id)
    cross join lateral (
        select * from recruiting.resume_file
        where company_no = $1 and resume_id = person.resume_id and state = 'pending' offset 0) f
    where f.role = any($3)
      and not exists (
          select from etl.file_task task
          where task.company_no = f.company_no and task.resume_id = f.resume_id
            and task.document_id = f.document_id and task.role = f.role and task.item_no = f.item_no)";

const DOCUMENTS: &str = "
    select d.resume_id, document_id, content_hash, document, first_fetched_at
    from (select distinct unnest($2::text[])) as person (resume_id)
    cross join lateral (
        select * from raw.resume_document
        where company_no = $1 and resume_id = person.resume_id offset 0) d";

/// The histories of people, by resume; of those of whom nothing is kept, empty ones.
pub(super) async fn histories(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    ids: &[&str],
) -> Result<BTreeMap<String, History>, Error> {
    let company = settings.company;
    let mut histories = BTreeMap::new();
    for id in ids {
        let resume_id = resume_id(id)?;
        let history = History { resume_id, sightings: Vec::new(), receipts: Vec::new() };
        histories.insert((*id).to_owned(), history);
    }
    let rows = sqlx::query(SIGHTINGS)
        .bind(company.as_str())
        .bind(ids)
        .fetch_all(&mut *conn)
        .await
        .map_err(during("read sightings"))?;
    for row in &rows {
        let id: &str = row.try_get("resume_id").map_err(during("read a sighting"))?;
        if let Some(history) = histories.get_mut(id) {
            history.sightings.push(sighting(row).map_err(during("read a sighting"))?);
        }
    }
    let rows = sqlx::query(RECEIPTS)
        .bind(company.as_str())
        .bind(ids)
        .fetch_all(&mut *conn)
        .await
        .map_err(during("read receipts of files"))?;
    for row in &rows {
        let id: &str = row.try_get("resume_id").map_err(during("read a receipt"))?;
        if let Some(history) = histories.get_mut(id) {
            history.receipts.push(receipt(row).map_err(during("read a receipt"))?);
        }
    }
    if settings.share_between_sources {
        let shared = |(id, history): (String, History)| (id, history.shared_between_sources());
        histories = histories.into_iter().map(shared).collect();
    }
    Ok(histories)
}

/// Those of these people of whom a file of some kinds is pending and no task says so.
pub(super) async fn without_tasks(
    conn: &mut PgConnection,
    settings: &Recompute<'_>,
    ids: &[&str],
) -> Result<Vec<String>, Error> {
    let kinds: Vec<&str> = settings.file_roles.iter().map(|role| role.as_str()).collect();
    sqlx::query_scalar(WITHOUT_TASKS)
        .bind(settings.company.as_str())
        .bind(ids)
        .bind(kinds)
        .fetch_all(conn)
        .await
        .map_err(during("look for files without a task"))
}

/// What stands in `recruiting.candidate`.
#[derive(FromRow)]
pub(super) struct Standing {
    pub(super) resume_id: String,
    pub(super) document_id: i64,
    pub(super) document_count: i32,
    #[sqlx(rename = "_etl_transform_version")]
    pub(super) transform_version: i32,
    #[sqlx(rename = "_etl_fingerprint")]
    pub(super) fingerprint: Vec<u8>,
    pub(super) has_pending_files: bool,
}

pub(super) async fn standing(
    conn: &mut PgConnection,
    company: &CompanyNo,
    ids: &[&str],
) -> Result<BTreeMap<String, Standing>, Error> {
    let rows: Vec<Standing> = sqlx::query_as(STANDING)
        .bind(company.as_str())
        .bind(ids)
        .fetch_all(conn)
        .await
        .map_err(during("read candidates"))?;
    Ok(rows.into_iter().map(|row| (row.resume_id.clone(), row)).collect())
}

/// How many people's rows older rules made, those that read a resume or those that make rows of what was
/// read; no companies means all of them.
pub async fn of_older_rules(
    conn: &mut PgConnection,
    companies: &[CompanyNo],
    transform_version: i32,
) -> Result<i64, Error> {
    let companies: Vec<&str> = companies.iter().map(CompanyNo::as_str).collect();
    sqlx::query_scalar(
        "select count(*) from recruiting.candidate
         where (_etl_transform_version < $1 or substr(_etl_fingerprint, 1, octet_length($2)) <> $2)
           and (company_no = any($3) or $3 = '{}')",
    )
    .bind(transform_version)
    .bind(RULES_MARK)
    .bind(&companies)
    .fetch_one(conn)
    .await
    .map_err(during("count people of older rules"))
}

/// A document before it is interpreted.
pub(super) struct Kept {
    pub(super) document_id: i64,
    pub(super) content_hash: ContentHash,
    pub(super) raw: RawResume,
}

/// All documents of people, by resume.
pub(super) async fn documents(
    conn: &mut PgConnection,
    company: &CompanyNo,
    ids: &[&str],
) -> Result<BTreeMap<String, Vec<Kept>>, Error> {
    let rows = sqlx::query(DOCUMENTS)
        .bind(company.as_str())
        .bind(ids)
        .fetch_all(conn)
        .await
        .map_err(during("read raw documents"))?;
    let mut documents: BTreeMap<String, Vec<Kept>> = BTreeMap::new();
    for row in rows {
        let (id, kept) = kept(&row).map_err(during("read a raw document"))?;
        documents.entry(id).or_default().push(kept);
    }
    Ok(documents)
}

fn kept(row: &PgRow) -> Result<(String, Kept), sqlx::Error> {
    let id: String = row.try_get("resume_id")?;
    let fetched_at: jiff_sqlx::Timestamp = row.try_get("first_fetched_at")?;
    let json = row.try_get_raw("document")?.as_bytes().map_err(sqlx::Error::Decode)?;
    let raw = RawResume {
        resume_id: id.parse().map_err(decode)?,
        json: simdutf8::basic::from_utf8(json).map_err(decode)?.to_owned(),
        fetched_at: fetched_at.to_jiff(),
    };
    let kept = Kept { document_id: row.try_get("document_id")?, content_hash: hash(row)?, raw };
    Ok((id, kept))
}

fn sighting(row: &PgRow) -> Result<Sighting, sqlx::Error> {
    let time = |column: &str| {
        row.try_get::<jiff_sqlx::Timestamp, _>(column).map(jiff_sqlx::Timestamp::to_jiff)
    };
    Ok(Sighting {
        source: row.try_get::<&str, _>("source")?.parse().map_err(decode)?,
        window_id: row.try_get("window_id")?,
        window_starts_at: time("window_starts_at")?,
        window_ends_at: time("window_ends_at")?,
        document_id: row.try_get("document_id")?,
        content_hash: hash(row)?,
        first_fetched_at: time("first_fetched_at")?,
    })
}

fn receipt(row: &PgRow) -> Result<Receipt, sqlx::Error> {
    let time = |column: &str| {
        row.try_get::<jiff_sqlx::Timestamp, _>(column).map(jiff_sqlx::Timestamp::to_jiff)
    };
    let role = FileRole::from_name(row.try_get("role")?).ok_or_else(|| decode(UnknownWord))?;
    let reason = || row.try_get::<Option<String>, _>("reason").map(Option::unwrap_or_default);
    let size_bytes: Option<i64> = row.try_get("size_bytes")?;
    let outcome = match row.try_get::<&str, _>("outcome")? {
        "stored" => Outcome::Stored {
            sha256: row.try_get("sha256")?,
            size_bytes: size_bytes.unwrap_or_default(),
            media_type_claimed: row.try_get("media_type_claimed")?,
            media_type_sniffed: row.try_get("media_type_sniffed")?,
            object_key: row.try_get("object_key")?,
        },
        "unavailable" => Outcome::Unavailable { reason: reason()? },
        "too_large" => Outcome::TooLarge { size_bytes, reason: reason()? },
        _ => return Err(decode(UnknownWord)),
    };
    Ok(Receipt {
        content_hash: hash(row)?,
        role,
        item_no: u32::try_from(row.try_get::<i32, _>("item_no")?).map_err(decode)?,
        window_ends_at: time("window_ends_at")?,
        outcome,
        fetched_at: time("fetched_at")?,
    })
}

fn hash(row: &PgRow) -> Result<ContentHash, sqlx::Error> {
    row.try_get("content_hash").map(ContentHash)
}

fn resume_id(id: &str) -> Result<ResumeId, Error> {
    id.parse().map_err(|_invalid| Error::Unexpected("a malformed resume id"))
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

#[derive(Debug, thiserror::Error)]
#[error("a word that this version does not know")]
struct UnknownWord;
