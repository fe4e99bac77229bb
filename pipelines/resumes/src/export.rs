//! Tables and marts into files: which, in one transaction, each to its place.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use ::export::{EncodeError, Encoder, Name, Relation, Unresolved};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use load::files::{DeliveryError, Destination, StoreConfig};
use model::CompanyNo;
use pipeline::tally::Tally;
use pipeline::verdict::{RunState, Verdict, verdict};
use sqlx::{Connection, PgConnection};

use crate::failure::{Failure, fail};
use crate::signals::Signals;

/// What to export, and where to.
pub struct ExportRequest {
    /// Tables and marts, as they were typed.
    pub names: Vec<String>,
    /// The companies; empty for all.
    pub companies: Vec<CompanyNo>,
    /// Where to.
    pub to: ExportTo,
    /// What the files' names end with.
    pub extension: &'static str,
}

/// Where files go.
pub enum ExportTo {
    /// A folder.
    Folder(PathBuf),
    /// The bucket and prefix of these settings' URL.
    Bucket(Box<StoreConfig>),
}

/// A file that is whole and in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The table or mart.
    pub name: Name,
    /// The file's name.
    pub file: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// What was exported.
#[derive(Debug)]
pub struct Export {
    /// The moment that all files show, by the database's clock.
    pub read_at: Option<Timestamp>,
    /// The files, in order.
    pub files: Vec<Exported>,
    /// How it ended.
    pub verdict: Verdict,
}

/// Why it can't be exported as asked: nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportRefusal {
    /// A name leads nowhere.
    #[error("{asked}: {why}")]
    Name {
        /// As it was typed.
        asked: String,
        /// Why.
        why: Unresolved,
        /// All that may be exported.
        known: Vec<Name>,
    },
    /// Companies were asked for, and its rows belong to none.
    #[error("{0} has no company_no: its rows can't be told apart by company")]
    NoCompanies(Name),
}

/// Makes the encoder of a relation.
pub type Encoding<'a> =
    &'a (dyn Fn(&Relation) -> Result<Box<dyn Encoder>, EncodeError> + Send + Sync);

/// Exports tables and marts, all as they were at one moment. Files that are whole when it fails or
/// is stopped stay.
///
/// # Errors
/// If it can't be exported as asked; failures are counted in the tally, as those of a run.
pub async fn export(
    settings: &database::Settings,
    request: &ExportRequest,
    encoding: Encoding<'_>,
    tally: &Arc<Tally>,
    signals: &Signals,
) -> Result<Export, ExportRefusal> {
    let mut export = Export {
        read_at: None,
        files: Vec::new(),
        verdict: Verdict { state: RunState::Complete, exit_code: 0 },
    };
    let worked = work(settings, request, encoding, signals, &mut export);
    match Box::pin(worked).await {
        Ok(Ok(())) if signals.reason().is_none() => return Ok(export),
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => return Err(refusal),
        Err(failure) => fail(tally, "export", &failure),
    }
    export.verdict = verdict(tally, signals.reason());
    Ok(export)
}

async fn work(
    settings: &database::Settings,
    request: &ExportRequest,
    encoding: Encoding<'_>,
    signals: &Signals,
    export: &mut Export,
) -> Result<Result<(), ExportRefusal>, Failure> {
    let to = match &request.to {
        ExportTo::Folder(folder) => Destination::folder(folder.clone()),
        ExportTo::Bucket(config) => Destination::bucket(config)?,
    };
    let pool = database::connect_to_read(settings).await?;
    database::require_current(&pool).await?;
    // Its own: one that is given up half-way is closed, and not drained.
    let mut conn = pool.acquire().await.map_err(Failure::transaction)?.detach();
    let (read_at, relations) = match look(&mut conn, request).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    export.read_at = Some(read_at);
    let companies: Vec<&str> = request.companies.iter().map(CompanyNo::as_str).collect();
    for relation in relations {
        let encoder = encoding(&relation).map_err(|source| ::export::Error::Encode {
            name: relation.name.to_string(),
            source,
        })?;
        let (name, mut rows) = (relation.name.clone(), 0);
        let file = format!("{name}.{}", request.extension);
        let chunks = ::export::read(&mut conn, &relation, &companies, encoder);
        match to.put(&file, until_stopped(chunks, signals, &mut rows)).await {
            Ok(bytes) => export.files.push(Exported { name, file, rows, bytes }),
            Err(DeliveryError::Source(Broken::Stopped)) => return Ok(Ok(())),
            Err(DeliveryError::Source(Broken::Read(error))) => return Err(error.into()),
            Err(DeliveryError::Storage(error)) => return Err(error.into()),
            Err(DeliveryError::Folder { folder, source }) => {
                return Err(Failure::Folder { folder, source });
            }
        }
    }
    // What was read is read; the server notices if this does not reach it.
    drop(conn.close().await);
    Ok(Ok(()))
}

/// Begins the transaction in which all is read, and finds what was asked for.
async fn look(
    conn: &mut PgConnection,
    request: &ExportRequest,
) -> Result<Result<(Timestamp, Vec<Relation>), ExportRefusal>, Failure> {
    sqlx::raw_sql("begin isolation level repeatable read, read only")
        .execute(&mut *conn)
        .await
        .map_err(Failure::transaction)?;
    let now: i64 = sqlx::query_scalar("select (extract(epoch from now()) * 1000000)::bigint")
        .fetch_one(&mut *conn)
        .await
        .map_err(Failure::transaction)?;
    let known = ::export::known(conn).await?;
    let mut names: Vec<Name> = Vec::new();
    for asked in &request.names {
        match ::export::resolve(asked, &known) {
            Ok(name) if names.contains(&name) => {}
            Ok(name) => names.push(name),
            Err(why) => {
                let asked = asked.clone();
                return Ok(Err(ExportRefusal::Name { asked, why, known }));
            }
        }
    }
    let mut relations = Vec::new();
    for name in names {
        let relation = ::export::relation(conn, &name).await?;
        if !request.companies.is_empty() && !relation.has_companies() {
            return Ok(Err(ExportRefusal::NoCompanies(name)));
        }
        relations.push(relation);
    }
    Ok(Ok((Timestamp::from_microsecond(now).unwrap_or_default(), relations)))
}

/// Why a file broke off.
enum Broken {
    Read(::export::Error),
    Stopped,
}

/// The bytes, until a signal breaks them off; and their rows, counted.
fn until_stopped<'a>(
    chunks: impl Stream<Item = Result<::export::Chunk, ::export::Error>> + Send + 'a,
    signals: &'a Signals,
    rows: &'a mut u64,
) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'a {
    async_stream::stream! {
        let mut chunks = pin!(chunks);
        loop {
            let next = tokio::select! {
                biased;
                () = signals.token().cancelled() => Some(Err(Broken::Stopped)),
                next = chunks.next() => next.map(|read| read.map_err(Broken::Read)),
            };
            let Some(next) = next else { return };
            yield next.map(|chunk| {
                *rows += chunk.rows;
                chunk.bytes
            });
        }
    }
}
