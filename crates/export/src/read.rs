//! A table from Postgres as the bytes of a file, flat in memory.

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use sqlx::PgConnection;

use crate::encode::Encoder;
use crate::error::{Error, during};
use crate::relation::Relation;
use crate::wire::Rows;

/// What is collected before it goes on.
const CHUNK_BYTES: usize = 256 << 10;

/// A piece of a file.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Its bytes.
    pub bytes: Bytes,
    /// How many rows were read for it.
    pub rows: u64,
}

/// Reads a relation in the transaction that is open, and makes a file of it. The rows come in no
/// order. Who stops reading closes the connection: the rest of the rows is on its way.
pub fn read<'a>(
    conn: &'a mut PgConnection,
    relation: &'a Relation,
    companies: &'a [&'a str],
    mut encoder: Box<dyn Encoder + 'a>,
) -> impl Stream<Item = Result<Chunk, Error>> + Send + 'a {
    async_stream::try_stream! {
        let failed = |source| Error::Encode { name: relation.name.to_string(), source };
        let fields = relation.columns.len();
        let statement = relation.copy(companies);
        let mut sent =
            conn.copy_out_raw(&statement).await.map_err(during("read a table"))?;
        let (mut wire, mut out, mut rows) = (Rows::default(), Vec::new(), 0);
        encoder.begin(&mut out).map_err(failed)?;
        while let Some(bytes) = sent.try_next().await.map_err(during("read a table"))? {
            wire.push(&bytes);
            while let Some(row) = wire.next(fields)? {
                let values = relation
                    .columns
                    .iter()
                    .zip(&row)
                    .map(|(column, field)| column.kind.value(field.as_deref()))
                    .collect::<Result<Vec<_>, _>>()?;
                encoder.row(&values, &mut out).map_err(failed)?;
                rows += 1;
            }
            if out.len() >= CHUNK_BYTES {
                let bytes = std::mem::take(&mut out).into();
                yield Chunk { bytes, rows: std::mem::take(&mut rows) };
            }
        }
        if !wire.is_whole() {
            Err(Error::Wire("they broke off"))?;
        }
        encoder.end(&mut out).map_err(failed)?;
        yield Chunk { bytes: out.into(), rows };
    }
}
