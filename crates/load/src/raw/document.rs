//! Documents: each content of a resume once.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use model::CompanyNo;
use sqlx::PgConnection;

use super::Fetched;
use crate::error::{Error, during};

/// A document in `raw.resume_document`.
#[derive(Clone, Copy)]
pub(super) struct Document {
    pub(super) document_id: i64,
    pub(super) is_new: bool,
}

/// What is known stays as it came first, unless it is damaged: then this is what it was.
///
/// Rows are inserted in one order by everybody, so that processes can't wait for each other in a
/// circle.
const INSERT: &str = "
    insert into raw.resume_document
        (company_no, resume_id, content_hash, hash_rule, document, byte_length, first_fetched_at)
    select $1, resume_id, content_hash, hash_rule, document, octet_length(document), fetched_at
    from unnest($2::text[], $3::bytea[], $4::smallint[], $5::text[], $6::timestamptz[])
        as fetched (resume_id, content_hash, hash_rule, document, fetched_at)
    order by resume_id, content_hash
    on conflict (company_no, resume_id, content_hash) do update
    set document = excluded.document, byte_length = excluded.byte_length, damaged_at = null
    where resume_document.damaged_at is not null
    returning document_id, resume_id, content_hash, xmax = 0 as is_new";

const FIND: &str = "
    select document_id, resume_id, content_hash
    from raw.resume_document
    join unnest($2::text[], $3::bytea[]) as fetched (resume_id, content_hash)
        using (resume_id, content_hash)
    where company_no = $1";

/// Keeps each content that is new; gives the document of each of `fetched`, in its order.
pub(super) async fn keep(
    conn: &mut PgConnection,
    company: &CompanyNo,
    fetched: &[Fetched],
) -> Result<Vec<Document>, Error> {
    if fetched.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = fetched.iter().map(|one| one.raw.resume_id.as_str()).collect();
    let hashes: Vec<&[u8]> = fetched.iter().map(|one| one.hash.0.as_slice()).collect();
    let rules: Vec<i16> = fetched.iter().map(|one| one.hash_rule).collect();
    let texts: Vec<&str> = fetched.iter().map(|one| one.raw.json.as_str()).collect();
    let times: Vec<jiff_sqlx::Timestamp> =
        fetched.iter().map(|one| one.raw.fetched_at.to_sqlx()).collect();

    let written: Vec<(i64, String, Vec<u8>, bool)> = sqlx::query_as(INSERT)
        .bind(company.as_str())
        .bind(&ids)
        .bind(&hashes)
        .bind(&rules)
        .bind(&texts)
        .bind(&times)
        .fetch_all(&mut *conn)
        .await
        .map_err(during("keep raw documents"))?;
    let mut known: HashMap<(String, Vec<u8>), Document> = HashMap::new();
    for (document_id, resume_id, hash, is_new) in written {
        known.insert((resume_id, hash), Document { document_id, is_new });
    }
    if known.len() < fetched.len() {
        // A statement of its own: it sees what another process committed meanwhile.
        let old: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(FIND)
            .bind(company.as_str())
            .bind(&ids)
            .bind(&hashes)
            .fetch_all(&mut *conn)
            .await
            .map_err(during("find raw documents"))?;
        for (document_id, resume_id, hash) in old {
            known.entry((resume_id, hash)).or_insert(Document { document_id, is_new: false });
        }
    }
    fetched
        .iter()
        .map(|one| {
            let key = (one.raw.resume_id.as_str().to_owned(), one.hash.0.to_vec());
            known.get(&key).copied().ok_or(Error::Unexpected("a document vanished after insert"))
        })
        .collect()
}
